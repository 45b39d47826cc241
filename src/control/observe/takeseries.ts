import type { FactOf } from '#boundary';
import { momentOf } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import { assetIds, assetKey } from './asset.ts';

const PUT_SERIES = statement(import.meta.url, 'sql/put-series.sql');
const PUT_POINTS = statement(import.meta.url, 'sql/put-points.sql');

/** A point that lies further ahead than this is of a clock that is wrong: scored, it would end the series. */
const AHEAD_MS_MAX = 2 * 86_400_000;

/** Keeps what series are about; points name them by digest. */
export async function takeMetricSeries(work: Work, fact: FactOf<'metric-series'>): Promise<void> {
  const ids = await assetIds(
    work.tx,
    fact,
    fact.series.map(({ table }) => table),
  );
  const rows = fact.series.map((one) => ({
    series: one.series,
    asset_id: ids.get(assetKey(one.table)),
    column_name: one.column ?? '',
    metric: one.metric,
    custom_name: one.customName,
    category: one.category,
    origin: one.origin,
    monitor: one.monitor,
    bucket_seconds: one.bucketSeconds,
    time_zone: one.timeZone,
    direction: one.direction,
    severity: one.severity,
    owners: one.owners,
    tags: one.tags,
  }));
  await work.tx.query(PUT_SERIES, [fact.plane, JSON.stringify(rows), momentOf(work)]);
}

/**
 * Keeps points; of two for one bucket the later measured one holds. Points of a series nobody told of are dropped: it
 * was removed. A bucket is placed where it begins, a reading when it was taken.
 */
export async function takeMetricPoints(work: Work, fact: FactOf<'metric-points'>): Promise<void> {
  const latest = new Map<string, (typeof fact.points)[number]>();
  for (const point of fact.points) {
    const atMs = point.startMs ?? point.endMs;
    if (atMs > work.nowMs + AHEAD_MS_MAX) continue;
    const key = `${point.series} ${atMs}`;
    const other = latest.get(key);
    if (other === undefined || other.measuredMs <= point.measuredMs) latest.set(key, point);
  }
  const rows = [...latest.values()].map((point) => ({
    series: point.series,
    at: new Date(point.startMs ?? point.endMs).toISOString(),
    value: point.state === 'measured' ? point.value : null,
    state: point.state,
    rows: point.rows,
    measured_at: new Date(point.measuredMs).toISOString(),
  }));
  await work.tx.query(PUT_POINTS, [fact.plane, JSON.stringify(rows)]);
}
