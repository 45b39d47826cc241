import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { base64, base64url } from '#base/bytes';
import { Problem } from '#base/problem';
import type { SourceClient } from './connect.ts';
import { sourceProblem } from './fault.ts';
import { serverFacts } from './introspect.ts';
import { quoteName, quoteText } from './quote.ts';

/** Schema of the barrier views in every hardened system; the SQL engine writes its name into the views. */
export const POLICY_SCHEMA = 'privet_policy';
const PASSWORD_BYTES = 32;
const SALT_BYTES = 16;
/** What PostgreSQL itself uses; a random password of 256 bits needs no stretching. */
const SCRAM_ITERATIONS = 4_096;

/** The role statements run as in a hardened system. */
export function gateRoleName(system: string): string {
  return `privet_gate_${system}`;
}

export function newGatePassword(random: (sizeBytes: number) => Uint8Array): string {
  return base64url(random(PASSWORD_BYTES));
}

export type Gate = {
  readonly role: string;
  readonly password: string;
  /** The registered role: it reads the tables, so the views must be its own. */
  readonly owner: string;
  /** Id of the system: a role of that name that was made for something else is left alone. */
  readonly systemId: string;
  readonly salt: Uint8Array;
};

export function gateSalt(random: (sizeBytes: number) => Uint8Array): Uint8Array {
  return random(SALT_BYTES);
}

/**
 * Makes the gate role and the policy schema, or brings them back to what they should be; one transaction. The server
 * gets a SCRAM verifier instead of the password, which would otherwise stand in its log. Throws `missing-privilege`
 * with what an administrator can run, `conflict` when role or schema are somebody else's.
 */
export async function installGate(client: SourceClient, gate: Gate): Promise<void> {
  const server = await serverFacts(client);
  if (!server.superuser && !(server.createRole && server.createSchema)) throw lacking(server.role);
  await client.query('begin');
  await makeRole(client, gate);
  await makeSchema(client, gate);
  await letIn(client, gate.role);
  await client.query('commit');
}

async function makeRole(client: SourceClient, gate: Gate): Promise<void> {
  const role = quoteName(gate.role);
  const mark = markOf(gate.systemId);
  const { rows } = await client.query<{ mark: string | null }>(
    "select shobj_description(oid, 'pg_authid') as mark from pg_roles where rolname = $1",
    [gate.role],
  );
  const known = rows[0];
  if (known !== undefined && known.mark !== mark) {
    throw new Problem('conflict', `role \`${gate.role}\` exists and is not this system’s`, {
      hint: 'another Privet may use that server under the same system name: register the system under another one',
    });
  }
  const options = 'login noinherit nosuperuser nocreatedb nocreaterole nobypassrls noreplication';
  // Only a superuser may say some of these, even where nothing changes: they are said when they can be.
  const allowed =
    known === undefined ? 'login noinherit nocreatedb nocreaterole' : 'login noinherit';
  const { superuser } = await serverFacts(client);
  const verb = known === undefined ? 'create' : 'alter';
  const verifier = scramVerifier(gate.password, gate.salt);
  await client.query(
    `${verb} role ${role} ${superuser ? options : allowed} password ${quoteText(verifier)}`,
  );
  await client.query(`comment on role ${role} is ${quoteText(mark)}`);
  await client.query(`alter role ${role} set default_transaction_read_only = on`);
  await client.query(`alter role ${role} set search_path = pg_catalog`);
}

async function makeSchema(client: SourceClient, gate: Gate): Promise<void> {
  const owner = quoteName(gate.owner);
  await client.query(`create schema if not exists ${POLICY_SCHEMA} authorization ${owner}`);
  const { rows } = await client.query<{ own: boolean; others: boolean }>(
    `select pg_get_userbyid(nspowner) = $2 as own,
       exists (select from aclexplode(nspacl) e where e.privilege_type = 'CREATE' and e.grantee <> nspowner) as others
     from pg_namespace where nspname = $1`,
    [POLICY_SCHEMA, gate.owner],
  );
  if (rows[0]?.own !== true || rows[0].others) {
    throw new Problem(
      'conflict',
      `schema \`${POLICY_SCHEMA}\` is somebody else’s, or others may create in it`,
      {
        hint: 'views there decide what people see: drop it, or make the registered role its only owner',
      },
    );
  }
  await client.query(`revoke all on schema ${POLICY_SCHEMA} from public`);
  await client.query(`grant usage on schema ${POLICY_SCHEMA} to ${quoteName(gate.role)}`);
}

/** Where PUBLIC may not connect, the gate role is let in by itself. */
async function letIn(client: SourceClient, role: string): Promise<void> {
  const { rows } = await client.query<{ database: string; admitted: boolean }>(
    "select current_database() as database, has_database_privilege($1, current_database(), 'CONNECT') as admitted",
    [role],
  );
  const found = rows[0];
  if (found === undefined || found.admitted) return;
  await client.query(
    `grant connect on database ${quoteName(found.database)} to ${quoteName(role)}`,
  );
}

/** Removes views, schema and role; what is not there is not missed. */
export async function removeGate(client: SourceClient, role: string): Promise<void> {
  await client.query('begin');
  await client.query(`drop schema if exists ${POLICY_SCHEMA} cascade`);
  const { rows } = await client.query('select from pg_roles where rolname = $1', [role]);
  if (rows.length > 0) {
    await client.query(`drop role ${quoteName(role)}`);
  }
  await client.query('commit');
}

function markOf(systemId: string): string {
  return `gate of Privet, ${systemId}`;
}

function lacking(role: string): Problem {
  return sourceProblem(
    'missing-privilege',
    `\`${role}\` may not make the gate role or its schema`,
    {
      hint: `an administrator can run: \`ALTER ROLE ${quoteName(role)} CREATEROLE; GRANT CREATE ON DATABASE … TO ${quoteName(role)};\`, and take both back after hardening`,
    },
  );
}

/** `SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>` (PostgreSQL, pg_authid; RFC 5802 §3). */
function scramVerifier(password: string, salt: Uint8Array): string {
  const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${base64(salt)}$${storedKey}:${serverKey}`;
}
