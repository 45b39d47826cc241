import { z } from 'zod';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';
import type { HttpClient } from '#platform/http';
import { act, change, namedItems, pathOf, read } from './desk.ts';
import type { Desk } from './desk.ts';
import { problemFrom } from '#base/problem';
import { SYSTEM } from './story.ts';

/** How a plane reaches a database; the password never stands in the connection string. */
export type Access = { readonly connection: string; readonly password: Secret };

const systems = z.object({
  items: z.array(z.object({ name: z.string(), mode: z.enum(['splice', 'hardened']) })),
});

const hardening = z.object({
  outcome: z.enum(['hardened', 'refused']),
  findings: z.array(z.object({ message: z.string() })),
});

const identity = z.object({ token: z.string() });

/**
 * Makes the demo's database known to the plane and hardens it, under the identity of whoever is signed in at control.
 * A system that cannot be hardened is governed all the same, by rewriting alone, and this says so.
 */
export async function registerSystem(
  desk: Desk,
  client: HttpClient,
  access: Access,
): Promise<void> {
  const plane = await planeDesk(desk, client);
  const { items } = await read(plane, pathOf('systems'), systems);
  const known = items.find(({ name }) => name === SYSTEM);
  if (known === undefined) {
    const body = {
      name: SYSTEM,
      connection: access.connection,
      password: access.password.reveal(),
    };
    await act(plane, { method: 'POST', path: pathOf('systems'), body });
  }
  const word = known === undefined ? 'registered' : 'is registered already';
  const mode = known?.mode === 'hardened' ? 'hardened' : await harden(plane);
  desk.progress(`source system \`${SYSTEM}\` ${word}, ${mode}`);
}

async function harden(plane: Desk): Promise<string> {
  const path = pathOf('systems', SYSTEM, 'harden');
  try {
    const call = { method: 'POST', path, body: { administrator: null } } as const;
    const { outcome, findings } = await change(plane, call, hardening);
    if (outcome === 'hardened') return 'hardened';
    return `not hardened (${findings[0]?.message ?? 'something is open'})`;
  } catch (thrown) {
    return `not hardened (${problemFrom(thrown).message})`;
  }
}

/** The plane's API as the same person, with the short-lived proof of identity that control signs. */
async function planeDesk(desk: Desk, client: HttpClient): Promise<Desk> {
  const { items } = await read(desk, pathOf('planes'), namedItems);
  const body = { plane: items[0]?.name ?? '' };
  const call = { method: 'POST', path: pathOf('identity-tokens'), body } as const;
  const { token } = await change(desk, call, identity);
  return { ...desk, client, bearer: secret(token) };
}
