import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, openPool } from '#platform/db';
import type { Pool } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestDatabase } from '#platform/db/testcluster';
import { openFileProvider } from '#platform/kms';
import type { KeyProvider } from '#platform/kms';
import { openKeyring } from './mod.ts';
import type { KeyLeaf, Keyring, KeyringSettings } from './mod.ts';

/** What a test of the keyring stands on: a database with the plane's tables, a key file, and the leaves written. */
export type KeySetup = {
  readonly database: TestDatabase;
  readonly keyFile: string;
  readonly provider: KeyProvider;
  readonly leaves: KeyLeaf[];
  /** One more keyring on the same database, as another process has. */
  readonly another: (more?: Partial<KeyringSettings>) => Keyring;
};

export type TestKeys = {
  readonly directory: string;
  setUp(): Promise<KeySetup>;
  stop(): Promise<void>;
};

/** A cluster for the tests of one file; throws when no PostgreSQL is there. */
export async function startTestKeys(): Promise<TestKeys> {
  const cluster = await startTestCluster();
  const directory = await mkdtemp(join(tmpdir(), 'privet-keys-'));
  const open: { keyrings: Keyring[]; pools: Pool[] } = { keyrings: [], pools: [] };
  let setups = 0;
  return {
    directory,
    async setUp() {
      const database = await cluster.createDatabase();
      await migrate(database.pool, new URL('../migrations/', import.meta.url));
      const keyFile = join(directory, `${setups++}.key`);
      const { provider } = await openFileProvider({ path: keyFile, create: true });
      const leaves: KeyLeaf[] = [];
      const another = (more: Partial<KeyringSettings> = {}) => {
        const pool = openPool({ url: database.url, name: 'keys-test', connectionsMax: 2 });
        const record: KeyringSettings['record'] = async (leaf) => ({
          index: leaves.push(leaf) - 1,
        });
        const keyring = openKeyring({ pool, provider, plane: 'pln_example', record, ...more });
        open.pools.push(pool);
        open.keyrings.push(keyring);
        return keyring;
      };
      return { database, keyFile, provider, leaves, another };
    },
    async stop() {
      for (const keyring of open.keyrings) keyring.close();
      for (const pool of open.pools) await pool.end();
      await cluster.stop();
      await rm(directory, { recursive: true });
    },
  };
}
