import { Worker } from 'node:worker_threads';
import { KEY_CACHE_SECONDS } from '#base/limits';
import { Problem } from '#base/problem';
import type { CellAnswer, CellJob, CellReply } from './celljob.ts';

/**
 * Seals and opens many cells beside the thread that serves: a cipher object a cell is a third of an insert
 * (docs/design/vault.md). Each job brings its keys; the thread ends when it has had nothing to do, and its memory with it.
 */
export type CellThread = {
  /** Whether the thread takes so much now; starts it where it would. What it does not take is done where it is. */
  takes(records: number, sizeBytes: number): boolean;
  /** Throws `unavailable` when the thread ended before the job did; nothing of it is to be used then. The batch is given away. */
  run(job: CellJob): Promise<CellAnswer>;
  close(): void;
};

/** To hand over fewer costs more than it saves. */
const RECORDS_MIN = 24;
/** Bytes that are on their way at once; the rest is done where it is, so that they cannot pile up. */
const BYTES_MAX = 64 * 1024 * 1024;
/** A job that takes longer has hung: the largest takes a second. */
const JOB_MS_MAX = 60_000;
/** Without work for so long the thread ends: nothing that ever was in its memory outlives the keys' time by more. */
const IDLE_MS = (KEY_CACHE_SECONDS * 1_000) / 2;
/** Its own part of it: bodies are beside the heap. */
const HEAP_MB = 128;

/** The thread while it lives; `run` as in `CellThread`. */
type Running = Pick<CellThread, 'run'> & {
  readonly ready: () => boolean;
  /** Bytes that are under way. */
  readonly bytes: () => number;
  readonly end: () => void;
};

export function createCellThread(idleMs = IDLE_MS): CellThread {
  let running: Running | null = null;
  const started = (): Running => {
    running ??= start(idleMs, (ended) => {
      if (running === ended) running = null;
    });
    return running;
  };
  return {
    takes(records, sizeBytes) {
      if (records < RECORDS_MIN || (running?.bytes() ?? 0) + sizeBytes > BYTES_MAX) return false;
      return started().ready();
    },
    run: (job) => started().run(job),
    close: () => running?.end(),
  };
}

type Waiting = {
  readonly sizeBytes: number;
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
  let ready = false;
  let bytes = 0;
  let lastId = 0;
  let idle: NodeJS.Timeout | undefined;
  const settle = (id: number): Waiting | undefined => {
    const found = waiting.get(id);
    if (found === undefined) return undefined;
    waiting.delete(id);
    clearTimeout(found.overdue);
    bytes -= found.sizeBytes;
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
    ready: () => ready,
    bytes: () => bytes,
    end,
    run(job) {
      const id = ++lastId;
      const { bodies, subjectKeys } = job.batch;
      const sizeBytes = bodies.length;
      bytes += sizeBytes;
      clearTimeout(idle);
      worker.ref(); // somebody waits for it
      return new Promise((resolve, reject) => {
        const overdue = setTimeout(end, JOB_MS_MAX).unref();
        waiting.set(id, { sizeBytes, resolve, reject, overdue });
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
