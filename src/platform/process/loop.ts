import { setTimeout as sleep } from 'node:timers/promises';
import { problemFrom } from '#base/problem';
import type { Problem } from '#base/problem';

/** First and longest pause between attempts of what fails, unless a loop says another. */
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 5_000;

/** What one turn says about the next: at once, when woken (or after `idleMs`), or never again. */
export type Turn = 'again' | 'wait';

export type Loop = {
  /** Ends a wait or a pause. */
  wake(): void;
  /** Ends the loop after the turn under way, which sees its signal aborted. */
  stop(): Promise<void>;
};

export type LoopSettings = {
  readonly turn: (signal: AbortSignal) => Promise<Turn>;
  readonly idleMs: number;
  /** A number from 0 to 1, so that many planes do not come back at the same moment. */
  readonly jitter: () => number;
  /** The longest pause after failures. */
  readonly retryMsMax?: number;
  readonly onFault: (problem: Problem) => void;
};

/** Runs turns one after the other until stopped; a failed turn is told and tried again after a growing pause. */
export function startLoop(settings: LoopSettings): Loop {
  const stopped = new AbortController();
  let woken = new AbortController();
  let failures = 0;

  async function pause(ms: number): Promise<void> {
    const signal = AbortSignal.any([stopped.signal, woken.signal]);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    if (woken.signal.aborted) woken = new AbortController();
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        const turn = await settings.turn(stopped.signal);
        failures = 0;
        if (turn === 'wait') await pause(settings.idleMs);
      } catch (thrown) {
        if (stopped.signal.aborted) return;
        settings.onFault(problemFrom(thrown));
        await pause(pauseMs(failures++, settings.jitter(), settings.retryMsMax));
      }
    }
  }

  const running = run();
  return {
    wake: () => woken.abort(),
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

/** A pause that doubles from a quarter of a second to the longest, of which `jitter` takes up to half away. */
export function pauseMs(failures: number, jitter: number, longestMs = RETRY_MS_MAX): number {
  const full = Math.min(longestMs, RETRY_MS_MIN * 2 ** Math.min(failures, 20));
  return full * (0.5 + jitter / 2);
}
