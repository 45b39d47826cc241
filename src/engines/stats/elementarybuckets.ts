import type { ElementaryBucket, ElementarySettings } from './settings.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export type Bucket = { readonly startMs: number; readonly endMs: number };

/** What one run looks at: complete buckets between `fromMs` and `detectionEndMs`. */
export type Window = { readonly fromMs: number; readonly detectionEndMs: number };

/** The window of a run that starts at `runAtMs`: `daysBack` days, seven times as many when days of the week are compared. */
export function windowOf(settings: ElementarySettings, runAtMs: number): Window {
  const runSecondMs = Math.floor(runAtMs / 1_000) * 1_000;
  const detectionEndMs = runSecondMs - settings.detectionDelayHours * HOUR_MS;
  const weekly = settings.seasonality === 'day_of_week' || settings.seasonality === 'hour_of_week';
  const days = settings.daysBack * (weekly ? 7 : 1);
  const midnight = Math.floor((detectionEndMs - days * DAY_MS) / DAY_MS) * DAY_MS;
  return { fromMs: truncated(midnight, settings.timeBucket?.period ?? 'day'), detectionEndMs };
}

/** The complete buckets of a window, from its first moment on. */
export function bucketsOf(window: Window, size: ElementaryBucket): readonly Bucket[] {
  const buckets: Bucket[] = [];
  for (let startMs = window.fromMs; ;) {
    const endMs = endOf(startMs, size);
    if (endMs > window.detectionEndMs) return buckets;
    buckets.push({ startMs, endMs });
    startMs = endMs;
  }
}

export function endOf(startMs: number, { period, count }: ElementaryBucket): number {
  if (period === 'hour') return startMs + count * HOUR_MS;
  if (period === 'day') return startMs + count * DAY_MS;
  if (period === 'week') return startMs + count * 7 * DAY_MS;
  const date = new Date(startMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count, date.getUTCDate());
}

/** SQL's date_trunc of a midnight; weeks begin on Monday. */
function truncated(midnightMs: number, period: ElementaryBucket['period']): number {
  const date = new Date(midnightMs);
  if (period === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  if (period === 'week') return midnightMs - ((date.getUTCDay() + 6) % 7) * DAY_MS;
  return midnightMs;
}
