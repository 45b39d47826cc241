import type { Series } from './series.ts';
import type { PrivetSettings } from './settings.ts';
import type { Verdict } from './verdict.ts';
import { score } from './score.ts';

/** Whether a table is as fresh as it usually is, and when it will be late. */
export type Freshness = {
  readonly verdict: Verdict;
  /** When the next arrival is overdue; null while there is too little history. */
  readonly dueMs: number | null;
};

/**
 * Judges how long it has been since the last arrival, by the gaps between earlier ones and where in the week each gap began: data that comes on
 * weekdays is not late on a Sunday. Arrivals may come in any order; those after `nowMs` (clocks go wrong) are left out. Null without any.
 */
export function freshness(
  arrivals: readonly number[],
  nowMs: number,
  settings: PrivetSettings,
): Freshness | null {
  const gaps = gapsOf(arrivals, nowMs);
  const verdict = score(gaps, { ...settings, measure: 'seconds', direction: 'spike' }).at(-1);
  if (verdict === undefined) return null;
  const high = verdict.kind === 'unjudged' ? null : verdict.explanation.accepted.high;
  return { verdict, dueMs: high === null ? null : verdict.atMs + high * 1_000 };
}

/** The seconds from each arrival to the next, at the time of the first of the two; the last gap is still open. */
function gapsOf(arrivals: readonly number[], nowMs: number): Series {
  const times = [...new Set(arrivals)]
    .filter((atMs) => atMs <= nowMs)
    .sort((left, right) => left - right);
  return times.map((atMs, index) => ({
    atMs,
    value: ((times[index + 1] ?? nowMs) - atMs) / 1_000,
  }));
}
