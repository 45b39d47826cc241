import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import type { Problem } from '#base/problem';
import type { Redaction, RulingOf, VaultProposal, WriteRow } from './mod.ts';
import {
  allow,
  CALLER,
  closeTestVaults,
  insertRows,
  openTestVault,
  PLAIN,
  ruling,
  tokenOf,
  WRITE_ALL,
} from './testvault.ts';

// Who may not see a value must not learn by trying whether the vault has it.

let cluster: TestCluster;
before(async () => {
  cluster = await startTestCluster();
});
after(async () => {
  await closeTestVaults();
  await cluster.stop();
});

const PEOPLE: VaultProposal = {
  name: 'crm',
  tables: [
    {
      name: 'persons',
      subject: 'customer',
      columns: [
        { name: 'customer', type: 'string', nullable: false, exactIndex: true },
        {
          name: 'email',
          type: 'string',
          unique: true,
          tokens: [{ shape: { kind: 'email' }, deterministic: true }],
        },
        { name: 'name', type: 'string', prefixIndex: { min: 2, max: 4 } },
        { name: 'region', type: 'string' },
      ],
    },
  ],
};
const KNOWN = 'ada@example.com';
const ROWS = [
  { customer: 'c-1', email: KNOWN, name: 'Ada', region: 'EU' },
  { customer: 'c-2', email: 'bob@example.com', name: 'Adam', region: 'US' },
];

const deny =
  (id: string): RulingOf =>
  () => ({ ...ruling(() => null), effect: 'deny', id });

async function crm() {
  const opened = await openTestVault(cluster);
  const { vaults } = opened;
  const vault = await vaults.create(CALLER, PEOPLE);
  const rows = await insertRows(vaults, vault.id, { table: 'persons', rows: ROWS });
  const table = await vaults.schema(vault.id).then(({ tables }) => tables[0]);
  const column = (name: string) => table?.columns.find((one) => one.name === name)?.id ?? '';
  const refusal = async (rulings: Partial<typeof WRITE_ALL>, row: WriteRow, bring = false) => {
    const request = { caller: CALLER, vault: vault.id, rows: [row] };
    const all = { ...WRITE_ALL, ...rulings };
    const bringTokens = bring ? 'may' : 'never';
    const thrown = await vaults.write({ ...request, rulings: all, bringTokens }).then(
      () => null,
      (problem: Problem) => problem,
    );
    return thrown === null ? 'written' : [thrown.code, thrown.message, thrown.hint];
  };
  const told = async () => (await opened.leaves()).map(({ leaf }) => leaf);
  const base = { caller: CALLER, vault: vault.id, table: 'persons', redaction: PLAIN };
  return { ...opened, vault, rows, column, refusal, told, base };
}

const upsert = (email: string, more: Record<string, string> = {}): WriteRow => ({
  kind: 'insert',
  table: 'persons',
  fields: { email, ...more },
  upsert: 'email',
});

test('an upsert without the right to insert or to update is refused alike for values the vault has and has not', async () => {
  const { refusal, column, database } = await crm();
  const blind: RulingOf = () => ({ ...ruling(() => null), id: 'dec_blind' });
  const europe: RulingOf = () =>
    ruling((_, valueOf) => (valueOf(column('region')) === 'EU' ? 'PLAIN_TEXT' : null));
  const rights = [
    { insert: deny('dec_insert'), update: deny('dec_update') },
    { insert: deny('dec_insert') },
    { update: deny('dec_update') },
    { insert: blind, update: blind },
    { insert: europe },
    { update: europe },
  ];
  for (const rulings of rights) {
    for (const more of [{}, { customer: 'c-9' }]) {
      const known = await refusal(rulings, upsert(KNOWN, more));
      assert.equal(known[0], 'denied', JSON.stringify(known));
      assert.deepEqual(await refusal(rulings, upsert('nobody@example.com', more)), known);
    }
  }
  const { rows } = await database.pool.query('select from vault.subject');
  assert.equal(rows.length, 2, 'a refused write makes no key for anybody');
});

test('a row is refused before it is told which of its columns lacks a value or which version it has', async () => {
  const { refusal, rows, column } = await crm();
  const europe: RulingOf = () =>
    ruling((_, valueOf) => (valueOf(column('region')) === 'EU' ? 'PLAIN_TEXT' : null));
  const american = { kind: 'update', table: 'persons', id: rows[1]?.record ?? '' } as const;
  const update: WriteRow = { ...american, fields: { region: 'EU' }, ifVersion: 7 };
  assert.equal((await refusal({ update: europe }, update))[0], 'denied');
  assert.equal((await refusal({ update: europe }, { ...american, fields: {} }))[0], 'denied');
});

test('a token may be brought only for a column whose tokens the caller may have', async () => {
  const { refusal, rows, column } = await crm();
  const others: RulingOf = () => ruling((id) => (id === column('email') ? null : 'PLAIN_TEXT'));
  const bring = (email: string, token: string): WriteRow => ({
    kind: 'insert',
    table: 'persons',
    fields: { customer: 'c-3', email },
    tokens: { email: token },
  });
  for (const tokenize of [deny('dec_tokenize'), others]) {
    const taken = await refusal(
      { tokenize },
      bring('new@example.com', tokenOf(rows[0], 'email')),
      true,
    );
    assert.equal(taken[0], 'denied');
    assert.deepEqual(await refusal({ tokenize }, bring('new@example.com', 'free'), true), taken);
  }
  assert.equal(await refusal({}, bring('new@example.com', 'free'), true), 'written');
});

test('records are found by values only of columns the caller may see whole, and what was looked for is told', async () => {
  const { vaults, base, told, column } = await crm();
  const byEmail = (values: readonly string[]) =>
    ({ kind: 'values', column: 'email', values }) as const;
  const beginning = { kind: 'prefix', column: 'name', beginning: 'Ad' } as const;
  for (const level of ['MASKED', 'REDACTED', null] as (Redaction | null)[]) {
    for (const select of [byEmail([KNOWN]), byEmail(['nobody@example.com']), beginning]) {
      const blind: RulingOf = () =>
        ruling((id) => (id === column('region') ? 'PLAIN_TEXT' : level));
      await assert.rejects(vaults.get({ ...base, select, ruling: blind }), { code: 'denied' });
    }
  }
  const europe: RulingOf = () => ({
    ...ruling((_, valueOf) => (valueOf(column('region')) === 'EU' ? 'PLAIN_TEXT' : 'MASKED')),
    reads: [column('region')],
  });
  const found = await vaults.get({ ...base, select: beginning, ruling: europe });
  assert.deepEqual(
    found.records.map(({ fields }) => fields['name']),
    ['Ada'],
  );
  const before = (await told()).length;
  const nobody = { ...base, select: byEmail(['nobody@example.com']), ruling: allow() };
  assert.deepEqual((await vaults.get(nobody)).records, []);
  const [leaf, ...rest] = (await told()).slice(before);
  assert.ok(leaf?.kind === 'vault-revealed' && rest.length === 0);
  assert.deepEqual([leaf.records, leaf.columns], [0, []]);
});

test('a value by which a record was found counts as shown', async () => {
  const { vaults, base } = await crm();
  const budget = { valuesMax: 2, windowMs: 60_000 };
  const select = { kind: 'values', column: 'email', values: [KNOWN] } as const;
  const find = () =>
    vaults.get({
      ...base,
      select,
      redaction: 'REDACTED',
      ruling: allow(),
      fields: ['name'],
      budget,
    });
  await find();
  await find();
  await assert.rejects(find(), { code: 'limit' });
});
