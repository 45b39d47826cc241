import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import { createTeller } from './teller.ts';

test('createTeller stores what it is told also after it had nothing to do', async () => {
  const cluster = await startTestCluster();
  try {
    const { pool } = await cluster.createDatabase();
    await migrate(pool, new URL('../migrations/', import.meta.url));
    const faults: unknown[] = [];
    const teller = createTeller({
      pool,
      plane: 'main',
      onStored: () => undefined,
      onFault: (problem) => void faults.push(problem),
    });
    const stored = async () => {
      const { rows } = await pool.query('select kind from border.outbox order by number');
      return rows.length;
    };
    await teller.flush();
    for (const expected of [1, 2]) {
      teller.tell({
        kind: 'login',
        timeMs: 0,
        door: 'gateway',
        outcome: 'refused',
        method: 'none',
        subject: null,
        reason: 'unknown',
      });
      for (let i = 0; i < 50 && (await stored()) < expected; i++) await sleep(20);
      assert.equal(await stored(), expected);
    }
    await teller.close();
    assert.deepEqual(faults, []);
  } finally {
    await cluster.stop();
  }
});
