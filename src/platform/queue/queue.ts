import { EventEmitter } from 'node:events';
import type { PoolClient } from 'pg';
import { Logger, parseCronItems, run, runMigrations } from 'graphile-worker';
import type { JobHelpers, Runner, RunnerOptions, WorkerEvents } from 'graphile-worker';
import { Problem, problemFrom } from '#base/problem';
import { databaseProblem, statement, transaction } from '#platform/db';
import type { Pool, Transaction } from '#platform/db';
import { enqueue, listJobs } from './job.ts';
import type { JobFilter, JobSpec, JobState } from './job.ts';
import { createProgress } from './progress.ts';

const INSTALL = statement(import.meta.url, 'sql/install.sql');
const BEGIN = statement(import.meta.url, 'sql/begin-job.sql');
const END = statement(import.meta.url, 'sql/end-job.sql');
const SEE = statement(import.meta.url, 'sql/see-runner.sql');
const FREE = statement(import.meta.url, 'sql/free-jobs.sql');
const PRUNE = statement(import.meta.url, 'sql/prune.sql');

/** Any fixed number serves: two processes that start at once take turns on it. */
const INSTALL_LOCK = 774_839;
/** How often a process says that it is there, and how long after the last time its jobs are given to others. */
const SEEN_EVERY_MS = 15_000;
const GONE_SECONDS = 60;
/** New jobs are announced; this is for those whose time has come, and for the next of a line. */
const POLL_MS = 500;
/** What became of a job can be read this long. */
const KEPT_SECONDS = 30 * 24 * 60 * 60;

/** What a running job is told and can say. */
export type JobRun = {
  readonly key: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Aborted when the process stops; the job is then tried again by whoever comes. */
  readonly signal: AbortSignal;
  /** Says how far the job is; written at most once a second. */
  report(done: number, total: number | null): Promise<void>;
};

/** Does one job; what it throws makes it be tried again. It may run twice when a process dies, so it must bear that. */
export type Task = (payload: unknown, job: JobRun) => Promise<void>;

export type QueueSettings = {
  readonly pool: Pool;
  readonly tasks: Readonly<Record<string, Task>>;
  /** Tasks that come by themselves: five fields of cron, in UTC. */
  readonly every?: readonly { readonly task: string; readonly cron: string }[];
  readonly concurrency?: number;
  /** Told of attempts that failed, for the log. */
  readonly onFault: (problem: Problem, task: string) => void;
};

export type Queue = {
  /** As `enqueue` of this part promises. */
  enqueue(tx: Transaction, job: JobSpec): Promise<boolean>;
  jobs(filter: JobFilter): Promise<readonly JobState[]>;
  /** Begins to work. */
  start(): Promise<void>;
  /** Ends the work: running jobs are told, waited for, and given back. */
  stop(): Promise<void>;
};

/** Installs what the queue needs in the database of the pool, which must be the caller's own, and opens it. */
export async function openQueue(settings: QueueSettings): Promise<Queue> {
  const { pool, onFault } = settings;
  // graphile-worker keeps connections of its own for a while; one that breaks then must not end the process.
  const watch = (client: PoolClient) => client.on('error', () => undefined);
  pool.on('connect', watch);
  await install(pool);
  const stopping = new AbortController();
  let runner: Runner | null = null;
  let timer: NodeJS.Timeout | undefined;
  const events = new EventEmitter() as WorkerEvents;
  let runnerId: string | null = null;
  events.on('pool:create', ({ workerPool }) => (runnerId = workerPool.id));

  async function keepAlive(): Promise<void> {
    try {
      if (runnerId !== null) await pool.query(SEE, [runnerId]);
      await pool.query(FREE, [GONE_SECONDS]);
      await pool.query(PRUNE, [KEPT_SECONDS]);
    } catch (cause) {
      onFault(databaseProblem(cause), 'queue');
    }
  }

  return {
    enqueue,
    jobs: (filter) => listJobs(pool, filter),
    async start() {
      runner = await run(runnerOptions(settings, { events, signal: stopping.signal }));
      await keepAlive();
      timer = setInterval(() => void keepAlive(), SEEN_EVERY_MS);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await runner?.stop();
      pool.off('connect', watch);
    },
  };
}

async function install(pool: Pool): Promise<void> {
  try {
    await transaction(pool, async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [INSTALL_LOCK]);
      await tx.query(INSTALL);
    });
    await runMigrations({ pgPool: pool, logger: SILENT });
  } catch (cause) {
    throw databaseProblem(cause);
  }
}

/** graphile-worker would write to the console, and repeat what a job threw; `onFault` is told instead. */
const SILENT = new Logger(() => () => undefined);

type Running = { readonly events: WorkerEvents; readonly signal: AbortSignal };

function runnerOptions(settings: QueueSettings, running: Running): RunnerOptions {
  const every = (settings.every ?? []).map(({ task, cron }) => ({ task, match: cron }));
  const entries = Object.entries(settings.tasks).map(([name, task]) => {
    const work = (payload: unknown, helpers: JobHelpers) =>
      attempt(settings, { name, task, payload, helpers, signal: running.signal });
    return [name, work] as const;
  });
  return {
    pgPool: settings.pool,
    concurrency: settings.concurrency ?? 2,
    pollInterval: POLL_MS,
    taskList: Object.fromEntries(entries),
    parsedCronItems: parseCronItems(every),
    events: running.events,
    logger: SILENT,
    noHandleSignals: true,
  };
}

type Attempt = {
  readonly name: string;
  readonly task: Task;
  readonly payload: unknown;
  readonly helpers: JobHelpers;
  readonly signal: AbortSignal;
};

async function attempt(settings: QueueSettings, at: Attempt): Promise<void> {
  const { pool, onFault } = settings;
  const { job } = at.helpers;
  const key = job.key ?? `${at.name}/${job.id}`;
  const report = createProgress(pool, key);
  try {
    // A job that comes by itself has no key and no row; one that is done already came back after a crash.
    if (job.key !== null) {
      const { rowCount } = await pool.query(BEGIN, [key, job.attempts]);
      if (rowCount === 0) return;
    }
    await at.task(at.payload, { key, attempt: job.attempts, signal: at.signal, report });
    await pool.query(END, [key, 'done', null]);
  } catch (thrown) {
    const problem = problemFrom(thrown);
    onFault(problem, at.name);
    const state = job.attempts >= job.max_attempts ? 'failed' : 'retrying';
    await pool
      .query(END, [key, state, `${problem.code}: ${problem.message}`])
      .catch(onLost(onFault));
    // Only the code reaches graphile-worker's own table: what was thrown may quote what it worked on.
    throw new Problem(problem.code, 'the attempt failed');
  }
}

function onLost(onFault: QueueSettings['onFault']): (cause: unknown) => void {
  return (cause) => onFault(databaseProblem(cause), 'queue');
}
