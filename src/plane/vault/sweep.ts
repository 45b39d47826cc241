import { statement } from '#platform/db';
import { sweepBudgets } from './reveal/budget.ts';
import type { VaultGround } from './ground.ts';
import { sweepTokens } from './tokens/tokentable.ts';

const ANSWERS = statement(import.meta.url, 'sql/idempotencysweep.sql');

/** Rows that one statement removes. */
const ROWS_MAX = 10_000;
/** No budget counts over more than a day. */
const COUNTS_KEPT_MS = 2 * 24 * 60 * 60 * 1_000;

/** Removes what has had its time: transient tokens, answers of old writes, counts of old reveals, files nobody points to. */
export async function sweep(ground: VaultGround): Promise<void> {
  const { pool, clock } = ground.ports;
  while ((await sweepTokens(pool, clock(), ROWS_MAX)) === ROWS_MAX);
  await pool.query(ANSWERS, [clock()]);
  await sweepBudgets(ground, COUNTS_KEPT_MS);
  await ground.trash.empty();
}
