import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { warehouseProblem } from '../fault.ts';

/** Checks texts against a JSON Schema, away from the thread that serves people. */
export type JsonThread = {
  /** Which of the texts fit; throws the fault `timed-out` when all checks together took longer than they may. */
  check(texts: readonly string[]): Promise<readonly boolean[]>;
  close(): Promise<void>;
};

/** A page of texts, parsed. */
const THREAD_HEAP_MB = 512;

/** Starts a thread that checks for at most `secondsMax`, or until the signal; the schema is one that compiles. */
export function openJsonThread(
  schema: Readonly<Record<string, unknown>>,
  { secondsMax, signal }: { readonly secondsMax: number; readonly signal: AbortSignal },
): JsonThread {
  const worker = new Worker(new URL('./jsonworker.ts', import.meta.url), {
    workerData: schema,
    resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
    env: {},
  });
  worker.unref();
  // Said by `once` to whoever waits; without a listener an error between two checks would end the plane.
  worker.on('error', () => undefined);
  let leftMs = secondsMax * 1_000;
  return {
    async check(texts) {
      const startedMs = performance.now();
      const over = AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, Math.ceil(leftMs)))]);
      const answer = once(worker, 'message', { signal: over });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
      worker.postMessage(texts);
      try {
        const [fits] = (await answer) as [readonly boolean[]];
        leftMs -= performance.now() - startedMs;
        return fits;
      } catch (cause) {
        if (!over.aborted) throw warehouseProblem('out-of-resource', cause);
        throw warehouseProblem(signal.aborted ? 'cancelled' : 'timed-out', cause);
      }
    },
    async close() {
      await worker.terminate();
    },
  };
}
