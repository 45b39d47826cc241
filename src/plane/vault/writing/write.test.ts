import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RulingOf, VaultProposal, WriteOutcome, WriteRow } from '../mod.ts';
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

const stand = vaultStand();

const PEOPLE: VaultProposal = {
  name: 'crm',
  tables: [
    {
      name: 'persons',
      columns: [
        {
          name: 'email',
          type: 'string',
          unique: true,
          tokens: [{ shape: { kind: 'email' }, deterministic: true }],
        },
        {
          name: 'name',
          type: 'string',
          prefixIndex: { min: 2, max: 4 },
          tokens: [{ shape: { kind: 'uuid' } }],
        },
        { name: 'region', type: 'string', values: ['EU', 'US'], redaction: 'PLAIN_TEXT' },
        { name: 'age', type: 'int32' },
      ],
    },
    {
      name: 'notes',
      purposeRequired: true,
      columns: [{ name: 'text', type: 'string', redaction: 'MASKED' }],
    },
  ],
};

async function crm() {
  const opened = await stand.make(PEOPLE);
  const { vault } = opened;
  const write = (
    rows: readonly WriteRow[],
    more: Partial<Parameters<typeof opened.vaults.write>[0]> = {},
  ) => opened.vaults.write({ caller: CALLER, vault: vault.id, rows, rulings: WRITE_ALL, ...more });
  const base = { caller: CALLER, vault: vault.id, table: 'persons', redaction: PLAIN };
  const all = async (ruled: RulingOf = allow()) => {
    const select = { kind: 'page', after: null, skip: 0, descending: false } as const;
    return (await opened.vaults.get({ ...base, select, ruling: ruled })).records;
  };
  const count = async (table: string) => {
    const { rows } = await opened.database.pool.query<{ n: string }>(
      `select count(*) as n from vault.${table}`,
    );
    return Number(rows[0]?.n);
  };
  return { ...opened, write, all, count, base };
}

const person = (email: string, more: Record<string, string | number> = {}): WriteRow => ({
  kind: 'insert',
  table: 'persons',
  fields: { email, ...more },
});
const told = (outcomes: readonly WriteOutcome[]) =>
  outcomes.map((one) => (one.kind === 'written' ? one.operation : one.problem.code));

test('write goes on without the rows that cannot be written, in the order of the request', async () => {
  const { write, all } = await crm();
  const rows = [
    person('a@example.com'),
    person('b@example.com', { region: 'ASIA' }),
    person('a@example.com'),
    person('c@example.com', { height: 180 }),
    person('d@example.com', { age: 1.5 }),
    person('e@example.com'),
  ];
  const outcomes = await write(rows, { continueOnError: true });
  assert.deepEqual(told(outcomes), [
    'insert',
    'invalid',
    'conflict',
    'invalid',
    'invalid',
    'insert',
  ]);
  assert.deepEqual(
    (await all()).map(({ fields }) => fields['email']),
    ['a@example.com', 'e@example.com'],
  );
});

test('write without going on writes nothing when one row cannot be written, and says which', async () => {
  const { write, count } = await crm();
  await assert.rejects(
    write([person('a@example.com'), person('b@example.com', { region: 'ASIA' })]),
    {
      code: 'invalid',
      message: 'row 2: column `region` expected one of its values',
    },
  );
  await assert.rejects(write([person('a@example.com'), person('a@example.com')]), {
    code: 'conflict',
  });
  assert.deepEqual([await count('record'), await count('lookup'), await count('token')], [0, 0, 0]);
});

test('upsert changes the record with the unique value, and several rows of one value become one record', async () => {
  const { write, all } = await crm();
  const upsert = (email: string, age: number): WriteRow => ({
    kind: 'insert',
    table: 'persons',
    fields: { email, age },
    upsert: 'email',
  });
  const [first] = await write([person('a@example.com', { name: 'Ada', age: 1 })]);
  const outcomes = await write([
    upsert('a@example.com', 2),
    upsert('b@example.com', 3),
    upsert('b@example.com', 4),
  ]);
  assert.deepEqual(told(outcomes), ['update', 'insert', 'update']);
  const [second] = outcomes;
  assert.ok(first?.kind === 'written' && second?.kind === 'written');
  assert.equal(second.record, first.record);
  assert.equal(
    tokenOf(second, 'name'),
    tokenOf(first, 'name'),
    'what did not change keeps its token',
  );
  const ages = (await all()).map(({ fields }) => JSON.stringify([fields['email'], fields['age']]));
  assert.deepEqual(ages.toSorted(), ['["a@example.com",2]', '["b@example.com",4]']);
});

test('concurrent upserts of one value keep one record, in this process and another', async () => {
  const { write, all, another, vault, count } = await crm();
  const other = another();
  const row: WriteRow = {
    kind: 'insert',
    table: 'persons',
    fields: { email: 'a@example.com', age: 1 },
    upsert: 'email',
  };
  const elsewhere = () =>
    other.write({ caller: CALLER, vault: vault.id, rows: [row], rulings: WRITE_ALL });
  const outcomes = (
    await Promise.all(Array.from({ length: 12 }, (_, i) => (i % 2 ? write([row]) : elsewhere())))
  ).flat();
  assert.equal(told(outcomes).filter((one) => one === 'insert').length, 1);
  const records = await all();
  assert.equal(records.length, 1);
  assert.equal(records[0]?.version, 12);
  assert.equal(await count('token'), 1);
});

test('update changes what is given, clears null, and refuses a version that is past', async () => {
  const { write, all } = await crm();
  const [made] = await insertOne(write, { email: 'a@example.com', name: 'Ada', age: 1 });
  const update = (fields: Record<string, string | null>, ifVersion?: number): WriteRow => ({
    kind: 'update',
    table: 'persons',
    id: made.record,
    fields,
    ...(ifVersion === undefined ? {} : { ifVersion }),
  });
  const [changed] = await write([update({ name: 'Eve', email: null }, 1)]);
  assert.ok(changed?.kind === 'written');
  assert.notEqual(tokenOf(changed, 'name'), tokenOf(made, 'name'));
  assert.deepEqual((await all())[0]?.fields, { name: 'Eve', age: 1 });
  await assert.rejects(write([update({ name: 'Ada' }, 1)]), {
    code: 'conflict',
    message: 'record expected version 1, got 2',
  });
  await write([person('a@example.com')]); // the value is free again
});

async function insertOne(
  write: (rows: readonly WriteRow[]) => Promise<readonly WriteOutcome[]>,
  fields: Record<string, string | number>,
) {
  const [made] = await write([{ kind: 'insert', table: 'persons', fields }]);
  assert.ok(made?.kind === 'written');
  return [made] as const;
}

test('an idempotency key gives the first answer again and writes once, also to those who come at the same time', async () => {
  const { write, count, clock } = await crm();
  const rows = [person('a@example.com', { name: 'Ada' }), person('b@example.com')];
  const again = () => write(rows, { idempotencyKey: 'k1' });
  const answers = await Promise.all([again(), again(), again()]);
  answers.push(await again());
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal(await count('record'), 2);
  await assert.rejects(write([person('c@example.com')], { idempotencyKey: 'k1' }), {
    code: 'conflict',
  });
  clock.advance(25 * 60 * 60 * 1_000);
  assert.deepEqual(told(await write([person('c@example.com')], { idempotencyKey: 'k1' })), [
    'insert',
  ]);
});

test('an answer that is asked for again shows only what the rulings of now allow', async () => {
  const { vaults, vault, count } = await crm();
  const rows = ['a@example.com', 'b@example.com'].map((email): WriteRow => ({
    ...person(email),
    wantsTokens: email.startsWith('a'),
  }));
  const ask = (rulings: typeof WRITE_ALL) => {
    const request = { caller: CALLER, vault: vault.id, rows, rulings };
    return vaults.write({ ...request, continueOnError: true, idempotencyKey: 'k1' });
  };
  const first = await ask(WRITE_ALL);
  assert.ok(first[0]?.kind === 'written' && first[0].tokens.length > 0);
  const [hidden, shown] = await ask({ ...WRITE_ALL, tokenize: () => ruling(() => null) });
  assert.ok(hidden?.kind === 'failed' && hidden.problem.code === 'denied');
  assert.deepEqual(shown, first[1]);
  assert.deepEqual(await ask(WRITE_ALL), first);
  assert.equal(await count('record'), 2);
});

test('an answer that is asked for again is none for records that are no more, nor for rows that are none', async () => {
  const { vaults, vault, write, count } = await crm();
  const rows = ['a@example.com', 'b@example.com', 'c@example.com'].map((email, age) =>
    person(email, email.startsWith('c') ? { age } : {}),
  );
  const request = { caller: CALLER, vault: vault.id, rows, rulings: WRITE_ALL };
  const ask = () => vaults.write({ ...request, continueOnError: true, idempotencyKey: 'k1' });
  const first = await ask();
  const [gone, kept] = first;
  assert.ok(gone?.kind === 'written' && kept?.kind === 'written');
  await vaults.remove({
    caller: CALLER,
    vault: vault.id,
    table: 'persons',
    records: [gone.record],
    ruling: allow(),
  });
  const [removed, ...others] = await ask();
  assert.ok(removed?.kind === 'failed');
  assert.equal(removed.problem.code, 'gone');
  assert.deepEqual(others, first.slice(1));
  const change = { kind: 'drop-column', table: 'persons', column: 'age' } as const;
  await vaults.change(CALLER, { vault: vault.id, change });
  assert.deepEqual(told(await ask()), ['gone', 'insert', 'invalid']);
  const whole = { caller: CALLER, vault: vault.id, rulings: WRITE_ALL, idempotencyKey: 'k2' };
  const [made] = await vaults.write({ ...whole, rows: [person('d@example.com')] });
  assert.ok(made?.kind === 'written');
  const removal = { caller: CALLER, vault: vault.id, table: 'persons', ruling: allow() };
  await vaults.remove({ ...removal, records: [made.record] });
  await assert.rejects(vaults.write({ ...whole, rows: [person('d@example.com')] }), {
    code: 'gone',
  });
  assert.equal(await count('record'), 2);
  await write([person('a@example.com')]);
});

test('a row that policy does not show does not exist, and may not be written or removed', async () => {
  const { write, all, vault, vaults, base } = await crm();
  await write([
    person('a@example.com', { region: 'EU' }),
    person('b@example.com', { region: 'US' }),
  ]);
  const region = vault.tables[0]?.columns[2]?.id ?? '';
  const europe: RulingOf = () => ({
    ...ruling((_, valueOf) => (valueOf(region) === 'EU' ? 'PLAIN_TEXT' : null)),
    reads: [region],
  });
  assert.deepEqual(
    (await all(europe)).map(({ fields }) => fields['email']),
    ['a@example.com'],
  );
  const american = (await all())[1]?.id ?? '';
  const rulings = { insert: europe, update: europe };
  const fields = { region: 'US' };
  await assert.rejects(write([person('c@example.com', fields)], { rulings }), { code: 'denied' });
  const update: WriteRow = {
    kind: 'update',
    table: 'persons',
    id: american,
    fields: { region: 'EU' },
  };
  // Of what may not be read it is not told whether it is there; of what may be, that it may not be changed.
  const removal = async (id: string, read?: RulingOf) => {
    const request = {
      ...base,
      records: [id],
      ruling: europe,
      ...(read === undefined ? {} : { read }),
    };
    const [{ problem } = { problem: null }] = await vaults.remove(request);
    return [problem?.code, problem?.message.replace(id, 'ID')];
  };
  const change = async (id: string, read?: RulingOf) => {
    const all = { ...rulings, ...(read === undefined ? {} : { read }) };
    const [outcome] = await write([{ ...update, id }], { rulings: all, continueOnError: true });
    if (outcome?.kind !== 'failed') return ['written'];
    return [outcome.problem.code, outcome.problem.message.replace(id, 'ID')];
  };
  for (const attempt of [removal, change]) {
    for (const read of [undefined, europe]) {
      const hidden = await attempt(american, read);
      assert.equal(hidden[0], 'not-found');
      assert.deepEqual(hidden, await attempt('0190163f-0000-7000-8000-000000000000', read));
    }
    assert.equal((await attempt(american, allow('MASKED')))[0], 'denied');
  }
  assert.equal((await all()).length, 2);
});

test('what is asked for is an upper bound of what is shown', async () => {
  const { write, vaults, base } = await crm();
  const [made] = await insertOne(write, { email: 'a@example.com', name: 'Ada', region: 'EU' });
  const select = { kind: 'ids', ids: [made.record] } as const;
  const shown = async (
    redaction: 'PLAIN_TEXT' | 'REDACTED' | 'DEFAULT',
    most: 'PLAIN_TEXT' | 'MASKED' | 'REDACTED',
  ) => (await vaults.get({ ...base, select, redaction, ruling: allow(most) })).records[0]?.fields;
  assert.deepEqual(await shown('DEFAULT', 'PLAIN_TEXT'), {
    email: '*REDACTED*',
    name: '*REDACTED*',
    region: 'EU',
  });
  assert.deepEqual(await shown('PLAIN_TEXT', 'REDACTED'), {
    email: '*REDACTED*',
    name: '*REDACTED*',
    region: '*REDACTED*',
  });
  assert.deepEqual(await shown('REDACTED', 'PLAIN_TEXT'), {
    email: '*REDACTED*',
    name: '*REDACTED*',
    region: '*REDACTED*',
  });
  assert.deepEqual(await shown('PLAIN_TEXT', 'MASKED'), {
    email: '*REDACTED*',
    name: '*REDACTED*',
    region: '*REDACTED*',
  });
});

test('pages and streams give every record once, beginnings find, and tokens stand in for values', async () => {
  const { vaults, vault, base } = await crm();
  const rows = Array.from({ length: 25 }, (_, i) => ({
    email: `p${i}@example.com`,
    name: `Na${i}`,
  }));
  const written = await insertRows(vaults, vault.id, { table: 'persons', rows });
  const got = [];
  for await (const page of vaults.stream({ ...base, ruling: allow(), limit: 10 }))
    got.push(...page);
  assert.deepEqual(
    got.map(({ id }) => id),
    written.map(({ record }) => record),
  );
  const last = { kind: 'page', after: null, skip: 1, descending: true } as const;
  const { records } = await vaults.get({ ...base, ruling: allow(), select: last, limit: 2 });
  assert.deepEqual(
    records.map(({ fields }) => fields['name']),
    ['Na23', 'Na22'],
  );
  const beginning = { kind: 'prefix', column: 'name', beginning: 'Na2' } as const;
  const found = await vaults.get({ ...base, ruling: allow(), select: beginning });
  assert.equal(found.records.length, 6);
  const tokens = await vaults.get({ ...base, ruling: allow(), select: beginning, tokens: true });
  assert.ok(
    tokens.records.every(({ fields }) => /^"[0-9a-f-]{36}"$/u.test(JSON.stringify(fields['name']))),
  );
});

test('a purpose is asked for, a budget is kept, and both tell', async () => {
  const { vaults, vault, leaves, clock } = await crm();
  await insertRows(vaults, vault.id, { table: 'notes', rows: [{ text: 'a' }, { text: 'b' }] });
  const select = { kind: 'page', after: null, skip: 0, descending: false } as const;
  const budget = { valuesMax: 3, windowMs: 60_000 };
  const read = (purpose: string | null) =>
    vaults.get({
      caller: { ...CALLER, purpose },
      vault: vault.id,
      table: 'notes',
      select,
      redaction: PLAIN,
      ruling: allow(),
      budget,
    });
  await assert.rejects(read(null), { code: 'denied' });
  assert.equal((await read('ticket-1')).records.length, 2);
  await assert.rejects(read('ticket-1'), { code: 'limit' });
  const alarms = (await leaves()).flatMap(({ leaf }) =>
    leaf.kind === 'vault-alarm' ? [leaf.reason] : [],
  );
  assert.deepEqual(alarms, ['over-budget']);
  clock.advance(60_000);
  assert.equal((await read('ticket-1')).records.length, 2);
});

test('a canary raises an alarm when it or a token of it is read, and looks like any other record', async () => {
  const { vaults, vault, write, leaves, base } = await crm();
  const [planted] = await write([
    {
      kind: 'insert',
      table: 'persons',
      fields: { email: 'x@example.com', name: 'Nobody' },
      canary: true,
    },
  ]);
  assert.ok(planted?.kind === 'written');
  await insertRows(vaults, vault.id, { table: 'persons', rows: [{ email: 'a@example.com' }] });
  const reasons = async () =>
    (await leaves()).flatMap(({ leaf }) => (leaf.kind === 'vault-alarm' ? [leaf.reason] : []));
  assert.deepEqual(await reasons(), []);
  const tokens = [{ token: tokenOf(planted, 'name'), redaction: 'REDACTED' as const }];
  await vaults.detokenise({ caller: CALLER, vault: vault.id, tokens, ruling: allow() });
  await vaults.get({ ...base, ruling: allow(), select: { kind: 'ids', ids: [planted.record] } });
  assert.deepEqual(await reasons(), ['canary', 'canary']);
});
