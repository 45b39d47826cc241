import { Worker } from 'node:worker_threads';
import { Problem } from '#base/problem';
import type { Catalog, PlanSession, RelationRule } from '#engines/sql';
import { PLANNER_CATALOGS_MAX } from '../limits.ts';
import type { PlanAnswer, PlanOrder } from './planmessage.ts';

/** One statement to be planned with the rules known so far. */
export type PlanAsk = {
  readonly catalog: Catalog;
  readonly text: string;
  readonly session: PlanSession;
  readonly rules: readonly (readonly [number, RelationRule])[];
};

/** Plans in a thread of its own; a statement that takes too long or breaks the parser costs a new thread, not the process. */
export type PlanThread = {
  /** The planner's answer; throws `limit` when it took too long, `internal` when the thread died. */
  plan(ask: PlanAsk): Promise<PlanAnswer>;
  replaced(): number;
  close(): Promise<void>;
};

type Waiting = {
  readonly ask: PlanAsk;
  readonly resolve: (answer: PlanAnswer) => void;
  readonly reject: (problem: Problem) => void;
};

/**
 * Starts the planning thread. One statement is planned at a time, the rest wait their turn here, so that the
 * statement that hung or broke the thread is known and no other pays for it.
 */
export function startPlanThread(millisecondsMax: number): PlanThread {
  const queue: Waiting[] = [];
  let current: { waiting: Waiting; id: number; timer: NodeJS.Timeout } | null = null;
  let lastId = 0;
  let replaced = 0;
  let closed = false;
  // Null after a thread died by itself: one that cannot start is tried again when there is work, not in a circle.
  let thread: Spawned | null = spawn(events());

  function finish(settle: (waiting: Waiting) => void): void {
    if (current === null) return;
    clearTimeout(current.timer);
    const { waiting } = current;
    current = null;
    settle(waiting);
    next();
  }
  function replace(): void {
    replaced++;
    void thread?.worker.terminate();
    thread = closed ? null : spawn(events());
  }
  function events(): ThreadEvents {
    return {
      answered: (worker, answer) => {
        if (worker !== thread?.worker || answer.id !== current?.id) return;
        if (answer.result.kind === 'broken') replace();
        finish((waiting) => waiting.resolve(answer));
      },
      died: (worker, cause) => {
        if (worker !== thread?.worker) return;
        replaced++;
        thread = null;
        finish((waiting) =>
          waiting.reject(new Problem('internal', 'the planner stopped', { cause })),
        );
      },
    };
  }
  function next(): void {
    const waiting = current === null ? queue.shift() : undefined;
    if (waiting === undefined) return;
    const { catalog, ...order } = waiting.ask;
    const id = ++lastId;
    const timer = setTimeout(() => {
      replace();
      finish((late) => late.reject(tookTooLong(millisecondsMax)));
    }, millisecondsMax);
    current = { waiting, id, timer };
    thread ??= spawn(events());
    knowCatalog(thread, catalog);
    send(thread, { kind: 'plan', id, catalog: catalog.digest, ...order });
  }
  return {
    plan: (ask) =>
      new Promise((resolve, reject) => {
        queue.push({ ask, resolve, reject });
        next();
      }),
    replaced: () => replaced,
    close: async () => {
      closed = true;
      for (const waiting of queue.splice(0)) waiting.reject(shuttingDown());
      finish((waiting) => waiting.reject(shuttingDown()));
      await thread?.worker.terminate();
    },
  };
}

type ThreadEvents = {
  readonly answered: (worker: Worker, answer: PlanAnswer) => void;
  readonly died: (worker: Worker, cause: unknown) => void;
};

type Spawned = { readonly worker: Worker; readonly catalogs: Set<string> };

/** A plan is a few kB; a thread that needs more than this for one is being attacked. */
const THREAD_HEAP_MB = 256;

/** What is made for one plan is dropped after it; V8's own choice (32 to 64 MB) only fills memory. */
const THREAD_YOUNG_MB = 3;

function spawn(on: ThreadEvents): Spawned {
  const worker = new Worker(new URL('./planworker.ts', import.meta.url), {
    resourceLimits: {
      maxOldGenerationSizeMb: THREAD_HEAP_MB,
      maxYoungGenerationSizeMb: THREAD_YOUNG_MB,
    },
    // No client's text may reach the thread's environment, and no secret is needed in it.
    env: {},
  });
  worker.unref();
  worker.on('message', (answer: PlanAnswer) => on.answered(worker, answer));
  worker.on('error', (cause) => on.died(worker, cause));
  worker.on('exit', () => on.died(worker, null));
  return { worker, catalogs: new Set() };
}

function send(thread: Spawned, order: PlanOrder): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
  thread.worker.postMessage(order);
}

function knowCatalog(thread: Spawned, catalog: Catalog): void {
  if (thread.catalogs.has(catalog.digest)) return;
  const oldest = thread.catalogs.values().next().value;
  const forget = thread.catalogs.size >= PLANNER_CATALOGS_MAX ? (oldest ?? null) : null;
  if (forget !== null) thread.catalogs.delete(forget);
  thread.catalogs.add(catalog.digest);
  send(thread, { kind: 'catalog', catalog, forget });
}

function tookTooLong(millisecondsMax: number): Problem {
  return new Problem('limit', `statement took longer than ${millisecondsMax} ms to plan`, {
    hint: 'split it into smaller statements',
  });
}

function shuttingDown(): Problem {
  return new Problem('unavailable', 'the gateway is shutting down');
}
