import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../vault/api.ts';
import type { TestApi } from '../vault/api.ts';
import { openTestDoor } from '../vault/door.ts';
import type { TestDoor } from '../vault/door.ts';
import { checkNothingTold, checkSameAnswers } from '../vault/querylaws.ts';
import type { Stage } from '../vault/querylaws.ts';

/** The laws of src/plane/vaultapi/door.test.ts over many more vaults, policies and queries. */
let cluster: TestCluster;
let api: TestApi;
let door: TestDoor;
let stage: Stage;

before(async () => {
  cluster = await startTestCluster();
  api = await openTestApi(cluster, { name: 'first', tables: [] });
  const [owner, asker] = [api.account('owner'), api.account('asker')];
  door = await openTestDoor(api);
  stage = { api, door, owner, asker, askerName: 'asker' };
});

after(async () => {
  await door.close();
  await api.close();
  await cluster.stop();
});

it('both doors and a slow twin answer alike', async () => {
  const answered = await checkSameAnswers(stage, 70);
  assert.ok(answered > 150, `${answered} queries had rows`);
});

it('nothing is told of a value that is not shown', () => checkNothingTold(stage, 30));
