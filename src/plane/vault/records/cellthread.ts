import { Worker } from 'node:worker_threads';
import { KEY_CACHE_SECONDS } from '#base/limits';
import { Problem } from '#base/problem';
import type { CellAnswer, CellJob, CellReply } from './celljob.ts';

/**
 * Seals and opens many cells beside the thread that serves: a cipher object a cell is a third of an insert
 * (docs/design/vault.md). Each job brings its keys. A thread ends when it has had nothing to do, or has grown old, and its memory
 * with it.
 */
export type CellThread = {
  /** Whether the thread takes the work now; starts it where it would. What it does not take is done where it is. */
  takes(work: CellWork): boolean;
  /** Throws `unavailable` when the thread ended before the job did; nothing of it is to be used then. The batch is given away. */
  run(job: CellJob, cells: number): Promise<CellAnswer>;
  close(): void;
};

/** How much it is: what it costs, and what it holds. */
export type CellWork = { readonly cells: number; readonly sizeBytes: number };

/** To hand over fewer costs more than it saves. */
const CELLS_MIN = 48;
/** Cells that are with the thread at once, a fifth of a second's work: what more there is is done where it is. */
const CELLS_MAX = 40_000;
/** Nobody waits behind more than so many times their own. */
const CELLS_AHEAD = 4;
/** Bytes that are with it at once. */
const BYTES_MAX = 64 * 1024 * 1024;
/** A job that takes longer, with all before it, has hung. */
const JOB_MS_MAX = 60_000;
export type ThreadTimes = {
  /** Without work for so long a thread ends. */
  readonly idleMs: number;
  /** After so long another takes its place: nothing that ever was in its memory outlives the time of keys by more. */
  readonly ageMs: number;
};
const TIMES: ThreadTimes = {
  idleMs: (KEY_CACHE_SECONDS * 1_000) / 2,
  ageMs: KEY_CACHE_SECONDS * 1_000,
};
/** Its own part of it: bodies are beside the heap. */
const HEAP_MB = 128;

/** A thread while it lives; `run` as in `CellThread`. */
type Running = Pick<CellThread, 'run'> & {
  readonly startedMs: number;
  readonly ready: () => boolean;
  /** What is with it. */
  readonly waiting: () => CellWork;
  /** Ends it when it has done what it was given. */
  readonly retire: () => void;
  readonly end: () => void;
};

export function createCellThread(times: ThreadTimes = TIMES): CellThread {
  let running: Running | null = null;
  let next: Running | null = null;
  const startOne = () =>
    start(times.idleMs, (ended) => {
      if (running === ended) running = null;
      if (next === ended) next = null;
    });
  const current = (): Running => {
    running ??= startOne();
    if (performance.now() - running.startedMs < times.ageMs) return running;
    next ??= startOne();
    if (!next.ready()) return running;
    running.retire();
    [running, next] = [next, null];
    return running;
  };
  return {
    takes({ cells, sizeBytes }) {
      if (cells < CELLS_MIN) return false;
      const thread = current();
      const ahead = thread.waiting();
      const fits = ahead.cells + cells <= CELLS_MAX && ahead.sizeBytes + sizeBytes <= BYTES_MAX;
      return thread.ready() && fits && ahead.cells <= CELLS_AHEAD * cells;
    },
    run: (job, cells) => current().run(job, cells),
    close() {
      running?.end();
      next?.end();
    },
  };
}

type Waiting = CellWork & {
  readonly resolve: (answer: CellAnswer) => void;
  readonly reject: (problem: Problem) => void;
  readonly overdue: NodeJS.Timeout;
};

function start(idleMs: number, onEnd: (ended: Running) => void): Running {
  // Nothing of the plane's environment is needed in there, and it has nothing to reach out with.
  const worker = new Worker(new URL('./cellworker.ts', import.meta.url), {
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  worker.unref();
  const waiting = new Map<number, Waiting>();
  let [ready, retiring] = [false, false];
  let [cells, sizeBytes] = [0, 0];
  let lastId = 0;
  let idle: NodeJS.Timeout | undefined;
  const settle = (id: number): Waiting | undefined => {
    const found = waiting.get(id);
    if (found === undefined) return undefined;
    waiting.delete(id);
    clearTimeout(found.overdue);
    cells -= found.cells;
    sizeBytes -= found.sizeBytes;
    return found;
  };
  const end = () => {
    onEnd(running);
    clearTimeout(idle);
    void worker.terminate();
    for (const id of waiting.keys()) settle(id)?.reject(stopped());
  };
  const rest = () => {
    if (waiting.size > 0) return;
    if (retiring) return end();
    worker.unref();
    clearTimeout(idle);
    idle = setTimeout(end, idleMs).unref();
  };
  worker.on('message', (reply: CellReply) => {
    if (reply.kind === 'ready') ready = true;
    else if (reply.kind === 'done') settle(reply.id)?.resolve(reply.answer);
    else settle(reply.id)?.reject(failed());
    rest();
  });
  worker.on('error', end);
  worker.on('exit', end);
  const running: Running = {
    startedMs: performance.now(),
    ready: () => ready,
    waiting: () => ({ cells, sizeBytes }),
    retire() {
      retiring = true;
      rest();
    },
    end,
    run(job, ofJob) {
      const id = ++lastId;
      const { bodies, subjectKeys } = job.batch;
      const work = { cells: ofJob, sizeBytes: bodies.length };
      cells += work.cells;
      sizeBytes += work.sizeBytes;
      clearTimeout(idle);
      worker.ref(); // somebody waits for it
      return new Promise((resolve, reject) => {
        const overdue = setTimeout(end, JOB_MS_MAX).unref();
        waiting.set(id, { ...work, resolve, reject, overdue });
        worker.postMessage({ id, job }, [bodies.buffer, subjectKeys.buffer]);
      });
    },
  };
  return running;
}

function failed(): Problem {
  return new Problem('internal', 'records could not be sealed or opened');
}

function stopped(): Problem {
  return new Problem('unavailable', 'the thread that seals records stopped', {
    hint: 'try again; if it stops each time, tell the operator',
  });
}
