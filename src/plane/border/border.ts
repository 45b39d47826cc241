import type { Clock } from '#base/clock';
import type { Id } from '#base/ids';
import type { Problem } from '#base/problem';
import type { Bundle, FactBody, Verify } from '#boundary';
import type { Pool, Transaction } from '#platform/db';
import { startLoop } from '#platform/process';
import type { Loop } from '#platform/process';
import type { Ledger } from '#plane/ledger';
import { createCache } from './cachefile.ts';
import type { CacheSettings } from './cachefile.ts';
import { openControlLine } from './control.ts';
import type { ControlSettings } from './control.ts';
import type { BundleState, Held } from './freshness.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createHolder } from './holder.ts';
import type { Holder } from './holder.ts';
import { createIntake, readState } from './intake.ts';
import { HEARTBEAT_MS } from './limits.ts';
import { outboxState, readOutbox, storeFacts } from './outbox.ts';
import type { OutboxEntry, OutboxState } from './outbox.ts';
import { createPulled } from './pulled.ts';
import type { Pulled } from './pulled.ts';
import { readRelease, releaseFacts, setReleaseMode } from './release.ts';
import type { Release, ReleaseMode } from './release.ts';
import { createSender } from './sender.ts';
import { createTeller } from './teller.ts';
import type { RefusedFact } from './teller.ts';

export type BorderSettings<P> = {
  readonly pool: Pool;
  readonly ledger: Ledger;
  readonly plane: string;
  readonly clock: Clock;
  /** A number from 0 to 1 (not for secrets): spreads retries. */
  readonly jitter: () => number;
  /** How control is called; null where the plane calls nobody and is asked instead. */
  readonly control: Omit<ControlSettings, 'plane'> | null;
  /** Checks bundle signatures under the keys pinned at enrolment (`verifierOf`). */
  readonly verify: Verify;
  /** Where the last bundle is kept, in a directory that exists. */
  readonly cacheFile: string;
  /** Seals what is kept on disk. */
  readonly sealer: CacheSettings['sealer'];
  /** Makes a bundle ready for decisions, once; what it throws refuses the bundle. */
  readonly prepare: (bundle: Bundle) => P;
  readonly connections?: () => number;
  /** Told of what goes wrong beside a call, for the log. */
  readonly onFault: (problem: Problem) => void;
  /** Told of facts that were none, and may not cross. */
  readonly onRefused?: (refused: RefusedFact) => void;
};

export type BorderStatus = {
  readonly bundle: {
    readonly kind: 'none' | 'fresh' | 'stale';
    readonly serial: number;
    readonly issuedAtMs: number | null;
    readonly expiresAtMs: number | null;
  };
  /** When control was last heard, null before the first answer. */
  readonly heardAtMs: number | null;
  readonly actsThrough: number;
  readonly outbox: OutboxState;
  readonly release: Release;
};

export type Border<P> = {
  /** How control asks; null where the plane calls control. */
  readonly pulled: Pulled | null;
  /** Begins to fetch bundles and to send facts; control need not be there. */
  start(): void;
  /** What to decide from now; cheap. Only `fresh` may allow anything. */
  current(): BundleState<P>;
  /** Calls back after each bundle taken; gives what ends that. */
  subscribe(listener: (held: Held<P>) => void): () => void;
  /** Hands a fact to the outbox; never throws, never waits; may be dropped (and counted) when control is long away. */
  tell(body: FactBody): void;
  /** Stores facts with the caller's transaction; call `wake` after it commits. */
  store(tx: Transaction, bodies: readonly FactBody[]): Promise<number>;
  /** Sends what waits now instead of soon. */
  wake(): void;
  outbox(from: number, limit: number): Promise<readonly OutboxEntry[]>;
  /** Says whether facts go to control by themselves, not at all, or when released. */
  setMode(mode: ReleaseMode, actor: { kind: 'subject'; id: Id<'sub'> }): Promise<Release>;
  /** Lets facts up to a number go; throws `conflict` unless they wait for that. */
  release(through: number, actor: { kind: 'subject'; id: Id<'sub'> }): Promise<Release>;
  status(): Promise<BorderStatus>;
  /** Stores what was told, ends all loops, closes the line. */
  stop(): Promise<void>;
};

/** How soon the outbox and control are looked at again when nothing wakes a loop. */
const IDLE_MS = 1_000;

/**
 * Opens the border of a plane and takes the bundle kept on disk, if there is a good one. A cached bundle that cannot be
 * used is told to `onFault` and does not stop the start: the plane then denies everything until control sends one.
 */
export async function openBorder<P>(settings: BorderSettings<P>): Promise<Border<P>> {
  const { pool, ledger, plane, clock, onFault } = settings;
  const line = settings.control === null ? null : openControlLine({ ...settings.control, plane });
  const cache = createCache({ ...settings, file: settings.cacheFile });
  const take = createIntake({ ...settings, keep: (signed) => cache.write(signed) });
  const holder = createHolder({ ...settings, cache, take });
  await holder.recall();
  const loops: Loop[] = [];
  let stopping: Promise<void> | null = null;
  const wake = () => (line === null ? undefined : loops[0]?.wake());
  const { jitter, connections = () => 0, onRefused } = settings;
  const refusing = onRefused === undefined ? {} : { onRefused };
  const teller = createTeller({ pool, plane, onFault, onStored: wake, ...refusing });

  return {
    start() {
      const common = { jitter, onFault };
      const beat = createHeartbeat({
        pool,
        ledger,
        plane,
        clock,
        teller,
        connections,
        current: () => holder.current(),
        onStored: wake,
      });
      if (line !== null) {
        const send = createSender({ pool, ledger, line, clock, onFault });
        const fetch = (signal: AbortSignal) => holder.fetch(line, signal);
        loops.push(startLoop({ ...common, turn: send, idleMs: IDLE_MS }));
        loops.push(startLoop({ ...common, turn: fetch, idleMs: IDLE_MS }));
      }
      loops.push(startLoop({ ...common, turn: beat, idleMs: HEARTBEAT_MS }));
    },
    pulled: line === null ? createPulled({ ...settings, holder }) : null,
    current: () => holder.current(),
    subscribe: (listener) => holder.subscribe(listener),
    tell: (body) => teller.tell(body),
    store: (tx, bodies) => storeFacts(tx, plane, bodies),
    wake,
    outbox: (from, limit) => readOutbox(pool, from, limit),
    async setMode(mode, actor) {
      const release = await setReleaseMode(settings, mode, actor);
      wake();
      return release;
    },
    async release(through, actor) {
      const release = await releaseFacts(settings, through, actor);
      wake();
      return release;
    },
    status: () => statusOf(pool, holder),
    stop: () => (stopping ??= stop()),
  };

  async function stop(): Promise<void> {
    await teller.close();
    await Promise.all(loops.map((loop) => loop.stop()));
    await line?.close();
  }
}

async function statusOf<P>(pool: Pool, holder: Holder<P>): Promise<BorderStatus> {
  const state = holder.current();
  const bundle = state.kind === 'none' ? null : state.bundle;
  const { actsThrough } = await readState(pool);
  return {
    bundle: {
      kind: state.kind,
      serial: bundle?.serial ?? 0,
      issuedAtMs: bundle?.issuedAtMs ?? null,
      expiresAtMs: bundle?.expiresAtMs ?? null,
    },
    heardAtMs: holder.heardAtMs(),
    actsThrough,
    outbox: await outboxState(pool),
    release: await readRelease(pool),
  };
}
