import { unreachable } from '#base/assert';
import { tableText } from './warehouse/dialect.ts';
import { columnsOf } from './monitor/columns.ts';
import type { WatchedColumn } from './monitor/columns.ts';
import { faultOf } from './fault.ts';
import { tally } from './monitor/gate.ts';
import { runJsonTest } from './json/jsontest.ts';
import type { BucketRow } from './measure.ts';
import { broken, counted, skipped } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { brokenSql, countFailedSql, latestSql, rowTestsSql, writing } from './rowtest.ts';
import { toDigits, toMinute } from './rounding.ts';
import { takeSamples } from './sample.ts';
import { epochInstant } from './monitor/moment.ts';
import type { ScanPlan } from './scan.ts';
import { baselineFaults, differences } from './schemawatch.ts';
import type { Difference } from './schemawatch.ts';
import type { TestDefinition, TypedColumn } from './monitor/testdefinition.ts';
import type { Session, Warehouse } from './warehouse/warehouse.ts';

/** Significant digits of an age. */
const AGE_DIGITS = 2;

/** What tests are run with. */
export type TestRun = {
  readonly warehouse: Warehouse;
  readonly plan: ScanPlan;
  readonly columns: readonly WatchedColumn[];
  /** How the table looked at the last run; null when this is the first. */
  readonly lastColumns: readonly TypedColumn[] | null;
  /** Buckets measured so far, in order. */
  readonly buckets: readonly BucketRow[];
  readonly nowMs: number;
  readonly signal: AbortSignal;
  readonly onBroken: (test: string, thrown: unknown) => void;
};

export type Tested = Outcome & {
  readonly samples: readonly string[];
  /** Changes of the schema the test is about. */
  readonly changes: readonly Difference[];
};

/** Runs every test of a monitor. Tests of single rows share one pass; one that cannot be run spoils no other. */
export async function runTests(run: TestRun): Promise<readonly Tested[]> {
  const { tests } = run.plan.monitor;
  const single = tests.filter((test) => brokenSql(test, writing()) !== null);
  const outcomes = new Map<TestDefinition, Tested>();
  for (const tested of await runRowTests(run, single)) outcomes.set(tested.test, tested);
  for (const test of tests) {
    if (!outcomes.has(test))
      outcomes.set(test, await attempt(run, test, () => runOther(run, test)));
  }
  return tests.flatMap((test) => outcomes.get(test) ?? []);
}

async function runRowTests(
  run: TestRun,
  tests: readonly TestDefinition[],
): Promise<readonly Tested[]> {
  if (tests.length === 0) return [];
  const together = await passOver(run, tests).catch(() => null);
  if (together !== null) return together;
  // Something in the one statement is wrong; by themselves the others still have their answer.
  const alone: Tested[] = [];
  for (const test of tests) {
    alone.push(
      await attempt(run, test, async () => {
        const [only] = await passOver(run, [test]);
        return only ?? plain(skipped(test));
      }),
    );
  }
  return alone;
}

async function passOver(
  run: TestRun,
  tests: readonly TestDefinition[],
): Promise<readonly Tested[]> {
  const { text, parameters } = rowTestsSql(run.plan, tests, run.nowMs);
  const least = run.plan.monitor.leastRows;
  return inside(run, async (session) => {
    const started = performance.now();
    const [row = {}] = await session.query(text, parameters);
    const took = since(started);
    const tested: Tested[] = [];
    for (const [at, test] of tests.entries()) {
      const found = { failures: Number(row[`f${at}`]), rows: Number(row[`n${at}`]), least };
      tested.push(await withSamples(run, session, counted(test, found, took)));
    }
    return tested;
  });
}

async function withSamples(run: TestRun, session: Session, outcome: Outcome): Promise<Tested> {
  const failed = outcome.status === 'fail' || outcome.status === 'warn';
  const samples = failed
    ? await takeSamples(session, run.plan, { test: outcome.test, nowMs: run.nowMs })
    : [];
  return { ...outcome, samples, changes: [] };
}

async function runOther(run: TestRun, test: TestDefinition): Promise<Tested> {
  const { subject } = test;
  switch (subject.kind) {
    case 'unique':
    case 'relationships':
    case 'custom_sql':
      return inside(run, (session) => runCount(run, session, test));
    case 'json_schema':
      return inside(run, async (session) => {
        const started = performance.now();
        const { nowMs, signal } = run;
        const found = await runJsonTest(session, run.plan, { test, nowMs, signal });
        const least = run.plan.monitor.leastRows;
        return {
          ...counted(test, { ...found, least }, since(started)),
          samples: found.samples,
          changes: [],
        };
      });
    case 'freshness':
      return inside(run, (session) => runFreshness(run, session, test));
    case 'row_count_match':
      return inside(run, (session) => runMatch(run, session, test));
    case 'volume_threshold':
      return plain(judgeVolume(run, test));
    case 'schema_changes': {
      const { baseline } = subject;
      if (baseline !== null) return schemaTest(test, baselineFaults(baseline, run.columns));
      return schemaTest(
        test,
        run.lastColumns === null ? [] : differences(run.lastColumns, run.columns),
      );
    }
    case 'exposure_validity':
      return schemaTest(
        test,
        baselineFaults(
          { columns: subject.columns, failOnAdded: false, enforceTypes: true },
          run.columns,
        ),
      );
    // Those share one pass (`runRowTests`).
    case 'not_null':
    case 'accepted_values':
    case 'expression':
      return plain(skipped(test));
  }
  return unreachable(subject);
}

function schemaTest(test: TestDefinition, changes: readonly Difference[]): Tested {
  const found = { failures: changes.length, rows: null, least: 1 };
  return { ...counted(test, found, 0), samples: [], changes };
}

async function runCount(run: TestRun, session: Session, test: TestDefinition): Promise<Tested> {
  const statement = countFailedSql(run.plan, test, run.nowMs);
  if (statement === null) return plain(skipped(test));
  const started = performance.now();
  const [row] = await session.query(statement.text, statement.parameters);
  const found = { failures: Number(row?.['f']), rows: null, least: run.plan.monitor.leastRows };
  const outcome = counted(test, found, since(started));
  return withSamples(run, session, outcome);
}

/** A moment in the future says nothing of how fresh the rest is: it is left out. */
async function runFreshness(run: TestRun, session: Session, test: TestDefinition): Promise<Tested> {
  const { subject } = test;
  const statement = latestSql(run.plan, test, run.nowMs);
  const { moment, monitor } = run.plan;
  if (subject.kind !== 'freshness' || statement === null || moment === null)
    return plain(skipped(test));
  const started = performance.now();
  const [row] = await session.query(statement.text, statement.parameters);
  const latestMs = epochInstant(row?.['latest'], moment.type, monitor.zone);
  if (latestMs === null) return plain(skipped(test));
  const ageSeconds = Math.max(0, Math.round((run.nowMs - latestMs) / 1_000));
  const late = ageSeconds > subject.errorSeconds;
  const slow = subject.warnSeconds !== null && ageSeconds > subject.warnSeconds;
  const status = late ? 'fail' : slow ? 'warn' : 'pass';
  return plain({
    test,
    status,
    fault: null,
    // When the latest row was written is that row's own.
    failures: toDigits(toMinute(ageSeconds), AGE_DIGITS),
    rows: null,
    durationMs: since(started),
  });
}

async function runMatch(run: TestRun, session: Session, test: TestDefinition): Promise<Tested> {
  const { subject } = test;
  if (subject.kind !== 'row_count_match') return plain(skipped(test));
  const { monitor } = run.plan;
  await columnsOf(session, subject.other);
  const where = monitor.where === null ? '' : ` where (${monitor.where}\n)`;
  const started = performance.now();
  const [row] = await session.query(
    `select (select count(*) from ${tableText(monitor.table)} as t${where}) as a,
      (select count(*) from ${tableText(subject.other)} as t) as b`,
  );
  const [left, right] = [Number(row?.['a']), Number(row?.['b'])];
  const off = Math.abs(left - right);
  const allowed = (Math.max(left, right) * subject.tolerancePercent) / 100;
  const least = monitor.leastRows;
  const found = { failures: off <= allowed ? 0 : off, rows: left, least };
  return plain(counted(test, found, since(started)));
}

/** The last bucket against the one before, as Elementary's test of that name compares them. Pure. */
function judgeVolume({ buckets, plan }: TestRun, test: TestDefinition): Outcome {
  const { subject } = test;
  const { leastRows } = plan.monitor;
  const [before, last] = buckets.slice(-2);
  if (subject.kind !== 'volume_threshold' || before === undefined || last === undefined)
    return skipped(test);
  if (before.rows < subject.rowsMin || before.rows === 0) return skipped(test);
  const change = (100 * (last.rows - before.rows)) / before.rows;
  const counts = subject.direction === 'both' || (subject.direction === 'spike') === change > 0;
  const size = counts ? Math.abs(change) : 0;
  const status =
    size > subject.errorPercent ? 'fail' : size > subject.warnPercent ? 'warn' : 'pass';
  const failures = tally(status === 'pass' ? 0 : Math.abs(last.rows - before.rows), leastRows);
  const rows = tally(last.rows, leastRows);
  return { test, status, fault: null, failures, rows, durationMs: 0 };
}

async function attempt(
  run: TestRun,
  test: TestDefinition,
  work: () => Promise<Tested>,
): Promise<Tested> {
  const started = performance.now();
  try {
    return await work();
  } catch (thrown) {
    // A warehouse that is gone says nothing of the data: the whole run ends and is tried again.
    const fault = faultOf(thrown);
    if (run.signal.aborted || fault === 'unreachable' || fault === 'cancelled') throw thrown;
    run.onBroken(test.name, thrown);
    return plain(broken(test, thrown, since(started)));
  }
}

function inside<T>(run: TestRun, work: (session: Session) => Promise<T>): Promise<T> {
  const { timeoutSeconds } = run.plan.monitor;
  return run.warehouse.work(work, { readOnly: true, timeoutSeconds, signal: run.signal });
}

function plain(outcome: Outcome): Tested {
  return { ...outcome, samples: [], changes: [] };
}

function since(started: number): number {
  return Math.round(performance.now() - started);
}
