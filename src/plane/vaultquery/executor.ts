import { Problem } from '#base/problem';
import { cancelled, startEngine, stopped } from './engine.ts';
import type { Engine, EngineTimes, Work } from './engine.ts';
import type { ExecutorOrder } from './order.ts';

/** Engines that work statements out, each one at a time; those that come while all are busy wait their turn. */
export type Executors = {
  /** What the server says; throws `limit` when it took or said too much, `unavailable` when the engine died. */
  run(order: Omit<ExecutorOrder, 'id'>, signal?: AbortSignal): Promise<Uint8Array>;
  close(): Promise<void>;
};

/** Waiting statements; more would wait longer than anybody does. */
const WAITING_MAX = 200;

export function createExecutors(
  limits: EngineTimes & { readonly executorsMax: number },
): Executors {
  const queue: Work[] = [];
  const engines = new Set<Engine>();
  let cluster: Uint8Array | null = null;
  let closed = false;

  function start(): void {
    const engine = startEngine(cluster, limits, {
      cluster: (bytes) => {
        cluster = bytes;
      },
      free: next,
      gone: (started) => {
        engines.delete(engine);
        // One that cannot start would be started again for ever.
        if (!started) refuseAll(stopped());
        next();
      },
    });
    engines.add(engine);
  }
  function next(): void {
    if (closed || queue.length === 0) return;
    const all = [...engines];
    const free = all.find((engine) => engine.isFree());
    if (free === undefined) {
      if (all.length < limits.executorsMax && !all.some((engine) => engine.isStarting())) start();
      return;
    }
    const work = queue.shift();
    if (work?.signal?.aborted === true) work.reject(cancelled());
    else if (work !== undefined) free.give(work);
    next();
  }
  function refuseAll(problem: Problem): void {
    for (const { reject } of queue.splice(0)) reject(problem);
  }
  return {
    run: (order, signal) =>
      new Promise((resolve, reject) => {
        if (closed) reject(shuttingDown());
        else if (queue.length >= WAITING_MAX) reject(busy());
        else queue.push({ order, signal: signal ?? null, resolve, reject });
        next();
      }),
    async close() {
      closed = true;
      refuseAll(shuttingDown());
      await Promise.all([...engines].map((engine) => engine.close(shuttingDown())));
    },
  };
}

function busy(): Problem {
  return new Problem('limit', `queries that wait expected to be at most ${WAITING_MAX}`, {
    hint: 'ask again later',
  });
}

function shuttingDown(): Problem {
  return new Problem('unavailable', 'the plane is shutting down');
}
