import { Problem } from '#base/problem';
import { KEY_BYTES } from '#engines/crypto';
import type { Pool, Transaction } from '#platform/db';
import type { Broker, KeyName } from './broker.ts';
import { deleteKeys, destroyedKey, insertKey, keyVersion, newestKey } from './keytable.ts';
import type { DestroyedKey, WrappedKey } from './keytable.ts';
import type { Actor, KeyLeaf, KeyRecorder } from './record.ts';

export type KeymakerSettings = {
  readonly pool: Pool;
  readonly broker: Broker;
  readonly record: KeyRecorder;
  readonly random: (sizeBytes: number) => Uint8Array;
};

/** Makes and destroys wrapped keys; what it gives is never a key itself. */
export type Keymaker = {
  /** One version; throws `not-found` when it never was, `gone` when it was destroyed. */
  existing(name: KeyName): Promise<WrappedKey>;
  /** The newest of a scope after `previous`, made here or, at the same time, by another process; throws `gone`. */
  next(previous: KeyName, actor: Actor): Promise<WrappedKey>;
  /** Takes every key of a scope away for good, with the caller's transaction. */
  destroy(tx: Transaction, scope: string, actor: Actor): Promise<DestroyedKey>;
};

export function createKeymaker(settings: KeymakerSettings): Keymaker {
  const { pool } = settings;
  return {
    async existing({ scope, version }) {
      const row = await keyVersion(pool, scope, version);
      if (row !== undefined) return row;
      await refuseDestroyed(pool, scope);
      throw new Problem('not-found', `key \`${scope}\` has no version ${version}`);
    },
    async next({ scope, version }, actor) {
      await refuseDestroyed(pool, scope);
      await makeKey(settings, { scope, version: version + 1, actor });
      const row = await newestKey(pool, scope);
      if (row !== undefined) return row;
      await refuseDestroyed(pool, scope);
      throw new Problem('internal', 'a key that was just made is gone');
    },
    destroy(tx, scope, actor) {
      const record = async (version: number) => {
        const leaf: KeyLeaf = { kind: 'key-destroyed', actor, scope, version };
        return (await settings.record(leaf, tx)).index;
      };
      return deleteKeys(tx, scope, record);
    },
  };
}

async function refuseDestroyed(pool: Pool, scope: string): Promise<void> {
  const destroyed = await destroyedKey(pool, scope);
  if (destroyed === undefined) return;
  throw new Problem('gone', `key \`${scope}\` was destroyed`, {
    hint: 'what it protected cannot be read again by anybody; that was the purpose',
  });
}

/** Makes and keeps a key unless another process does so at the same time; who was first decides. */
async function makeKey(
  { broker, pool, random, ...settings }: KeymakerSettings,
  { scope, version, actor }: KeyName & { readonly actor: Actor },
): Promise<void> {
  const secret = random(KEY_BYTES);
  const wrapped = await broker.wrap(secret, { scope, version }).finally(() => secret.fill(0));
  const leaf: KeyLeaf =
    version === 1
      ? { kind: 'key-created', actor, scope, version }
      : { kind: 'key-rolled', actor, scope, version, previous: version - 1 };
  const record = async (tx: Transaction) => void (await settings.record(leaf, tx));
  await insertKey(pool, { scope, version, wrapped, provider: broker.provider, record });
}
