import type { Bucket } from './bucket.ts';
import { gate } from './gate.ts';
import type { Raw } from './gate.ts';
import { COLUMN_METRICS, QUANTILES } from './metric.ts';
import type { Aggregates, Metric, Primitive } from './metric.ts';
import { numberOf } from './scan.ts';
import type { ColumnPlan, ScanPlan, Scanned } from './scan.ts';
import type { Point, SeriesSubject } from './series.ts';

/** What is known of the buckets before those that are measured now. */
export type Before = {
  /** Whether any of them had a row: a table is watched from its first one on. */
  readonly begun: boolean;
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
  let { begun, lastMs } = before;
  for (const [at, bucket] of found.buckets.entries()) {
    const scanned = found.scanned.get(at) ?? NOTHING;
    begun ||= scanned.rows > 0;
    lastMs = scanned.lastMs ?? lastMs;
    rows.push({ ...bucket, rows: scanned.rows, lastMs });
    if (begun) points.push(...pointsOf(plan, scanned, { ...bucket, lastMs }));
  }
  return { points, buckets: rows };
}

type Place = {
  readonly startMs: number | null;
  readonly endMs: number;
  readonly lastMs: number | null;
};

/** The points of one bucket, or of a whole table (no `startMs`). Pure. */
export function pointsOf(plan: ScanPlan, scanned: Scanned, place: Place): readonly Point[] {
  const { monitor } = plan;
  const make = (subject: Partial<SeriesSubject> & { metric: Metric }, raw: Raw): Point => ({
    subject: { column: null, customName: null, category: null, ...subject },
    startMs: place.startMs,
    endMs: place.endMs,
    class: raw.class,
    rows: scanned.rows,
    ...gate(raw, monitor.leastRows),
  });
  const points: Point[] = [];
  for (const entry of monitor.metrics) {
    if (entry.kind !== 'table' || entry.metric === 'bytes') continue;
    const value =
      entry.metric === 'row_count' ? scanned.rows : ageSeconds(place.endMs, place.lastMs);
    points.push(make({ metric: entry.metric }, counted(value, scanned.rows)));
  }
  for (const [at, { event, loaded }] of plan.events.entries()) {
    const value = scanned.events[at] ?? null;
    const seconds = loaded === null ? ageSeconds(place.endMs, value) : value;
    points.push(make({ metric: 'event_freshness', column: event }, counted(seconds, scanned.rows)));
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

function counted(value: number | null, over: number): Raw {
  return { class: 'count', value, over, spread: null };
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
