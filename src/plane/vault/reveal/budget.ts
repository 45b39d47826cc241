import { statement } from '#platform/db';
import type { VaultCaller } from '../caller.ts';
import type { VaultGround } from '../ground.ts';
import type { VaultSchema } from '../schema/schema.ts';

const TAKE = statement(import.meta.url, '../sql/budgettake.sql');
const SWEEP = statement(import.meta.url, '../sql/budgetsweep.sql');

/** How many values (not redacted ones) a principal may be shown in each window of time. */
export type Budget = { readonly valuesMax: number; readonly windowMs: number };

/**
 * Takes values off the budget of whoever calls; false, and nothing taken, when there are not that many left, or none at all:
 * whoever has used it up is refused alike whatever there is to show. Counted before anything is shown, so that a crash can
 * cost budget but never give any.
 */
export async function takeBudget(
  { ports }: VaultGround,
  request: {
    readonly caller: VaultCaller;
    readonly vault: VaultSchema;
    readonly budget: Budget | null;
    readonly values: number;
  },
): Promise<boolean> {
  const { budget, caller, vault, values } = request;
  if (budget === null) return true;
  if (budget.valuesMax === 0 || values > budget.valuesMax) return false;
  const nowMs = ports.clock();
  const startMs = nowMs - (nowMs % budget.windowMs);
  const principal = caller.actor.kind === 'subject' ? caller.actor.id : caller.actor.kind;
  const { rowCount } = await ports.pool.query(TAKE, [
    vault.number,
    principal,
    startMs,
    values,
    budget.valuesMax,
  ]);
  return rowCount === 1;
}

/** Forgets counts of windows that are over. */
export async function sweepBudgets({ ports }: VaultGround, keptMs: number): Promise<void> {
  await ports.pool.query(SWEEP, [ports.clock() - keptMs]);
}
