import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import type { Ruling, VaultSchema } from '../mod.ts';
import { allow, CALLER, closeTestVaults, insertRows, openTestVault, ruling } from '../testvault.ts';
import type { TestVault } from '../testvault.ts';

let cluster: TestCluster;
let test: TestVault;
let vault: VaultSchema;

before(async () => {
  cluster = await startTestCluster();
  test = await openTestVault(cluster);
  vault = await test.vaults.create(CALLER, {
    name: 'crm',
    tables: [{ name: 'people', columns: [{ name: 'city', type: 'string', exactIndex: true }] }],
  });
  const rows = ['rome', 'rome', 'oslo', 'oslo'].map((city) => ({ city }));
  await insertRows(test.vaults, vault.id, { table: 'people', rows });
});

after(async () => {
  await closeTestVaults();
  await cluster.stop();
});

function scan(city: string, how: { rule?: Ruling; rowsMax?: number; valuesMax?: number }) {
  const { rule = allow()(people()), rowsMax = 100, valuesMax } = how;
  return test.vaults.scan({
    caller: CALLER,
    vault: vault.id,
    ruling: () => rule,
    budget: valuesMax === undefined ? null : { valuesMax, windowMs: 3_600_000 },
    tables: [
      {
        table: 'people',
        columns: [],
        lookup: { kind: 'values', column: 'city', values: [city] },
      },
    ],
    limits: { rowsMax, bytesMax: 10_000, untilMs: test.clock() + 10_000 },
  });
}

function people() {
  const [table] = vault.tables;
  assert.ok(table !== undefined);
  return table;
}

it('scan finds rows by an index without looking at others', async () => {
  const [found] = await scan('oslo', { rowsMax: 2 });
  assert.equal(found?.length, 2);
});

it('scan looks at every row where it hangs on the row what is shown, so that a hidden value costs what a missing one does', async () => {
  const [column] = people().columns;
  const hidden = ruling((_, valueOf) =>
    valueOf(column?.id ?? '') === 'rome' ? 'PLAIN_TEXT' : null,
  );
  const rule = { ...hidden, reads: [column?.id ?? ''] };
  for (const city of ['oslo', 'nowhere']) {
    assert.equal((await scan(city, { rule }))[0]?.length, 2);
    await assert.rejects(scan(city, { rule, rowsMax: 3 }), { code: 'limit' });
  }
});

it('scan takes a value off the budget for each that was looked for, found or not', async () => {
  await scan('nowhere', { valuesMax: 2 });
  await scan('oslo', { valuesMax: 2 });
  await assert.rejects(scan('nowhere', { valuesMax: 2 }), { code: 'limit' });
});

it('scan writes its leaf also where a limit stops it', async () => {
  const from = (await test.leaves()).length;
  await assert.rejects(scan('oslo', { rowsMax: 1 }), { code: 'limit' });
  const kinds = (await test.leaves()).slice(from).map(({ entry }) => JSON.parse(entry).kind);
  assert.deepEqual(kinds, ['vault-revealed']);
});
