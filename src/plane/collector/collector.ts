import { openQueue } from '#platform/queue';
import { applyMonitors, removeMonitors } from './applying.ts';
import type { Applied, MonitorsWish } from './applying.ts';
import type { CollectorSettings, Person, Working } from './context.ts';
import { loadArtifact } from './dbt/dbtload.ts';
import type { Loaded, Upload } from './dbt/dbtload.ts';
import { collectorTasks, enqueueRun, enqueueTell } from './jobs.ts';
import { findMonitor, listMonitors } from './monitor/monitortable.ts';
import type { KeptMonitor } from './monitor/monitortable.ts';
import { forgetWarehouse, registerWarehouse } from './registration.ts';
import { keptSamples } from './samplesreading.ts';
import type { KeptSamples } from './samplesreading.ts';
import type { WarehouseWish } from './registration.ts';
import { findWarehouse, listWarehouses } from './warehouse/warehousetable.ts';
import type { WarehouseRow } from './warehouse/warehousetable.ts';

/** A run as people follow it. */
export type RunProgress = {
  readonly runId: string;
  readonly state: 'waiting' | 'running' | 'retrying' | 'done' | 'failed';
  readonly attempt: number;
  readonly done: number;
  readonly total: number | null;
  readonly problem: string | null;
  readonly enqueuedAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
};

/** A warehouse without its secrets. */
export type WarehouseView = Omit<WarehouseRow, 'collector' | 'reader'> & {
  readonly collectorRole: string | null;
  readonly readerRole: string | null;
};

export type Collector = {
  readonly warehouses: {
    register(wish: WarehouseWish, actor: Person): Promise<WarehouseView>;
    list(): Promise<readonly WarehouseView[]>;
    /** Throws `not-found`. */
    find(name: string): Promise<WarehouseView>;
    forget(name: string, actor: Person): Promise<void>;
    /** Enqueues telling what it has to tell, before its hour. */
    sync(name: string): Promise<void>;
  };
  readonly monitors: {
    apply(wish: MonitorsWish, actor: Person): Promise<Applied>;
    list(): Promise<readonly KeptMonitor[]>;
    find(name: string): Promise<KeptMonitor>;
    remove(name: string, actor: Person): Promise<void>;
    /** Enqueues a run now; gives its id. */
    run(name: string): Promise<string>;
  };
  /** Failed rows of a test's result that are still kept in the warehouse; throws `not-found` when there are none. */
  samples(warehouse: string, resultId: string): Promise<KeptSamples>;
  /** Loads an artifact of dbt from its bytes. */
  load(upload: Upload, actor: Person): Promise<Loaded>;
  /** Runs of the last month, the latest first; one of them by id. */
  runs(runId?: string): Promise<readonly RunProgress[]>;
  /** Begins to work through the queue. */
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** Opens the collector of a plane; nothing is connected before the first run. */
export async function openCollector(
  settings: CollectorSettings & { readonly jobsAtOnce: number },
): Promise<Collector> {
  const { pool } = settings;
  let working: Working | null = null;
  const lineage: Working['lineage'] = new Map();
  const queue = await openQueue({
    pool,
    tasks: collectorTasks(() => working ?? { ...settings, queue, lineage }),
    every: [
      { task: 'collector-due', cron: '* * * * *' },
      { task: 'collector-look', cron: '7 * * * *' },
    ],
    concurrency: settings.jobsAtOnce,
    onFault: settings.onFault,
  });
  working = { ...settings, queue, lineage };
  const ready = working;
  return {
    warehouses: {
      register: async (wish, actor) => viewOf(await registerWarehouse(settings, wish, actor)),
      list: async () => (await listWarehouses(pool)).map(viewOf),
      find: async (name) => viewOf(await findWarehouse(pool, name)),
      forget: (name, actor) => forgetWarehouse(settings, name, actor),
      sync: (name) => enqueueTell(ready, name),
    },
    monitors: {
      apply: (wish, actor) => applyMonitors(settings, wish, actor),
      list: () => listMonitors(pool),
      find: (name) => findMonitor(pool, name),
      remove: async (name, actor) => {
        await removeMonitors(settings, [name], actor);
      },
      run: (name) => enqueueRun(ready, name),
    },
    samples: (warehouse, resultId) => keptSamples(settings, warehouse, resultId),
    load: (upload, actor) => loadArtifact(settings, upload, actor),
    async runs(runId) {
      const filter = runId === undefined ? {} : { key: `collect/${runId}` };
      const jobs = await queue.jobs({ task: 'collector-run', ...filter });
      return jobs.map(({ key, task: _task, ...rest }) => ({
        runId: key.slice('collect/'.length),
        ...rest,
      }));
    },
    start: () => queue.start(),
    stop: () => queue.stop(),
  };
}

function viewOf({ collector, reader, ...rest }: WarehouseRow): WarehouseView {
  return { ...rest, collectorRole: collector?.user ?? null, readerRole: reader?.user ?? null };
}
