import { Problem } from '#base/problem';
import { databaseProblem, transaction } from '#platform/db';
import type { Pool, Transaction } from '#platform/db';
import type { Ledger } from '#plane/ledger';
import { advance, settle } from './grant.ts';
import type { Grant, GrantEvent } from './grant.ts';
import type { GrantClock } from './grantclock.ts';
import { appendLeaf, endedLeaf } from './grantleaf.ts';
import { hearClock, lockGrant, saveGrant } from './granttable.ts';
import type { KeptGrant } from './granttable.ts';

export type StepGround = {
  readonly pool: Pool;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: GrantClock;
};

/** A grant before and after an event, and when that was. */
export type Moved = {
  readonly before: KeptGrant;
  readonly grant: Grant;
  readonly nowMs: number;
};

export type Event = { readonly id: string; readonly event: GrantEvent };

/**
 * One event of a grant, in one transaction with whatever belongs to it. Throws what `advance` throws; what time has ended is
 * written down even then. Steps of all grants come one after another: each takes the row of the clock.
 */
export async function stepGrant<T>(
  ground: StepGround,
  { id, event }: Event,
  work: (tx: Transaction, moved: Moved) => Promise<T>,
): Promise<T> {
  const stepped = await inTransaction(ground.pool, async (tx) => {
    const nowMs = await momentIn(ground, tx);
    const before = await lockSettled(ground, tx, { id, nowMs });
    const grant = attempt(() => advance(before.grant, event, nowMs));
    if (grant instanceof Problem) return { problem: grant };
    return { value: await work(tx, { before, grant, nowMs }) };
  });
  if ('problem' in stepped) throw stepped.problem;
  return stepped.value;
}

/** Ends a grant whose time is over. */
export async function sweepGrant(ground: StepGround, id: string): Promise<void> {
  await inTransaction(ground.pool, async (tx) =>
    lockSettled(ground, tx, { id, nowMs: await momentIn(ground, tx) }),
  );
}

export async function inTransaction<T>(
  pool: Pool,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return transaction(pool, work).catch((thrown: unknown) => {
    throw databaseProblem(thrown);
  });
}

/** The moment by the clock of grants, told to the database and to this process. */
export async function momentIn({ clock }: StepGround, tx: Transaction): Promise<number> {
  const latest = await hearClock(tx, clock.now());
  clock.hear(latest);
  return latest;
}

async function lockSettled(
  { ledger }: StepGround,
  tx: Transaction,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): Promise<KeptGrant> {
  const kept = await lockGrant(tx, id);
  const grant = settle(kept.grant, nowMs);
  if (grant === kept.grant) return kept;
  const settled = { ...kept, grant };
  await appendLeaf(ledger, tx, endedLeaf(grant, null));
  await saveGrant(tx, settled);
  return settled;
}

function attempt<T>(work: () => T): T | Problem {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
    throw thrown;
  }
}
