import { canonicalJson } from '#base/canonical';
import { nominalSeconds } from './bucket.ts';
import type { Metric, MetricClass } from './metric.ts';
import type { Monitor } from './monitor.ts';
import type { PointState } from './gate.ts';

/** What a series is of, within its monitor. */
export type SeriesSubject = {
  readonly metric: Metric;
  readonly column: string | null;
  readonly customName: string | null;
  /** The columns of a category, and the keyed digest that stands for its value. */
  readonly category: { readonly columns: readonly string[]; readonly digest: string } | null;
};

/** One number about one bucket, ready to be written down: rounded, or left out. */
export type Point = {
  readonly subject: SeriesSubject;
  readonly startMs: number | null;
  readonly endMs: number;
  readonly class: MetricClass;
  readonly value: number | null;
  readonly rows: number | null;
  readonly state: PointState;
};

/**
 * What names a series. A change of anything in it starts another: numbers over other rows, other columns or other
 * buckets cannot be compared. It goes through a keyed digest, for a condition may hold values.
 */
export function seriesText(warehouse: string, monitor: Monitor, subject: SeriesSubject): string {
  const { table, timestamp, where, zone } = monitor;
  return canonicalJson({
    warehouse,
    table: [table.schema, table.name],
    timestamp,
    bucket: timestamp === null ? null : [monitor.bucket.unit, monitor.bucket.count, zone.name],
    where,
    metric: subject.metric,
    column: subject.column,
    custom: subject.customName,
    category:
      subject.category === null ? null : [...subject.category.columns, subject.category.digest],
  });
}

/** Length of the series' buckets, null for a point a run. */
export function seriesSeconds({ timestamp, bucket }: Monitor): number | null {
  return timestamp === null ? null : nominalSeconds(bucket);
}
