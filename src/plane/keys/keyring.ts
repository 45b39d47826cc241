import { randomBytes } from 'node:crypto';
import { sized } from '#base/assert';
import { KEY_CACHE_SECONDS } from '#base/limits';
import { Problem } from '#base/problem';
import { envelopeKey, KEY_BYTES, NONCE_BYTES, openEnvelope, sealEnvelope } from '#engines/crypto';
import type { MaskKey, SealContext } from '#engines/crypto';
import type { LeafBody } from '#plane/ledger';
import type { Pool, Transaction } from '#platform/db';
import type { KeyContext, KeyProvider } from '#platform/kms';
import { dueScopes, insertKey, keyVersion, listKeys, newestKey } from './keytable.ts';
import type { KeyEntry, WrappedKey } from './keytable.ts';
import { createLease } from './lease.ts';
import type { Lease } from './lease.ts';
import { checkScope, matchesScope, ROLLING } from './scope.ts';

export type KeyLeaf = LeafBody<'key-created' | 'key-rolled' | 'key-unwrapped'>;
export type Actor = KeyLeaf['actor'];

/**
 * Writes a leaf: within the transaction when one is given, else by itself, resolving when it is durable. When it
 * throws, the key is not made, rolled or unwrapped.
 */
export type KeyRecorder = (leaf: KeyLeaf, tx: Transaction | null) => Promise<void>;

export type KeyringSettings = {
  readonly pool: Pool;
  readonly provider: KeyProvider;
  /** The plane's id, part of what a data key is wrapped for. */
  readonly plane: string;
  readonly record: KeyRecorder;
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

export type RolledKey = { readonly scope: string; readonly version: number };

export type Keyring = {
  /** The newest key of a scope, made on first use. */
  use(scope: string): Promise<DataKey>;
  /** One version; throws `not-found` when it never was. */
  version(scope: string, version: number): Promise<DataKey>;
  /** A new newest key for every scope the pattern means (a scope, or a beginning with `*`); throws `not-found` for none. */
  roll(pattern: string, actor: Actor): Promise<readonly RolledKey[]>;
  /** Rolls the rolling scopes whose newest key is older; consistent ones never. */
  rollDue(ageSeconds: number): Promise<readonly RolledKey[]>;
  /** Seals under the newest key of a scope (docs/formats/envelope.md). */
  seal(scope: string, plaintext: Uint8Array, context: SealContext): Promise<Uint8Array>;
  /** Opens what `seal` gave, in the same context and whatever the version; throws `corrupt` otherwise. */
  open(sealed: Uint8Array, context: SealContext): Promise<Uint8Array>;
  list(): Promise<readonly KeyEntry[]>;
  /** Zeroes every key held. */
  close(): void;
};

const PLANE: Actor = { kind: 'plane' };

/** Opens the keyring of a plane; makes no key before one is used. */
export function openKeyring(settings: KeyringSettings): Keyring {
  const holder = createHolder(settings);
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
      const known = await listKeys(settings.pool);
      const scopes = new Set(
        known.map((key) => key.scope).filter((scope) => matchesScope(scope, pattern)),
      );
      if (scopes.size === 0)
        throw new Problem('not-found', `no key has a scope like \`${pattern}\``);
      return rollAll([...scopes], actor);
    },
    async rollDue(ageSeconds) {
      return rollAll(await dueScopes(settings.pool, ageSeconds, ROLLING), PLANE);
    },
    async seal(scope, plaintext, context) {
      const lease = await use(scope);
      const nonce = randomOf(settings)(NONCE_BYTES);
      const name = { scope, version: lease.version };
      return sealEnvelope(lease.secret(), { plaintext, name, context, nonce });
    },
    async open(sealed, context) {
      const name = envelopeKey(sealed);
      const lease = await version(name.scope, name.version);
      return openEnvelope(lease.secret(), sealed, context);
    },
    list: () => listKeys(settings.pool),
    close: () => holder.close(),
  };
}

/** The keys in memory, and the ways to get more. */
type Holder = {
  newest(scope: string): Promise<Lease>;
  version(scope: string, version: number): Promise<Lease>;
  roll(scope: string, actor: Actor): Promise<RolledKey>;
  close(): void;
};

function createHolder(settings: KeyringSettings): Holder {
  const { pool } = settings;
  const leases = new Map<string, Lease>();
  const newestVersions = new Map<string, { readonly version: number; readonly untilMs: number }>();
  const lengthMs = cacheMs(settings);
  const shared = shareCalls();

  const hold = (row: WrappedKey): Promise<Lease> => {
    const id = `${row.scope} ${row.version}`;
    const held = leases.get(id);
    if (held !== undefined) return Promise.resolve(held);
    return shared(id, async () => {
      const startMs = performance.now();
      const secret = await unwrap(settings, row);
      const lease = createLease({ ...row, secret }, startMs, {
        lengthMs,
        renew: () => unwrap(settings, row),
        onEnd: () => leases.delete(id),
        onFault: settings.onFault ?? (() => undefined),
      });
      leases.set(id, lease);
      return lease;
    });
  };
  const makeNext = async (scope: string, previous: number, actor: Actor): Promise<WrappedKey> => {
    await makeKey(settings, { scope, version: previous + 1, actor });
    const row = await newestKey(pool, scope);
    if (row === undefined) throw new Problem('internal', 'a key that was just made is gone');
    return row;
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
    close() {
      for (const lease of leases.values()) lease.end();
    },
  };
}

async function existing(pool: Pool, scope: string, version: number): Promise<WrappedKey> {
  const row = await keyVersion(pool, scope, version);
  if (row === undefined)
    throw new Problem('not-found', `key \`${scope}\` has no version ${version}`);
  return row;
}

/** Makes and keeps a key unless another process does so at the same time; who was first decides. */
async function makeKey(
  settings: KeyringSettings,
  {
    scope,
    version,
    actor,
  }: { readonly scope: string; readonly version: number; readonly actor: Actor },
): Promise<void> {
  const { provider, pool } = settings;
  const secret = randomOf(settings)(KEY_BYTES);
  const wrapped = await provider
    .wrap(secret, contextOf(settings, { scope, version }))
    .finally(() => secret.fill(0));
  const leaf: KeyLeaf =
    version === 1
      ? { kind: 'key-created', actor, scope, version }
      : { kind: 'key-rolled', actor, scope, version, previous: version - 1 };
  const record = (tx: Transaction) => settings.record(leaf, tx);
  await insertKey(pool, { scope, version, wrapped, provider: provider.name, record });
}

/** Asks the key service for a data key, after the ledger knows that it will be asked. */
async function unwrap(settings: KeyringSettings, row: WrappedKey): Promise<Uint8Array> {
  const { scope, version } = row;
  await settings.record({ kind: 'key-unwrapped', actor: PLANE, scope, version }, null);
  return sized(
    await settings.provider.unwrap(row.wrapped, contextOf(settings, row)),
    KEY_BYTES,
    'data key',
  );
}

function contextOf(
  { plane }: KeyringSettings,
  key: { readonly scope: string; readonly version: number },
): KeyContext {
  return { plane, scope: key.scope, version: String(key.version) };
}

function cacheMs({ cacheSeconds = KEY_CACHE_SECONDS }: KeyringSettings): number {
  if (cacheSeconds > 0 && cacheSeconds <= KEY_CACHE_SECONDS) return cacheSeconds * 1_000;
  throw new Problem(
    'invalid',
    `key cache expected more than 0 and at most ${KEY_CACHE_SECONDS} seconds, got ${cacheSeconds}`,
  );
}

function randomOf({ random }: KeyringSettings): (sizeBytes: number) => Uint8Array {
  return random ?? ((sizeBytes) => new Uint8Array(randomBytes(sizeBytes)));
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
