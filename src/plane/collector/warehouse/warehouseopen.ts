import { realpathSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { textOf, utf8 } from '#base/bytes';
import { Problem, problemFrom } from '#base/problem';
import { Secret } from '#base/secret';
import { connectSource } from '#plane/sources';
import type { CollectorSettings } from '../context.ts';
import { duckdbWarehouse } from './duckdbwarehouse.ts';
import { markFault } from '../fault.ts';
import { postgresWarehouse } from './postgreswarehouse.ts';
import type { Place, Role, WarehouseRow } from './warehousetable.ts';
import type { Warehouse } from './warehouse.ts';

/** Which role of a warehouse is meant; bound into the envelope of its password. */
export type RoleUse = 'collector' | 'reader';

/** Statements end by the time-out of their monitor; this one is for a monitor's longest. */
const STATEMENT_MS_MAX = 86_400_000;

/** A role's log-in, still open. */
export type Login = { readonly user: string; readonly password: Secret | null };

/** Opens a warehouse for a log-in that is not sealed yet. */
export function openPlace(
  settings: CollectorSettings,
  place: Place,
  login: Login | null,
): Promise<Warehouse> {
  if (place.kind === 'duckdb') return duckdbWarehouse(allowedPath(settings, place.path));
  const { authorities, kind: _kind, ...address } = place;
  const credentials = {
    address: { ...address, user: login?.user ?? '' },
    password: login?.password ?? null,
    authorities,
  };
  const connect = async () => {
    try {
      return await connectSource(settings.egress, credentials, STATEMENT_MS_MAX);
    } catch (thrown) {
      // Whatever stands in the way, nothing is known of the data then; a person reads the source's own words.
      throw markFault(problemFrom(thrown), 'unreachable');
    }
  };
  return Promise.resolve(postgresWarehouse(connect));
}

/** Opens a registered warehouse as one of its roles; throws `not-found` when it has none of that use. */
export async function openAs(
  settings: CollectorSettings,
  row: WarehouseRow,
  use: RoleUse,
): Promise<Warehouse> {
  if (row.place.kind === 'duckdb') return openPlace(settings, row.place, null);
  const role = use === 'collector' ? row.collector : row.reader;
  if (role === null) throw new Problem('not-found', `warehouse \`${row.name}\` has no ${use} role`);
  return openPlace(settings, row.place, await loginOf(settings, row.name, { use, role }));
}

async function loginOf(
  settings: CollectorSettings,
  warehouse: string,
  { use, role }: { readonly use: RoleUse; readonly role: Role },
): Promise<Login> {
  if (role.password === null) return { user: role.user, password: null };
  const opened = await settings.sealer.open(
    new Uint8Array(role.password),
    contextOf(warehouse, use),
  );
  return { user: role.user, password: new Secret(textOf(opened)) };
}

/** The password of a role, sealed; null for a log-in without one. */
export async function sealLogin(
  settings: CollectorSettings,
  warehouse: string,
  { use, login }: { readonly use: RoleUse; readonly login: Login },
): Promise<Role> {
  if (login.password === null) return { user: login.user, password: null };
  const bytes = utf8(login.password.reveal());
  const sealed = await settings.sealer.seal(
    `rolling/warehouse/${warehouse}`,
    bytes,
    contextOf(warehouse, use),
  );
  bytes.fill(0);
  return { user: login.user, password: sealed };
}

function contextOf(warehouse: string, use: RoleUse): Readonly<Record<string, string>> {
  return { purpose: 'warehouse-password', warehouse, of: use };
}

/** A DuckDB file is opened only below the directory the settings name; links out of it are followed before looking. */
function allowedPath({ duckdbDirectory }: CollectorSettings, path: string): string {
  if (duckdbDirectory === '') {
    throw new Problem('unsupported', 'DuckDB files are switched off', {
      hint: 'set `collector.duckdbDirectory` to the directory they lie in',
    });
  }
  try {
    const [root, file] = [realpathSync(duckdbDirectory), realpathSync(path)];
    const below = relative(root, file);
    if (below !== '' && !below.startsWith('..') && !isAbsolute(below)) return file;
  } catch (cause) {
    throw new Problem('not-found', 'the DuckDB file cannot be found', { cause });
  }
  throw new Problem('denied', 'the DuckDB file lies outside `collector.duckdbDirectory`');
}
