import { statement } from '#platform/db';
import type { Transaction } from '#platform/db';
import type { Subject } from '../keys/subjectkeys.ts';
import { WriteAgain } from './writewave.ts';

const NOT_KEPT = statement(import.meta.url, '../sql/subjectnotkept.sql');

/**
 * Throws `WriteAgain` when one of the subjects is being forgotten. Whoever forgets waits for writers before and stops
 * those after, so that no record of a forgotten person is written.
 */
export async function requireKept(tx: Transaction, subjects: readonly Subject[]): Promise<void> {
  if (subjects.length === 0) return;
  const { rows } = await tx.query(NOT_KEPT, [subjects.map(({ number }) => number)]);
  if (rows.length > 0) throw new WriteAgain();
}
