import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { destroyMaskKey, type MaskKey, maskKeyFrom } from '#engines/crypto';
import { startTestGateway, type TestGateway } from '../testgateway.ts';

const ROWS = 20_000;
const leases = { asked: 0, version: () => 1 };

/** A key whose lease ends before the source can answer, and again after every batch of rows. */
function shortLease(): Promise<MaskKey> {
  leases.asked++;
  const key = maskKeyFrom(new Uint8Array(32).fill(9), leases.version());
  setImmediate(() => destroyMaskKey(key));
  return Promise.resolve(key);
}

let gate: TestGateway;
before(async () => {
  gate = await startTestGateway({
    maskKey: shortLease,
    setup: `CREATE TABLE people AS SELECT i AS id, 'name ' || i AS name, repeat('x', 80) AS pad
            FROM generate_series(1, ${ROWS}) i`,
  });
  const hash = { kind: 'mask', mask: { kind: 'hash', key: 'source/people' }, where: null } as const;
  gate.govern({ 'public.people': { columns: { name: hash } } });
});
after(() => gate.stop());

async function names(sql: string): Promise<string[]> {
  const client = new Client({ connectionString: gate.url() });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(sql);
    return rows.map((row) => row.name);
  } finally {
    await client.end();
  }
}

test('keysRenewed asks again for keys whose lease ends while rows are under way', async () => {
  Object.assign(leases, { asked: 0, version: () => 1 });
  const shown = await names('SELECT name, pad FROM people');
  assert.equal(new Set(shown).size, ROWS);
  for (const name of shown) assert.match(name, /^[0-9a-f]{64}$/u);
  assert.ok(leases.asked > 1, 'the lease did not end under way');
  const copied = await names('SELECT name, pad FROM people WHERE id < 3');
  assert.deepEqual(copied, shown.slice(0, 2));
});

test('keysRenewed ends a statement whose key was rolled under way', async () => {
  Object.assign(leases, { asked: 0, version: () => leases.asked });
  await assert.rejects(names('SELECT name, pad FROM people'), /rolled/u);
});
