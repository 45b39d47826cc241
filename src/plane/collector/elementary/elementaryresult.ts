import type { FactOf } from '#boundary';
import { checkOf, testIdOf } from '../dbt/dbtnode.ts';
import type { NodeGate } from '../dbt/dbtnode.ts';
import {
  executionFrom,
  freshnessFrom,
  freshnessResults,
  runIdFrom,
  versionFrom,
} from '../dbt/dbtresult.ts';
import { gate as gateNumber, LEAST_ROWS, tally } from '../monitor/gate.ts';
import { COLUMN_METRICS } from '../monitor/metric.ts';
import type { MetricClass } from '../monitor/metric.ts';
import { countIn, momentIn, numberIn, stringIn, textsIn } from '../dbt/jsonvalue.ts';
import type { Doc } from '../dbt/jsonvalue.ts';
import { messageFrom, nameFrom, ownersFrom, tagsFrom, wordFrom } from '../dbt/leakgate.ts';
import { stored } from './elementaryread.ts';
import { toMinute } from '../rounding.ts';
import type { Point, Series } from '../tell.ts';

type Result = FactOf<'test-results'>['results'][number];
type NodeRun = FactOf<'node-runs'>['runs'][number];
type Change = FactOf<'schema-changes'>['changes'][number];
type Run = Pick<
  FactOf<'run-result'>,
  | 'run'
  | 'command'
  | 'project'
  | 'target'
  | 'environment'
  | 'job'
  | 'orchestrator'
  | 'toolVersion'
  | 'fullRefresh'
  | 'startedMs'
  | 'completedMs'
  | 'user'
>;

const COMMANDS = ['run', 'build', 'test', 'seed', 'snapshot', 'compile', 'docs'] as const;
const STATUSES = {
  pass: 'pass',
  success: 'pass',
  warn: 'warn',
  fail: 'fail',
  error: 'error',
  skipped: 'skipped',
} as const;

/** A row of `dbt_run_results`; tests are left out, for `elementary_test_results` has them. */
export async function nodeRunFromRow(gate: NodeGate, row: Doc): Promise<NodeRun | null> {
  const execution = await executionFrom(gate, {
    unique_id: row['unique_id'],
    status: row['status'],
    message: row['message'],
    execution_time: row['execution_time'],
    compiled_code: row['compiled_code'],
    adapter_response: { rows_affected: row['rows_affected'] },
    timing: ['execute', 'compile'].map((name) => ({
      name,
      started_at: row[`${name}_started_at`],
      completed_at: row[`${name}_completed_at`],
    })),
  });
  if (execution?.kind !== 'node') return null;
  const run = await runIdFrom(gate, stringIn(row, 'invocation_id'));
  return { run, ...execution.run, materialized: wordFrom(stringIn(row, 'materialization')) };
}

/** A row of `dbt_invocations`. */
export async function runFromRow(gate: NodeGate, row: Doc): Promise<Run> {
  const command = stringIn(row, 'command') ?? '';
  const person = stringIn(row, 'dbt_user');
  const [user = null] =
    person === null ? [] : await gate.digest([JSON.stringify(['person', person])]);
  const full = row['full_refresh'];
  return {
    run: await runIdFrom(gate, stringIn(row, 'invocation_id')),
    command: command.includes('freshness')
      ? 'source-freshness'
      : (COMMANDS.find((known) => known === command) ?? 'other'),
    project: nameFrom(stringIn(row, 'project_name')),
    target: wordFrom(stringIn(row, 'target_name')),
    environment: wordFrom(stringIn(row, 'env')),
    job: nameFrom(stringIn(row, 'job_name')),
    orchestrator: wordFrom(stringIn(row, 'orchestrator')),
    toolVersion: versionFrom(stringIn(row, 'dbt_version')),
    fullRefresh: typeof full === 'boolean' ? full : null,
    startedMs: momentIn(row, 'run_started_at'),
    completedMs: momentIn(row, 'run_completed_at'),
    user,
  };
}

/** A row of `dbt_source_freshness_results`. */
export async function freshnessFromRow(gate: NodeGate, row: Doc) {
  const run = await runIdFrom(gate, stringIn(row, 'invocation_id'));
  const criteria = {
    warn_after: stored(row['warn_after']),
    error_after: stored(row['error_after']),
  };
  const found = await freshnessFrom(gate, { ...row, criteria });
  const [result = null] = found === null ? [] : await freshnessResults(gate, [found], run);
  return result;
}

/** A row of `elementary_test_results`: a result, or a change of a schema. */
export async function resultFromRow(
  gate: NodeGate,
  row: Doc,
): Promise<{ readonly result: Result; readonly change: Change | null } | null> {
  const id = stringIn(row, 'id');
  const status = STATUSES[(stringIn(row, 'status') ?? '') as keyof typeof STATUSES];
  if (id === null || status === undefined) return null;
  const [result = ''] = await gate.digest([JSON.stringify(['elementary', gate.target, id])]);
  const unique = stringIn(row, 'test_unique_id') ?? '';
  const [type, subType] = [
    stringIn(row, 'test_type') ?? '',
    wordFrom(stringIn(row, 'test_sub_type')),
  ];
  const column = nameFrom(stringIn(row, 'column_name'));
  const table = tableOfRow(row);
  const run = await runIdFrom(gate, stringIn(row, 'invocation_id'));
  const atMs = momentIn(row, 'detected_at') ?? momentIn(row, 'created_at') ?? 0;
  const test = await testIdOf(gate, gate.target, identityOf({ unique, type, subType, column }));
  const [check, dimension] =
    type === 'anomaly_detection'
      ? (['anomaly', 'accuracy'] as const)
      : type === 'schema_change'
        ? (['schema_changes', 'validity'] as const)
        : checkOf(null, 'test');
  return {
    result: {
      result,
      test,
      name: [
        wordFrom(type) ?? 'test',
        subType ?? '',
        table?.name.slice(0, 80) ?? '',
        column?.slice(0, 60) ?? '',
      ]
        .filter((part) => part !== '')
        .join('.'),
      origin: 'elementary',
      check,
      dimension,
      node: nameFrom(stringIn(row, 'model_unique_id'), 400),
      table,
      column,
      severity: (stringIn(row, 'severity') ?? '').toLowerCase() === 'warn' ? 'normal' : 'high',
      status,
      ...(await messageFrom(gate, stringIn(row, 'test_results_description'), status === 'error')),
      failures: tally(
        countIn(row, 'failures') ?? countIn(row, 'failed_row_count'),
        // Columns that changed are no rows.
        type === 'schema_change' ? 1 : LEAST_ROWS,
      ),
      rows: null,
      run,
      atMs,
      durationMs: null,
      samples: 0,
      owners: await ownersFrom(gate, ownersIn(row)),
      tags: tagsFrom(listIn(row, 'tags')),
    },
    change: changeOf({ type, subType, table, column }, { result, run, atMs }),
  };
}

function ownersIn(row: Doc): readonly string[] {
  return listIn(row, 'owners');
}

function listIn(row: Doc, name: string): readonly string[] {
  return textsIn({ list: stored(row[name]) }, 'list');
}

type Identity = {
  readonly unique: string;
  readonly type: string;
  readonly subType: string | null;
  readonly column: string | null;
};

/** What names a test in every run, as Elementary itself has it (`elementary_unique_id`). */
function identityOf({ unique, type, subType, column }: Identity): string {
  if (type === 'schema_change' || subType === 'dimension') return unique;
  return type === 'dbt_test' ? unique : `${unique}.${column ?? 'None'}.${subType ?? 'None'}`;
}

function tableOfRow(row: Doc): Result['table'] {
  const [schema, name] = [
    nameFrom(stringIn(row, 'schema_name')),
    nameFrom(stringIn(row, 'table_name')),
  ];
  if (schema === null || name === null) return null;
  return { database: nameFrom(stringIn(row, 'database_name')) ?? '', schema, name };
}

const CHANGES: Readonly<Record<string, Change['what']>> = {
  column_added: 'column-added',
  column_removed: 'column-removed',
  type_changed: 'type-changed',
  table_added: 'table-added',
  table_removed: 'table-removed',
};

type ChangeOf = {
  readonly type: string;
  readonly subType: string | null;
  readonly table: Result['table'];
  readonly column: string | null;
};

function changeOf(
  { type, subType, table, column }: ChangeOf,
  of: { readonly result: string; readonly run: string; readonly atMs: number },
): Change | null {
  const what = CHANGES[subType ?? ''];
  if (type !== 'schema_change' || what === undefined || table === null) return null;
  return {
    change: of.result,
    table,
    column,
    what,
    before: null,
    after: null,
    against: 'last',
    run: of.run,
    atMs: of.atMs,
  };
}

const TABLE_METRICS = ['row_count', 'freshness', 'event_freshness'] as const;

/** A row of `data_monitoring_metrics`: a point, and the series it is of. */
export async function pointFromRow(
  gate: NodeGate,
  row: Doc,
): Promise<{ readonly series: Series; readonly point: Point } | null> {
  const endMs = momentIn(row, 'bucket_end');
  const table = fullTable(stringIn(row, 'full_table_name'));
  const name = wordFrom(stringIn(row, 'metric_name'));
  if (endMs === null || table === null || name === null) return null;
  const dimension = nameFrom(stringIn(row, 'dimension'));
  const value = stringIn(row, 'dimension_value');
  const column = nameFrom(stringIn(row, 'column_name'));
  const seriesText = JSON.stringify([
    'elementary-series',
    gate.target,
    table,
    column,
    name,
    dimension,
    value,
    row['metric_properties'],
  ]);
  const [series = '', category = ''] = await gate.digest([
    seriesText,
    JSON.stringify(['elementary-category', gate.target, table, dimension, value]),
  ]);
  const known = Object.hasOwn(COLUMN_METRICS, name)
    ? COLUMN_METRICS[name as keyof typeof COLUMN_METRICS]
    : undefined;
  const whole = TABLE_METRICS.find((metric) => metric === name);
  const isCategory = dimension !== null && value !== null;
  const hours = countIn(row, 'bucket_duration_hours');
  return {
    series: {
      series,
      origin: 'elementary',
      monitor: null,
      table,
      column,
      metric: isCategory
        ? 'category_count'
        : (whole ?? (known === undefined ? 'custom' : (name as keyof typeof COLUMN_METRICS))),
      customName: whole === undefined && known === undefined && !isCategory ? name : null,
      category: isCategory ? { columns: dimension.split('; ').slice(0, 8), value: category } : null,
      bucketSeconds: hours === null || hours === 0 ? null : hours * 3_600,
      timeZone: 'UTC',
      filtered: /"where_expression":\s*"/u.test(stringIn(row, 'metric_properties') ?? ''),
      direction: 'both',
      severity: 'normal',
      owners: [],
      tags: [],
    },
    point: pointOf(row, {
      series,
      endMs,
      kind: isCategory || whole === 'row_count' ? 'count' : (known?.class ?? 'extreme'),
      isAge: whole !== undefined && whole !== 'row_count',
    }),
  };
}

function pointOf(
  row: Doc,
  of: {
    readonly series: string;
    readonly endMs: number;
    readonly kind: MetricClass;
    readonly isAge: boolean;
  },
): Point {
  const { series, endMs, kind, isAge } = of;
  const raw = numberIn(row, 'metric_value');
  // Elementary does not say over how many values a number is: any may be one row's own, and a small count a few people's.
  const over = kind === 'share' || isAge ? LEAST_ROWS : kind === 'count' ? (raw ?? 0) : 0;
  const value = isAge && raw !== null ? toMinute(raw) : raw;
  return {
    kind,
    series,
    startMs: momentIn(row, 'bucket_start'),
    endMs,
    rows: null,
    ...gateNumber({ class: kind, value, over, spread: null }, LEAST_ROWS),
    measuredMs: momentIn(row, 'updated_at') ?? momentIn(row, 'created_at') ?? endMs,
  };
}

/** Elementary writes `DB.SCHEMA.TABLE` in capitals, without a database on some engines. */
function fullTable(text: string | null): Series['table'] | null {
  const parts = (nameFrom(text, 700) ?? '').toLowerCase().replaceAll('"', '').split('.');
  const [name, schema, database = ''] = parts.toReversed();
  return name === undefined || schema === undefined || name === ''
    ? null
    : { database, schema, name };
}
