import { Client } from 'pg';
import type { Secret } from '#base/secret';
import { databaseProblem } from '#platform/db';
import { SUPERUSER } from '#platform/db/server';
import type { Server } from '#platform/db/server';

/** A role that owns nothing, and what it shows. */
export type Guest = { readonly role: string; readonly password: Secret };

/** A database with the one role that owns it. */
export type Tenant = Guest & { readonly database: string };

/**
 * Who may enter which database, for `pg_hba.conf` (first match counts): each plane's role its own database and nothing
 * else, the role of operators the plane's, nobody else either of them, and only the superuser the ones PostgreSQL brings along.
 */
export const ACCESS: readonly string[] = [
  `local all ${SUPERUSER} scram-sha-256`,
  'local privet_control privet_control scram-sha-256',
  'local privet_plane privet_plane,privet_operator scram-sha-256',
  'local all privet_control,privet_plane,privet_operator reject',
  'local privet_control,privet_plane,postgres,template0,template1 all reject',
  'local all all scram-sha-256',
];

/** The one who may do everything in the embedded server. */
export type Superuser = { readonly server: Server; readonly password: Secret };

/** Makes roles and databases that are missing and sets every password and right; may run at every start. */
export function prepareDatabases(
  superuser: Superuser,
  { tenants, guests }: { readonly tenants: readonly Tenant[]; readonly guests: readonly Guest[] },
): Promise<void> {
  return asSuperuser(superuser, async (client) => {
    for (const guest of guests) await prepareRole(client, guest);
    for (const tenant of tenants) await prepareTenant(client, tenant);
  });
}

/**
 * Lets a role make roles while `work` runs, and takes that back: hardening a source needs it once, and for good it would
 * reach too far (before PostgreSQL 16 it includes the passwords of the planes' roles). The next start takes it back too.
 */
export async function whileMakingRoles<T>(
  superuser: Superuser,
  role: string,
  work: () => Promise<T>,
): Promise<T> {
  const may = (right: 'createrole' | 'nocreaterole') =>
    asSuperuser(superuser, async (client) => {
      await client.query(`alter role ${client.escapeIdentifier(role)} ${right}`);
    });
  await may('createrole');
  try {
    return await work();
  } finally {
    await may('nocreaterole');
  }
}

async function asSuperuser(
  { server, password }: Superuser,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const url = server.url({ role: SUPERUSER, password: password.reveal(), database: 'postgres' });
  const client = new Client({ connectionString: url, application_name: 'privet-up' });
  try {
    await client.connect();
    await work(client);
  } catch (error) {
    throw databaseProblem(error);
  } finally {
    await client.end();
  }
}

async function prepareTenant(client: Client, tenant: Tenant): Promise<void> {
  const { database, role } = tenant;
  const [roleName, databaseName] = [
    client.escapeIdentifier(role),
    client.escapeIdentifier(database),
  ];
  await prepareRole(client, tenant);
  if (!(await exists(client, 'select 1 from pg_database where datname = $1', database))) {
    await client.query(`create database ${databaseName} owner ${roleName}`);
  }
  await client.query(`revoke all on database ${databaseName} from public`);
}

async function prepareRole(client: Client, { role, password }: Guest): Promise<void> {
  const roleName = client.escapeIdentifier(role);
  if (!(await exists(client, 'select 1 from pg_roles where rolname = $1', role))) {
    await client.query(`create role ${roleName}`);
  }
  await client.query(
    `alter role ${roleName} login nosuperuser nocreatedb nocreaterole noreplication
     password ${client.escapeLiteral(password.reveal())}`,
  );
}

async function exists(client: Client, sql: string, name: string): Promise<boolean> {
  return (await client.query(sql, [name])).rowCount === 1;
}
