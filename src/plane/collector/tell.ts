import { hash } from 'node:crypto';
import { canonicalJson } from '#base/canonical';
import type { FactBody, FactOf } from '#boundary';
import { instantOf } from './monitor/moment.ts';
import type { Monitor } from './monitor/monitor.ts';
import { resultName } from './warehouse/resultschema.ts';
import { numberOf } from './scan.ts';
import { textIn, textOrNull } from './warehouse/warehouse.ts';
import type { Row, Session } from './warehouse/warehouse.ts';

/** Items of one fact; the border allows as many (boundary/observefact.ts). */
const ITEMS_MAX = 1_000;

export type Series = FactOf<'metric-series'>['series'][number];
export type Point = FactOf<'metric-points'>['points'][number];
type Result = FactOf<'test-results'>['results'][number];
type Change = FactOf<'schema-changes'>['changes'][number];

/** What a run of the collector has to tell, read from the views of the results schema. */
export type RunReport = {
  readonly run: Row;
  readonly series: readonly Series[];
  readonly points: readonly Point[];
  readonly results: readonly Result[];
  readonly changes: readonly Change[];
};

/** What is known in the plane of what is told: the database's name, and the monitor as it is configured now. */
export type Telling = {
  readonly results: string;
  readonly database: string;
  readonly runId: string;
  readonly monitorOf: (name: string) => Monitor | undefined;
};

/** Reads one run; every column by name, through the views that may be read. Null for a run that is not there. */
export async function readRun(session: Session, telling: Telling): Promise<RunReport | null> {
  const view = (name: string) => resultName(telling.results, `obs_v1_${name}`);
  const mine = [telling.runId];
  const [run] = await session.query(
    `select run_id, monitor, table_schema, table_name, state, fault, started_at, ended_at, points, tests, failed, warned,
       skipped from ${view('run')} where run_id = $1`,
    mine,
  );
  if (run === undefined) return null;
  const series = await session.query(
    `select s.* from ${view('series')} as s
     where s.run_id = $1 or s.series in (select m.series from ${view('metric')} as m where m.run_id = $1)`,
    mine,
  );
  const points = await session.query(
    `select * from ${view('metric')} where run_id = $1 order by bucket_end`,
    mine,
  );
  const results = await session.query(
    `select * from ${view('test_result')} where run_id = $1`,
    mine,
  );
  const changes = await session.query(
    `select * from ${view('schema_change')} where run_id = $1`,
    mine,
  );
  return {
    run,
    series: series.map((row) => seriesFrom(row, telling)),
    points: points.map(pointFrom),
    results: results.map((row) => resultFrom(row, telling)),
    changes: changes.map((row) => changeFrom(row, telling)),
  };
}

function tableOf(row: Row, { database }: Telling) {
  return { database, schema: textIn(row, 'table_schema'), name: textIn(row, 'table_name') };
}

function seriesFrom(row: Row, telling: Telling): Series {
  const monitor = telling.monitorOf(textIn(row, 'monitor'));
  const columns = textOrNull(row, 'category_columns');
  const digest = textOrNull(row, 'category_digest');
  return {
    series: textIn(row, 'series'),
    origin: 'monitor',
    monitor: textIn(row, 'monitor'),
    table: tableOf(row, telling),
    column: textOrNull(row, 'column_name'),
    metric: textIn(row, 'metric') as Series['metric'],
    customName: textOrNull(row, 'custom_name'),
    category:
      columns === null || digest === null || digest === ''
        ? null
        : { columns: JSON.parse(columns) as string[], value: digest },
    bucketSeconds: numberOf(row['bucket_seconds']),
    timeZone: textIn(row, 'time_zone'),
    filtered: row['filtered'] === true,
    direction: monitor?.direction ?? 'both',
    severity: monitor?.severity ?? 'normal',
    owners: monitor?.owners ?? [],
    tags: monitor?.tags ?? [],
  };
}

function pointFrom(row: Row): Point {
  const value = numberOf(row['value']);
  const kind = textIn(row, 'class') as Point['kind'];
  return {
    kind,
    series: textIn(row, 'series'),
    startMs: instantOf(row['bucket_start']),
    endMs: instantOf(row['bucket_end']) ?? 0,
    rows: numberOf(row['row_count']),
    state: textIn(row, 'state') as Point['state'],
    measuredMs: instantOf(row['measured_at']) ?? 0,
    value,
  };
}

function resultFrom(row: Row, telling: Telling): Result {
  const monitor = telling.monitorOf(textIn(row, 'monitor'));
  return {
    result: textIn(row, 'result_id'),
    test: textIn(row, 'test_id'),
    name: `${textIn(row, 'monitor')}: ${textIn(row, 'test_name')}`,
    origin: 'monitor',
    check: textIn(row, 'check_kind') as Result['check'],
    dimension: textIn(row, 'dimension') as Result['dimension'],
    node: null,
    table: tableOf(row, telling),
    column: textOrNull(row, 'column_name'),
    severity: textIn(row, 'severity') as Result['severity'],
    status: textIn(row, 'status') as Result['status'],
    fault: textOrNull(row, 'fault') as Result['fault'],
    message: null,
    failures: numberOf(row['failures']),
    rows: numberOf(row['row_count']),
    run: textIn(row, 'run_id'),
    atMs: instantOf(row['detected_at']) ?? 0,
    durationMs: numberOf(row['duration_ms']),
    samples: Number(row['samples']),
    owners: monitor?.owners ?? [],
    tags: monitor?.tags ?? [],
  };
}

function changeFrom(row: Row, telling: Telling): Change {
  return {
    change: textIn(row, 'change_id'),
    table: tableOf(row, telling),
    column: textOrNull(row, 'column_name'),
    what: textIn(row, 'what') as Change['what'],
    before: textOrNull(row, 'before_text'),
    after: textOrNull(row, 'after_text'),
    against: textIn(row, 'against') as Change['against'],
    run: textIn(row, 'run_id'),
    atMs: instantOf(row['detected_at']) ?? 0,
  };
}

/** The facts of a run, series before their points. `told` says which series control knows already, as they are. */
export function runFacts(
  report: RunReport,
  head: { readonly timeMs: number; readonly warehouse: string },
  told: ReadonlyMap<string, string>,
): readonly FactBody[] {
  const { run } = report;
  const runId = textIn(run, 'run_id') as `run_${string}`;
  const news = report.series.filter((series) => told.get(series.series) !== seriesDigest(series));
  const count = (name: string) => Number(run[name] ?? 0);
  const [failed, warned, skipped] = [count('failed'), count('warned'), count('skipped')];
  const state = textIn(run, 'state');
  return [
    ...pieces(news).map((series) => ({ kind: 'metric-series', ...head, series }) as const),
    ...pieces(report.points).map(
      (points) => ({ kind: 'metric-points', ...head, run: runId, points }) as const,
    ),
    ...pieces(report.results).map(
      (results) => ({ kind: 'test-results', ...head, results }) as const,
    ),
    ...pieces(report.changes).map(
      (changes) => ({ kind: 'schema-changes', ...head, changes }) as const,
    ),
    {
      kind: 'run-result',
      ...head,
      run: runId,
      origin: 'monitor',
      command: 'collect',
      status: state === 'success' || state === 'warning' || state === 'failed' ? state : 'unknown',
      fault: textOrNull(run, 'fault') as FactOf<'run-result'>['fault'],
      project: textIn(run, 'monitor'),
      target: null,
      environment: null,
      job: null,
      orchestrator: null,
      adapter: null,
      toolVersion: null,
      fullRefresh: null,
      startedMs: instantOf(run['started_at']),
      completedMs: instantOf(run['ended_at']),
      commit: null,
      user: null,
      counts: {
        total: count('tests'),
        succeeded: Math.max(0, count('tests') - failed - warned - skipped),
        warned,
        failed,
        skipped,
      },
    },
  ];
}

/** Changes when anything control is told of a series does. */
export function seriesDigest(series: Series): string {
  return hash('sha256', canonicalJson(series));
}

/** In pieces that fit into one fact. */
export function pieces<T>(items: readonly T[], countMax = ITEMS_MAX): readonly (readonly T[])[] {
  const all: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += countMax)
    all.push(items.slice(from, from + countMax));
  return all;
}
