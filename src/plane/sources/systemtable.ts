import { Problem } from '#base/problem';
import type { Id } from '#base/ids';
import { sqlStateOf, statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import type { Address, TlsMode } from './address.ts';
import { placeOf } from './address.ts';
import type { Finding } from './finding.ts';

const INSERT = statement(import.meta.url, 'sql/insert-system.sql');
const LIST = statement(import.meta.url, 'sql/list-systems.sql');
const REFRESH = statement(import.meta.url, 'sql/refresh-system.sql');
const CREDENTIAL = statement(import.meta.url, 'sql/credential-system.sql');
const HARDEN = statement(import.meta.url, 'sql/harden-system.sql');
const REMOVE = statement(import.meta.url, 'sql/remove-system.sql');
const FIND_PLACE = statement(import.meta.url, 'sql/find-place.sql');

/** How statements reach a system: through views and a role without rights, or through rewriting alone. */
export type Mode = 'splice' | 'hardened';

/** A registered system as the plane's database holds it; secrets are sealed. */
export type SystemRow = {
  readonly id: Id<'sys'>;
  readonly name: string;
  readonly address: Address;
  readonly authorities: string | null;
  readonly schemas: readonly string[] | null;
  readonly password: Uint8Array | null;
  readonly mode: Mode;
  readonly gateRole: string | null;
  readonly gatePassword: Uint8Array | null;
  readonly registeredBy: Id<'sub'>;
  readonly registeredAtMs: number;
  readonly serverVersion: number;
  readonly version: number;
  readonly digest: string;
  readonly refreshedAtMs: number;
  readonly findings: readonly Finding[];
};

type Row = {
  readonly id: Id<'sys'>;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly tls: TlsMode;
  readonly authorities: string | null;
  readonly schemas: readonly string[] | null;
  readonly password: Uint8Array | null;
  readonly mode: Mode;
  readonly gate_role: string | null;
  readonly gate_password: Uint8Array | null;
  readonly registered_by: Id<'sub'>;
  readonly registered_at_ms: string;
  readonly server_version: number;
  readonly version: string;
  readonly digest: string;
  readonly refreshed_at_ms: string;
  readonly findings: readonly Finding[];
};

/** Systems by name; `name` picks one. */
export async function listSystems(db: Queryable, name?: string): Promise<readonly SystemRow[]> {
  const { rows } = await db.query<Row>(LIST, [name ?? null]);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    address: {
      host: row.host,
      port: row.port,
      database: row.database,
      user: row.username,
      tls: row.tls,
    },
    authorities: row.authorities,
    schemas: row.schemas,
    password: row.password,
    mode: row.mode,
    gateRole: row.gate_role,
    gatePassword: row.gate_password,
    registeredBy: row.registered_by,
    registeredAtMs: Number(row.registered_at_ms),
    serverVersion: row.server_version,
    version: Number(row.version),
    digest: row.digest,
    refreshedAtMs: Number(row.refreshed_at_ms),
    findings: row.findings,
  }));
}

/** One system; throws `not-found`. */
export async function findSystem(db: Queryable, name: string): Promise<SystemRow> {
  const [found] = await listSystems(db, name);
  if (found !== undefined) return found;
  throw new Problem('not-found', `no system is called \`${name.slice(0, 80)}\``, {
    hint: '`privet system list` shows the systems there are',
  });
}

/** Throws `conflict` naming what is taken: the name, or the database, which is registered under another name. */
export async function refuseDuplicate(
  db: Queryable,
  name: string,
  address: Address,
): Promise<void> {
  const [same] = await listSystems(db, name);
  if (same !== undefined) throw new Problem('conflict', `system \`${name}\` is registered already`);
  const { host, port, database } = address;
  const { rows } = await db.query<{ name: string }>(FIND_PLACE, [host, port, database]);
  if (rows[0] === undefined) return;
  throw new Problem(
    'conflict',
    `\`${placeOf(address)}\` is registered already, as \`${rows[0].name}\``,
  );
}

export type NewSystem = Pick<
  SystemRow,
  | 'id'
  | 'name'
  | 'address'
  | 'authorities'
  | 'schemas'
  | 'password'
  | 'registeredBy'
  | 'registeredAtMs'
  | 'serverVersion'
  | 'digest'
  | 'findings'
>;

/** Throws `conflict` when another registration of the same name or place came first. */
export async function insertSystem(db: Queryable, system: NewSystem): Promise<void> {
  const { address } = system;
  try {
    await db.query(INSERT, [
      system.id,
      system.name,
      address.host,
      address.port,
      address.database,
      address.user,
      address.tls,
      system.authorities,
      system.schemas,
      system.password,
      system.registeredBy,
      system.registeredAtMs,
      system.serverVersion,
      system.digest,
      JSON.stringify(system.findings),
    ]);
  } catch (cause) {
    if (sqlStateOf(cause) !== '23505') throw cause;
    throw new Problem(
      'conflict',
      `system \`${system.name}\` or its database is registered already`,
      {
        cause,
      },
    );
  }
}

export type Refreshed = Pick<SystemRow, 'serverVersion' | 'digest' | 'refreshedAtMs' | 'findings'>;

/** Keeps what a look at the system found; gives its version, or null when somebody else was quicker. */
export async function refreshSystem(
  db: Queryable,
  known: SystemRow,
  found: Refreshed,
): Promise<number | null> {
  const step = found.digest === known.digest ? 0 : 1;
  const { rows } = await db.query<{ version: string }>(REFRESH, [
    known.id,
    found.serverVersion,
    step,
    found.digest,
    found.refreshedAtMs,
    JSON.stringify(found.findings),
    known.version,
  ]);
  return rows[0] === undefined ? null : Number(rows[0].version);
}

export type NewCredential = Pick<SystemRow, 'address' | 'authorities' | 'password'>;

export async function setCredential(
  db: Queryable,
  id: string,
  { address, authorities, password }: NewCredential,
): Promise<void> {
  const { host, port, database, user, tls } = address;
  await db.query(CREDENTIAL, [id, host, port, database, user, tls, authorities, password]);
}

export type NewMode = Pick<SystemRow, 'mode' | 'gateRole' | 'gatePassword'>;

/** Changes how statements reach the system; gives its new version. */
export async function setMode(db: Queryable, id: string, next: NewMode): Promise<number> {
  const { rows } = await db.query<{ version: string }>(HARDEN, [
    id,
    next.mode,
    next.gateRole,
    next.gatePassword,
  ]);
  return Number(rows[0]?.version ?? 0);
}

export async function removeSystem(db: Queryable, id: string): Promise<void> {
  await db.query(REMOVE, [id]);
}
