import { Client } from 'pg';
import type { Secret } from '#base/secret';
import { databaseProblem } from '#platform/db';
import { SUPERUSER } from '#platform/db/server';
import type { Server } from '#platform/db/server';

/** A database with the one role that owns it. */
export type Tenant = {
  readonly database: string;
  readonly role: string;
  readonly password: Secret;
};

/**
 * Who may enter which database, for `pg_hba.conf` (first match counts): each plane's role its own database and nothing
 * else, nobody else either of them, and only the superuser the ones PostgreSQL brings along.
 */
export const ACCESS: readonly string[] = [
  `local all ${SUPERUSER} scram-sha-256`,
  'local privet_control privet_control scram-sha-256',
  'local privet_plane privet_plane scram-sha-256',
  'local all privet_control,privet_plane reject',
  'local privet_control,privet_plane,postgres,template0,template1 all reject',
  'local all all scram-sha-256',
];

/** Makes roles and databases that are missing and sets every password; may run at every start. */
export async function prepareDatabases(
  server: Server,
  superuserPassword: Secret,
  tenants: readonly Tenant[],
): Promise<void> {
  const url = server.url({
    role: SUPERUSER,
    password: superuserPassword.reveal(),
    database: 'postgres',
  });
  const client = new Client({ connectionString: url, application_name: 'privet-up' });
  try {
    await client.connect();
    for (const tenant of tenants) await prepareTenant(client, tenant);
  } catch (error) {
    throw databaseProblem(error);
  } finally {
    await client.end();
  }
}

async function prepareTenant(client: Client, { database, role, password }: Tenant): Promise<void> {
  const [roleName, databaseName] = [
    client.escapeIdentifier(role),
    client.escapeIdentifier(database),
  ];
  if (!(await exists(client, 'select 1 from pg_roles where rolname = $1', role))) {
    await client.query(
      `create role ${roleName} login nosuperuser nocreatedb nocreaterole noreplication`,
    );
  }
  await client.query(`alter role ${roleName} password ${client.escapeLiteral(password.reveal())}`);
  if (!(await exists(client, 'select 1 from pg_database where datname = $1', database))) {
    await client.query(`create database ${databaseName} owner ${roleName}`);
  }
  await client.query(`revoke all on database ${databaseName} from public`);
}

async function exists(client: Client, sql: string, name: string): Promise<boolean> {
  return (await client.query(sql, [name])).rowCount === 1;
}
