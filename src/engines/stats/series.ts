import { Problem } from '#base/problem';

/**
 * One bucket, or one reading, of a metric. `atMs` is where the bucket begins (UTC, milliseconds), or when the reading was taken where
 * there are no buckets. `value` is null where nothing was measured: a gap, which is neither zero nor an anomaly.
 */
export type Point = { readonly atMs: number; readonly value: number | null };

/** The points of one metric in order of time, each time once. */
export type Series = readonly Point[];

/** Ten years of hours; more is a mistake of the caller, and would make one score slow for all others. */
export const SERIES_POINTS_MAX = 100_000;

/** Throws `invalid` when times do not rise, or a time or value is no finite number; `limit` when there are too many points. */
export function assertSeries(series: Series): void {
  if (series.length > SERIES_POINTS_MAX)
    throw new Problem(
      'limit',
      `series expected at most ${SERIES_POINTS_MAX} points, got ${series.length}`,
    );
  let before = Number.NEGATIVE_INFINITY;
  for (const { atMs, value } of series) {
    if (!Number.isFinite(atMs) || (value !== null && !Number.isFinite(value)))
      throw new Problem('invalid', 'series expected finite times and values');
    if (atMs <= before)
      throw new Problem('invalid', 'series expected rising times, each once', {
        hint: 'sort the points and keep the newest of those with the same time',
      });
    before = atMs;
  }
}
