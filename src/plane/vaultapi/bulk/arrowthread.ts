import { Worker } from 'node:worker_threads';
import { Problem } from '#base/problem';
import type { ArrowAnswer, ArrowOrder } from './arroworder.ts';

/** Reads messages of Arrow in a thread of its own, which has nothing of the plane but them. */
export type ArrowThread = {
  /** Throws what is wrong with the stream; `limit` when the thread ran out of time or memory, and then it is no more. */
  ask(order: ArrowOrder): Promise<Exclude<ArrowAnswer, { kind: 'fault' }>>;
  close(): Promise<void>;
};

export type ArrowThreadLimits = {
  /** Of JavaScript's own memory; what the messages take is bounded by their sizes. */
  readonly heapMb: number;
  /** For one answer, the start of the thread included. */
  readonly answerSecondsMax: number;
};

export function openArrowThread({ heapMb, answerSecondsMax }: ArrowThreadLimits): ArrowThread {
  const worker = new Worker(new URL('./arrowworker.ts', import.meta.url), {
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  worker.unref();
  let waiting: Waiting | null = null;
  /** Why there is nothing to be asked any more. */
  let ended: Problem | null = null;
  const settle = (how: (one: Waiting) => void): void => {
    const one = waiting;
    waiting = null;
    if (one === null) return;
    clearTimeout(one.timer);
    how(one);
  };
  const end = (problem: Problem): void => {
    ended ??= problem;
    settle(({ reject }) => reject(problem));
  };
  worker.on('message', (answer: ArrowAnswer) => settle(({ resolve }) => resolve(answer)));
  worker.on('error', (cause) => end(overtaxed(cause)));
  // A thread may end without an error.
  worker.on('exit', () => end(overtaxed(null)));
  const answerTo = (order: ArrowOrder): Promise<ArrowAnswer> =>
    new Promise((resolve, reject) => {
      if (ended !== null) {
        reject(ended);
        return;
      }
      const timer = setTimeout(() => {
        end(tookTooLong(answerSecondsMax));
        void worker.terminate();
      }, answerSecondsMax * 1_000);
      waiting = { resolve, reject, timer };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
      worker.postMessage(order, order.kind === 'message' ? transferred(order) : []);
    });
  return {
    async ask(order) {
      const answer = await answerTo(order);
      if (answer.kind !== 'fault') return answer;
      const { code, message, hint } = answer;
      throw new Problem(code, message, hint === null ? {} : { hint });
    },
    async close() {
      await worker.terminate();
    },
  };
}

/** Whoever asked last. */
type Waiting = {
  readonly resolve: (answer: ArrowAnswer) => void;
  readonly reject: (problem: Problem) => void;
  readonly timer: NodeJS.Timeout;
};

/** Messages are handed over, not copied. */
function transferred({ message }: Extract<ArrowOrder, { kind: 'message' }>): ArrayBuffer[] {
  return [message.metadata.buffer, message.body.buffer];
}

/** What the stream did is no fault of the server's: whoever sends it again does it again. */
function overtaxed(cause: unknown): Problem {
  return new Problem('limit', 'the Arrow stream is more than its reader has room for', {
    hint: 'write smaller batches, or send rows as NDJSON or CSV',
    cause,
  });
}

function tookTooLong(seconds: number): Problem {
  return new Problem(
    'limit',
    `a batch of the Arrow stream took longer than ${seconds} s to be read`,
    {
      hint: 'write smaller batches, or send rows as NDJSON or CSV',
    },
  );
}
