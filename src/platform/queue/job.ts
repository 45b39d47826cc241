import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';

const NOTE = statement(import.meta.url, 'sql/note-job.sql');
const ADD = statement(import.meta.url, 'sql/add-job.sql');
const LIST = statement(import.meta.url, 'sql/list-jobs.sql');

/** A payload names what to work on; the work itself lies in tables. */
const PAYLOAD_BYTES_MAX = 64 * 1024;
const KEY_BYTES_MAX = 400;
/** About 16 hours of attempts, for graphile-worker waits exp(attempt) seconds, at most exp(10). */
const ATTEMPTS_MAX = 12;
const LISTED_MAX = 1_000;

export type JobSpec = {
  readonly task: string;
  /** What the job is, such as `collect/orders/2026-03-01T00:00Z`: enqueued twice it is done once. */
  readonly key: string;
  readonly payload: Json;
  /** Not before this moment. */
  readonly runAtMs?: number;
  readonly attemptsMax?: number;
  /** Jobs of one line run one after another. */
  readonly line?: string;
};

export type JobState = {
  readonly key: string;
  readonly task: string;
  readonly state: 'waiting' | 'running' | 'retrying' | 'done' | 'failed';
  readonly attempt: number;
  readonly done: number;
  readonly total: number | null;
  /** Code and message of the problem of the last attempt. */
  readonly problem: string | null;
  readonly enqueuedAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
};

/**
 * Puts a job into the queue as part of the transaction; gives whether it is new. A key that waits, runs or is done is
 * left alone; one whose last attempt failed begins anew. Throws `limit` for a key or payload that is too long.
 */
export async function enqueue(tx: Transaction, job: JobSpec): Promise<boolean> {
  const payload = canonicalJson(job.payload);
  if (Buffer.byteLength(payload) > PAYLOAD_BYTES_MAX) {
    throw new Problem('limit', `job payload expected at most ${PAYLOAD_BYTES_MAX} bytes`);
  }
  if (Buffer.byteLength(job.key) > KEY_BYTES_MAX) {
    throw new Problem('limit', `job key expected at most ${KEY_BYTES_MAX} bytes`);
  }
  const { rowCount } = await tx.query(NOTE, [job.key, job.task]);
  if (rowCount !== 1) return false;
  await tx.query(ADD, [
    job.task,
    payload,
    job.line ?? null,
    job.runAtMs === undefined ? null : new Date(job.runAtMs),
    job.attemptsMax ?? ATTEMPTS_MAX,
    job.key,
  ]);
  return true;
}

type Row = {
  readonly key: string;
  readonly task: string;
  readonly state: JobState['state'];
  readonly attempt: number;
  readonly done: string;
  readonly total: string | null;
  readonly problem: string | null;
  readonly enqueued_at_ms: string;
  readonly started_at_ms: string | null;
  readonly ended_at_ms: string | null;
};

export type JobFilter = { readonly task?: string; readonly key?: string; readonly limit?: number };

/** Jobs and what became of them, the latest first; ended ones are kept for a month. */
export async function listJobs(db: Queryable, filter: JobFilter): Promise<readonly JobState[]> {
  const limit = Math.min(filter.limit ?? LISTED_MAX, LISTED_MAX);
  const { rows } = await db.query<Row>(LIST, [filter.task ?? null, filter.key ?? null, limit]);
  return rows.map((row) => ({
    key: row.key,
    task: row.task,
    state: row.state,
    attempt: row.attempt,
    done: Number(row.done),
    total: row.total === null ? null : Number(row.total),
    problem: row.problem,
    enqueuedAtMs: Number(row.enqueued_at_ms),
    startedAtMs: row.started_at_ms === null ? null : Number(row.started_at_ms),
    endedAtMs: row.ended_at_ms === null ? null : Number(row.ended_at_ms),
  }));
}
