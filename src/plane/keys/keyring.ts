import { randomBytes } from 'node:crypto';
import { Problem } from '#base/problem';
import { envelopeKey, NONCE_BYTES, openEnvelope, sealEnvelope } from '#engines/crypto';
import type { MaskKey, SealContext } from '#engines/crypto';
import { databaseProblem, transaction } from '#platform/db';
import type { Pool, Transaction } from '#platform/db';
import type { KeyProvider } from '#platform/kms';
import { createBroker } from './broker.ts';
import { createHolder } from './holder.ts';
import type { RolledKey } from './holder.ts';
import { createKeymaker } from './keymaker.ts';
import { countWrapped, dueScopes, listDestroyed, listKeys } from './keytable.ts';
import type { DestroyedKey, KeyEntry, WrapCount } from './keytable.ts';
import type { Actor, KeyRecorder } from './record.ts';
import { rewrapKeys } from './rewrap.ts';
import type { RewrapRun } from './rewrap.ts';
import { checkScope, matchesScope, ROLLING } from './scope.ts';

export type KeyringSettings = {
  readonly pool: Pool;
  /** Wraps new data keys. */
  readonly provider: KeyProvider;
  /** Wrapped data keys before, and unwrap those still. */
  readonly formerProviders?: readonly KeyProvider[];
  /** The plane's id, part of what a data key is wrapped for. */
  readonly plane: string;
  readonly record: KeyRecorder;
  /** Resolves when the log covers the leaf of that index (see `BrokerSettings`). */
  readonly covered?: (index: number) => Promise<unknown>;
  /** How long a data key may stay in memory unasked: at most `KEY_CACHE_SECONDS`. */
  readonly cacheSeconds?: number;
  readonly random?: (sizeBytes: number) => Uint8Array;
  /** Told of renewals that failed: the key service may have been switched off. */
  readonly onFault?: (problem: unknown) => void;
};

/** A data key that may be used until it expires; ask again for every batch, it costs nothing while it is held. */
export type DataKey = {
  readonly scope: string;
  readonly version: number;
  readonly maskKey: MaskKey;
};

export type Keyring = {
  /** The newest key of a scope, made on first use; throws `gone` when the scope was destroyed. */
  use(scope: string): Promise<DataKey>;
  /** One version; throws `not-found` when it never was, `gone` when it was destroyed. */
  version(scope: string, version: number): Promise<DataKey>;
  /** A new newest key for every scope the pattern means (a scope, or a beginning with `*`); throws `not-found` for none. */
  roll(pattern: string, actor: Actor): Promise<readonly RolledKey[]>;
  /** Rolls the rolling scopes whose newest key is older; consistent ones never. */
  rollDue(ageSeconds: number): Promise<readonly RolledKey[]>;
  /**
   * Destroys every key of one scope for good (crypto-shredding), in the caller's transaction when one is given. What it
   * protected answers `gone` from then on: in this process at once when the transaction is its own, else and in other
   * processes within `cacheSeconds`. The scope never gets a key again, whether or not it had one. Again is no fault and
   * writes no second leaf.
   */
  destroy(scope: string, actor: Actor, tx?: Transaction): Promise<DestroyedKey>;
  /** Seals under the newest key of a scope (docs/formats/envelope.md). */
  seal(scope: string, plaintext: Uint8Array, context: SealContext): Promise<Uint8Array>;
  /** Opens what `seal` gave, in the same context and whatever the version; throws `corrupt` otherwise. */
  open(sealed: Uint8Array, context: SealContext): Promise<Uint8Array>;
  list(): Promise<readonly KeyEntry[]>;
  /** The newest of what was destroyed, at most `DESTROYED_LISTED_MAX`. */
  destroyed(): Promise<readonly DestroyedKey[]>;
  /** Wraps what other keys of key services wrapped anew under the one that wraps now (rewrap.ts). */
  rewrap(run: RewrapRun): Promise<number>;
  /** How many keys there are, how many wait to be wrapped anew, and the key that wraps. */
  wrapped(): Promise<WrapCount & { readonly service: string }>;
  /** Why the key service does not serve now, or null when it did the last time it was asked. */
  fault(): Problem | null;
  /** Zeroes every key held. */
  close(): void;
};

const PLANE: Actor = { kind: 'plane' };
const DESTROYED_LISTED_MAX = 1_000;

/** Opens the keyring of a plane; makes no key before one is used. */
export function openKeyring(settings: KeyringSettings): Keyring {
  const { pool, random = (sizeBytes) => new Uint8Array(randomBytes(sizeBytes)) } = settings;
  const broker = createBroker(settings);
  const maker = createKeymaker({ ...settings, random, broker });
  const holder = createHolder({ ...settings, broker, maker });
  const use = async (scope: string) => holder.newest(checkScope(scope));
  const version = async (scope: string, number: number) =>
    holder.version(checkScope(scope), number);
  const rollAll = async (scopes: readonly string[], actor: Actor) => {
    const rolled: RolledKey[] = [];
    for (const scope of scopes) rolled.push(await holder.roll(scope, actor));
    return rolled;
  };
  return {
    use,
    version,
    async roll(pattern, actor) {
      const known = await listKeys(pool);
      const scopes = new Set(
        known.map((key) => key.scope).filter((scope) => matchesScope(scope, pattern)),
      );
      if (scopes.size === 0)
        throw new Problem('not-found', `no key has a scope like \`${pattern}\``);
      return rollAll([...scopes], actor);
    },
    async rollDue(ageSeconds) {
      return rollAll(await dueScopes(pool, ageSeconds, ROLLING), PLANE);
    },
    async destroy(scope, actor, tx) {
      checkScope(scope);
      const destroy = (inside: Transaction) => maker.destroy(inside, scope, actor);
      const destroyed = await (tx === undefined ? alone(pool, destroy) : destroy(tx));
      holder.drop(scope);
      return destroyed;
    },
    async seal(scope, plaintext, context) {
      const lease = await use(scope);
      const nonce = random(NONCE_BYTES);
      const name = { scope, version: lease.version };
      return sealEnvelope(lease.secret(), { plaintext, name, context, nonce });
    },
    async open(sealed, context) {
      const name = envelopeKey(sealed);
      const lease = await version(name.scope, name.version);
      return openEnvelope(lease.secret(), sealed, context);
    },
    list: () => listKeys(pool),
    destroyed: () => listDestroyed(pool, DESTROYED_LISTED_MAX),
    rewrap: (run) => rewrapKeys({ pool, broker, record: settings.record }, run),
    wrapped: async () => ({
      ...(await countWrapped(pool, broker.provider)),
      service: broker.provider,
    }),
    fault: () => broker.fault(),
    close: () => holder.close(),
  };
}

async function alone<T>(pool: Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return transaction(pool, work).catch((thrown: unknown) => {
    throw databaseProblem(thrown);
  });
}
