import type { Clock } from '#base/clock';
import { problemFrom } from '#base/problem';
import type { Problem } from '#base/problem';
import type { SignedBundle } from '#boundary';
import type { Turn } from '#platform/process';
import type { ControlLine } from './control.ts';
import type { Cache } from './cachefile.ts';
import { stateOf } from './freshness.ts';
import type { BundleState, Held } from './freshness.ts';

export type Listener<P> = (held: Held<P>) => void;

/** Holds the bundle in force and fetches the next. */
export type Holder<P> = {
  current(): BundleState<P>;
  /** When control was last heard, null before the first answer. */
  heardAtMs(): number | null;
  subscribe(listener: Listener<P>): () => void;
  /** Takes the bundle kept on disk; one that cannot be used is told and left. */
  recall(): Promise<void>;
  /** Takes a bundle that control brought; throws what is wrong with it. */
  give(signed: SignedBundle): Promise<void>;
  /** Asks control for a newer bundle and takes it. */
  fetch(line: Pick<ControlLine, 'fetchBundle'>, signal: AbortSignal): Promise<Turn>;
};

export type HolderSettings<P> = {
  readonly clock: Clock;
  readonly cache: Pick<Cache, 'read'>;
  readonly take: (signed: SignedBundle) => Promise<Held<P>>;
  readonly onFault: (problem: Problem) => void;
};

/** An answer of "nothing new" that comes sooner than this was no long poll; the next question then waits. */
const POLL_MS_MIN = 1_000;

export function createHolder<P>(settings: HolderSettings<P>): Holder<P> {
  const { clock, onFault } = settings;
  const listeners = new Set<Listener<P>>();
  let held: Held<P> | null = null;
  let heardAtMs: number | null = null;

  async function give(signed: SignedBundle): Promise<void> {
    heardAtMs = clock();
    const taken = await settings.take(signed);
    held = taken;
    for (const listener of listeners) listener(taken);
  }

  return {
    give,
    current: () => stateOf(held, clock()),
    heardAtMs: () => heardAtMs,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async recall() {
      try {
        const signed = await settings.cache.read();
        if (signed !== null) held = await settings.take(signed);
      } catch (thrown) {
        onFault(problemFrom(thrown));
      }
    },
    async fetch(line, signal) {
      const askedAtMs = clock();
      const signed = await line.fetchBundle(held?.bundle.serial ?? 0, signal);
      heardAtMs = clock();
      if (signed === null) return heardAtMs - askedAtMs < POLL_MS_MIN ? 'wait' : 'again';
      await give(signed);
      return 'again';
    },
  };
}
