import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { databaseProblem, statement } from '#platform/db';
import type { Pool, Queryable } from '#platform/db';
import type { Ledger } from '#plane/ledger';
import { appendLeaf } from './grantleaf.ts';
import type { Party } from './grantleaf.ts';
import type { Grants } from './grants.ts';

const VERSION = statement(import.meta.url, 'sql/version.sql');
const PUT = statement(import.meta.url, 'sql/put-version.sql');
const WINDOW = statement(import.meta.url, 'sql/upgrade-grant.sql');

/** What a grant to upgrade names. */
export const START = 'startVersion';

type Window = { readonly id: Id<'grt'>; readonly operator: Id<'sub'> };

/**
 * Asked before a program touches the database, its migrations included: throws `denied` when it is another version than the
 * last and no grant to upgrade is in force. A database without grants yet is let through: it has never been asked.
 */
export async function refuseUpgrade(
  pool: Pool,
  { version, nowMs }: { readonly version: string; readonly nowMs: number },
): Promise<void> {
  try {
    const { rows } = await pool.query(`select to_regclass('operator.version') as there`);
    if (rows[0]?.there === null || !(await isOther(pool, version))) return;
    if ((await windowIn(pool, nowMs)) !== undefined) return;
  } catch (thrown) {
    throw databaseProblem(thrown);
  }
  throw new Problem('denied', 'another version of the plane starts in an upgrade window only', {
    hint: 'start the version it was, let somebody approve `privet grant request upgrade`, and start this one then',
  });
}

/** Notes the version that works now; one that came in an upgrade window is an act under its grant, a leaf. */
export async function noteVersion(
  settings: {
    readonly pool: Pool;
    readonly ledger: Pick<Ledger, 'append'>;
    readonly grants: Pick<Grants, 'use'>;
  },
  { version, nowMs }: { readonly version: string; readonly nowMs: number },
): Promise<void> {
  const { pool, ledger, grants } = settings;
  if (!(await isOther(pool, version))) return put(pool, version);
  const window = await windowIn(pool, nowMs);
  if (window === undefined) return put(pool, version);
  const by: Party = {
    id: window.operator,
    kind: 'person',
    permissions: ['operator'],
    session: 'start',
    standing: () => undefined,
  };
  const use = { capability: 'upgrade', things: [START], rows: 0, grant: window.id } as const;
  return grants.use({ ...use, operation: START }, by, async (tx, under) => {
    await put(tx, version);
    const leaf = { kind: 'operator-acted', ...under, operation: START } as const;
    return { leaf: await appendLeaf(ledger, tx, leaf), value: undefined };
  });
}

/** Whether a database knows another version than this one. */
async function isOther(db: Queryable, version: string): Promise<boolean> {
  const { rows } = await db.query<{ version: string }>(VERSION);
  return rows[0] !== undefined && rows[0].version !== version;
}

async function windowIn(db: Queryable, nowMs: number): Promise<Window | undefined> {
  const { rows } = await db.query<Window>(WINDOW, [nowMs]);
  return rows[0];
}

async function put(db: Queryable, version: string): Promise<void> {
  await db.query(PUT, [version]);
}
