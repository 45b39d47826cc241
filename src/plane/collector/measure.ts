import type { Bucket } from './monitor/bucket.ts';
import { gate } from './monitor/gate.ts';
import type { Raw } from './monitor/gate.ts';
import { COLUMN_METRICS, QUANTILES } from './monitor/metric.ts';
import type { Aggregates, Metric, Primitive } from './monitor/metric.ts';
import { toMinute } from './rounding.ts';
import { numberOf } from './scan.ts';
import type { ColumnPlan, ScanPlan, Scanned } from './scan.ts';
import type { Point, SeriesSubject } from './monitor/series.ts';

/** What is known of the buckets before those that are measured now. */
export type Before = {
  /** Rows in them: a table is watched from its first one on. */
  readonly rows: number;
  /** The latest timestamp in them. */
  readonly lastMs: number | null;
};

/** What is written down of one bucket beside its points. */
export type BucketRow = Bucket & { readonly rows: number; readonly lastMs: number | null };

export type Measured = {
  readonly points: readonly Point[];
  readonly buckets: readonly BucketRow[];
};

const NOTHING: Scanned = { rows: 0, lastMs: null, columns: [], events: [], custom: [] };

/** The points of a scan, bucket by bucket; `before` moves along. Pure. */
export function measureBuckets(
  plan: ScanPlan,
  found: { readonly buckets: readonly Bucket[]; readonly scanned: ReadonlyMap<number, Scanned> },
  before: Before,
): Measured {
  const points: Point[] = [];
  const rows: BucketRow[] = [];
  let { rows: seen, lastMs } = before;
  for (const [at, bucket] of found.buckets.entries()) {
    const scanned = found.scanned.get(at) ?? NOTHING;
    seen += scanned.rows;
    lastMs = scanned.lastMs ?? lastMs;
    rows.push({ ...bucket, rows: scanned.rows, lastMs });
    if (seen > 0) points.push(...pointsOf(plan, scanned, { ...bucket, lastMs, seen }));
  }
  return { points, buckets: rows };
}

type Place = {
  readonly startMs: number | null;
  readonly endMs: number;
  readonly lastMs: number | null;
  /** Rows from the first bucket to this one. */
  readonly seen: number;
};

/** The points of one bucket, or of a whole table (no `startMs`). Pure. */
export function pointsOf(plan: ScanPlan, scanned: Scanned, place: Place): readonly Point[] {
  const { monitor } = plan;
  const make = (subject: Partial<SeriesSubject> & { metric: Metric }, raw: Raw): Point => ({
    subject: { column: null, customName: null, category: null, ...subject },
    startMs: place.startMs,
    endMs: place.endMs,
    class: raw.class,
    rows: few(plan, scanned.rows) ? null : scanned.rows,
    ...gate(raw, monitor.leastRows),
  });
  const points: Point[] = [];
  for (const entry of monitor.metrics) {
    if (entry.kind !== 'table' || entry.metric === 'bytes') continue;
    const raw =
      entry.metric === 'row_count'
        ? volume(plan, scanned.rows)
        : age(ageSeconds(place.endMs, place.lastMs), place.seen);
    points.push(make({ metric: entry.metric }, raw));
  }
  for (const [at, { event, loaded }] of plan.events.entries()) {
    const value = scanned.events[at] ?? null;
    const seconds = loaded === null ? ageSeconds(place.endMs, value) : value;
    points.push(make({ metric: 'event_freshness', column: event }, age(seconds, scanned.rows)));
  }
  for (const [at, planned] of plan.columns.entries()) {
    const aggregates = aggregatesFrom(scanned, at);
    for (const name of planned.metrics) {
      points.push(
        make({ metric: name, column: planned.column.name }, rawOf(planned, name, aggregates)),
      );
    }
  }
  for (const [at, { name, class: kind }] of plan.custom.entries()) {
    const raw = {
      class: kind,
      value: scanned.custom[at] ?? null,
      over: scanned.rows,
      spread: null,
    };
    points.push(make({ metric: 'custom', customName: name }, raw));
  }
  return points;
}

/** How many rows a table has is no row's own; how many have what a condition asks for may be. */
function few({ monitor }: ScanPlan, rows: number): boolean {
  return monitor.where !== null && rows > 0 && rows < monitor.leastRows;
}

function volume(plan: ScanPlan, rows: number): Raw {
  const over = few(plan, rows) ? rows : Number.POSITIVE_INFINITY;
  return { class: 'count', value: rows, over, spread: null };
}

/** The greatest of a column of times is one row's own: to the minute, and rounded as every extreme. */
function age(seconds: number | null, over: number): Raw {
  const value = seconds === null ? null : toMinute(Math.max(0, seconds));
  return { class: 'extreme', value, over, spread: null };
}

function ageSeconds(endMs: number, lastMs: number | null): number | null {
  return lastMs === null ? null : Math.max(0, Math.round((endMs - lastMs) / 1_000));
}

function rawOf(plan: ColumnPlan, name: ColumnPlan['metrics'][number], of: Aggregates): Raw {
  const metric = COLUMN_METRICS[name];
  const exact = plan.column.family === 'number' && metric.class === 'extreme';
  return {
    class: metric.class,
    // A count of an empty bucket is nought; any other number of it is none.
    value: of.rows === 0 && metric.class !== 'count' ? null : metric.value(of),
    over: of.values ?? of.rows,
    spread: exact ? (of.deviation ?? null) : null,
  };
}

function aggregatesFrom(scanned: Scanned, at: number): Aggregates {
  const found = scanned.columns[at] ?? {};
  const numbers: Partial<Record<Primitive, number | null>> = {};
  for (const [primitive, value] of Object.entries(found)) {
    if (primitive !== 'quantiles') numbers[primitive as Primitive] = numberOf(value);
  }
  return { rows: scanned.rows, ...numbers, quantiles: quantilesFrom(found.quantiles) };
}

function quantilesFrom(value: unknown): readonly (number | null)[] | null {
  if (!Array.isArray(value)) return null;
  return QUANTILES.map((_, at) => numberOf(value[at]));
}
