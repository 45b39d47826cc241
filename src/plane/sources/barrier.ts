import type { Barrier } from '#engines/sql';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import type { SourceClient } from './connect.ts';
import { POLICY_SCHEMA } from './gaterole.ts';
import { quoteName, quoteQualified } from './quote.ts';

const TOUCH = statement(import.meta.url, 'sql/touch-barriers.sql');
const UNUSED = statement(import.meta.url, 'sql/unused-barriers.sql');
const FORGET = statement(import.meta.url, 'sql/forget-barriers.sql');

/** Any fixed number serves; whoever holds it makes or drops barriers in that database. */
const LOCK_KEY = 227_743;
const NAME = /^v_[0-9a-f]{40}$/u;

/** The OIDs of those of the names that exist as views and may be read by the gate role. */
async function standingBarriers(
  client: SourceClient,
  names: readonly string[],
  role: string,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ name: string; oid: string }>(
    `select c.relname as name, c.oid::bigint as oid
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind = 'v' and c.relname = any ($2)
       and c.relowner = n.nspowner and has_table_privilege($3::name, c.oid, 'SELECT')`,
    [POLICY_SCHEMA, names, role],
  );
  return new Map(rows.map((row) => [row.name, Number(row.oid)]));
}

/**
 * Makes the views that do not stand yet, grants them to the gate role, and gives the OIDs of all. Names are digests of
 * what the views say, so one that stands under a name, made by the schema's owner, is the right one. Two planes or
 * processes take turns.
 */
export async function installBarriers(
  client: SourceClient,
  barriers: readonly Barrier[],
  role: string,
): Promise<ReadonlyMap<string, number>> {
  const names = barriers.map(barrierName);
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
  const standing = await standingBarriers(client, names, role);
  for (const barrier of barriers) {
    if (!standing.has(barrier.name)) await makeBarrier(client, barrier, role);
  }
  const all = await standingBarriers(client, names, role);
  await client.query('commit');
  if (all.size !== new Set(names).size) {
    throw new Problem('internal', 'barrier views expected to stand after they were made');
  }
  return all;
}

async function makeBarrier(client: SourceClient, barrier: Barrier, role: string): Promise<void> {
  const full = quoteQualified(POLICY_SCHEMA, barrier.name);
  // One that stands but is not readable, or not the owner's, is made anew: nothing but our grants belongs there.
  await client.query(`drop view if exists ${full}`);
  await client.query(barrier.create);
  await client.query(`grant select on ${full} to ${quoteName(role)}`);
}

function barrierName({ name, schema }: Barrier): string {
  if (schema === POLICY_SCHEMA && NAME.test(name)) return name;
  throw new Problem('internal', 'barrier expected a content-addressed name in the policy schema');
}

/** Remembers when barriers were asked for. */
export async function touchBarriers(
  db: Queryable,
  systemId: string,
  used: { readonly names: readonly string[]; readonly nowMs: number },
): Promise<void> {
  await db.query(TOUCH, [systemId, used.names, used.nowMs]);
}

/** Names of barriers nobody asked for since a moment. */
export async function unusedBarriers(
  db: Queryable,
  systemId: string,
  sinceMs: number,
): Promise<readonly string[]> {
  const { rows } = await db.query<{ name: string }>(UNUSED, [systemId, sinceMs]);
  return rows.map((row) => row.name);
}

/** Drops views, waiting for nobody: one that is being read, or that something depends on, stays for the next time. */
export async function dropBarriers(
  client: SourceClient,
  names: readonly string[],
): Promise<readonly string[]> {
  const dropped: string[] = [];
  await client.query("set lock_timeout = '2s'");
  for (const name of names) {
    try {
      await client.query(`drop view if exists ${quoteQualified(POLICY_SCHEMA, name)}`);
      dropped.push(name);
    } catch {
      continue;
    }
  }
  return dropped;
}

export async function forgetBarriers(
  db: Queryable,
  systemId: string,
  names: readonly string[],
): Promise<void> {
  await db.query(FORGET, [systemId, names]);
}
