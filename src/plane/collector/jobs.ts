import { z } from 'zod';
import { newId } from '#base/ids';
import { problemFrom } from '#base/problem';
import { transaction } from '#platform/db';
import type { Task } from '#platform/queue';
import type { CollectorSettings, Working } from './context.ts';
import { tellCoverage } from './coverage.ts';
import { syncElementary } from './elementary/elementary.ts';
import { engineWords } from './enginewords.ts';
import { faultOf } from './fault.ts';
import { advanceMonitor, findMonitor, listMonitors } from './monitor/monitortable.ts';
import { stateFact } from './registration.ts';
import { reachOf, refuseWide, wideReach } from './rolecheck.ts';
import type { ReachReport } from './warehouse/reach.ts';
import { runMonitor } from './run.ts';
import { lastDue, scheduleFrom } from '#base/schedule';
import { databaseOf, tellRuns } from './tellrun.ts';
import { tellViewLineage } from './warehouse/viewlineage.ts';
import type { Warehouse } from './warehouse/warehouse.ts';
import { openAs } from './warehouse/warehouseopen.ts';
import { findWarehouse, listWarehouses, noteWarehouse } from './warehouse/warehousetable.ts';
import type { WarehouseRow } from './warehouse/warehousetable.ts';

const collectPayload = z.strictObject({ monitor: z.string(), runId: z.string() });
const tellPayload = z.strictObject({ warehouse: z.string() });

/** Tasks of the queue by name; `working` is asked for late, for the queue is opened with them. */
export function collectorTasks(working: () => Working): Readonly<Record<string, Task>> {
  return {
    'collector-due': () => enqueueDue(working()),
    'collector-look': () => lookAtAll(working()),
    'collector-run': (payload, job) => {
      const { monitor, runId } = collectPayload.parse(payload);
      return collect(working(), {
        monitor,
        runId,
        signal: job.signal,
        report: (done, total) => job.report(done, total),
      });
    },
    'collector-tell': (payload) => tell(working(), tellPayload.parse(payload).warehouse),
  };
}

/** Enqueues a run of a monitor; gives its id. Runs of one warehouse come one after another. */
export async function enqueueRun(working: Working, name: string): Promise<string> {
  const { monitor, dueThroughMs } = await findMonitor(working.pool, name);
  const runId = newRunId(working);
  await transaction(working.pool, async (tx) => {
    await advanceMonitor(tx, name, { throughMs: dueThroughMs, runId });
    await working.queue.enqueue(tx, runJob(monitor.warehouse, { monitor: name, runId }));
  });
  return runId;
}

function newRunId({ clock, random }: CollectorSettings): string {
  return newId('run', { nowMs: clock(), random });
}

function runJob(warehouse: string, payload: { readonly monitor: string; readonly runId: string }) {
  return {
    task: 'collector-run',
    key: `collect/${payload.runId}`,
    payload,
    line: `warehouse/${warehouse}`,
  };
}

/** Enqueues a run of every monitor that has become due, once, however many times were missed. */
async function enqueueDue(working: Working): Promise<void> {
  const throughMs = working.clock();
  for (const { monitor, dueThroughMs } of await listMonitors(working.pool)) {
    if (monitor.state !== 'active' || monitor.schedule === null) continue;
    const schedule = scheduleFrom(monitor.schedule);
    const due = lastDue(schedule, { afterMs: dueThroughMs, throughMs });
    if (due === null) continue;
    const runId = newRunId(working);
    await transaction(working.pool, async (tx) => {
      await advanceMonitor(tx, monitor.name, { throughMs: due, runId });
      await working.queue.enqueue(tx, runJob(monitor.warehouse, { monitor: monitor.name, runId }));
    });
  }
}

type Collecting = {
  readonly monitor: string;
  readonly runId: string;
  readonly signal: AbortSignal;
  readonly report: (done: number, total: number | null) => Promise<void>;
};

/** Runs one monitor, then tells what was measured. */
async function collect(working: Working, of: Collecting): Promise<void> {
  const { monitor } = await findMonitor(working.pool, of.monitor);
  const row = await findWarehouse(working.pool, monitor.warehouse);
  const warehouse = await openAs(working, row, 'collector');
  try {
    const place = {
      warehouse: row.name,
      schema: row.results,
      runId: of.runId,
      digest: working.digest,
    };
    const { clock } = working;
    const { signal, report } = of;
    const onBroken = (what: string, thrown: unknown) =>
      working.onRejected?.(engineWords(`monitor ${monitor.name}, ${what}`, thrown));
    const context = { warehouse, place, clock, signal, report, onBroken };
    await runMonitor(context, withinLimits(working, monitor));
    await noteState(working, row, { state: 'ok', fault: null });
    await tellSurroundings(working, row, warehouse);
    if (row.mode === 'push') await tellRuns(working, row, warehouse);
  } catch (thrown) {
    working.onRejected?.(engineWords(`monitor ${monitor.name}`, thrown));
    await noteState(working, row, { state: 'down', fault: faultOf(thrown) });
    throw thrown;
  } finally {
    await warehouse.close();
  }
  if (row.mode === 'pull') await tell(working, row.name);
}

/** Which tables there are and what views are made of is told besides: that it cannot be read must not fail a run. */
async function tellSurroundings(
  working: Working,
  row: WarehouseRow,
  warehouse: Warehouse,
): Promise<void> {
  try {
    await tellCoverage(working, row, warehouse);
    await tellViewLineage(working, working.lineage, { row, warehouse, database: databaseOf(row) });
  } catch (thrown) {
    working.onFault(problemFrom(thrown), `tables of ${row.name}`);
  }
}

/** Nobody keeps more failed rows than the plane allows. */
function withinLimits<
  M extends {
    readonly sampleRows: number;
    readonly tests: readonly { readonly samples: number }[];
  },
>({ sampleRowsMax }: CollectorSettings, monitor: M): M {
  const tests = monitor.tests.map((test) => ({
    ...test,
    samples: Math.min(test.samples, sampleRowsMax),
  }));
  return { ...monitor, tests };
}

/** Tells what a warehouse has to tell; the reading role is looked at first, at every connection. */
async function tell(working: Working, name: string): Promise<void> {
  const row = await findWarehouse(working.pool, name);
  const warehouse = await openAs(working, row, row.mode === 'pull' ? 'reader' : 'collector');
  try {
    if (row.mode === 'pull') {
      const report = await refuseWide(working, warehouse, reachOf(row));
      await noteReach(working, row, { report, state: 'narrow' });
    }
    if (row.elementary) await syncElementary(working, row, warehouse);
    else await tellRuns(working, row, warehouse);
    await noteState(working, row, { state: 'ok', fault: null });
  } catch (thrown) {
    const report = wideReach(thrown);
    if (report === undefined) {
      await noteState(working, row, { state: 'down', fault: faultOf(thrown) });
      throw thrown;
    }
    await noteReach(working, row, { report, state: row.reachDigest === null ? 'wide' : 'drifted' });
    await noteState(working, row, { state: 'refused', fault: 'missing-privilege' });
    working.onFault(problemFrom(thrown), name);
  } finally {
    await warehouse.close();
  }
}

/** Tells control what the reading role can reach, when that is not what it was. */
async function noteReach(
  working: Working,
  row: WarehouseRow,
  of: { readonly report: ReachReport; readonly state: 'narrow' | 'wide' | 'drifted' },
): Promise<void> {
  const { report, state } = of;
  if (report.digest === row.reachDigest && state === 'narrow') return;
  await transaction(working.pool, async (tx) => {
    await working.border.store(tx, [
      {
        kind: 'role-reach',
        timeMs: working.clock(),
        warehouse: row.name,
        role: report.role,
        use: row.elementary ? 'elementary' : 'read',
        state,
        digest: report.digest,
        beyond: report.beyond.slice(0, BEYOND_MAX),
        total: report.beyond.length,
      },
    ]);
    const looked = { state: row.state, fault: row.fault, nowMs: working.clock() };
    await noteWarehouse(tx, row.name, {
      ...looked,
      reachDigest: state === 'narrow' ? report.digest : null,
    });
  });
  working.border.wake();
}
/** As many as one fact holds. */
const BEYOND_MAX = 100;

async function noteState(
  working: Working,
  row: WarehouseRow,
  { state, fault }: Pick<WarehouseRow, 'state' | 'fault'>,
): Promise<void> {
  const { clock } = working;
  await transaction(working.pool, async (tx) => {
    await noteWarehouse(tx, row.name, { state, fault, nowMs: clock(), reachDigest: null });
    if (state === row.state && fault === row.fault) return;
    await working.border.store(tx, [stateFact(working, { ...row, state, fault })]);
  });
  working.border.wake();
}

/** Enqueues telling what a warehouse has to tell, now. */
export async function enqueueTell(working: Working, name: string): Promise<void> {
  await findWarehouse(working.pool, name);
  const key = `tell/${name}/${working.clock()}`;
  const job = { task: 'collector-tell', key, payload: { warehouse: name } };
  await transaction(working.pool, (tx) =>
    working.queue.enqueue(tx, { ...job, line: `warehouse/${name}`, attemptsMax: 3 }),
  );
}

/** Looks at every warehouse from time to time: tells what waits, and what its reading role has come to reach. */
async function lookAtAll(working: Working): Promise<void> {
  const hour = new Date(working.clock()).toISOString().slice(0, 13);
  for (const { name } of await listWarehouses(working.pool)) {
    const job = {
      task: 'collector-tell',
      key: `tell/${name}/${hour}`,
      payload: { warehouse: name },
    };
    await transaction(working.pool, (tx) =>
      working.queue.enqueue(tx, { ...job, line: `warehouse/${name}`, attemptsMax: 3 }),
    );
  }
}
