import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Frame } from '#engines/pgwire';
import type { Show } from '#engines/policy';
import { startTestGateway, type TestGateway } from './testgateway.ts';
import { bind, execute, openRawClient, parse, rows, sync } from './testrawclient.ts';

let gate: TestGateway;
const hash: Show = { kind: 'mask', mask: { kind: 'hash', key: 'source/people' }, where: null };

before(async () => {
  gate = await startTestGateway({
    setup:
      "CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people SELECT i, 'canary-' || i FROM generate_series(1, 8) i",
  });
  gate.govern({ 'public.people': { columns: { name: hash } } });
});
after(() => gate.stop());

const rawClient = () => openRawClient(gate.gateway.address.port);
const query = (text: string) => ({ kind: 'query', text }) as const;
const secret = (frames: readonly Frame[]) => JSON.stringify(rows(frames)).includes('canary');

for (const [title, made, remade] of [
  [
    'EXECUTE',
    'PREPARE e AS SELECT name FROM people ORDER BY id',
    "DEALLOCATE e; PREPARE e AS SELECT 'x'::text",
  ],
  [
    'FETCH',
    'DECLARE e CURSOR FOR SELECT name FROM people ORDER BY id',
    "CLOSE e; DECLARE e CURSOR FOR SELECT 'x'::text",
  ],
] as const) {
  test(`portal: a suspended ${title} keeps its masks when its name comes to mean something else`, async () => {
    const client = await rawClient();
    const run = title === 'EXECUTE' ? 'EXECUTE e' : 'FETCH ALL FROM e';
    await client.exchange([query('BEGIN')], 1);
    for (const text of made.split('; ')) await client.exchange([query(text)], 1);
    const first = await client.exchange(
      [parse('f', run), bind('f', 'p'), execute('p', 1), sync],
      1,
    );
    assert.equal(rows(first).length, 1);
    for (const text of remade.split('; ')) await client.exchange([query(text)], 1);
    const rest = await client.exchange([execute('p', 0), sync], 1);
    assert.ok(!secret(first) && !secret(rest));
    client.close();
  });
}

for (const [title, end] of [
  ['a transaction that ended', ['COMMIT', 'BEGIN']],
  ['a savepoint that was rolled back to', ['ROLLBACK TO s']],
] as const) {
  test(`portal: names that are equal in 49 bytes stay apart after ${title}`, async () => {
    const client = await rawClient();
    const [one, two] = [`${'q'.repeat(60)}A`, `${'q'.repeat(60)}B`];
    await client.exchange([query('BEGIN')], 1);
    await client.exchange([query('SAVEPOINT s')], 1);
    const made = [parse('a', "SELECT 'x'::text"), parse('b', 'SELECT name FROM people'), sync];
    await client.exchange(made, 1);
    await client.exchange([bind('a', one), sync], 1);
    for (const text of end) await client.exchange([query(text)], 1);
    const frames = await client.exchange([bind('b', two), execute(one), sync], 1);
    assert.ok(!secret(frames));
    client.close();
  });
}

test('portal: names of the gateway cannot be deallocated', async () => {
  const client = await rawClient();
  await client.exchange([parse('mine', 'SELECT name FROM people WHERE id = 1'), sync], 1);
  for (let number = 1; number < 5; number++) {
    await client.exchange([query(`DEALLOCATE privet_${number}`)], 1);
  }
  const frames = await client.exchange([bind('mine'), execute(), sync], 1);
  assert.equal(rows(frames).length, 1);
  assert.ok(!secret(frames));
  client.close();
});
