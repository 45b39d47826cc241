import { transaction } from '#platform/db';
import type { Pool, Transaction } from '#platform/db';
import type { Clock } from '#base/clock';

/** Who does something: a subject, or `privet` itself. */
export type Actor = { readonly id: string; readonly name: string };

/** Hands out that many unpredictable bytes. */
export type RandomSource = (sizeBytes: number) => Uint8Array;

/** What control works with as long as it runs. */
export type Office = { readonly pool: Pool; readonly clock: Clock; readonly random: RandomSource };

/** Who asks, in which request, from which network address. */
export type Asker = {
  readonly actor: Actor;
  readonly requestId: string;
  readonly address: string;
};

/** What every change in control runs with: its transaction, the time, randomness, and who asks from where. */
export type Work = Asker & {
  readonly tx: Transaction;
  readonly nowMs: number;
  readonly random: RandomSource;
};

/** The actor of what nobody asked for: first starts, schedules. */
export const PRIVET: Actor = { id: 'privet', name: 'privet' };
/** Privet itself as the one who asks, for what a program does by itself. */
export const BY_ITSELF: Asker = { actor: PRIVET, requestId: 'start', address: 'local' };

/** Runs a change in one transaction: all of it happens, its act included, or nothing does. */
export function inWork<T>(
  office: Office,
  asker: Asker,
  change: (work: Work) => Promise<T>,
): Promise<T> {
  return transaction(office.pool, (tx) =>
    change({ ...asker, tx, nowMs: office.clock(), random: office.random }),
  );
}

/** The moment of the work, or so much later, as the database takes it. */
export function momentOf(work: Pick<Work, 'nowMs'>, laterMs = 0): Date {
  return new Date(work.nowMs + laterMs);
}
