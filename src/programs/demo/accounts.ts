import { z } from 'zod';
import type { Cast, CastService } from './cast.ts';
import { act, change, namedItems, pathOf, read } from './desk.ts';
import type { Desk } from './desk.ts';
import { newPassword, readPassfile, writePassfile } from './passfile.ts';
import type { Door } from './passfile.ts';

/** Where passwords are kept and where they are good. */
export type Purse = { readonly path: string; readonly door: Door };

async function keepPasswords(
  purse: Purse,
  added: readonly (readonly [string, string])[],
): Promise<void> {
  const before = await readPassfile(purse.path);
  await writePassfile(purse.path, purse.door, new Map([...before, ...added]));
}

/** Makes the groups, people and service accounts that are not there yet; what is there stays as somebody left it. */
export async function createAccounts(desk: Desk, cast: Cast, purse: Purse): Promise<void> {
  // The gateway may have moved since the passwords were written.
  await keepPasswords(purse, []);
  await createGroups(desk, cast);
  await createPeople(desk, cast, purse);
  await createServices(desk, cast, purse);
}

async function namesAt(desk: Desk, ...parts: readonly string[]): Promise<ReadonlySet<string>> {
  const { items } = await read(desk, pathOf(...parts), namedItems);
  return new Set(items.map((item) => item.name));
}

async function createGroups(desk: Desk, cast: Cast): Promise<void> {
  const known = await namesAt(desk, 'groups');
  const missing = cast.groups.filter((group) => !known.has(group.name));
  for (const group of missing) {
    await act(desk, { method: 'POST', path: pathOf('groups'), body: group });
  }
  desk.progress(told('groups', cast.groups.length, missing.length));
}

async function userNames(desk: Desk): Promise<ReadonlySet<string>> {
  const { items } = await read(desk, `${pathOf('users')}?limit=1000`, namedItems);
  return new Set(items.map((item) => item.name));
}

async function createPeople(desk: Desk, cast: Cast, purse: Purse): Promise<void> {
  const known = await userNames(desk);
  const missing = cast.people.filter((person) => !known.has(person.name));
  const kept = await readPassfile(purse.path);
  const passwords = new Map(
    missing.map(({ name }) => [name, kept.get(name) ?? newPassword()] as const),
  );
  if (missing.length > 0) await keepPasswords(purse, [...passwords]);
  for (const { role: _role, ...person } of missing) {
    const body = {
      ...person,
      kind: 'person',
      password: passwords.get(person.name),
      temporary: false,
    };
    await act(desk, { method: 'POST', path: pathOf('users'), body });
  }
  desk.progress(told('people', cast.people.length, missing.length));
}

async function createServices(desk: Desk, cast: Cast, purse: Purse): Promise<void> {
  const known = await userNames(desk);
  for (const service of cast.services) {
    if (!known.has(service.name)) {
      const body = { ...service, kind: 'service' };
      await act(desk, { method: 'POST', path: pathOf('users'), body });
    }
    await createToken(desk, service, purse);
  }
  if (cast.services.length > 0)
    desk.progress(`${cast.services.length} service account, with a token`);
}

const tokenShape = z.object({ id: z.string(), text: z.string() });

/** A token of ninety days, unless one is kept; the gateway takes it as password of `<name>+<token id>`. */
async function createToken(desk: Desk, service: CastService, purse: Purse): Promise<void> {
  const kept = await readPassfile(purse.path);
  if ([...kept.keys()].some((user) => user.startsWith(`${service.name}+`))) return;
  const path = pathOf('users', service.name, 'tokens');
  const body = { label: 'demo', days: 90 };
  const token = await change(desk, { method: 'POST', path, body }, tokenShape);
  await keepPasswords(purse, [[`${service.name}+${token.id}`, token.text]]);
}

/** How many there are and how many of them this run made, in a line. */
export function told(what: string, all: number, made: number): string {
  return made === 0 ? `${all} ${what}, there already` : `${all} ${what}, ${made} new`;
}
