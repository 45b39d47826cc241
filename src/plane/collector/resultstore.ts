import type { Digester } from './digest.ts';
import { instantOf, instantText } from './monitor/moment.ts';
import type { Monitor } from './monitor/monitor.ts';
import type { BucketRow } from './measure.ts';
import { resultName } from './warehouse/resultschema.ts';
import { seriesSeconds, seriesText } from './monitor/series.ts';
import type { Point, SeriesSubject } from './monitor/series.ts';
import type { Session } from './warehouse/warehouse.ts';

/** Where one run writes. */
export type ResultPlace = {
  readonly warehouse: string;
  readonly schema: string;
  readonly runId: string;
  readonly digest: Digester;
};

/** Rows of one statement: 9 parameters each stay far below the 65,535 a statement may have. */
const ROWS_MAX = 1_000;

type Value = string | number | boolean | null;

/** `insert … values …` with one parameter a cell, in pieces. */
export async function insertRows(
  session: Session,
  into: {
    readonly table: string;
    readonly columns: readonly string[];
    readonly types: readonly string[];
    readonly conflict: string;
  },
  rows: readonly (readonly Value[])[],
): Promise<void> {
  const { columns, types } = into;
  for (let from = 0; from < rows.length; from += ROWS_MAX) {
    const piece = rows.slice(from, from + ROWS_MAX);
    const tuples = piece.map(
      (_, row) =>
        `(${columns.map((__, at) => `$${row * columns.length + at + 1}::${types[at] ?? 'text'}`).join(', ')})`,
    );
    const text = `insert into ${into.table} as r (${columns.join(', ')}) values ${tuples.join(', ')} ${into.conflict}`;
    await session.query(text, piece.flat());
  }
}

/**
 * Writes points, each under its series; of one series and end the last measured holds. A value that did not change keeps
 * the run it came with, so that it is not told again.
 */
export async function writePoints(
  session: Session,
  place: ResultPlace,
  found: { readonly monitor: Monitor; readonly points: readonly Point[]; readonly nowMs: number },
): Promise<void> {
  const { monitor, points, nowMs } = found;
  const ids = await seriesIds(place, monitor, points);
  await writeSeries(session, place, { monitor, points, ids });
  const rows = points.map((point): readonly Value[] => [
    ids.get(point.subject) ?? '',
    point.startMs === null ? null : instantText(point.startMs),
    instantText(point.endMs),
    point.class,
    point.value,
    point.rows,
    point.state,
    instantText(nowMs),
    place.runId,
  ]);
  await insertRows(
    session,
    {
      table: resultName(place.schema, 'metric'),
      columns: [
        'series',
        'bucket_start',
        'bucket_end',
        'class',
        'value',
        'row_count',
        'state',
        'measured_at',
        'run_id',
      ],
      types: [
        'text',
        'timestamptz',
        'timestamptz',
        'text',
        'float8',
        'bigint',
        'text',
        'timestamptz',
        'text',
      ],
      conflict: `on conflict (series, bucket_end) do update set value = excluded.value, row_count = excluded.row_count,
        state = excluded.state, measured_at = excluded.measured_at, run_id = excluded.run_id
        where r.value is distinct from excluded.value or r.state is distinct from excluded.state
          or r.row_count is distinct from excluded.row_count`,
    },
    rows,
  );
}

type Ids = ReadonlyMap<SeriesSubject, string>;

async function seriesIds(
  place: ResultPlace,
  monitor: Monitor,
  points: readonly Point[],
): Promise<Ids> {
  const texts = points.map(({ subject }) => seriesText(place.warehouse, monitor, subject));
  const unique = [...new Set(texts)];
  const digests = await place.digest(unique);
  const byText = new Map(unique.map((text, at) => [text, digests[at] ?? '']));
  return new Map(points.map(({ subject }, at) => [subject, byText.get(texts[at] ?? '') ?? '']));
}

async function writeSeries(
  session: Session,
  place: ResultPlace,
  {
    monitor,
    points,
    ids,
  }: { readonly monitor: Monitor; readonly points: readonly Point[]; readonly ids: Ids },
): Promise<void> {
  const subjects = new Map(points.map(({ subject }) => [ids.get(subject) ?? '', subject]));
  const rows = [...subjects].map(([series, subject]): readonly Value[] => [
    series,
    monitor.name,
    monitor.table.schema,
    monitor.table.name,
    subject.column,
    subject.metric,
    subject.customName,
    subject.category === null ? null : JSON.stringify(subject.category.columns),
    subject.category === null ? null : subject.category.digest,
    seriesSeconds(monitor),
    monitor.zone.name,
    monitor.where !== null,
    place.runId,
  ]);
  await insertRows(
    session,
    {
      table: resultName(place.schema, 'series'),
      columns: [
        'series',
        'monitor',
        'table_schema',
        'table_name',
        'column_name',
        'metric',
        'custom_name',
        'category_columns',
        'category_digest',
        'bucket_seconds',
        'time_zone',
        'filtered',
        'run_id',
      ],
      types: [
        'text',
        'text',
        'text',
        'text',
        'text',
        'text',
        'text',
        'text',
        'text',
        'bigint',
        'text',
        'boolean',
        'text',
      ],
      conflict: `on conflict (series) do update set monitor = excluded.monitor, run_id = excluded.run_id
        where r.monitor is distinct from excluded.monitor`,
    },
    rows,
  );
}

/** Notes that buckets were measured, so that they are not missing any more. */
export async function writeBuckets(
  session: Session,
  place: ResultPlace,
  found: {
    readonly monitor: Monitor;
    readonly buckets: readonly BucketRow[];
    readonly nowMs: number;
  },
): Promise<void> {
  const { monitor, buckets, nowMs } = found;
  await insertRows(
    session,
    {
      table: resultName(place.schema, 'bucket'),
      columns: [
        'monitor',
        'scan_digest',
        'bucket_start',
        'bucket_end',
        'row_count',
        'last_at',
        'measured_at',
      ],
      types: ['text', 'text', 'timestamptz', 'timestamptz', 'bigint', 'timestamptz', 'timestamptz'],
      conflict: `on conflict (monitor, scan_digest, bucket_end) do update set row_count = excluded.row_count,
        last_at = excluded.last_at, measured_at = excluded.measured_at`,
    },
    buckets.map((bucket) => [
      monitor.name,
      monitor.scanDigest,
      instantText(bucket.startMs),
      instantText(bucket.endMs),
      bucket.rows,
      bucket.lastMs === null ? null : instantText(bucket.lastMs),
      instantText(nowMs),
    ]),
  );
}

/** Buckets that were measured already, as this monitor measures now, in order. */
export async function readBuckets(
  session: Session,
  schema: string,
  monitor: Monitor,
): Promise<readonly BucketRow[]> {
  const rows = await session.query(
    `select bucket_start, bucket_end, row_count, last_at from ${resultName(schema, 'bucket')}
     where monitor = $1 and scan_digest = $2 order by bucket_end`,
    [monitor.name, monitor.scanDigest],
  );
  return rows.map((row) => ({
    startMs: instantOf(row['bucket_start']) ?? 0,
    endMs: instantOf(row['bucket_end']) ?? 0,
    rows: Number(row['row_count']),
    lastMs: instantOf(row['last_at']),
  }));
}

/** Digests of the values of a category that were told before. */
export async function knownCategories(
  session: Session,
  place: ResultPlace,
  of: { readonly monitor: Monitor; readonly columns: readonly string[] },
): Promise<ReadonlySet<string>> {
  const rows = await session.query(
    `select category_digest from ${resultName(place.schema, 'category_value')}
     where table_schema = $1 and table_name = $2 and category_columns = $3`,
    [of.monitor.table.schema, of.monitor.table.name, JSON.stringify(of.columns)],
  );
  return new Set(rows.map((row) => String(row['category_digest'])));
}

/** Keeps, in the warehouse alone, which value a digest stands for. */
export async function writeCategories(
  session: Session,
  place: ResultPlace,
  of: {
    readonly monitor: Monitor;
    readonly columns: readonly string[];
    readonly values: ReadonlyMap<string, string>;
    readonly nowMs: number;
  },
): Promise<void> {
  const { table } = of.monitor;
  await insertRows(
    session,
    {
      table: resultName(place.schema, 'category_value'),
      columns: [
        'category_digest',
        'table_schema',
        'table_name',
        'category_columns',
        'value_json',
        'seen_at',
      ],
      types: ['text', 'text', 'text', 'text', 'text', 'timestamptz'],
      conflict: 'on conflict (category_digest) do update set seen_at = excluded.seen_at',
    },
    [...of.values].map(([value, digest]) => [
      digest,
      table.schema,
      table.name,
      JSON.stringify(of.columns),
      value,
      instantText(of.nowMs),
    ]),
  );
}

/** The digests of values of a category, in order; values of other tables and columns give others. */
export function categoryDigests(
  place: ResultPlace,
  of: { readonly monitor: Monitor; readonly columns: readonly string[] },
  values: readonly string[],
): Promise<readonly string[]> {
  const { schema, name } = of.monitor.table;
  const head = ['category', place.warehouse, schema, name, of.columns];
  return place.digest(values.map((value) => JSON.stringify([...head, value])));
}
