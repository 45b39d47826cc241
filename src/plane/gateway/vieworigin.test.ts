import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answer, backendTag } from '#engines/pgwire';
import type { Show } from '#engines/policy';
import { type TestGateway, startTestGateway } from './testgateway.ts';
import { openRawClient, parse, sync } from './testrawclient.ts';

const masked = (mask: Extract<Show, { kind: 'mask' }>['mask']): Show => ({
  kind: 'mask',
  mask,
  where: null,
});

/** Every column has an attnum of its own in each table, so that a wrong one is seen. */
const SETUP = `
CREATE TABLE gone (a int); CREATE TABLE plain (id int, at timestamptz, price numeric(8, 2));
CREATE TABLE people (dropped int, id int PRIMARY KEY, secret text, name varchar(40), email text, city text, pay numeric(9, 1));
ALTER TABLE people DROP COLUMN dropped;
CREATE VIEW adults AS SELECT city, id FROM people;
CREATE TABLE parted (id int, region text, note text) PARTITION BY LIST (region);
CREATE TABLE parted_eu PARTITION OF parted FOR VALUES IN ('EU')`;

const partial = masked({ kind: 'partial', keepFirst: 1, keepLast: 0, fill: '*' });
const people = {
  secret: { kind: 'hidden' } as const,
  name: partial,
  email: masked({ kind: 'hash', key: 'source/people' }),
  pay: masked({ kind: 'round', bucket: 100 }),
};
const filter = { kind: 'in', column: 'city', values: ['Ulm'] } as const;
const parted = { columns: { note: partial }, filter: null };
const RULES = {
  'public.people': { columns: people },
  'public.parted': parted,
};

const QUERIES = [
  'SELECT * FROM plain',
  'SELECT * FROM people',
  'SELECT p.id, p.city AS town, p.name, p.email, lower(p.city) FROM people p',
  'SELECT * FROM (SELECT city, id FROM people OFFSET 0) AS s',
  'WITH s AS (SELECT id, pay, email FROM people) SELECT * FROM s',
  'SELECT p.id, q.price, q.at FROM people p JOIN plain q ON q.id = p.id',
  'SELECT id, city FROM people UNION SELECT id, city FROM people',
  'SELECT city, count(*) FROM people GROUP BY city',
  'SELECT * FROM adults',
  'SELECT * FROM parted',
  'SELECT * FROM parted_eu',
  'SELECT relname FROM pg_class',
  'SELECT 1 AS one',
];

const gates: TestGateway[] = [];
before(async () => {
  for (const mode of ['splice', 'hardened'] as const)
    gates.push(await startTestGateway({ mode, setup: SETUP }));
});
after(async () => {
  for (const gate of gates) await gate.stop();
});

/** The RowDescription of every query, asked for by simple query and by Describe of a statement. */
async function described(gate: TestGateway): Promise<(readonly [string, Buffer[]])[]> {
  const client = await openRawClient(gate.gateway.address.port);
  const all: (readonly [string, Buffer[]])[] = [];
  for (const text of QUERIES) {
    const describe = { kind: 'describe', target: 'statement', name: '' } as const;
    const frames = [
      ...(await client.exchange([{ kind: 'query', text }], 1)),
      ...(await client.exchange([parse('', text), describe, sync], 1)),
    ];
    const found = frames.filter(({ tag }) => tag === backendTag.rowDescription);
    all.push([text, found.map(({ body }) => Buffer.from(body))]);
  }
  client.close();
  return all;
}

const readable = (all: Awaited<ReturnType<typeof described>>) =>
  all.map(([text, bodies]) => [text, bodies.map((body) => answer.decodeRowDescription(body))]);

for (const [title, rules] of [
  ['without filters', RULES],
  ['behind filters', { ...RULES, 'public.people': { columns: people, filter } }],
  ['where all is open', {}],
] as const) {
  test(`viewOrigins describe columns alike in both modes ${title}`, async () => {
    for (const gate of gates) gate.govern(rules);
    const [spliced = [], hardened = []] = await Promise.all(gates.map(described));
    assert.equal(spliced.length, QUERIES.length);
    assert.deepEqual(readable(hardened), readable(spliced));
    assert.deepEqual(hardened, spliced);
    for (const [text, bodies] of spliced) assert.equal(bodies.length, 2, text);
  });
}

test('viewOrigins name the table and column of what is clear, and of nothing else', async () => {
  for (const gate of gates) gate.govern(RULES);
  for (const gate of gates) {
    const all = await described(gate);
    const body = all.find(([text]) => text === 'SELECT * FROM people')?.[1][0];
    const found = await gate.database.pool.query<{ oid: number }>(
      "SELECT 'people'::regclass::oid::int AS oid",
    );
    const oid = found.rows[0]?.oid ?? 0;
    assert.deepEqual(
      answer
        .decodeRowDescription(body ?? new Uint8Array())
        .map(({ name, relation, attnum }) => [name, relation, attnum]),
      [
        ['id', oid, 2],
        ['name', 0, 0],
        ['email', 0, 0],
        ['city', oid, 6],
        ['pay', 0, 0],
      ],
    );
  }
});
