import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { databaseProblem, openPool, sqlStateOf, transaction } from './mod.ts';
import { startTestCluster } from './testcluster/mod.ts';
import type { TestCluster } from './testcluster/mod.ts';

let cluster: TestCluster;
before(async () => {
  cluster = await startTestCluster();
});
after(() => cluster.stop());

test('transaction commits what returns and rolls back what throws', async () => {
  const { pool } = await cluster.createDatabase();
  await pool.query('create table t (id integer primary key)');
  assert.equal(
    await transaction(pool, async (tx) => (await tx.query('insert into t values (1)')).rowCount),
    1,
  );
  const failure = new Error('changed my mind');
  await assert.rejects(
    transaction(pool, async (tx) => {
      await tx.query('insert into t values (2)');
      throw failure;
    }),
    failure,
  );
  assert.deepEqual((await pool.query('select id from t')).rows, [{ id: 1 }]);
});

test('transaction throws away a connection that the server closed', async () => {
  const { pool } = await cluster.createDatabase();
  await assert.rejects(
    transaction(pool, (tx) => tx.query('select pg_terminate_backend(pg_backend_pid())')),
  );
  assert.deepEqual((await pool.query('select 1 as alive')).rows, [{ alive: 1 }]);
});

test('databaseProblem keeps values out of the message', async () => {
  const { pool } = await cluster.createDatabase();
  await pool.query("create table t (id text primary key); insert into t values ('canary-7')");
  const thrown: unknown = await pool
    .query("insert into t values ('canary-7')")
    .catch((error: unknown) => error);
  assert.equal(sqlStateOf(thrown), '23505');
  const problem = databaseProblem(thrown);
  assert.equal(problem.code, 'conflict');
  assert.doesNotMatch(problem.message, /canary/u);
});

test('databaseProblem blames whoever sent what no text or moment can be', async () => {
  const { pool } = await cluster.createDatabase();
  const askFor = (sql: string, value: string) =>
    pool.query(sql, [value]).then(() => null, databaseProblem);
  assert.equal((await askFor('select $1::text', 'a\0b'))?.code, 'invalid');
  for (const moment of ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59+23:59']) {
    assert.equal((await askFor('select $1::timestamptz', moment))?.code, 'invalid');
  }
});

test('databaseProblem says unavailable when nothing listens', async () => {
  const pool = openPool({ url: 'postgres://x@/x?host=/nonexistent', name: 'test' });
  const thrown: unknown = await pool.query('select 1').catch((error: unknown) => error);
  assert.equal(databaseProblem(thrown).code, 'unavailable');
  await pool.end();
});
