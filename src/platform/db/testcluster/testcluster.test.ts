import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { findBinaries } from '../server/mod.ts';
import { startTestCluster } from './mod.ts';

for (const { kind, major } of findBinaries()) {
  test(`startTestCluster gives a working server from the ${kind} installation of ${major}`, async () => {
    const cluster = await startTestCluster({ major });
    try {
      const database = await cluster.createDatabase();
      const { rows } = await database.pool.query('select 6 * 7 as answer');
      assert.deepEqual(rows, [{ answer: 42 }]);
    } finally {
      await cluster.stop();
    }
    assert.equal(existsSync(cluster.dataDirectory), false);
  });
}
