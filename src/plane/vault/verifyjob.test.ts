import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { transaction } from '#platform/db';
import { openQueue } from '#platform/queue';
import { CALLER, closeTestVaults, insertRows, openTestVault } from './testvault.ts';
import { VERIFY, verifyTask } from './verifyjob.ts';

let cluster: TestCluster;
before(async () => {
  cluster = await startTestCluster();
});
after(async () => {
  await closeTestVaults();
  await cluster.stop();
});

test('the job compares every vault, and what was changed behind its back is an alarm', async () => {
  const { vaults, database, leaves } = await openTestVault(cluster);
  const columns = [{ name: 'name', type: 'string' as const }];
  for (const name of ['good', 'bad']) {
    const { id } = await vaults.create(CALLER, { name, tables: [{ name: 'people', columns }] });
    await insertRows(vaults, id, { table: 'people', rows: [{ name: 'ada' }] });
  }
  const bad = (await vaults.list()).find(({ name }) => name === 'bad');
  await database.pool.query(
    `update vault.record set body = set_byte(body, 40, get_byte(body, 40) # 1) where table_number = $1`,
    [bad?.tables[0]?.number],
  );
  const found: [string, number][] = [];
  const queue = await openQueue({
    pool: database.pool,
    tasks: { [VERIFY]: verifyTask(vaults, (vault, findings) => found.push([vault, findings])) },
    onFault: (problem) => assert.fail(problem),
  });
  await queue.start();
  await transaction(database.pool, async (tx) => {
    await queue.enqueue(tx, { task: VERIFY, key: 'now', payload: {} });
  });
  for (let i = 0; i < 200 && found.length === 0; i += 1)
    await new Promise((r) => setTimeout(r, 50));
  await queue.stop();
  assert.deepEqual(found, [[bad?.id, 1]]);
  const alarms = (await leaves()).filter(({ leaf }) => leaf.kind === 'vault-alarm');
  assert.equal(alarms.length, 1);
});
