import { KEY_CACHE_SECONDS } from '#base/limits';
import { Problem } from '#base/problem';
import { KEY_BYTES } from '#engines/crypto';
import type { Pool, Transaction } from '#platform/db';
import type { Broker } from './broker.ts';
import { deleteKeys, destroyedKey, insertKey, keyVersion, newestKey } from './keytable.ts';
import type { DestroyedKey, WrappedKey } from './keytable.ts';
import { createLease } from './lease.ts';
import type { Lease } from './lease.ts';
import type { Actor, KeyLeaf, KeyRecorder } from './record.ts';

export type RolledKey = { readonly scope: string; readonly version: number };

export type HolderSettings = {
  readonly pool: Pool;
  readonly broker: Broker;
  readonly record: KeyRecorder;
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly cacheSeconds?: number;
  readonly onFault?: (problem: unknown) => void;
};

/** The keys in memory, and the ways to get more. */
export type Holder = {
  newest(scope: string): Promise<Lease>;
  version(scope: string, version: number): Promise<Lease>;
  roll(scope: string, actor: Actor): Promise<RolledKey>;
  destroy(tx: Transaction, scope: string, actor: Actor): Promise<DestroyedKey>;
  /** Ends what this process holds of a scope. */
  drop(scope: string): void;
  close(): void;
};

export function createHolder(settings: HolderSettings): Holder {
  const { pool, broker } = settings;
  const leases = new Map<string, Lease>();
  const newestVersions = new Map<string, { readonly version: number; readonly untilMs: number }>();
  const lengthMs = cacheMs(settings);
  const shared = shareCalls();
  let drops = 0;

  const hold = (row: WrappedKey): Promise<Lease> => {
    const id = `${row.scope} ${row.version}`;
    const held = leases.get(id);
    if (held !== undefined) return Promise.resolve(held);
    return shared(id, async () => {
      const startMs = performance.now();
      const dropsBefore = drops;
      const secret = await broker.unwrap(row);
      try {
        // a key destroyed while the key service was asked is not to come back
        if (drops !== dropsBefore) await existing(pool, row.scope, row.version);
      } catch (problem) {
        secret.fill(0);
        throw problem;
      }
      const lease = createLease({ ...row, secret }, startMs, {
        lengthMs,
        // the row is read again, so that a key another process destroyed ends here too
        renew: async () => broker.unwrap(await existing(pool, row.scope, row.version)),
        onEnd: () => leases.delete(id),
        onFault: settings.onFault ?? (() => undefined),
      });
      leases.set(id, lease);
      return lease;
    });
  };
  const makeNext = async (scope: string, previous: number, actor: Actor): Promise<WrappedKey> => {
    await refuseDestroyed(pool, scope);
    await makeKey(settings, { scope, version: previous + 1, actor });
    const row = await newestKey(pool, scope);
    if (row !== undefined) return row;
    await refuseDestroyed(pool, scope);
    throw new Problem('internal', 'a key that was just made is gone');
  };
  const drop = (scope: string) => {
    drops += 1;
    newestVersions.delete(scope);
    for (const lease of leases.values()) if (lease.scope === scope) lease.end();
  };
  return {
    async newest(scope) {
      const known = newestVersions.get(scope);
      const held =
        known && known.untilMs > performance.now()
          ? leases.get(`${scope} ${known.version}`)
          : undefined;
      const lease =
        held ??
        (await shared(scope, async () => {
          const untilMs = performance.now() + lengthMs;
          const row = (await newestKey(pool, scope)) ?? (await makeNext(scope, 0, PLANE));
          newestVersions.set(scope, { version: row.version, untilMs });
          return hold(row);
        }));
      lease.touch();
      return lease;
    },
    async version(scope, version) {
      const held = leases.get(`${scope} ${version}`);
      const lease = held ?? (await hold(await existing(pool, scope, version)));
      lease.touch();
      return lease;
    },
    async roll(scope, actor) {
      const row = await newestKey(pool, scope);
      const next = await makeNext(scope, row?.version ?? 0, actor);
      newestVersions.delete(scope);
      return { scope, version: next.version };
    },
    destroy(tx, scope, actor) {
      const record = async (version: number) => {
        const leaf: KeyLeaf = { kind: 'key-destroyed', actor, scope, version };
        return (await settings.record(leaf, tx)).index;
      };
      return deleteKeys(tx, scope, record);
    },
    drop,
    close() {
      for (const lease of leases.values()) lease.end();
    },
  };
}

const PLANE: Actor = { kind: 'plane' };

async function existing(pool: Pool, scope: string, version: number): Promise<WrappedKey> {
  const row = await keyVersion(pool, scope, version);
  if (row !== undefined) return row;
  await refuseDestroyed(pool, scope);
  throw new Problem('not-found', `key \`${scope}\` has no version ${version}`);
}

async function refuseDestroyed(pool: Pool, scope: string): Promise<void> {
  const destroyed = await destroyedKey(pool, scope);
  if (destroyed === undefined) return;
  throw new Problem('gone', `key \`${scope}\` was destroyed`, {
    hint: 'what it protected cannot be read again by anybody; that was the purpose',
  });
}

type NextKey = { readonly scope: string; readonly version: number; readonly actor: Actor };

/** Makes and keeps a key unless another process does so at the same time; who was first decides. */
async function makeKey(
  settings: HolderSettings,
  { scope, version, actor }: NextKey,
): Promise<void> {
  const { broker, pool, random } = settings;
  const secret = random(KEY_BYTES);
  const wrapped = await broker.wrap(secret, { scope, version }).finally(() => secret.fill(0));
  const leaf: KeyLeaf =
    version === 1
      ? { kind: 'key-created', actor, scope, version }
      : { kind: 'key-rolled', actor, scope, version, previous: version - 1 };
  const record = async (tx: Transaction) => void (await settings.record(leaf, tx));
  await insertKey(pool, { scope, version, wrapped, provider: broker.provider, record });
}

function cacheMs({ cacheSeconds = KEY_CACHE_SECONDS }: HolderSettings): number {
  if (cacheSeconds > 0 && cacheSeconds <= KEY_CACHE_SECONDS) return cacheSeconds * 1_000;
  throw new Problem(
    'invalid',
    `key cache expected more than 0 and at most ${KEY_CACHE_SECONDS} seconds, got ${cacheSeconds}`,
  );
}

/** Lets calls for the same thing at the same time share one answer, so that a thousand sessions unwrap once. */
function shareCalls(): (id: string, call: () => Promise<Lease>) => Promise<Lease> {
  const running = new Map<string, Promise<Lease>>();
  return (id, call) => {
    const known = running.get(id);
    if (known !== undefined) return known;
    const started = call().finally(() => running.delete(id));
    running.set(id, started);
    return started;
  };
}
