import { Worker } from 'node:worker_threads';
import { Problem } from '#base/problem';
import type { Catalog, PlanSession, RelationRule } from '#engines/sql';
import { PLANNER_CATALOGS_MAX } from './limits.ts';
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
  let thread = spawn();
  let current: { waiting: Waiting; id: number; timer: NodeJS.Timeout } | null = null;
  let lastId = 0;
  let replaced = 0;
  let closed = false;

  const finish = (settle: (waiting: Waiting) => void): void => {
    if (current === null) return;
    clearTimeout(current.timer);
    const { waiting } = current;
    current = null;
    settle(waiting);
    next();
  };
  const replace = (): void => {
    replaced++;
    const old = thread;
    thread = listen(spawn());
    void old.worker.terminate();
  };
  function listen(spawned: Spawned): Spawned {
    const { worker } = spawned;
    worker.on('message', (answer: PlanAnswer) => {
      if (worker !== thread.worker || answer.id !== current?.id) return;
      if (answer.result.kind === 'broken') replace();
      finish((waiting) => waiting.resolve(answer));
    });
    const died = (): void => {
      if (worker !== thread.worker || closed) return;
      replace();
      finish((waiting) => waiting.reject(new Problem('internal', 'the planner stopped')));
    };
    worker.on('error', died);
    worker.on('exit', died);
    return spawned;
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
    knowCatalog(thread, catalog);
    send(thread, { kind: 'plan', id, catalog: catalog.digest, ...order });
  }
  listen(thread);
  return {
    plan: (ask) =>
      new Promise((resolve, reject) => {
        queue.push({ ask, resolve, reject });
        next();
      }),
    replaced: () => replaced,
    close: async () => {
      closed = true;
      for (const waiting of queue.splice(0))
        waiting.reject(new Problem('unavailable', 'shutting down'));
      finish((waiting) => waiting.reject(new Problem('unavailable', 'shutting down')));
      await thread.worker.terminate();
    },
  };
}

type Spawned = { readonly worker: Worker; readonly catalogs: Set<string> };

/** A plan is a few kB; a thread that needs more than this for one is being attacked. */
const THREAD_HEAP_MB = 256;

function spawn(): Spawned {
  const worker = new Worker(new URL('./planworker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
    // No client's text may reach the thread's environment, and no secret is needed in it.
    env: {},
  });
  worker.unref();
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
