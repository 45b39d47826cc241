import type { Bucket } from './monitor/bucket.ts';
import { columnNamed, momentTypeOf } from './monitor/columns.ts';
import type { WatchedColumn } from './monitor/columns.ts';
import { quoted, tableText } from './warehouse/dialect.ts';
import type { Dialect, MomentType } from './warehouse/dialect.ts';
import { COLUMN_METRICS, DEFAULT_METRICS, primitiveSql } from './monitor/metric.ts';
import type { ColumnMetric, ColumnMetricName, Primitive } from './monitor/metric.ts';
import type { Monitor } from './monitor/monitor.ts';
import { epochInstant, epochSql, momentText } from './monitor/moment.ts';
import type { Row, Session } from './warehouse/warehouse.ts';

/** A metric of a column that a scan measures. */
export type ColumnPlan = {
  readonly column: WatchedColumn;
  readonly metrics: readonly ColumnMetricName[];
};
type EventPlan = { readonly event: string; readonly loaded: string | null };
type CustomPlan = Extract<Monitor['metrics'][number], { kind: 'custom' }>;

/** Everything one pass over a table measures. */
export type ScanPlan = {
  readonly monitor: Monitor;
  readonly moment: { readonly column: string; readonly type: MomentType } | null;
  readonly columns: readonly ColumnPlan[];
  readonly events: readonly (EventPlan & { readonly type: MomentType })[];
  readonly custom: readonly CustomPlan[];
};

/** What a scan says of one bucket, or of the table when it has none. */
export type Scanned = {
  readonly rows: number;
  /** The latest timestamp in it. */
  readonly lastMs: number | null;
  /** Aggregates by the place of the column in the plan. */
  readonly columns: readonly Readonly<Partial<Record<Primitive, unknown>>>[];
  /** Seconds by the place of the event in the plan; the latest event's instant where rows have no load time. */
  readonly events: readonly (number | null)[];
  readonly custom: readonly (number | null)[];
};

/** What to measure, given what the table has now; throws `missing-column` and `wrong-type` faults. */
export function planScan(monitor: Monitor, columns: readonly WatchedColumn[]): ScanPlan {
  const found = new Map<string, Set<ColumnMetricName>>();
  const add = (column: WatchedColumn, wanted: readonly ColumnMetricName[]) => {
    const fitting = wanted.filter((name) => COLUMN_METRICS[name].families.includes(column.family));
    const set = found.get(column.name) ?? new Set();
    for (const name of fitting) set.add(name);
    found.set(column.name, set);
  };
  for (const entry of monitor.metrics) {
    if (entry.kind === 'columns') {
      for (const name of entry.columns)
        add(columnNamed(columns, name), entry.metrics ?? DEFAULT_METRICS);
    }
    if (entry.kind === 'all') {
      for (const column of columns)
        if (!entry.except.includes(column.name)) add(column, DEFAULT_METRICS);
    }
  }
  const timed = monitor.timestamp === null ? null : columnNamed(columns, monitor.timestamp);
  return {
    monitor,
    moment: timed === null ? null : { column: timed.name, type: momentTypeOf(timed) },
    columns: [...found].map(([name, metrics]) => {
      return { column: columnNamed(columns, name), metrics: [...metrics] };
    }),
    events: monitor.metrics.flatMap((entry) => {
      if (entry.kind !== 'event') return [];
      if (entry.loaded !== null) columnNamed(columns, entry.loaded);
      const type = momentTypeOf(columnNamed(columns, entry.event));
      return [{ event: entry.event, loaded: entry.loaded, type }];
    }),
    custom: monitor.metrics.filter((entry) => entry.kind === 'custom'),
  };
}

/** Aggregates a column needs for its metrics, each once. */
function primitivesOf({ metrics }: ColumnPlan): readonly Primitive[] {
  const known: Readonly<Record<string, ColumnMetric>> = COLUMN_METRICS;
  return [...new Set(metrics.flatMap((name) => known[name]?.needs ?? []))];
}

/** The one statement that measures everything: one row a bucket that has rows, or one row for the table. */
function scanSql(plan: ScanPlan, dialect: Dialect): string {
  const { monitor, moment } = plan;
  const table = tableText(monitor.table);
  const aggregates = aggregatesOf(plan, dialect).map(([name, sql]) => `${sql} as ${name}`);
  const where = monitor.where === null ? '' : ` and (${monitor.where}\n)`;
  if (moment === null) {
    return `select ${aggregates.join(',\n  ')}\nfrom ${table} as t where true${where}`;
  }
  const column = quoted(moment.column);
  return `select ${dialect.bucketIndex(column, moment.type)} as bucket,
  ${aggregates.join(',\n  ')}
from ${dialect.bucketSource(table, column, moment.type)}
where t.${column} >= $2::${moment.type} and t.${column} < $3::${moment.type}${where}
group by 1`;
}

function aggregatesOf(plan: ScanPlan, dialect: Dialect): readonly (readonly [string, string])[] {
  const { moment } = plan;
  const last =
    moment === null ? [] : [['last_at', epochSql(`max(t.${quoted(moment.column)})`)] as const];
  const columns = plan.columns.flatMap((planned, at) =>
    primitivesOf(planned).map((primitive): readonly [string, string] => [
      `c${at}_${primitive.toLowerCase()}`,
      primitiveSql(primitive, `t.${quoted(planned.column.name)}`, dialect),
    ]),
  );
  const events = plan.events.map(({ event, loaded }, at): readonly [string, string] => {
    const happened = `t.${quoted(event)}`;
    if (loaded === null) return [`e${at}`, epochSql(`max(${happened})`)];
    return [`e${at}`, `max(${dialect.secondsBetween(happened, `t.${quoted(loaded)}`)})`];
  });
  const custom = plan.custom.map(({ sql }, at): readonly [string, string] => [
    `x${at}`,
    `(${sql}\n)::float8`,
  ]);
  return [['n', 'count(*)'], ...last, ...columns, ...events, ...custom];
}

/** Reads the table once; gives what was found by the place of the bucket, which may be missing when it has no rows. */
export async function runScan(
  session: Session,
  plan: ScanPlan,
  buckets: readonly Bucket[] | null,
): Promise<ReadonlyMap<number, Scanned>> {
  const { moment, monitor } = plan;
  const text = scanSql(plan, session.dialect);
  if (moment === null || buckets === null) {
    const [row] = await session.query(text);
    return new Map(row === undefined ? [] : [[0, scannedFrom(row, plan)]]);
  }
  const starts = buckets.map(({ startMs }) => momentText(startMs, moment.type, monitor.zone));
  const end = momentText(buckets.at(-1)?.endMs ?? 0, moment.type, monitor.zone);
  const rows = await session.query(text, [session.dialect.startsParameter(starts), starts[0], end]);
  return new Map(rows.map((row) => [Number(row['bucket']), scannedFrom(row, plan)]));
}

function scannedFrom(row: Row, plan: ScanPlan): Scanned {
  const { moment, monitor } = plan;
  return {
    rows: Number(row['n']),
    lastMs: moment === null ? null : epochInstant(row['last_at'], moment.type, monitor.zone),
    columns: plan.columns.map((planned, at) =>
      Object.fromEntries(
        primitivesOf(planned).map((primitive) => [
          primitive,
          row[`c${at}_${primitive.toLowerCase()}`],
        ]),
      ),
    ),
    events: plan.events.map(({ loaded, type }, at) => {
      const value = row[`e${at}`];
      if (loaded !== null) return numberOf(value);
      return epochInstant(value, type, monitor.zone);
    }),
    custom: plan.custom.map((_, at) => numberOf(row[`x${at}`])),
  };
}

/** A number a driver gave, or null; whole numbers come as text from one and as bigint from the other. */
export function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
