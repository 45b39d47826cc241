import type { Clock } from '#base/clock';
import type { Keyring } from '#plane/keys';
import type { Ledger } from '#plane/ledger';
import type { BlobStore } from '#platform/blob';
import type { Pool } from '#platform/db';
import type { VaultSchema } from './schema/schema.ts';

/** What a vault stands on. */
export type VaultPorts = {
  readonly pool: Pool;
  readonly keyring: Keyring;
  readonly ledger: Ledger;
  /** Where sealed files lie. */
  readonly blobs: BlobStore;
  /**
   * Where the keys of data subjects lie. Kept apart from the database and from the files, and not backed up with them:
   * forgetting destroys what is here (docs/design/vault.md).
   */
  readonly subjectKeys: BlobStore;
  readonly clock: Clock;
  readonly random: (sizeBytes: number) => Uint8Array;
  /** Told after each change of a schema, so that control can know its names. */
  readonly onSchema?: (schema: VaultSchema, state: 'present' | 'removed') => void;
};
