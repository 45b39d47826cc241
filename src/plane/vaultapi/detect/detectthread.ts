import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Problem } from '#base/problem';
import type { DeidentifiedFile } from './detectfile.ts';
import type { FileAnswer, FileOrder } from './detectorder.ts';

/** JavaScript's own memory of a thread: a file, what was made of it, and its rows or values. */
const HEAP_MB = 512;
/** A file of ordinary text takes a second or two. */
const SECONDS_MAX = 30;

/** De-identifies a file away from the thread that serves people; throws what is wrong with it, and `invalid` when it takes too much. */
export async function deidentifyApart(order: FileOrder): Promise<DeidentifiedFile> {
  const worker = new Worker(new URL('./detectworker.ts', import.meta.url), {
    env: {},
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  // Said by `once` to whoever waits; an error after that would end the plane.
  worker.on('error', () => undefined);
  const settled = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(SECONDS_MAX * 1_000), settled.signal]);
  const message = once(worker, 'message', { signal });
  const end = once(worker, 'exit', { signal }).then(() => {
    throw new Error('the thread ended');
  });
  try {
    const [answer] = (await Promise.race([message, end])) as [FileAnswer];
    if (answer.kind === 'done') return answer;
    const { code, message: told, hint } = answer;
    throw new Problem(code, told, hint === null ? {} : { hint });
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    // What the file did is no fault of the server's: whoever sends it again does it again.
    throw new Problem('invalid', 'the file takes more time or memory than there is for one', {
      hint: 'send it in parts',
      cause: thrown,
    });
  } finally {
    settled.abort();
    await Promise.allSettled([message, end]);
    await worker.terminate();
  }
}
