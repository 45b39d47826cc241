import { z } from 'zod';
import { Problem } from '#base/problem';
import { databaseProblem } from './failure.ts';
import type { Queryable } from './pool.ts';
import { statement } from './statement.ts';

const RIGHTS = statement(import.meta.url, 'sql/role-rights.sql');

/** Rights listed; a role with more of them has one fault, not thousands. */
const RIGHTS_MAX = 500;

/** Something a database role can do beyond what it owns, and the statement that takes it away. */
const rightShape = z.object({
  kind: z.enum([
    'attribute',
    'membership',
    'database',
    'schema',
    'relation',
    'function',
    'foreign-server',
    'language',
    'default',
  ]),
  object: z.string(),
  right: z.string(),
  takeAway: z.string().describe('the statement that takes it away'),
});
export type Right = z.infer<typeof rightShape>;

/** What a role needs beside what it owns: `object` and `right` as in `Right`. */
export type Need = Pick<Right, 'kind' | 'object' | 'right'>;

/**
 * A role and everything it can do that it does not need: `blocking` reaches beyond its own database, and a program does not
 * start with any of it; `warnings` are what PostgreSQL gives to everybody, worth taking away and no reason to stand still.
 */
export const roleReportShape = z.object({
  role: z.string(),
  database: z.string(),
  blocking: z.array(rightShape),
  warnings: z.array(rightShape),
});
export type RoleReport = z.infer<typeof roleReportShape>;

const OPEN_TO_ALL: ReadonlySet<Right['kind']> = new Set(['database', 'default']);

/** Asks the server what the role of this connection can do beyond its needs. Throws `unavailable`. */
export async function roleReport(db: Queryable, needs: readonly Need[] = []): Promise<RoleReport> {
  try {
    const who = await db.query<{ role: string; database: string }>(
      'select current_user as role, current_database() as database',
    );
    const { rows } = await db.query<Omit<Right, 'takeAway'> & { take_away: string }>(RIGHTS);
    const excess = rows
      .map(({ take_away: takeAway, ...right }): Right => ({ ...right, takeAway }))
      .filter((right) => !needs.some((need) => isSame(need, right)))
      .slice(0, RIGHTS_MAX);
    const warnings = excess.filter((right) => OPEN_TO_ALL.has(right.kind));
    const { role = '', database = '' } = who.rows[0] ?? {};
    return { role, database, blocking: excess.filter((one) => !warnings.includes(one)), warnings };
  } catch (error) {
    throw databaseProblem(error);
  }
}

function isSame(need: Need, right: Right): boolean {
  return need.kind === right.kind && need.object === right.object && need.right === right.right;
}

/** Throws `invalid` when the role of this connection reaches beyond its own database, saying how to end that. */
export async function refuseExcessRights(
  db: Queryable,
  needs: readonly Need[] = [],
): Promise<void> {
  const { role, blocking } = await roleReport(db, needs);
  const [first] = blocking;
  if (first === undefined) return;
  const more = blocking.length > 1 ? `, and ${blocking.length - 1} more` : '';
  throw new Problem(
    'invalid',
    `database role \`${role}\` has more rights than it needs: ${describeRight(first)}${more}`,
    {
      hint: `as an administrator: ${blocking
        .map(({ takeAway }) => takeAway)
        .slice(0, 5)
        .join('; ')}`,
    },
  );
}

/** A right in a few words. */
export function describeRight({ kind, object, right }: Right): string {
  return kind === 'attribute' ? right : `${right} of ${kind} \`${object}\``;
}
