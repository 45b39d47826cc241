import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { Client, type QueryResult } from 'pg';
import QueryStream from 'pg-query-stream';
import postgres from 'postgres';
import { textOf } from '#base/bytes';
import type { Show } from '#engines/policy';
import { startTestGateway, type TestGateway } from './testgateway.ts';

const run = promisify(execFile);
const hash: Show = { kind: 'mask', mask: { kind: 'hash', key: 'source/people' }, where: null };
const partial: Show = {
  kind: 'mask',
  mask: { kind: 'partial', keepFirst: 1, keepLast: 0, fill: '*' },
  where: null,
};
const some = { kind: 'in', column: 'city', values: ['Ulm'] } as const;

const SETUP = `
CREATE TABLE people (id int PRIMARY KEY, name text, email varchar(60), city text, secret text);
INSERT INTO people SELECT i, 'canary-name-' || i, 'canary' || i || '@example.org',
  CASE WHEN i % 2 = 0 THEN 'Ulm' ELSE 'Bonn' END, 'canary-secret-' || i FROM generate_series(1, 2000) i;
CREATE TABLE orders (id int PRIMARY KEY, person int, item text);
INSERT INTO orders SELECT i, i % 2000 + 1, 'item' || i FROM generate_series(1, 100) i`;

const governed = {
  columns: { name: hash, email: partial, secret: { kind: 'hidden' } as Show },
  filter: some,
};

for (const mode of ['splice', 'hardened'] as const) {
  let gate: TestGateway;
  const hidden: { code: string; content: Uint8Array }[] = [];
  before(async () => {
    const onHidden = (one: (typeof hidden)[number]) => void hidden.push(one);
    gate = await startTestGateway({ mode, setup: SETUP, onHidden });
  });
  after(() => gate.stop());
  beforeEach(() => gate.govern({ 'public.people': governed }));

  const withClient = async <T>(act: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client({ connectionString: gate.url() });
    await client.connect();
    try {
      return await act(client);
    } finally {
      await client.end();
    }
  };
  const noCanary = (result: QueryResult): void => {
    assert.ok(!/canary-|canary\d/u.test(JSON.stringify(result.rows)));
  };

  test(`${mode}: gateway masks, hides and filters in simple and extended queries`, async () => {
    await withClient(async (client) => {
      const all = await client.query('SELECT * FROM people ORDER BY id');
      assert.equal(all.rowCount, 1_000);
      assert.deepEqual(Object.keys(all.rows[0]), ['id', 'name', 'email', 'city']);
      assert.match(all.rows[0].name, /^[0-9a-f]{64}$/u);
      assert.equal(all.rows[0].email[0], 'c');
      noCanary(all);
      const one = await client.query('SELECT name FROM people WHERE id = $1', [2]);
      assert.equal(one.rows[0].name, all.rows[0].name);
      assert.equal((await client.query('SELECT name FROM people WHERE id = $1', [1])).rowCount, 0);
      await assert.rejects(client.query('SELECT secret FROM people'), { code: '42703' });
    });
  });

  test(`${mode}: gateway masks binary results, portals in parts and postgres.js`, async () => {
    await withClient(async (client) => {
      const asked = { text: 'SELECT name FROM people WHERE id = $1', values: [2], binary: true };
      const { rows } = await client.query<{ name: string }>(asked);
      assert.match(String(rows[0]?.name), /^[0-9a-f]{64}$/u);
      const stream = client.query(
        new QueryStream('SELECT name, id FROM people', [], { batchSize: 99 }),
      );
      let count = 0;
      for await (const row of stream) {
        assert.match((row as { name: string }).name, /^[0-9a-f]{64}$/u);
        count++;
      }
      assert.equal(count, 1_000);
    });
    const sql = postgres(gate.url(), { max: 2 });
    const rows = await Promise.all(
      [2, 4, 6].map((id) => sql`SELECT name FROM people WHERE id = ${id}`),
    );
    for (const row of rows) assert.match(row[0]?.['name'], /^[0-9a-f]{64}$/u);
    await sql.end();
  });

  test(`${mode}: gateway lets pg and postgres.js read as they come, arrays, json and dates parsed`, async () => {
    const asked = `SELECT name, ARRAY[id, 2] AS ids, ARRAY[city] AS cities, '{"a": 1}'::jsonb AS json,
      DATE '2026-01-02' AS day FROM people WHERE id = `;
    const sql = postgres(gate.url());
    const [row] = await sql.unsafe<[QueryResult['rows'][number]]>(`${asked} $1`, [4]);
    await sql.end();
    const [same] = await withClient(async (client) => (await client.query(`${asked} 4`)).rows);
    for (const { name, ids, cities, json, day } of [row, same]) {
      assert.match(name, /^[0-9a-f]{64}$/u);
      assert.deepEqual([ids, cities, json, day.getFullYear()], [[4, 2], ['Ulm'], { a: 1 }, 2026]);
    }
  });

  test(`${mode}: gateway masks inside transactions, also relations first read in the middle of one`, async () => {
    await withClient(async (client) => {
      await client.query('BEGIN');
      noCanary(await client.query('SELECT name FROM people LIMIT 1'));
      await client.query('COMMIT');
    });
    await withClient(async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT 1');
      const late = await client.query('SELECT name FROM people');
      assert.equal(late.rowCount, 1_000);
      noCanary(late);
      await client.query('ROLLBACK');
      assert.equal((await client.query('SELECT name FROM people')).rowCount, 1_000);
    });
    await withClient(async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT name FROM people LIMIT 1');
      await client.query('ROLLBACK');
      assert.equal((await client.query('SELECT name FROM people')).rowCount, 1_000);
    });
  });

  test(`${mode}: gateway masks PREPARE, cursors and COPY`, async () => {
    await withClient(async (client) => {
      await client.query('PREPARE q(int) AS SELECT name FROM people WHERE id = $1');
      noCanary(await client.query('EXECUTE q(2)'));
      await client.query('BEGIN');
      await client.query('DECLARE c CURSOR FOR SELECT id, name FROM people ORDER BY id');
      noCanary(await client.query('FETCH 5 FROM c'));
      noCanary(await client.query('FETCH ALL FROM c'));
      await client.query('COMMIT');
      await assert.rejects(client.query('FETCH 5 FROM c'), { code: '34000' });
      await assert.rejects(client.query('EXECUTE nobody'), { code: '26000' });
    });
    const text = await run('psql', [gate.url(), '-XAtc', 'COPY people TO STDOUT']);
    assert.equal(text.stdout.trim().split('\n').length, 1_000);
    assert.match(text.stdout, /^2\t[0-9a-f]{64}\tc\*+\tUlm$/mu);
    const csv = await run('psql', [
      gate.url(),
      '-XAtc',
      'COPY (SELECT name, id FROM people) TO STDOUT WITH (FORMAT csv, HEADER)',
    ]);
    assert.match(csv.stdout, /^name,id\n"[0-9a-f]{64}",2$/mu);
    assert.ok(!/canary-|canary\d/u.test(text.stdout + csv.stdout));
    await assert.rejects(
      run('psql', [
        gate.url(),
        '-XAtc',
        'COPY (SELECT name FROM people) TO STDOUT (FORMAT binary)',
      ]),
    );
  });

  test(`${mode}: gateway puts a policy change in force for statements already prepared`, async () => {
    await withClient(async (client) => {
      const named = { name: 's', text: 'SELECT name FROM people WHERE id = $1', values: [2] };
      assert.match((await client.query(named)).rows[0].name, /^[0-9a-f]{64}$/u);
      gate.govern({ 'public.people': { columns: { name: partial } } });
      assert.match((await client.query(named)).rows[0].name, /^c\*+$/u);
      gate.govern({});
      assert.equal((await client.query(named)).rows[0].name, 'canary-name-2');
      gate.govern({ 'public.people': null });
      await assert.rejects(client.query(named), { code: '42P01' });
      gate.govern({ 'public.people': governed });
      assert.match((await client.query(named)).rows[0].name, /^[0-9a-f]{64}$/u);
      await client.query('PREPARE q AS SELECT name FROM people');
      gate.govern({ 'public.people': { columns: { name: partial } } });
      await assert.rejects(client.query('EXECUTE q'), { code: '42501' });
    });
  });

  test(`${mode}: gateway keeps values out of errors of governed statements`, async () => {
    await withClient(async (client) => {
      hidden.length = 0;
      const failure = await client.query('SELECT city::int FROM people').then(
        () => assert.fail('expected an error'),
        (thrown: Error & { code?: string; detail?: string }) => thrown,
      );
      assert.equal(failure.code, '22P02');
      assert.ok(!/Ulm|Bonn|canary/u.test(JSON.stringify(failure) + failure.message));
      // What the source said is there for whoever gets a grant, and what was said in full is not kept besides.
      const [kept] = hidden;
      assert.equal(kept?.code, '22P02');
      assert.match(textOf(kept?.content ?? new Uint8Array()), /Ulm|Bonn/u);
      await assert.rejects(client.query("SELECT 'abc'::int"), { code: '22P02' });
      assert.equal(hidden.length, 1);
    });
  });

  test(`${mode}: gateway answers pipelines and skips to Sync after a refusal`, async () => {
    const sql = postgres(gate.url(), { max: 1 });
    const results = await Promise.allSettled([
      sql`SELECT name FROM people WHERE id = 2`,
      sql`SELECT upper(name) FROM people`,
      sql`SELECT name FROM people WHERE id = 4`,
    ]);
    assert.deepEqual(
      results.map((r) => r.status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    await sql.end();
  });

  test(`${mode}: gateway writes one leaf a statement and tells control`, async () => {
    await withClient(async (client) => {
      const before = gate.leaves.length;
      await client.query("SELECT name FROM people WHERE city = 'Ulm'");
      const leaf = gate.leaves.slice(before).find((each) => each.kind === 'query');
      assert.ok(leaf?.kind === 'query');
      assert.equal(leaf.rows, 1_000);
      assert.ok(!leaf.normalized?.includes('Ulm'));
      assert.equal(leaf.sources[0]?.filtered, true);
      await assert.rejects(client.query('SELECT upper(name) FROM people'));
      assert.equal(gate.leaves[gate.leaves.length - 1]?.kind, 'statement-refused');
      assert.ok(gate.facts.some((fact) => fact.kind === 'decision'));
    });
  });

  test(`${mode}: gateway describes masked columns without where they come from`, async () => {
    await withClient(async (client) => {
      const { fields } = await client.query('SELECT name, email FROM people LIMIT 1');
      assert.deepEqual(
        fields.map((field) => [field.tableID, field.columnID]),
        [
          [0, 0],
          [0, 0],
        ],
      );
    });
  });

  test(`${mode}: gateway bounds what a session prepares and declares in SQL`, async () => {
    await withClient(async (client) => {
      for (let i = 0; i < 200; i++) await client.query(`PREPARE p${i} AS SELECT 1`);
      await assert.rejects(
        client.query('PREPARE more AS SELECT 1'),
        /prepared statements above 200/u,
      );
      await assert.rejects(client.query({ name: 'wire', text: 'SELECT 1' }), /above 200/u);
      await client.query('DEALLOCATE p0');
      await client.query('PREPARE more AS SELECT 1');
      const many = Array.from({ length: 101 }, (_, i) => `DECLARE c${i} CURSOR FOR SELECT 1`);
      await assert.rejects(
        client.query(`BEGIN; ${many.join('; ')}`),
        /portals and cursors above 100/u,
      );
      await client.query('ROLLBACK');
      await client.query(`BEGIN; ${many.slice(1).join('; ')}`);
      await assert.rejects(client.query('DECLARE more CURSOR FOR SELECT 1'), /above 100/u);
    });
  });
}
