import { databaseProblem, statement } from '#platform/db';
import type { Pool } from '#platform/db';
import type { Clock } from '#base/clock';
import type { ProblemCode } from '#base/problem';
import { HOLD_MS } from './limits.ts';

const TAKE = statement(import.meta.url, 'sql/take-export.sql');
const SENT = statement(import.meta.url, 'sql/note-sent.sql');
const FAILED = statement(import.meta.url, 'sql/note-failed.sql');
const GIVE_BACK = statement(import.meta.url, 'sql/give-back.sql');
const LIST = statement(import.meta.url, 'sql/list-exports.sql');

/** How far an export has come, and how it goes. */
export type Progress = {
  readonly name: string;
  /** The first leaf that was not sent. */
  readonly nextIndex: number;
  /** Leaves that retention took away before they were sent. */
  readonly missed: number;
  readonly sentAtMs: number | null;
  /** Tries since the last sending, all of which failed. */
  readonly failures: number;
  readonly code: string | null;
  readonly failedAtMs: number | null;
};

/** Where one export stands, in the plane's database: it goes on there after a restart, in whichever process. */
export type Position = {
  /** Where to go on, when this process has the export to itself now; else null. A new one begins at `first`. */
  take(first: number): Promise<number | null>;
  /** All leaves before `next` are sent, but for those that were `missed`. */
  sent(next: number, missed: number): Promise<void>;
  failed(code: ProblemCode): Promise<void>;
  /** Lets another process have it at once. */
  giveBack(): Promise<void>;
};

export type PositionSettings = {
  readonly pool: Pool;
  readonly clock: Clock;
  /** What tells this process from others. */
  readonly holder: string;
};

export function openPosition({ pool, clock, holder }: PositionSettings, name: string): Position {
  return {
    async take(first) {
      const nowMs = clock();
      const values = [name, first, holder, nowMs + HOLD_MS, nowMs];
      const { rows } = await pool.query<{ next_index: string }>(TAKE, values).catch(asProblem);
      return rows[0] === undefined ? null : Number(rows[0].next_index);
    },
    async sent(next, missed) {
      await pool.query(SENT, [name, next, clock(), missed, holder]).catch(asProblem);
    },
    async failed(code) {
      await pool.query(FAILED, [name, code, clock(), holder]).catch(asProblem);
    },
    async giveBack() {
      await pool.query(GIVE_BACK, [name, holder]).catch(asProblem);
    },
  };
}

type Row = {
  readonly name: string;
  readonly next_index: string;
  readonly missed: string;
  readonly sent_at_ms: string | null;
  readonly failures: number;
  readonly code: string | null;
  readonly failed_at_ms: string | null;
};

export async function listProgress(pool: Pool): Promise<readonly Progress[]> {
  const { rows } = await pool.query<Row>(LIST).catch(asProblem);
  return rows.map((row) => ({
    name: row.name,
    nextIndex: Number(row.next_index),
    missed: Number(row.missed),
    sentAtMs: orNull(row.sent_at_ms),
    failures: row.failures,
    code: row.code,
    failedAtMs: orNull(row.failed_at_ms),
  }));
}

function orNull(text: string | null): number | null {
  return text === null ? null : Number(text);
}

function asProblem(thrown: unknown): never {
  throw databaseProblem(thrown);
}
