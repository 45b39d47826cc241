import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answer, backendTag } from '#engines/pgwire';
import type { Show } from '#engines/policy';
import { startTestGateway, type TestGateway } from './testgateway.ts';
import { bind, execute, openRawClient, parse, rows, sync, tags } from './testrawclient.ts';

let gate: TestGateway;
const hash: Show = { kind: 'mask', mask: { kind: 'hash', key: 'source/people' }, where: null };
const governed = { 'public.people': { columns: { name: hash } } };

before(async () => {
  gate = await startTestGateway({
    setup:
      "CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people SELECT i, 'canary-' || i FROM generate_series(1, 5) i",
  });
});
after(() => gate.stop());

const query = (text: string) => ({ kind: 'query', text }) as const;
const describe = (name: string) => ({ kind: 'describe', target: 'portal', name }) as const;
const close = (name: string) => ({ kind: 'close', target: 'portal', name }) as const;
const declare = 'DECLARE walk CURSOR FOR SELECT name, id FROM people ORDER BY id';

async function withCursor(
  act: (client: Awaited<ReturnType<typeof openRawClient>>) => Promise<void>,
): Promise<void> {
  gate.govern(governed);
  const client = await openRawClient(gate.gateway.address.port);
  await client.exchange([query('BEGIN'), query(declare)], 2);
  try {
    await act(client);
  } finally {
    client.close();
  }
}

test('cursorPortal is described as what FETCH will send', async () => {
  await withCursor(async (client) => {
    const seen = await client.exchange([describe('walk'), sync], 1);
    assert.equal(tags(seen), 'TZ');
    const fields = answer.decodeRowDescription(seen[0]?.body ?? new Uint8Array());
    assert.deepEqual(
      fields.map(({ name, relation }) => [name, relation > 0]),
      [
        ['name', false],
        ['id', true],
      ],
    );
    const fetched = await client.exchange([query('FETCH 1 FROM walk')], 1);
    assert.deepEqual(fetched[0]?.body, seen[0]?.body);
  });
});

test('cursorPortal is executed in parts, masked, with a leaf for each', async () => {
  await withCursor(async (client) => {
    const before = gate.leaves.length;
    const seen = await client.exchange([execute('walk', 2), execute('walk'), sync], 1);
    assert.equal(tags(seen), 'DDsDDDCZ');
    for (const cells of rows(seen)) assert.match(cells[0] ?? '', /^[0-9a-f]{64}$/u);
    assert.equal(gate.leaves.slice(before).filter(({ kind }) => kind === 'query').length, 2);
  });
});

test('cursorPortal is closed by message, and its name is free again', async () => {
  await withCursor(async (client) => {
    const seen = await client.exchange([close('walk'), describe('walk'), sync], 1);
    assert.equal(tags(seen), '3EZ');
    await client.exchange([query('ROLLBACK'), query('BEGIN'), query(declare)], 3);
    const again = [close('walk'), parse('', declare), bind(''), execute(), describe('walk'), sync];
    assert.equal(tags(await client.exchange(again, 1)), '312CTZ');
  });
});

test('cursorPortal shares its name with portals of Bind', async () => {
  await withCursor(async (client) => {
    const seen = await client.exchange([parse('', 'SELECT 1'), bind('', 'walk'), sync], 1);
    assert.equal(answer.decodeReport(seen[1]?.body ?? new Uint8Array()).get('C'), '42P03');
  });
});

test('cursorPortal is refused once policy changed', async () => {
  await withCursor(async (client) => {
    gate.govern({ 'public.people': { columns: { name: { kind: 'hidden' } } } });
    const seen = await client.exchange([execute('walk'), sync], 1);
    assert.equal(tags(seen), 'EZ');
    assert.equal(answer.decodeReport(seen[0]?.body ?? new Uint8Array()).get('C'), '42501');
    assert.ok(seen.every(({ tag }) => tag !== backendTag.dataRow));
  });
});
