import { Worker } from 'node:worker_threads';
import { Problem } from '#base/problem';
import type { ExecutorAnswer, ExecutorOrder } from './order.ts';

/** A statement on its way through an engine. */
export type Work = {
  readonly order: Omit<ExecutorOrder, 'id'>;
  readonly signal: AbortSignal | null;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (problem: Problem) => void;
};

export type EngineTimes = { readonly secondsMax: number; readonly idleSeconds: number };

export type EngineEvents = {
  /** The first engine of all made an empty cluster; the next ones need not. */
  readonly cluster: (bytes: Uint8Array) => void;
  /** It can be given work. */
  readonly free: () => void;
  /** It is no more; `started` says whether it ever was ready. */
  readonly gone: (started: boolean) => void;
};

/** A PostgreSQL in a thread of its own, for one statement at a time. It goes by itself: idle, overdue, too large, or dead. */
export type Engine = {
  readonly isFree: () => boolean;
  readonly isStarting: () => boolean;
  readonly give: (work: Work) => void;
  readonly close: (problem: Problem | null) => Promise<void>;
};

/** To make a cluster takes 4 s of one core, and much longer on a busy machine. */
const START_SECONDS_MAX = 120;
/** A WebAssembly memory only grows; one that grew beyond this is thrown away. */
const MEMORY_BYTES_MAX = 1024 * 1024 * 1024;
/** What one statement may make the whole process grow by: nobody else can see into an engine that is busy. */
const GROWTH_BYTES_MAX = 1024 * 1024 * 1024;
const LOOK_MS = 50;
/** JavaScript's own part of it: rows on their way in and out. */
const HEAP_MB = 512;

export function startEngine(
  cluster: Uint8Array | null,
  times: EngineTimes,
  on: EngineEvents,
): Engine {
  // Nothing of the plane's environment is needed in there, and it has nothing to reach out with.
  const worker = new Worker(new URL('./executorworker.ts', import.meta.url), {
    workerData: cluster,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  worker.unref();
  let state: 'starting' | 'free' | 'busy' | 'gone' = 'starting';
  let current: { readonly work: Work; readonly id: number; readonly stop: () => void } | null =
    null;
  let lastId = 0;
  let timer: NodeJS.Timeout;
  let watch: NodeJS.Timeout | undefined;
  const within = (seconds: number, problem: () => Problem | null): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void close(problem()), seconds * 1_000).unref();
  };
  const close = async (problem: Problem | null): Promise<void> => {
    if (state === 'gone') return;
    const started = state !== 'starting';
    state = 'gone';
    clearTimeout(timer);
    clearInterval(watch);
    current?.work.reject(problem ?? stopped());
    on.gone(started);
    await worker.terminate();
  };
  const rest = (): void => {
    clearInterval(watch);
    state = 'free';
    within(times.idleSeconds, () => null);
    on.free();
  };
  worker.on('message', (answer: ExecutorAnswer) => {
    if (state === 'gone') return;
    if (answer.kind === 'cluster') on.cluster(answer.bytes);
    if (answer.kind === 'ready') rest();
    if (answer.kind !== 'answer' || current?.id !== answer.id) return;
    current.work.signal?.removeEventListener('abort', current.stop);
    settle(current.work, answer.bytes);
    current = null;
    if (answer.memoryBytes > MEMORY_BYTES_MAX) void close(null);
    else rest();
  });
  const died = () => void close(current === null ? stopped() : overtaxed());
  worker.on('error', died);
  worker.on('exit', died);
  within(START_SECONDS_MAX, stopped);
  return {
    isFree: () => state === 'free',
    isStarting: () => state === 'starting',
    give(work) {
      const id = ++lastId;
      state = 'busy';
      const stop = () => {
        if (current?.id === id) void close(cancelled());
      };
      current = { work, id, stop };
      within(times.secondsMax, () => tookTooLong(times.secondsMax));
      watch = watchGrowth(() => void close(overtaxed()));
      work.signal?.addEventListener('abort', stop, { once: true });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
      worker.postMessage({ ...work.order, id });
    },
    close,
  };
}

/** Calls back while the process has grown too much since now, until the timer is cleared. */
function watchGrowth(tooMuch: () => void): NodeJS.Timeout {
  const before = process.memoryUsage.rss();
  const look = () => {
    if (process.memoryUsage.rss() - before > GROWTH_BYTES_MAX) tooMuch();
  };
  return setInterval(look, LOOK_MS).unref();
}

function settle({ order, resolve, reject }: Work, bytes: Uint8Array | null): void {
  if (bytes === null) reject(tooLarge(order));
  else resolve(bytes);
}

export function stopped(): Problem {
  return new Problem('unavailable', 'the engine that works queries out stopped', {
    hint: 'ask again; if it stops each time, tell the operator',
  });
}

/** What a statement did is no fault of the server's: clients that ask again would do it again. */
function overtaxed(): Problem {
  return new Problem('unsupported', 'the statement is more than the engine can work out', {
    hint: 'nest less deeply, or ask for less at once',
  });
}

function tookTooLong(seconds: number): Problem {
  return new Problem('limit', `query took longer than ${seconds} s to be worked out`, {
    hint: 'ask for fewer rows, or split the query',
  });
}

function tooLarge({ answerBytesMax }: Pick<ExecutorOrder, 'answerBytesMax'>): Problem {
  return new Problem('limit', `answer expected to have at most ${answerBytesMax} bytes`, {
    hint: 'ask for fewer columns, or page with LIMIT and OFFSET',
  });
}

export function cancelled(): Problem {
  return new Problem('unavailable', 'canceling statement due to user request');
}
