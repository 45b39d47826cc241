import { z } from 'zod';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';
import type { HttpClient } from '#platform/http';
import { act, change, namedItems, pathOf, read } from './desk.ts';
import type { Desk } from './desk.ts';
import { SYSTEM } from './story.ts';

/** How a plane reaches a database; the password never stands in the connection string. */
export type Access = { readonly connection: string; readonly password: Secret };

const identity = z.object({ token: z.string() });

/** Makes the demo's database known to the plane, under the identity of whoever is signed in at control. */
export async function registerSystem(
  desk: Desk,
  client: HttpClient,
  access: Access,
): Promise<void> {
  const plane = await planeDesk(desk, client);
  const { items } = await read(plane, pathOf('systems'), namedItems);
  if (items.some(({ name }) => name === SYSTEM)) {
    desk.progress(`source system \`${SYSTEM}\` is registered already`);
    return;
  }
  const { connection, password } = access;
  const body = { name: SYSTEM, connection, password: password.reveal() };
  await act(plane, { method: 'POST', path: pathOf('systems'), body });
  desk.progress(`source system \`${SYSTEM}\` registered`);
}

/** The plane's API as the same person, with the short-lived proof of identity that control signs. */
async function planeDesk(desk: Desk, client: HttpClient): Promise<Desk> {
  const { items } = await read(desk, pathOf('planes'), namedItems);
  const body = { plane: items[0]?.name ?? '' };
  const call = { method: 'POST', path: pathOf('identity-tokens'), body } as const;
  const { token } = await change(desk, call, identity);
  return { ...desk, client, bearer: secret(token) };
}
