import { canonicalJson } from '#base/canonical';
import { Problem } from '#base/problem';
import { FACTS_PER_REQUEST_MAX, FACT_BYTES_MAX, FACT_FORMAT, checkFact } from '#boundary';
import type { Fact, FactBody } from '#boundary';
import { statement } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';
import { REQUEST_BYTES_MAX } from './limits.ts';

const TAKE_NUMBERS = statement(import.meta.url, 'sql/take-numbers.sql');
const STORE = statement(import.meta.url, 'sql/store-facts.sql');
const WAITING = statement(import.meta.url, 'sql/waiting-facts.sql');
const MARK_SENT = statement(import.meta.url, 'sql/mark-sent.sql');
const COUNT_WAITING = statement(import.meta.url, 'sql/count-waiting.sql');
const HEARTBEAT_WAITS = statement(import.meta.url, 'sql/heartbeat-waits.sql');
const PRUNE = statement(import.meta.url, 'sql/prune.sql');
const READ = statement(import.meta.url, 'sql/read-outbox.sql');

/** A fact as it lies in the outbox: the bytes that leave. */
export type StoredFact = { readonly number: number; readonly text: string };

/**
 * Stores facts in order, as part of the transaction, and gives the number of the last; they leave after it commits.
 * The row of numbers is locked until then, so such transactions should be short. Throws `invalid` for a fact out of
 * its limits, `limit` for one that is too long; then none is stored.
 */
export async function storeFacts(
  tx: Transaction,
  plane: string,
  bodies: readonly FactBody[],
): Promise<number> {
  const { rows } = await tx.query<{ fact_number: string }>(TAKE_NUMBERS, [bodies.length]);
  const last = Number(rows[0]?.fact_number ?? 0);
  const facts = bodies.map((body, i) => factOf(body, plane, last - bodies.length + 1 + i));
  await tx.query(STORE, [
    facts.map((fact) => fact.number),
    facts.map((fact) => fact.kind),
    facts.map(textOf),
  ]);
  return last;
}

/** The fact complete; throws as `storeFacts` does. */
export function factOf(body: FactBody, plane: string, number: number): Fact {
  return checkFact({ ...body, format: FACT_FORMAT, plane, number });
}

function textOf(fact: Fact): string {
  const text = canonicalJson(fact);
  if (Buffer.byteLength(text) > FACT_BYTES_MAX) {
    throw new Problem('limit', `fact \`${fact.kind}\` expected at most ${FACT_BYTES_MAX} bytes`);
  }
  return text;
}

/** The oldest facts that may go, as many as one request holds (`countMax` or fewer, at least one if any wait). */
export async function waitingFacts(
  db: Queryable,
  { through, countMax = FACTS_PER_REQUEST_MAX }: { through: number; countMax?: number | undefined },
): Promise<readonly StoredFact[]> {
  const { rows } = await db.query<{ number: string; fact: string }>(WAITING, [countMax, through]);
  let sizeBytes = 0;
  const fitting = rows.findIndex(
    (row) => (sizeBytes += Buffer.byteLength(row.fact)) > REQUEST_BYTES_MAX,
  );
  const taken = fitting < 0 ? rows : rows.slice(0, Math.max(1, fitting));
  return taken.map((row) => ({ number: Number(row.number), text: row.fact }));
}

/** Marks every waiting fact up to a number as sent, or as refused by control. */
export async function markSent(
  db: Queryable,
  through: number,
  at: { readonly nowMs: number; readonly refused: boolean },
): Promise<void> {
  await db.query(MARK_SENT, [through, at.nowMs, at.refused]);
}

export type OutboxState = { readonly waiting: number; readonly oldestMs: number | null };

export async function outboxState(db: Queryable): Promise<OutboxState> {
  const { rows } = await db.query<{ waiting: string; oldest: string | null }>(COUNT_WAITING);
  const row = rows[0];
  const oldest = row?.oldest ?? null;
  return { waiting: Number(row?.waiting ?? 0), oldestMs: oldest === null ? null : Number(oldest) };
}

/** Whether a heartbeat waits already: while control is away one is enough. */
export async function heartbeatWaits(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ waits: boolean }>(HEARTBEAT_WAITS);
  return rows[0]?.waits === true;
}

/** Forgets facts sent before a moment. */
export async function pruneOutbox(db: Queryable, beforeMs: number): Promise<void> {
  await db.query(PRUNE, [beforeMs]);
}

/** A fact with what became of it, for whoever wants to read what left. */
export type OutboxEntry = StoredFact & {
  readonly kind: string;
  readonly sentAtMs: number | null;
  readonly refused: boolean;
};

/** What lies in the outbox from a number on, sent or not. */
export async function readOutbox(
  db: Queryable,
  from: number,
  limit: number,
): Promise<readonly OutboxEntry[]> {
  type Row = {
    number: string;
    kind: string;
    fact: string;
    sent_at_ms: string | null;
    refused: boolean;
  };
  const { rows } = await db.query<Row>(READ, [from, limit]);
  return rows.map((row) => ({
    number: Number(row.number),
    kind: row.kind,
    text: row.fact,
    sentAtMs: row.sent_at_ms === null ? null : Number(row.sent_at_ms),
    refused: row.refused,
  }));
}
