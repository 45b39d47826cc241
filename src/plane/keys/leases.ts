import { KEY_CACHE_SECONDS } from '#base/limits';
import { Problem } from '#base/problem';
import type { Broker, KeyName } from './broker.ts';
import type { WrappedKey } from './keytable.ts';
import { createLease } from './lease.ts';
import type { Lease } from './lease.ts';

export type LeasesSettings = {
  readonly broker: Broker;
  /** The row of a key as it is now; throws `gone` when it was destroyed. */
  readonly existing: (name: KeyName) => Promise<WrappedKey>;
  readonly lengthMs: number;
  readonly onFault: (problem: unknown) => void;
};

/** The data keys in this process's memory, one lease a key however many ask for it. */
export type Leases = {
  held(name: KeyName): Lease | undefined;
  /** The lease of a key, asking the key service when there is none. */
  hold(row: WrappedKey): Promise<Lease>;
  /** Ends what is held of a scope. */
  drop(scope: string): void;
  close(): void;
};

export function createLeases(settings: LeasesSettings): Leases {
  const { broker, existing, lengthMs, onFault } = settings;
  const leases = new Map<string, Lease>();
  const shared = shareCalls();
  let drops = 0;

  const ask = async (row: WrappedKey): Promise<Lease> => {
    const startMs = performance.now();
    const dropsBefore = drops;
    const secret = await broker.unwrap(row);
    try {
      // a key destroyed while the key service was asked is not to come back
      if (drops !== dropsBefore) await existing(row);
    } catch (problem) {
      secret.fill(0);
      throw problem;
    }
    const id = idOf(row);
    const lease = createLease({ ...row, secret }, startMs, {
      lengthMs,
      // the row is read again, so that a key another process destroyed ends here too
      renew: async () => broker.unwrap(await existing(row)),
      onEnd: () => leases.delete(id),
      onFault,
    });
    leases.set(id, lease);
    return lease;
  };
  return {
    held: (name) => leases.get(idOf(name)),
    hold: async (row) => leases.get(idOf(row)) ?? shared(idOf(row), () => ask(row)),
    drop(scope) {
      drops += 1;
      for (const lease of leases.values()) if (lease.scope === scope) lease.end();
    },
    close() {
      for (const lease of leases.values()) lease.end();
    },
  };
}

/** How long a key may be held, in milliseconds; throws `invalid` beyond the limit. */
export function leaseMs(cacheSeconds: number = KEY_CACHE_SECONDS): number {
  if (cacheSeconds > 0 && cacheSeconds <= KEY_CACHE_SECONDS) return cacheSeconds * 1_000;
  throw new Problem(
    'invalid',
    `key cache expected more than 0 and at most ${KEY_CACHE_SECONDS} seconds, got ${cacheSeconds}`,
  );
}

function idOf({ scope, version }: KeyName): string {
  return `${scope} ${version}`;
}

/** Lets calls for the same thing at the same time share one answer, so that a thousand sessions unwrap once. */
export function shareCalls(): (id: string, call: () => Promise<Lease>) => Promise<Lease> {
  const running = new Map<string, Promise<Lease>>();
  return (id, call) => {
    const known = running.get(id);
    if (known !== undefined) return known;
    const started = call().finally(() => running.delete(id));
    running.set(id, started);
    return started;
  };
}
