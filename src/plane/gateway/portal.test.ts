import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { backendTag } from '#engines/pgwire';
import type { Frame } from '#engines/pgwire';
import type { Show } from '#engines/policy';
import type { StatementPlan } from '#engines/sql';
import type { VaultPort } from './port.ts';
import { startTestGateway, type TestGateway } from './testgateway.ts';
import { bind, execute, openRawClient, parse, rows, sync } from './testrawclient.ts';

/** A vault whose every answer has ten rows and counts for one largest answer. */
const ROWS = 10;
const ROW_BYTES = 1_000;
const vaults: VaultPort = {
  answerBytesMax: ROWS * (ROW_BYTES + 128) + 64,
  find: async (name) => (name === 'crm' ? { id: 'vlt_0', name } : undefined),
  plan: async (_, text) => {
    const transaction = { kind: 'transaction', act: text, chain: false };
    const plan = /^(?:begin|commit)$/u.test(text) ? transaction : { kind: 'query' };
    return [
      {
        plan: { ...plan, sets: [] } as unknown as StatementPlan,
        run: async () => ({
          parameterTypes: [],
          fields: [],
          rows: Array.from({ length: ROWS }, () => new Uint8Array(ROW_BYTES)),
          tag: '',
        }),
      },
    ];
  },
};

let gate: TestGateway;
const hash: Show = { kind: 'mask', mask: { kind: 'hash', key: 'source/people' }, where: null };

before(async () => {
  gate = await startTestGateway({
    vaults,
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

test('portal: what portals at vaults hold has a limit for a connection and for all of them', async (t) => {
  const atVault = async () => {
    const client = await openRawClient(gate.gateway.address.port, 'crm');
    t.after(() => client.close());
    await client.exchange([query('begin'), parse('s', 'select')], 1);
    return client;
  };
  const codeOf = (frames: readonly Frame[]) => {
    const refused = frames.find(({ tag }) => tag === backendTag.error);
    return refused === undefined
      ? null
      : (/C(?<code>\w{5})\0/u.exec(Buffer.from(refused.body).toString('latin1'))?.groups?.[
          'code'
        ] ?? '');
  };
  type Client = Awaited<ReturnType<typeof atVault>>;
  const start = (client: Client, name: string, rowsMax = 1) =>
    client.exchange([bind('s', name), execute(name, rowsMax), sync], 1);
  const client = await atVault();
  // What was handed out whole is not held, closed or not, and gives no rows again.
  for (let i = 0; i < 20; i++) {
    assert.equal(codeOf(await start(client, `whole${i}`, i % 2 === 0 ? 0 : ROWS)), null);
  }
  const again = await client.exchange([execute('whole0'), execute('whole1', 5), sync], 1);
  assert.deepEqual([again.map(({ tag }) => String.fromCharCode(tag)).join('')], ['CCZ']);
  assert.equal(codeOf(await start(client, 'a')), null);
  assert.equal(codeOf(await start(client, 'b')), null);
  assert.equal(codeOf(await start(client, 'c')), '54000');
  await client.exchange([query('commit'), query('begin')], 2);
  assert.equal(codeOf(await start(client, 'a')), null);
  assert.equal(codeOf(await start(client, 'b')), null);
  // A closed one makes room; fetching goes on where it was.
  await client.exchange([{ kind: 'close', target: 'portal', name: 'a' }, sync], 1);
  assert.equal(codeOf(await start(client, 'd')), null);
  const rest = await client.exchange([execute('b', 0), sync], 1);
  assert.equal(rest.filter(({ tag }) => tag === backendTag.dataRow).length, ROWS - 1);
  assert.equal(codeOf(await start(client, 'e')), null);
  // Eight connections hold all that may be held; one that leaves makes room.
  const others = await Promise.all(Array.from({ length: 7 }, atVault));
  for (const other of others) {
    for (const name of ['a', 'b']) assert.equal(codeOf(await start(other, name)), null);
  }
  const last = await atVault();
  assert.equal(codeOf(await start(last, 'a')), '54000');
  await last.exchange([query('commit'), query('begin')], 2);
  const before = gate.gateway.connections();
  others[0]?.close();
  while (gate.gateway.connections() === before) await new Promise((done) => setTimeout(done, 5));
  assert.equal(codeOf(await start(last, 'a')), null);
});
