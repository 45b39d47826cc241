import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { buildAdult } from './adult.ts';

const FOLDER = fileURLToPath(new URL('../../../../shared/data/adult', import.meta.url));
const ABSENT = existsSync(join(FOLDER, 'adult.csv')) ? false : `no data set in ${FOLDER}`;
const quiet = () => undefined;

let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster();
});

after(() => cluster.stop());

async function connect(): Promise<Client> {
  const database = await cluster.createDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  return client;
}

test('buildAdult loads the real extract whole', { skip: ABSENT }, async () => {
  const client = await connect();
  const [part] = await buildAdult(client, FOLDER, quiet);
  assert.deepEqual(part, { schema: 'census', outcome: 'built', rows: 30_162 });
  const [again] = await buildAdult(client, FOLDER, quiet);
  assert.equal(again?.outcome, 'kept');
  await client.end();
});

test('buildAdult says which file it misses', async () => {
  const client = await connect();
  await assert.rejects(buildAdult(client, '/nonexistent', quiet), {
    code: 'not-found',
    message: 'no file `/nonexistent/adult.csv`',
  });
  await client.end();
});

test('buildAdult leaves nothing behind when the file is broken', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'privet-adult-'));
  const client = await connect();
  try {
    await writeFile(join(folder, 'adult.csv'), 'a;b\n1;2\n');
    await assert.rejects(buildAdult(client, folder, quiet));
    const { rows } = await client.query(`select to_regnamespace('census') as census`);
    assert.deepEqual(rows, [{ census: null }]);
  } finally {
    await client.end();
    await rm(folder, { recursive: true });
  }
});
