import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '#base/problem';
import type { Redaction, RulingOf, VaultProposal, WriteRow } from '../mod.ts';
import {
  allow,
  CALLER,
  insertRows,
  PLAIN,
  ruling,
  tokenOf,
  WRITE_ALL,
  vaultStand,
} from '../testvault.ts';

// Who may not see a value must not learn by trying whether the vault has it.

const stand = vaultStand();

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
const NOBODY = '0190163f-0000-7000-8000-000000000000';
const ROWS = [
  { customer: 'c-1', email: KNOWN, name: 'Ada', region: 'EU' },
  { customer: 'c-2', email: 'bob@example.com', name: 'Adam', region: 'US' },
];

const deny =
  (id: string): RulingOf =>
  () => ({ ...ruling(() => null), effect: 'deny', id });

async function crm() {
  const opened = await stand.make(PEOPLE);
  const { vaults, vault } = opened;
  const rows = await insertRows(vaults, vault.id, { table: 'persons', rows: ROWS });
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
  return { ...opened, rows, refusal, told, base };
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

test('a row that is hidden is not there, whatever it lacks and which version it has; nobody gets a key for trying', async () => {
  const { refusal, rows, column, query } = await crm();
  const europe: RulingOf = () => ({
    ...ruling((_, valueOf) => (valueOf(column('region')) === 'EU' ? 'PLAIN_TEXT' : null)),
    reads: [column('region')],
  });
  const nobody = { kind: 'update', table: 'persons', id: NOBODY } as const;
  const american = { ...nobody, id: rows[1]?.record ?? '' };
  const tries = [
    { fields: { region: 'EU' }, ifVersion: 7 },
    { fields: {} },
    { fields: { customer: 'c-9', region: 'EU' } },
  ];
  for (const one of tries) {
    const [code, message] = await refusal({ update: europe }, { ...american, ...one });
    assert.equal(code, 'not-found');
    const other = await refusal({ update: europe }, { ...nobody, ...one });
    assert.deepEqual(message?.replace(american.id, NOBODY), other[1]);
  }
  const subjects = async () => (await query('select from vault.subject')).rows.length;
  assert.equal(await subjects(), 2);
  const european = { ...nobody, id: rows[0]?.record ?? '', fields: { customer: 'c-9' } };
  assert.equal(await refusal({ update: europe }, european), 'written');
  assert.equal(await subjects(), 3);
});

test('what no row decides is refused alike whether the record is there', async () => {
  const { refusal, rows, column } = await crm();
  const names: RulingOf = () => ruling((id) => (id === column('name') ? 'PLAIN_TEXT' : null));
  const update = (id: string): WriteRow => ({
    kind: 'update',
    table: 'persons',
    id,
    fields: { region: 'EU' },
  });
  const known = await refusal({ update: names }, update(rows[0]?.record ?? ''));
  assert.equal(known[0], 'denied');
  assert.deepEqual(await refusal({ update: names }, update(NOBODY)), known);
});

test('a rule that looks at a column that is no more allows nothing, and says so', async () => {
  const { refusal, rows, vaults, base } = await crm();
  const lost = 'col_00000000000000000000000000';
  const isNull: RulingOf = () => ({
    ...ruling((_, valueOf) => (valueOf(lost) === null ? 'PLAIN_TEXT' : null)),
    reads: [lost],
  });
  const insert: WriteRow = { kind: 'insert', table: 'persons', fields: { customer: 'c-9' } };
  const [code, , hint] = await refusal({ insert: isNull }, insert);
  assert.equal(code, 'denied');
  assert.match(String(hint), /looks at column `col_0+`, which is no more/u);
  const update = { kind: 'update', table: 'persons', id: rows[0]?.record ?? '' } as const;
  assert.equal((await refusal({ update: isNull }, { ...update, fields: {} }))[0], 'not-found');
  const select = { kind: 'page', after: null, skip: 0, descending: false } as const;
  assert.deepEqual((await vaults.get({ ...base, select, ruling: isNull })).records, []);
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

test('looking for a value costs one, whether the vault has it, and with nothing left all are refused alike', async () => {
  const { vaults, base, rows } = await crm();
  const budget = { valuesMax: 3, windowMs: 60_000 };
  const outcome = (asked: Promise<unknown>) =>
    asked.then(
      () => 'answered',
      ({ code, message }: Problem) => `${code}: ${message}`,
    );
  const find = (email: string, principal: `sub_${string}`) =>
    outcome(
      vaults.get({
        ...base,
        caller: { ...CALLER, actor: { kind: 'subject', id: principal } },
        select: { kind: 'values', column: 'email', values: [email] },
        ruling: allow(),
        budget,
      }),
    );
  const refused = 'limit: the budget of 3 values in 1 minutes does not cover this';
  const nobody = 'nobody@example.com';
  const [guesser, finder] = [
    'sub_01j00000000000000000000001',
    'sub_01j00000000000000000000002',
  ] as const;
  for (let left = 3; left > 0; left -= 1) assert.equal(await find(nobody, guesser), 'answered');
  for (const email of [nobody, KNOWN]) assert.equal(await find(email, guesser), refused);
  // A record with more values than are left: refused, and yet each try costs.
  for (let left = 3; left > 0; left -= 1) assert.equal(await find(KNOWN, finder), refused);
  assert.equal(await find(nobody, finder), refused);

  const detokenise = (token: string) => {
    const tokens = [{ token, redaction: PLAIN }];
    return outcome(
      vaults.detokenise({
        caller: { ...CALLER, actor: { kind: 'subject', id: guesser } },
        vault: base.vault,
        tokens,
        ruling: allow(),
        budget,
      }),
    );
  };
  for (const token of ['unknown', tokenOf(rows[0], 'email')]) {
    assert.equal(await detokenise(token), refused);
  }
  const scan = (id: string) =>
    outcome(
      vaults.scan({
        caller: { ...CALLER, actor: { kind: 'subject', id: guesser } },
        vault: base.vault,
        ruling: allow(),
        budget,
        tables: [
          {
            table: 'persons',
            columns: [{ column: 'email', asked: PLAIN }],
            lookup: { kind: 'values', column: 'email', values: [id] },
          },
        ],
        limits: { rowsMax: 10, bytesMax: 10_000, untilMs: Number.MAX_SAFE_INTEGER },
      }),
    );
  for (const email of [nobody, KNOWN]) assert.equal(await scan(email), refused);
});
