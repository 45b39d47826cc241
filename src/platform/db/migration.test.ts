import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { migrate, openPool, readMigrations } from './mod.ts';
import { startTestCluster } from './testcluster/mod.ts';
import type { TestCluster } from './testcluster/mod.ts';

let cluster: TestCluster;
before(async () => {
  cluster = await startTestCluster();
});
after(() => cluster.stop());

function folderWith(t: { after(work: () => void): void }, files: Record<string, string>): URL {
  const directory = mkdtempSync(join(tmpdir(), 'privet-migrations-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return pathToFileURL(directory);
}

const FIRST = {
  '101-people.sql': 'create table people (id integer primary key); select pg_sleep(0.2);',
};

test('migrate applies a file once though two starters run at once', async (t) => {
  const folder = folderWith(t, {
    ...FIRST,
    '102-more.sql': '--! breaking\nalter table people add name text',
  });
  const { pool, url } = await cluster.createDatabase();
  const other = openPool({ url, name: 'other' });
  t.after(() => other.end());
  const [one, two] = await Promise.all([migrate(pool, folder), migrate(other, folder)]);
  assert.deepEqual([...one.applied, ...two.applied].sort(), ['101-people.sql', '102-more.sql']);
  assert.deepEqual([...one.breaking, ...two.breaking], ['102-more.sql']);
  const { rows } = await pool.query('select number from privet_migrations order by number');
  assert.deepEqual(rows, [{ number: 101 }, { number: 102 }]);
});

test('migrate refuses an applied file that was changed', async (t) => {
  const { pool } = await cluster.createDatabase();
  await migrate(pool, folderWith(t, FIRST));
  const changed = folderWith(t, {
    '101-people.sql': 'create table people (id bigint primary key)',
  });
  await assert.rejects(migrate(pool, changed), {
    code: 'conflict',
    message: /`101-people.sql` was changed/u,
  });
});

test('migrate leaves nothing behind when a statement fails', async (t) => {
  const { pool } = await cluster.createDatabase();
  const folder = folderWith(t, {
    ...FIRST,
    '102-bad.sql': 'create table other (id integer); select 1/0',
  });
  await assert.rejects(migrate(pool, folder), {
    code: 'unavailable',
    message: /`102-bad.sql` failed/u,
  });
  const { rows } = await pool.query(
    "select to_regclass('people') as people, to_regclass('other') as other",
  );
  assert.deepEqual(rows, [{ people: null, other: null }]);
});

test('migrate refuses a database that a newer version broke', async (t) => {
  const { pool } = await cluster.createDatabase();
  await migrate(pool, folderWith(t, { ...FIRST, '102-new.sql': '--! breaking\nselect 1' }));
  await assert.rejects(migrate(pool, folderWith(t, FIRST)), {
    code: 'conflict',
    message: /102-new/u,
  });
});

test('migrate accepts a number below the newest applied, as parts own ranges', async (t) => {
  const { pool } = await cluster.createDatabase();
  await migrate(pool, folderWith(t, { '200-b.sql': 'create table b ()' }));
  const result = await migrate(
    pool,
    folderWith(t, { '200-b.sql': 'create table b ()', '101-a.sql': 'create table a ()' }),
  );
  assert.deepEqual(result.applied, ['101-a.sql']);
});

test('readMigrations refuses a foreign name and a number used twice', (t) => {
  assert.throws(() => readMigrations(folderWith(t, { 'x.sql': '' })), {
    code: 'invalid',
    message: /NNN-what/u,
  });
  assert.throws(() => readMigrations(folderWith(t, { '100-a.sql': '', '100-b.sql': '' })), {
    code: 'invalid',
    message: /100 is used twice/u,
  });
});
