import { sized } from '#base/assert';
import { Problem } from '#base/problem';
import { KEY_BYTES } from '#engines/crypto';
import type { KeyContext, KeyProvider } from '#platform/kms';
import type { WrappedKey } from './keytable.ts';
import type { KeyRecorder } from './record.ts';

export type BrokerSettings = {
  readonly provider: KeyProvider;
  readonly formerProviders?: readonly KeyProvider[];
  /** The plane's id, part of what a data key is wrapped for. */
  readonly plane: string;
  readonly record: KeyRecorder;
};

/** Which data key. */
export type KeyName = { readonly scope: string; readonly version: number };

/** The one place that asks the key service for a data key, and it does so only after the ledger knows that it will. */
export type Broker = {
  /** Names the key at the service that wraps. */
  readonly provider: string;
  /** The data key as it may be kept; the key itself stays the caller's to zero. */
  wrap(key: Uint8Array, name: KeyName): Promise<Uint8Array>;
  /** The data key itself, for the caller to zero. */
  unwrap(row: WrappedKey): Promise<Uint8Array>;
};

export function createBroker(settings: BrokerSettings): Broker {
  const { provider, formerProviders = [], plane, record } = settings;
  const providers = [provider, ...formerProviders];
  const contextOf = ({ scope, version }: KeyName): KeyContext => ({
    plane,
    scope,
    version: String(version),
  });
  return {
    provider: provider.name,
    wrap: (key, name) => provider.wrap(key, contextOf(name)),
    async unwrap(row) {
      const { scope, version } = row;
      const asked = providers.find(({ name }) => wrappedBy(row, name)) ?? unknown(row);
      await record({ kind: 'key-unwrapped', actor: { kind: 'plane' }, scope, version }, null);
      return sized(await asked.unwrap(row.wrapped, contextOf(row)), KEY_BYTES, 'data key');
    },
  };
}

/** Rows of before key services had names say `file` alone. */
function wrappedBy({ provider }: WrappedKey, name: string): boolean {
  return provider === name || (provider === 'file' && name.startsWith('file/'));
}

function unknown({ scope, provider }: WrappedKey): never {
  throw new Problem(
    'unavailable',
    `key \`${scope}\` was wrapped by \`${provider}\`, which is not set`,
    {
      hint: 'put its address into `keys.formerServices`',
    },
  );
}
