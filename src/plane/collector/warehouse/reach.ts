import { createHash } from 'node:crypto';
import type { FactOf } from '#boundary';
import { statement } from '#platform/db';
import { textIn, textOrNull } from './warehouse.ts';
import type { Session } from './warehouse.ts';

const REACH = statement(import.meta.url, '../sql/reach.sql');

export type Reached = FactOf<'role-reach'>['beyond'][number];
/** What a role is for decides what it may reach. */
export type ReachUse = FactOf<'role-reach'>['use'];

/** The schema a role belongs to, and the relations in it that it may read. */
export type Allowed = { readonly schema: string; readonly relations: readonly string[] };

export type ReachReport = {
  readonly role: string;
  /** What the role can reach beyond what its use allows. */
  readonly beyond: readonly Reached[];
  /** Over everything it can reach, so that a change shows. */
  readonly digest: string;
};

/**
 * Asks PostgreSQL itself what the logged-in role can reach in this database: attributes, roles it is a member of,
 * privileges on schemas, relations, columns and servers, functions that run as somebody else. Nothing is tried: every
 * answer is the server's own `has_…_privilege`.
 */
export async function lookAtReach(
  session: Session,
  use: ReachUse,
  allowed: Allowed,
): Promise<ReachReport> {
  const rows = await session.query(REACH);
  const reached = rows.map((row): Reached & { schema: string | null; relation: string | null } => ({
    kind: textIn(row, 'kind') as Reached['kind'],
    name: textIn(row, 'name').slice(0, 400),
    privilege: textIn(row, 'privilege'),
    schema: textOrNull(row, 'schema_name'),
    relation: textOrNull(row, 'relation_name'),
  }));
  const [who] = await session.query('select current_user::text as role');
  const text = reached
    .map(({ kind, name, privilege }) => `${kind} ${name} ${privilege}`)
    .toSorted();
  return {
    role: String(who?.['role']),
    beyond: reached
      .filter((entry) => !fits(entry, use, allowed))
      .map(({ kind, name, privilege }) => ({ kind, name, privilege })),
    digest: createHash('sha256').update(text.join('\n')).digest('hex'),
  };
}

type Entry = Reached & { readonly schema: string | null; readonly relation: string | null };

/** A reading role may read the views of its schema; a collecting one may read tables, and write in its schema. Pure. */
function fits(entry: Entry, use: ReachUse, allowed: Allowed): boolean {
  const own = entry.schema === allowed.schema;
  if (use === 'collect') {
    if (own) return entry.kind === 'relation' || entry.kind === 'schema' || entry.kind === 'column';
    return (entry.kind === 'relation' || entry.kind === 'column') && entry.privilege === 'SELECT';
  }
  const readable = entry.relation !== null && allowed.relations.includes(entry.relation);
  return own && readable && entry.privilege === 'SELECT';
}
