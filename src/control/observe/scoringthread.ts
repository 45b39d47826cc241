import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Problem } from '#base/problem';
import type { ScoringRun } from './scoring.ts';
import type { ScoringAnswer, ScoringOrder } from './scoringmessage.ts';

/** Judges in a thread of its own, so that whoever asks control something meanwhile is answered as always. */
export type ScoringThread = {
  /**
   * One run over what waits (`scoreWaiting`). Asked while one goes on, it is that one. Throws what the run threw, and
   * `unavailable` when the thread died or took too long; the next call begins with a new one.
   */
  score(): Promise<ScoringRun | null>;
  /** Ends it, whatever it does: what is half done is judged again by whoever comes next. */
  close(): Promise<void>;
};

/** One transaction that holds the lock, and one to work with, and one for the incident at hand. */
const CONNECTIONS_MAX = 3;
/** Points of a batch, and the verdicts of a run, both of bounded number (scoring.ts). */
const THREAD_HEAP_MB = 2_048;
/** A run over as many series as one may have takes two minutes; longer than this it hangs. */
const RUN_MS_MAX = 30 * 60_000;

/** Opens nothing before the first run. */
export function openScoringThread(databaseUrl: string): ScoringThread {
  const closing = new AbortController();
  let worker: Worker | null = null;
  let running: Promise<ScoringRun | null> | null = null;

  async function run(): Promise<ScoringRun | null> {
    const thread = (worker ??= spawn({ databaseUrl, connectionsMax: CONNECTIONS_MAX }));
    const over = AbortSignal.any([closing.signal, AbortSignal.timeout(RUN_MS_MAX)]);
    const [message, exit] = [
      once(thread, 'message', { signal: over }),
      once(thread, 'exit', { signal: over }).then(() => null),
    ];
    exit.catch(() => undefined);
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
      thread.postMessage('score');
      const answered = await Promise.race([message, exit]);
      if (answered !== null) return runOf(answered[0] as ScoringAnswer);
      throw new Problem('unavailable', 'the thread that judges series stopped');
    } catch (cause) {
      if (cause instanceof Problem && worker === thread && cause.code !== 'unavailable')
        throw cause;
      worker = null;
      await thread.terminate();
      if (cause instanceof Problem) throw cause;
      throw new Problem('unavailable', 'the thread that judges series was stopped', { cause });
    }
  }
  return {
    score() {
      running ??= run().finally(() => {
        running = null;
      });
      return running;
    },
    async close() {
      closing.abort();
      await running?.catch(() => undefined);
      await worker?.terminate();
    },
  };
}

function spawn(order: ScoringOrder): Worker {
  const worker = new Worker(new URL('./scoringworker.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
  });
  worker.unref();
  // Its exit is heard of by whoever waits; without a listener an error would end control.
  worker.on('error', () => undefined);
  return worker;
}

function runOf(answer: ScoringAnswer): ScoringRun | null {
  if (answer.kind === 'run') return answer.run;
  throw new Problem(answer.code, answer.message);
}
