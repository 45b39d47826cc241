import { quoted } from './dialect.ts';
import type { Dialect } from './dialect.ts';
import type { Session } from './warehouse.ts';

/** Where results go when nothing else is said. */
export const RESULT_SCHEMA = 'privet_observe';
/** Rises with every change of the tables below; what is older is brought up to date at the next run. */
const VERSION = 1;

/**
 * Tables of the results schema, in the customer's warehouse. Metrics come rounded and suppressed already (gate.ts). Two
 * tables hold values of rows, `failed_row` and `category_value`: no view shows them, and no role but the collector's
 * reads them.
 */
const TABLES: Readonly<Record<string, string>> = {
  version: 'version integer not null',
  run: `run_id text primary key, monitor text not null, table_schema text not null, table_name text not null,
    state text not null, fault text, started_at timestamptz not null, ended_at timestamptz,
    buckets bigint not null, points bigint not null, tests bigint not null, failed bigint not null,
    warned bigint not null, skipped bigint not null`,
  series: `series text primary key, monitor text not null, table_schema text not null, table_name text not null,
    column_name text, metric text not null, custom_name text, category_columns text, category_digest text,
    bucket_seconds bigint, time_zone text not null, filtered boolean not null, run_id text not null`,
  metric: `series text not null, bucket_start timestamptz, bucket_end timestamptz not null, class text not null,
    value double precision, row_count bigint, state text not null, measured_at timestamptz not null,
    run_id text not null, primary key (series, bucket_end)`,
  bucket: `monitor text not null, scan_digest text not null, bucket_start timestamptz not null,
    bucket_end timestamptz not null, row_count bigint not null, last_at timestamptz, measured_at timestamptz not null,
    primary key (monitor, scan_digest, bucket_end)`,
  test_result: `result_id text primary key, test_id text not null, test_name text not null, monitor text not null,
    table_schema text not null, table_name text not null, column_name text, check_kind text not null,
    dimension text not null, severity text not null, status text not null, fault text, failures bigint, row_count bigint,
    samples bigint not null, detected_at timestamptz not null, duration_ms bigint, run_id text not null`,
  schema_column: `table_schema text not null, table_name text not null, column_name text not null,
    data_type text not null, ordinal bigint not null, seen_at timestamptz not null,
    primary key (table_schema, table_name, column_name)`,
  schema_change: `change_id text primary key, monitor text not null, table_schema text not null,
    table_name text not null, column_name text, what text not null, before_text text, after_text text,
    against text not null, detected_at timestamptz not null, run_id text not null`,
  failed_row: `result_id text not null, row_index bigint not null, table_schema text not null,
    table_name text not null, row_json text not null, expires_at timestamptz not null,
    primary key (result_id, row_index)`,
  category_value: `category_digest text primary key, table_schema text not null, table_name text not null,
    category_columns text not null, value_json text not null, seen_at timestamptz not null`,
};

/** What may be read: explicit columns of explicit tables, so that a column that comes later is not shown by accident. */
const VIEWS: Readonly<Record<string, string>> = {
  run: `run_id, monitor, table_schema, table_name, state, fault, started_at, ended_at, buckets, points, tests, failed,
    warned, skipped`,
  series: `series, monitor, table_schema, table_name, column_name, metric, custom_name, category_columns,
    category_digest, bucket_seconds, time_zone, filtered, run_id`,
  metric: 'series, bucket_start, bucket_end, class, value, row_count, state, measured_at, run_id',
  test_result: `result_id, test_id, test_name, monitor, table_schema, table_name, column_name, check_kind, dimension,
    severity, status, fault, failures, row_count, samples, detected_at, duration_ms, run_id`,
  schema_change: `change_id, monitor, table_schema, table_name, column_name, what, before_text, after_text, against,
    detected_at, run_id`,
};

/** The names of the views a reading role may be given, and no more than these. */
export const RESULT_VIEWS: readonly string[] = Object.keys(VIEWS).map((name) => `obs_v1_${name}`);

/** A table or view of the results schema, as SQL writes it. */
export function resultName(schema: string, name: string): string {
  return `${quoted(schema)}.${quoted(name)}`;
}

/** Brings the results schema up to date; does nothing when it is. The schema itself must be there, or be allowed to be made. */
export async function ensureResultSchema(session: Session, schema: string): Promise<void> {
  if ((await versionOf(session, schema)) === VERSION) return;
  // `if not exists` would ask for the right to make schemas also where there is nothing to make.
  const there = await session.query(
    'select 1 from information_schema.schemata where schema_name = $1',
    [schema],
  );
  if (there.length === 0) await session.query(`create schema ${quoted(schema)}`);
  for (const statement of resultStatements(schema, session.dialect)) await session.query(statement);
}

/** What makes tables and views, in order; safe to run again. */
function resultStatements(schema: string, dialect: Dialect): readonly string[] {
  const at = (name: string) => resultName(schema, name);
  const tables = Object.entries(TABLES).map(
    ([name, columns]) => `create table if not exists ${at(name)} (${columns})`,
  );
  const views = Object.entries(VIEWS).map(
    ([name, columns]) =>
      `create or replace view ${at(`obs_v1_${name}`)} as select ${columns} from ${at(name)}`,
  );
  const indexes =
    dialect.engine === 'postgresql'
      ? [`create index if not exists metric_run on ${at('metric')} (run_id)`]
      : [];
  const version = [
    `delete from ${at('version')}`,
    `insert into ${at('version')} values (${VERSION})`,
  ];
  return [...tables, ...views, ...indexes, ...version];
}

async function versionOf(session: Session, schema: string): Promise<number | null> {
  const found = await session.query(
    `select 1 from information_schema.tables where table_schema = $1 and table_name = 'version'`,
    [schema],
  );
  if (found.length === 0) return null;
  const [row] = await session.query(`select version from ${resultName(schema, 'version')}`);
  return Number(row?.['version'] ?? 0);
}
