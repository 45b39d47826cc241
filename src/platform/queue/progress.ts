import { statement } from '#platform/db';
import type { Pool } from '#platform/db';

const REPORT = statement(import.meta.url, 'sql/report-job.sql');
const WRITTEN_EVERY_MS = 1_000;

/** Writes how far a job is; calls that come too soon after one another are left out, the last step never is. */
export function createProgress(
  pool: Pool,
  key: string,
): (done: number, total: number | null) => Promise<void> {
  let writtenMs = Number.NEGATIVE_INFINITY;
  return async (done, total) => {
    const nowMs = performance.now();
    if (done !== total && nowMs - writtenMs < WRITTEN_EVERY_MS) return;
    writtenMs = nowMs;
    await pool.query(REPORT, [key, done, total]);
  };
}
