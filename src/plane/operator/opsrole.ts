import { readFileSync } from 'node:fs';
import { Problem } from '#base/problem';
import {
  databaseProblem,
  refuseExcessRights,
  roleReport,
  statement,
  transaction,
} from '#platform/db';
import type { Pool, RoleReport, Transaction } from '#platform/db';
import { VIEWS } from './view.ts';

/** Whoever has a right at the views or a column of them, but for their owner. */
const GRANTEES = statement(import.meta.url, 'sql/list-view-grantees.sql');

/** All that the role of operators needs. */
const NEEDS = VIEWS.map(({ name }) => {
  return { kind: 'relation', object: `ops.${name}`, right: 'select' } as const;
});

/** What the role of operators can do beyond reading the views. */
export function opsRoleReport(pool: Pool): Promise<RoleReport> {
  return roleReport(pool, NEEDS);
}

/**
 * Puts the views in place as the plane's role, which owns them, and lets one role read them and enter the database: no
 * other right is given to it anywhere. Whoever else could read them cannot any more.
 */
export async function installViews(owner: Pool, role: string | null): Promise<void> {
  await transaction(owner, async (tx) => {
    // Two processes that start at once take turns.
    await tx.query(`select pg_advisory_xact_lock(hashtext('privet ops views'))`);
    await tx.query('create schema if not exists ops');
    for (const { name } of VIEWS)
      await tx.query(`create or replace view ops.${name} as\n${textOf(name)}`);
    const { rows } = await tx.query<{ role: string }>(GRANTEES);
    // As `regrole` writes them: quoted where they need it.
    const everybody = ['public', ...rows.map((row) => row.role)].join(', ');
    await tx.query(`revoke all on schema ops from ${everybody} cascade`);
    await tx.query(`revoke all on all tables in schema ops from ${everybody} cascade`);
    if (role !== null) await allow(tx, role);
  }).catch((thrown: unknown) => {
    throw databaseProblem(thrown);
  });
}

async function allow(tx: Transaction, role: string): Promise<void> {
  const name = `"${role.replaceAll('"', '""')}"`;
  const { rows } = await tx.query<{ database: string }>(
    'select quote_ident(current_database()) as database',
  );
  await tx.query(`grant connect on database ${rows[0]?.database ?? ''} to ${name}`);
  await tx.query(`grant usage on schema ops to ${name}`);
  await tx.query(
    `grant select on ${VIEWS.map((view) => `ops.${view.name}`).join(', ')} to ${name}`,
  );
}

function textOf(view: string): string {
  return readFileSync(new URL(`views/${view}.sql`, import.meta.url), 'utf8');
}

/** Throws `invalid` when the role is the plane's own, or can do more than read the views. */
export async function refuseOpsRole(owner: Pool, pool: Pool): Promise<void> {
  const [plane, operator] = [await whoIs(owner), await whoIs(pool)];
  if (plane === operator)
    throw new Problem('invalid', `\`${operator}\` is the role of the plane itself`, {
      hint: 'operators need a role of their own: deploy/sql/roles.sql',
    });
  await refuseExcessRights(pool, NEEDS);
}

async function whoIs(pool: Pool): Promise<string> {
  const { rows } = await pool
    .query<{ role: string }>('select current_user as role')
    .catch((thrown: unknown) => {
      throw databaseProblem(thrown);
    });
  return rows[0]?.role ?? '';
}
