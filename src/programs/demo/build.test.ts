import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { buildDemo } from './build.ts';
import { marksBySource, readMarkings } from './cast.ts';
import { DEMO_SEED } from './dataset.ts';
import type { World } from './world.ts';

const WORLD: World = { seed: DEMO_SEED, anchorMs: Date.UTC(2026, 10, 1), sizePercent: 2 };

let cluster: TestCluster;
let client: Client;

before(async () => {
  cluster = await startTestCluster();
  const database = await cluster.createDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});

after(async () => {
  await client.end();
  await cluster.stop();
});

async function one(sql: string): Promise<unknown> {
  const { rows } = await client.query<{ answer: unknown }>(sql);
  return rows[0]?.answer;
}

test('buildDemo survives being killed in the middle and goes on with what is missing', async () => {
  const doomed = new Client({ connectionString: cluster.url('test_1') });
  doomed.on('error', () => undefined);
  await doomed.connect();
  const pid = (await doomed.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
  let killed: Promise<unknown> = Promise.resolve();
  const building = buildDemo(doomed, WORLD, (line) => {
    if (line.startsWith('schema clinic'))
      killed = client.query(`select pg_terminate_backend(${pid})`);
  });
  await assert.rejects(building);
  await killed;
  await doomed.end().catch(() => undefined);

  const parts = await buildDemo(client, WORLD, () => undefined);
  assert.equal(parts[0]?.outcome, 'kept');
  assert.equal(parts.at(-1)?.outcome, 'built');
});

test('buildDemo leaves everything alone the second time', async () => {
  const lines: string[] = [];
  const parts = await buildDemo(client, WORLD, (line) => lines.push(line));
  assert.deepEqual(
    parts.map((part) => part.outcome),
    ['kept', 'kept', 'kept', 'kept'],
  );
  assert.match(lines.join('\n'), /schema payroll is there already/u);
});

test('buildDemo refuses a schema of the same name that is not the demo', async () => {
  const foreign = await cluster.createDatabase();
  await foreign.pool.query('create schema clinic; create table clinic.patients (real boolean)');
  const other = new Client({ connectionString: foreign.url });
  await other.connect();
  await assert.rejects(
    buildDemo(other, WORLD, () => undefined),
    /"clinic" already exists/u,
  );
  await other.end();
  const { rows } = await foreign.pool.query('select * from clinic.patients');
  assert.deepEqual(rows, []);
});

test('buildDemo makes every kind of thing a dictionary must know', async () => {
  const kinds = await client.query<{ relkind: string }>(
    `select distinct relkind from pg_class c join pg_namespace n on n.oid = relnamespace
     where nspname in ('clinic', 'payroll', 'orders', 'odd') and relkind in ('r', 'p', 'v', 'm') order by 1`,
  );
  assert.deepEqual(
    kinds.rows.map((row) => row.relkind),
    ['m', 'p', 'r', 'v'],
  );
  const types = await client.query<{ type: string }>(
    `select distinct format_type(atttypid, null) as type from pg_attribute a
     join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
     where nspname in ('clinic', 'payroll', 'orders') and relkind in ('r', 'p') and attnum > 0`,
  );
  const found = new Set(types.rows.map((row) => row.type));
  for (const type of [
    'uuid',
    'jsonb',
    'bytea',
    'inet',
    'text[]',
    'numeric',
    'date',
    'clinic.gender',
    'clinic.email_address',
  ]) {
    assert.ok(found.has(type), type);
  }
  assert.equal(
    await one(
      `select count(*)::int as answer from pg_constraint where contype = 'f' and conparentid = 0`,
    ),
    16,
  );
});

test('buildDemo keeps tables in agreement with each other', async () => {
  assert.equal(
    await one(`select count(*)::int as answer from orders.orders o where total <>
      (select sum(quantity * unit_price) from orders.order_lines l where l.order_id = o.id)`),
    0,
  );
  assert.equal(
    await one(`select count(*)::int as answer from clinic.visits v join clinic.patients p on p.id = patient_id
      where v.region <> p.region or (note is not null and strpos(note, p.full_name) = 0)`),
    0,
  );
  assert.notEqual(
    await one(
      `select count(*)::int as answer from orders.customers join clinic.patients using (national_id, full_name)`,
    ),
    0,
  );
});

test('buildDemo carries strange text through unchanged', async () => {
  assert.equal(
    await one(`select content as answer from odd.texts where label = 'backslashes'`),
    String.raw`\ \\ \N \. \x41 \u0041 C:\temp\new`,
  );
  assert.equal(
    await one(`select content as answer from odd.texts where label = 'controls'`),
    '\t\n\r\b\f\v\u0001\u007f\u0085\u2028',
  );
});

test('every source and column that tags.yaml marks is there', async () => {
  const text = await readFile(new URL('../../../examples/demo/tags.yaml', import.meta.url), 'utf8');
  const { rows } = await client.query<{ source: string; name: string }>(
    `select nspname || '.' || relname as source, attname as name from pg_attribute
     join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace where attnum > 0`,
  );
  const columns = new Set(rows.map((row) => `${row.source}.${row.name}`));
  const sources = new Set(rows.map((row) => row.source));
  for (const marks of marksBySource(readMarkings(text))) {
    const source = `${marks.schema}.${marks.name}`;
    assert.ok(sources.has(source), source);
    for (const name of Object.keys(marks.columns))
      assert.ok(columns.has(`${source}.${name}`), name);
  }
});
