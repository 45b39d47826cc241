import type { Clock } from '#base/clock';
import type { Bucket } from './monitor/bucket.ts';
import { categoryPlans, categoryPoints, countCategories } from './category.ts';
import type { CategoryPlan } from './category.ts';
import { columnsOf } from './monitor/columns.ts';
import type { WatchedColumn } from './monitor/columns.ts';
import { faultOf } from './fault.ts';
import { measureBuckets, pointsOf } from './measure.ts';
import type { BucketRow } from './measure.ts';
import type { Monitor } from './monitor/monitor.ts';
import { epochSql } from './monitor/moment.ts';
import { chunksOf, knownBefore, pendingBuckets } from './pending.ts';
import { ensureResultSchema } from './warehouse/resultschema.ts';
import {
  categoryDigests,
  knownCategories,
  readBuckets,
  writeBuckets,
  writeCategories,
  writePoints,
} from './resultstore.ts';
import type { ResultPlace } from './resultstore.ts';
import { planScan, runScan } from './scan.ts';
import type { ScanPlan } from './scan.ts';
import { lastSeen, whatBecame, writeChanges } from './schemawatch.ts';
import type { Point } from './monitor/series.ts';
import { runTests } from './testrun.ts';
import { tablePoints } from './tablemetric.ts';
import { beginRun, endRun, writeTested } from './runrecord.ts';
import type { RunSummary } from './runrecord.ts';
import type { Warehouse } from './warehouse/warehouse.ts';

/** What a run of a monitor needs. */
export type RunContext = {
  readonly warehouse: Warehouse;
  readonly place: ResultPlace;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Said after each step. */
  readonly report: (done: number, total: number) => Promise<void>;
  /** Told of what broke and did not end the work: a test, a table. */
  readonly onBroken?: (what: string, thrown: unknown) => void;
};

/**
 * Measures and tests one table and writes everything into the results schema. Each chunk of buckets is one transaction, so
 * that a run that breaks off goes on where it was; run again under the same id it writes nothing twice. Throws when the
 * warehouse is gone; what is wrong with the table itself is a failed run, which is written down.
 */
export async function runMonitor(context: RunContext, monitor: Monitor): Promise<RunSummary> {
  const { warehouse, place, clock } = context;
  const startedMs = clock();
  await warehouse.work(async (session) => {
    await ensureResultSchema(session, place.schema);
    await beginRun(session, place, { monitor, startedMs });
  });
  let summary: RunSummary;
  try {
    summary = await measureAndTest(context, monitor);
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (context.signal.aborted || fault === 'unreachable' || fault === 'cancelled') throw thrown;
    context.onBroken?.('run', thrown);
    if (fault === 'missing-table') await noteMissing(context, monitor);
    summary = { state: 'failed', fault, buckets: 0, points: 0, tests: NO_TESTS };
  }
  await warehouse.work((session) => endRun(session, place, { summary, endedMs: clock() }));
  return summary;
}

const NO_TESTS = { passed: 0, warned: 0, failed: 0, skipped: 0 };

type Looked = {
  readonly plan: ScanPlan;
  readonly columns: readonly WatchedColumn[];
  readonly measured: readonly BucketRow[];
  readonly lastColumns: Awaited<ReturnType<typeof lastSeen>>;
  /** The earlier of two clocks, so that no bucket is taken for complete that one of them sees running. */
  readonly nowMs: number;
};

async function look(context: RunContext, monitor: Monitor): Promise<Looked> {
  const { warehouse, place, clock, signal } = context;
  return warehouse.work(
    async (session) => {
      const columns = await columnsOf(session, monitor.table);
      const [row] = await session.query(`select ${epochSql('now()')} as now`);
      return {
        columns,
        plan: planScan(monitor, columns),
        measured: await readBuckets(session, place.schema, monitor),
        lastColumns: await lastSeen(session, place.schema, monitor.table),
        nowMs: Math.min(clock(), Math.floor(Number(row?.['now']) * 1_000)),
      };
    },
    { readOnly: true, signal },
  );
}

async function measureAndTest(context: RunContext, monitor: Monitor): Promise<RunSummary> {
  const looked = await look(context, monitor);
  const { plan, nowMs } = looked;
  const pending =
    plan.moment === null
      ? []
      : pendingBuckets(monitor, { type: plan.moment.type, measured: looked.measured, nowMs });
  const steps = pending.length + 2;
  const buckets = [...looked.measured];
  let points = 0;
  let done = 0;
  for (const chunk of chunksOf(pending)) {
    points += await measureChunk(context, { looked, buckets }, chunk);
    done += chunk.length;
    await context.report(done, steps);
  }
  points += await measureTable(context, looked);
  await context.report(steps - 1, steps);
  const tested = await runTests({
    warehouse: context.warehouse,
    plan,
    columns: looked.columns,
    lastColumns: looked.lastColumns?.columns ?? null,
    buckets: buckets.toSorted((left, right) => left.endMs - right.endMs),
    nowMs,
    signal: context.signal,
    onBroken: (test, thrown) => context.onBroken?.(`test ${test}`, thrown),
  });
  await context.warehouse.work((session) =>
    writeTested(session, context.place, {
      monitor,
      tested,
      nowMs,
      columns: looked.columns,
      before: looked.lastColumns,
    }),
  );
  await context.report(steps, steps);
  const count = (...statuses: string[]) =>
    tested.filter(({ status }) => statuses.includes(status)).length;
  const tests = {
    passed: count('pass'),
    warned: count('warn'),
    failed: count('fail', 'error'),
    skipped: count('skipped'),
  };
  const state = tests.failed + tests.warned > 0 ? 'warning' : 'success';
  return { state, fault: null, buckets: pending.length, points, tests };
}

type Growing = { readonly looked: Looked; readonly buckets: BucketRow[] };

/** Measures some buckets in one transaction; halves them when that takes too long. Gives how many points came of it. */
async function measureChunk(
  context: RunContext,
  growing: Growing,
  chunk: readonly Bucket[],
): Promise<number> {
  try {
    return await measureWhole(context, growing, chunk);
  } catch (thrown) {
    if (faultOf(thrown) !== 'timed-out' || chunk.length < 2) throw thrown;
    const middle = Math.ceil(chunk.length / 2);
    const first = await measureChunk(context, growing, chunk.slice(0, middle));
    return first + (await measureChunk(context, growing, chunk.slice(middle)));
  }
}

async function measureWhole(
  context: RunContext,
  { looked, buckets }: Growing,
  chunk: readonly Bucket[],
): Promise<number> {
  const { warehouse, place, signal } = context;
  const { plan, nowMs, columns } = looked;
  const { monitor } = plan;
  const categories = categoryPlans(plan, columns);
  const read = await warehouse.work(
    async (session) => {
      const scanned = await runScan(session, plan, chunk);
      const counts = [];
      for (const category of categories) {
        counts.push({
          category,
          counts: await countCategories(session, plan, { category, buckets: chunk }),
        });
      }
      return { scanned, counts };
    },
    { readOnly: true, timeoutSeconds: monitor.timeoutSeconds, signal },
  );
  const before = knownBefore(buckets, chunk[0]?.startMs ?? 0);
  const measured = measureBuckets(plan, { buckets: chunk, scanned: read.scanned }, before);
  const points = await warehouse.work(async (session) => {
    const all = [...measured.points];
    for (const { category, counts } of read.counts) {
      const told = await tellCategories(context, { plan, category, counts, nowMs }, session);
      all.push(...categoryPoints(plan, { category, counts, keys: told }, chunk));
    }
    await writePoints(session, place, { monitor, points: all, nowMs });
    await writeBuckets(session, place, { monitor, buckets: measured.buckets, nowMs });
    return all.length;
  });
  const ends = new Set(measured.buckets.map(({ endMs }) => endMs));
  const kept = buckets.filter(({ endMs }) => !ends.has(endMs));
  buckets.splice(0, buckets.length, ...kept, ...measured.buckets);
  return points;
}

type Told = {
  readonly plan: ScanPlan;
  readonly category: CategoryPlan;
  readonly counts: Awaited<ReturnType<typeof countCategories>>;
  readonly nowMs: number;
};

/** Gives every value that may be told its digest, and keeps which is which in the warehouse. */
async function tellCategories(
  { place }: RunContext,
  { plan, category, counts, nowMs }: Told,
  session: Parameters<Parameters<Warehouse['work']>[0]>[0],
) {
  const { monitor } = plan;
  const of = { monitor, columns: category.columns };
  const known = await knownCategories(session, place, of);
  const seen = [...new Set(counts.flatMap(({ value }) => (value === null ? [] : [value])))];
  const digests = await categoryDigests(place, of, seen);
  const frequent = new Set(
    counts.filter(({ rows }) => rows >= monitor.leastRows).flatMap(({ value }) => value ?? []),
  );
  const told = seen.flatMap((value, at): [string, string][] => {
    const digest = digests[at] ?? '';
    return frequent.has(value) || known.has(digest) ? [[value, digest]] : [];
  });
  const digestOf = new Map(told);
  await writeCategories(session, place, { ...of, values: digestOf, nowMs });
  return { digestOf, known };
}

/** What is measured once a run: everything of a table without timestamps, and what concerns a table as a whole. */
async function measureTable(context: RunContext, looked: Looked): Promise<number> {
  const { warehouse, place, signal } = context;
  const { plan, nowMs, columns } = looked;
  const { monitor } = plan;
  const categories = plan.moment === null ? categoryPlans(plan, columns) : [];
  const read = await warehouse.work(
    async (session) => {
      const scanned = plan.moment === null ? await runScan(session, plan, null) : new Map();
      const counts = [];
      for (const category of categories) {
        counts.push({
          category,
          counts: await countCategories(session, plan, { category, buckets: null }),
        });
      }
      return { scanned, counts, whole: await tablePoints(session, monitor, nowMs) };
    },
    { readOnly: true, timeoutSeconds: monitor.timeoutSeconds, signal },
  );
  return warehouse.work(async (session) => {
    const scanned = read.scanned.get(0);
    const place_ = { startMs: null, endMs: nowMs, lastMs: null, seen: scanned?.rows ?? 0 };
    const points: Point[] = [...read.whole];
    if (scanned !== undefined) points.push(...pointsOf(plan, scanned, place_));
    for (const { category, counts } of read.counts) {
      const keys = await tellCategories(context, { plan, category, counts, nowMs }, session);
      points.push(...categoryPoints(plan, { category, counts, keys }, [place_]));
    }
    await writePoints(session, place, { monitor, points, nowMs });
    return points.length;
  });
}

/** Says what became of a table that is gone: once, however often it is looked for. */
async function noteMissing(context: RunContext, monitor: Monitor): Promise<void> {
  const { warehouse, place, clock } = context;
  await warehouse.work(async (session) => {
    const last = await lastSeen(session, place.schema, monitor.table);
    if (last === null) return;
    const difference = await whatBecame(session, place.schema, {
      table: monitor.table,
      columns: last.columns,
    });
    const change = {
      monitor: monitor.name,
      table: monitor.table,
      difference,
      against: 'last',
    } as const;
    await writeChanges(session, place, {
      changes: [{ ...change, occasion: String(last.seenMs) }],
      nowMs: clock(),
    });
  });
}
