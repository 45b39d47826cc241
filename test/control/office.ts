import { randomBytes } from 'node:crypto';
import { manualClock } from '#base/clock';
import type { ManualClock } from '#base/clock';
import { inWork } from '#control/identity';
import type { Office, Work } from '#control/identity';
import { migrate } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';

/** A control office on a throwaway database, with a clock that tests move. */
export type TestOffice = Office & {
  readonly clock: ManualClock;
  /** Runs a change as an administrator nobody had to create. */
  does<T>(change: (work: Work) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

/** 2026-11-21 09:00 UTC. */
const MORNING_MS = Date.UTC(2026, 10, 21, 9);
const ASKER = { actor: { id: 'test', name: 'test' }, requestId: 'req_test', address: '192.0.2.1' };

/** Starts a cluster, migrates a database on it and opens an office there. */
export async function openTestOffice(): Promise<TestOffice> {
  const cluster = await startTestCluster();
  const { pool } = await cluster.createDatabase();
  await migrate(pool, new URL('../../src/control/migrations/', import.meta.url));
  const office = {
    pool,
    clock: manualClock(MORNING_MS),
    random: (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes)),
  };
  return {
    ...office,
    does: (change) => inWork(office, ASKER, change),
    close: () => cluster.stop(),
  };
}
