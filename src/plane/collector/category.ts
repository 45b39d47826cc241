import type { Bucket } from './monitor/bucket.ts';
import { columnNamed } from './monitor/columns.ts';
import type { WatchedColumn } from './monitor/columns.ts';
import { quoted, tableText } from './warehouse/dialect.ts';
import type { Dialect } from './warehouse/dialect.ts';
import { momentText } from './monitor/moment.ts';
import type { ScanPlan } from './scan.ts';
import type { Point } from './monitor/series.ts';
import type { Metric } from './monitor/metric.ts';
import type { Session } from './warehouse/warehouse.ts';

/** How rows spread over the values of some columns. */
export type CategoryPlan = { readonly columns: readonly string[]; readonly top: number };

/** Rows of one bucket with one value, or with none of the frequent ones. */
export type CategoryCount = {
  readonly bucket: number;
  /** The value as a JSON array of texts; null for all the others together. */
  readonly value: string | null;
  readonly rows: number;
  /** How many values that are. */
  readonly values: number;
};

export function categoryPlans(
  plan: ScanPlan,
  columns: readonly WatchedColumn[],
): readonly CategoryPlan[] {
  return plan.monitor.metrics.flatMap((entry) => {
    if (entry.kind !== 'category') return [];
    for (const name of entry.columns) columnNamed(columns, name);
    return [{ columns: entry.columns, top: entry.top }];
  });
}

/**
 * Counts by value, the most frequent `top` of the stretch by themselves and the others together, however many there are:
 * a column of unique values costs the database a sort and us a row a bucket.
 */
export async function countCategories(
  session: Session,
  plan: ScanPlan,
  of: { readonly category: CategoryPlan; readonly buckets: readonly Bucket[] | null },
): Promise<readonly CategoryCount[]> {
  const { moment, monitor } = plan;
  const text = categorySql(plan, of.category, session.dialect);
  const { buckets } = of;
  if (moment === null || buckets === null) return (await session.query(text)).map(countFrom);
  const starts = buckets.map(({ startMs }) => momentText(startMs, moment.type, monitor.zone));
  const end = momentText(buckets.at(-1)?.endMs ?? 0, moment.type, monitor.zone);
  const parameters = [session.dialect.startsParameter(starts), starts[0], end];
  return (await session.query(text, parameters)).map(countFrom);
}

function countFrom(row: Readonly<Record<string, unknown>>): CategoryCount {
  const value = row['v'];
  return {
    bucket: Number(row['bucket']),
    value: typeof value === 'string' ? value : null,
    rows: Number(row['n']),
    values: Number(row['d']),
  };
}

function categorySql(plan: ScanPlan, { columns, top }: CategoryPlan, dialect: Dialect): string {
  const { monitor, moment } = plan;
  const table = tableText(monitor.table);
  const value = dialect.jsonArray(columns.map((name) => `t.${quoted(name)}::text`));
  const where = monitor.where === null ? '' : ` and (${monitor.where}\n)`;
  const timed = moment === null ? null : quoted(moment.column);
  const bucket = moment === null || timed === null ? '0' : dialect.bucketIndex(timed, moment.type);
  const from =
    moment === null || timed === null
      ? `${table} as t where true${where}`
      : `${dialect.bucketSource(table, timed, moment.type)}
        where t.${timed} >= $2::${moment.type} and t.${timed} < $3::${moment.type}${where}`;
  return `with privet_counts as (select ${bucket} as bucket, ${value} as v, count(*) as n from ${from} group by 1, 2),
  privet_top as (select v from privet_counts group by v order by sum(n) desc, v limit ${top})
select c.bucket, p.v, sum(c.n) as n, count(*) as d
from privet_counts as c left join privet_top as p on p.v = c.v group by 1, 2`;
}

/** A digest for each value that may be told, and the ones that were told before. */
export type CategoryKeys = {
  readonly digestOf: ReadonlyMap<string, string>;
  /** Digests of values that had rows enough before now. */
  readonly known: ReadonlySet<string>;
};

/**
 * The points of one category plan. A value with fewer rows than the monitor's least is told only when it was told
 * before, and then without its number; its rows go to the others. A known value without any row is nought. Pure.
 */
export function categoryPoints(
  plan: ScanPlan,
  found: {
    readonly category: CategoryPlan;
    readonly counts: readonly CategoryCount[];
    readonly keys: CategoryKeys;
  },
  places: readonly { readonly startMs: number | null; readonly endMs: number }[],
): readonly Point[] {
  const { leastRows, where } = plan.monitor;
  const { columns } = found.category;
  const column = columns.length === 1 ? (columns[0] ?? null) : null;
  // A value told in one bucket is known in the next.
  const known = new Set(found.keys.known);
  const byBucket = Map.groupBy(found.counts, ({ bucket }) => bucket);
  return places.flatMap(({ startMs, endMs }, at) => {
    const counts = byBucket.get(at) ?? [];
    const total = counts.reduce((sum, { rows }) => sum + rows, 0);
    const make = (metric: Metric, digest: string | null, value: number | null): Point => ({
      subject: { metric, column, customName: null, category: { columns, digest: digest ?? '' } },
      startMs,
      endMs,
      class: 'count',
      value,
      rows: where !== null && total < leastRows ? null : total,
      state: value === null ? 'suppressed' : 'measured',
    });
    const left = new Set(known);
    const points: Point[] = [];
    let others = 0;
    let distinct = 0;
    for (const { value, rows, values } of counts) {
      distinct += values;
      const digest = value === null ? undefined : found.keys.digestOf.get(value);
      if (digest === undefined || rows < leastRows) others += rows;
      if (digest === undefined || (rows < leastRows && !left.has(digest))) continue;
      left.delete(digest);
      known.add(digest);
      points.push(make('category_count', digest, rows < leastRows ? null : rows));
    }
    for (const digest of left) points.push(make('category_count', digest, 0));
    const told = others > 0 && others < leastRows ? null : others;
    return [
      ...points,
      make('category_other_count', null, told),
      make('category_distinct_count', null, total > 0 && total < leastRows ? null : distinct),
    ];
  });
}
