import type { Pool } from '#platform/db';
import type { Broker } from './broker.ts';
import type { Keymaker } from './keymaker.ts';
import { newestKey } from './keytable.ts';
import type { Lease } from './lease.ts';
import { createLeases, leaseMs, shareCalls } from './leases.ts';
import type { Actor } from './record.ts';

export type RolledKey = { readonly scope: string; readonly version: number };

export type HolderSettings = {
  readonly pool: Pool;
  readonly broker: Broker;
  readonly maker: Keymaker;
  readonly cacheSeconds?: number;
  readonly onFault?: (problem: unknown) => void;
};

/** The keys in memory, and the ways to get more. */
export type Holder = {
  newest(scope: string): Promise<Lease>;
  version(scope: string, version: number): Promise<Lease>;
  roll(scope: string, actor: Actor): Promise<RolledKey>;
  /** Ends what this process holds of a scope. */
  drop(scope: string): void;
  close(): void;
};

const PLANE: Actor = { kind: 'plane' };

export function createHolder(settings: HolderSettings): Holder {
  const { pool, broker, maker } = settings;
  const lengthMs = leaseMs(settings.cacheSeconds);
  const onFault = settings.onFault ?? (() => undefined);
  const leases = createLeases({
    broker,
    existing: (name) => maker.existing(name),
    lengthMs,
    onFault,
  });
  const newestVersions = new Map<string, { readonly version: number; readonly untilMs: number }>();
  const shared = shareCalls();

  const find = async (scope: string): Promise<Lease> => {
    const untilMs = performance.now() + lengthMs;
    const row = (await newestKey(pool, scope)) ?? (await maker.next({ scope, version: 0 }, PLANE));
    newestVersions.set(scope, { version: row.version, untilMs });
    return leases.hold(row);
  };
  return {
    async newest(scope) {
      const known = newestVersions.get(scope);
      const fresh = known !== undefined && known.untilMs > performance.now();
      const held = fresh ? leases.held({ scope, version: known.version }) : undefined;
      const lease = held ?? (await shared(scope, () => find(scope)));
      lease.touch();
      return lease;
    },
    async version(scope, version) {
      const held = leases.held({ scope, version });
      const lease = held ?? (await leases.hold(await maker.existing({ scope, version })));
      lease.touch();
      return lease;
    },
    async roll(scope, actor) {
      const row = await newestKey(pool, scope);
      const next = await maker.next({ scope, version: row?.version ?? 0 }, actor);
      newestVersions.delete(scope);
      return { scope, version: next.version };
    },
    drop(scope) {
      newestVersions.delete(scope);
      leases.drop(scope);
    },
    close: () => leases.close(),
  };
}
