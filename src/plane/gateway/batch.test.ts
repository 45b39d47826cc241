import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import type { Show } from '#engines/policy';
import { startTestGateway, type TestGateway } from './testgateway.ts';

let gate: TestGateway;
const hash: Show = { kind: 'mask', mask: { kind: 'hash', key: 'source/people' }, where: null };

before(async () => {
  gate = await startTestGateway({
    setup: `
      CREATE SCHEMA a; CREATE TABLE a.spot (here text); INSERT INTO a.spot VALUES ('a');
      CREATE SCHEMA b; CREATE TABLE b.spot (here text); INSERT INTO b.spot VALUES ('b');
      CREATE TABLE people (id int, name text); INSERT INTO people VALUES (1, 'canary-1');`,
  });
  gate.govern({ 'public.people': { columns: { name: hash } } });
});
after(() => gate.stop());

/** The rows of the last statements of a text, each as a list of its cells. */
async function answers(text: string, client?: Client): Promise<unknown[][]> {
  const own = client ?? new Client({ connectionString: gate.url() });
  if (client === undefined) await own.connect();
  try {
    const found: unknown = await own.query({ text, rowMode: 'array' });
    const results = (Array.isArray(found) ? found : [found]) as { rows: unknown[][] }[];
    return results.flatMap(({ rows }) => rows);
  } finally {
    if (client === undefined) await own.end();
  }
}

/** One text, what its rows are; each runs in a session of its own whose search_path is public. */
const BATCHES: readonly (readonly [string, string])[] = [
  ['SET search_path = a; SELECT here FROM spot', 'a'],
  ['SET search_path TO a;; SELECT here FROM spot;', 'a'],
  ['SET search_path = a; SELECT here FROM spot; SET search_path = b; SELECT here FROM spot', 'a b'],
  ["SELECT pg_catalog.set_config('search_path', 'b', false); SELECT here FROM spot", 'b b'],
  ["SET search_path = a; SELECT ';', here /* ; /* ; */ */ FROM spot -- ; \n WHERE true", '; a'],
  ['SET search_path = a -- ; SELECT 1\n , b; SHOW search_path', '"a", "b"'],
  ['SET search_path = a; SELECT $x$;$x$ || here AS ";" FROM spot', ';a'],
  [
    'SET search_path = a; BEGIN; SET LOCAL search_path = b; SELECT here FROM spot; COMMIT; SELECT here FROM spot',
    'b a',
  ],
  [
    'BEGIN; SET search_path = a; SELECT here FROM spot; ROLLBACK; SET search_path = b; SELECT here FROM spot',
    'a b',
  ],
  [
    'SET search_path = a; PREPARE p AS SELECT here FROM spot; SET search_path = b; EXECUTE p; SELECT here FROM spot',
    'a b',
  ],
  [
    "PREPARE p AS SELECT pg_catalog.set_config('search_path', 'a', false); SET search_path = b; SELECT here FROM spot; EXECUTE p; SELECT here FROM spot",
    'b a a',
  ],
  ['SET search_path = a; SET search_path = DEFAULT; SELECT id FROM people', '1'],
  ['SET search_path = a; DISCARD PLANS; SHOW search_path', '"a"'],
  [
    "SET privet.project = 'research'; SHOW privet.project; RESET privet.project; SHOW privet.project",
    'research ',
  ],
  ["SET search_path = a; SELECT '\u{1f33f}' || here FROM spot", '\u{1f33f}a'],
];

for (const [text, expected] of BATCHES) {
  test(`planBatch plans each statement as it will stand: ${text}`, async () => {
    assert.equal((await answers(text)).map((row) => row.join(' ')).join(' '), expected);
  });
}

test('planBatch refuses all or nothing, with the position in the whole text', async () => {
  const client = new Client({ connectionString: gate.url() });
  await client.connect();
  const text = "SET search_path = a; SELECT '\u{1f33f}'; SELECT here FROM nowhere";
  await assert.rejects(client.query(text), { code: '42P01', position: '51' });
  assert.deepEqual(await answers('SHOW search_path', client), [['"$user", public']]);
  const failing = 'SET search_path = a; SELECT 1/0; SELECT here FROM spot';
  await assert.rejects(client.query(failing), { code: '22012' });
  assert.deepEqual(await answers('SHOW search_path', client), [['"$user", public']]);
  await client.end();
});

test('planBatch foresees that COMMIT of a failed transaction rolls back', async () => {
  const client = new Client({ connectionString: gate.url() });
  await client.connect();
  await client.query('SET search_path = a');
  await client.query('BEGIN');
  await client.query('SET search_path = b');
  await assert.rejects(client.query('SELECT 1/0'));
  assert.deepEqual(await answers('COMMIT; SELECT here FROM spot', client), [['a']]);
  await client.end();
});

test('planBatch masks behind a SET, and records each statement under its project', async () => {
  const before = gate.leaves.length;
  const rows = await answers("SET privet.project = 'research'; SELECT name FROM people");
  assert.match(String(rows[0]?.[0]), /^[0-9a-f]{64}$/u);
  const leaves = gate.leaves.slice(before).filter((leaf) => leaf.kind === 'query');
  assert.equal(leaves.find(({ statement }) => statement === 'query')?.project?.slice(0, 4), 'prj_');
});

test('planBatch refuses what has too many semicolons to be taken apart', async () => {
  const text = `SET search_path = a; SELECT '${';'.repeat(200)}' FROM spot`;
  await assert.rejects(answers(text), { code: '42P01' });
  await assert.rejects(answers(`SET search_path = a; SELECT '${';'.repeat(200)}'`), {
    code: '0A000',
    message: /behind a SET/u,
  });
});
