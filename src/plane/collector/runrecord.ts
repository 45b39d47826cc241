import type { WatchedColumn } from './monitor/columns.ts';
import { digestOf } from './digest.ts';
import { instantText } from './monitor/moment.ts';
import type { Monitor } from './monitor/monitor.ts';
import { insertRows } from './resultstore.ts';
import type { ResultPlace } from './resultstore.ts';
import { resultName } from './warehouse/resultschema.ts';
import type { ObserveFault } from './fault.ts';
import { keepSamples, expireSamples } from './sample.ts';
import { differences, rememberColumns, writeChanges } from './schemawatch.ts';
import type { WrittenChange } from './schemawatch.ts';
import { DIMENSIONS } from './monitor/testdefinition.ts';
import type { TestDefinition, TypedColumn } from './monitor/testdefinition.ts';
import type { Tested } from './testrun.ts';
import type { Session } from './warehouse/warehouse.ts';

/** What came of a run. */
export type RunSummary = {
  readonly state: 'success' | 'warning' | 'failed';
  readonly fault: ObserveFault | null;
  readonly buckets: number;
  readonly points: number;
  readonly tests: {
    readonly passed: number;
    readonly warned: number;
    readonly failed: number;
    readonly skipped: number;
  };
};

/** Notes that a run began; an attempt after the first finds the note there. */
export async function beginRun(
  session: Session,
  place: ResultPlace,
  { monitor, startedMs }: { readonly monitor: Monitor; readonly startedMs: number },
): Promise<void> {
  const { schema, name } = monitor.table;
  await session.query(
    `insert into ${resultName(place.schema, 'run')}
       (run_id, monitor, table_schema, table_name, state, started_at, buckets, points, tests, failed, warned, skipped)
     values ($1, $2, $3, $4, 'running', $5::timestamptz, 0, 0, 0, 0, 0, 0) on conflict (run_id) do nothing`,
    [place.runId, monitor.name, schema, name, instantText(startedMs)],
  );
}

export async function endRun(
  session: Session,
  place: ResultPlace,
  { summary, endedMs }: { readonly summary: RunSummary; readonly endedMs: number },
): Promise<void> {
  const { state, fault, buckets, points, tests } = summary;
  const total = tests.passed + tests.warned + tests.failed + tests.skipped;
  await session.query(
    `update ${resultName(place.schema, 'run')} set state = $2, fault = $3, ended_at = $4::timestamptz,
       buckets = $5::bigint, points = $6::bigint, tests = $7::bigint, failed = $8::bigint, warned = $9::bigint,
       skipped = $10::bigint
     where run_id = $1`,
    [
      place.runId,
      state,
      fault,
      instantText(endedMs),
      ...[buckets, points, total, tests.failed, tests.warned, tests.skipped].map(String),
    ],
  );
}

export type TestedRun = {
  readonly monitor: Monitor;
  readonly tested: readonly Tested[];
  readonly nowMs: number;
  readonly columns: readonly WatchedColumn[];
  readonly before: { readonly columns: readonly TypedColumn[] } | null;
};

/** Writes results of tests with their samples, changes of the schema, and how the table looks now: one transaction. */
export async function writeTested(
  session: Session,
  place: ResultPlace,
  run: TestedRun,
): Promise<void> {
  const { monitor, tested, nowMs } = run;
  const { table } = monitor;
  await expireSamples(session, place.schema, nowMs);
  for (const found of tested) await writeResult(session, place, { monitor, found, nowMs });
  const changed = run.before === null ? [] : differences(run.before.columns, run.columns);
  const last = changed.map((difference): WrittenChange => {
    return { monitor: monitor.name, table, difference, against: 'last', occasion: place.runId };
  });
  const baseline = tested.flatMap(({ test, changes }) =>
    test.subject.kind === 'schema_changes' && test.subject.baseline === null
      ? []
      : changes.map((difference): WrittenChange => {
          return {
            monitor: monitor.name,
            table,
            difference,
            against: 'baseline',
            occasion: test.name,
          };
        }),
  );
  await writeChanges(session, place, { changes: [...last, ...baseline], nowMs });
  await rememberColumns(session, place, { table, columns: run.columns, nowMs });
}

/** What names a test, in every run. */
export function testText(warehouse: string, monitor: Monitor, test: TestDefinition): string {
  const { schema, name } = monitor.table;
  return JSON.stringify([
    'test',
    warehouse,
    monitor.name,
    schema,
    name,
    test.name,
    test.subject.kind,
  ]);
}

/** Columns of a test's result, with their types, in the order they are written. */
const RESULT_COLUMNS = {
  result_id: 'text',
  test_id: 'text',
  test_name: 'text',
  monitor: 'text',
  table_schema: 'text',
  table_name: 'text',
  column_name: 'text',
  check_kind: 'text',
  dimension: 'text',
  severity: 'text',
  status: 'text',
  fault: 'text',
  failures: 'bigint',
  row_count: 'bigint',
  samples: 'bigint',
  detected_at: 'timestamptz',
  duration_ms: 'bigint',
  run_id: 'text',
} as const;

/** How many failed rows are kept; of a few, whose number is not told, that there may be as many as the test keeps. */
function samplesTold({ test, failures, samples }: Tested): number {
  return samples.length > 0 && failures === null ? test.samples : samples.length;
}

async function writeResult(
  session: Session,
  place: ResultPlace,
  {
    monitor,
    found,
    nowMs,
  }: { readonly monitor: Monitor; readonly found: Tested; readonly nowMs: number },
): Promise<void> {
  const { test, samples } = found;
  const { table } = monitor;
  const testId = await digestOf(place.digest, testText(place.warehouse, monitor, test));
  const resultId = await digestOf(place.digest, JSON.stringify(['result', place.runId, testId]));
  await insertRows(
    session,
    {
      table: resultName(place.schema, 'test_result'),
      columns: Object.keys(RESULT_COLUMNS),
      types: Object.values(RESULT_COLUMNS),
      conflict: 'on conflict (result_id) do nothing',
    },
    [
      [
        resultId,
        testId,
        test.name,
        monitor.name,
        table.schema,
        table.name,
        'column' in test.subject ? test.subject.column : null,
        test.subject.kind,
        DIMENSIONS[test.subject.kind],
        test.severity,
        found.status,
        found.fault,
        found.failures,
        found.rows,
        samplesTold(found),
        instantText(nowMs),
        found.durationMs,
        place.runId,
      ],
    ],
  );
  const expiresMs = nowMs + monitor.sampleSeconds * 1_000;
  await keepSamples(session, place, { resultId, table, samples, expiresMs });
}
