import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { textOf } from '#base/bytes';
import type { Problem } from '#base/problem';
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

test('createTeller hands what is no fact to whoever keeps it, and tells control nothing of it', async () => {
  const cluster = await startTestCluster();
  try {
    const { pool } = await cluster.createDatabase();
    await migrate(pool, new URL('../migrations/', import.meta.url));
    const refused: { code: string; content: Uint8Array }[] = [];
    const faults: Problem[] = [];
    const teller = createTeller({
      pool,
      plane: 'main',
      onStored: () => undefined,
      onFault: (problem) => void faults.push(problem),
      onRefused: (one) => void refused.push(one),
    });
    const method = 'canary-ada@example.org' as 'none';
    const head = { kind: 'login', timeMs: 0, door: 'gateway', outcome: 'refused' } as const;
    teller.tell({ ...head, method, subject: null, reason: 'unknown' });
    await teller.close();
    assert.deepEqual(
      refused.map(({ code, content }) => [code, textOf(content).includes('canary-ada')]),
      [['invalid', true]],
    );
    assert.ok(!JSON.stringify(faults.map(({ message }) => message)).includes('canary'));
    const { rows } = await pool.query('select from border.outbox');
    assert.equal(rows.length, 0);
  } finally {
    await cluster.stop();
  }
});
