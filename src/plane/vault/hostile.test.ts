import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '#base/canonical';
import { PAGE_RECORDS_MAX } from './limits.ts';
import { valueText } from './schema/value.ts';
import type { Problem } from '#base/problem';
import type { Detokenised, VaultProposal, WriteRow } from './mod.ts';
import { allow, CALLER, insertRows, PLAIN, tokenOf, WRITE_ALL, vaultStand } from './testvault.ts';

const stand = vaultStand();

const CANARY = 'canary-plaintext-7c1f';
const PEOPLE: VaultProposal = {
  name: 'crm',
  tables: [
    {
      name: 'persons',
      subject: 'customer',
      columns: [
        { name: 'customer', type: 'string', nullable: false, exactIndex: true },
        {
          name: 'name',
          type: 'string',
          prefixIndex: { min: 3, max: 5 },
          tokens: [{ shape: { kind: 'uuid' } }],
        },
        {
          name: 'email',
          type: 'string',
          unique: true,
          tokens: [{ shape: { kind: 'email' }, deterministic: true }],
        },
        { name: 'code', type: 'string', tokens: [{ shape: { kind: 'uuid' }, ttlSeconds: 60 }] },
        { name: 'age', type: 'int32' },
        { name: 'big', type: 'int64' },
        { name: 'born', type: 'date' },
        { name: 'seen', type: 'datetime' },
        { name: 'more', type: 'json' },
        { name: 'raw', type: 'bytes' },
        { name: 'tags', type: 'string', isArray: true },
      ],
    },
    {
      name: 'other',
      columns: [{ name: 'name', type: 'string', tokens: [{ shape: { kind: 'uuid' } }] }],
    },
  ],
};
const ADA = { customer: 'c-1', name: `Ada ${CANARY}`, email: `${CANARY}@example.com`, age: 36 };
const BOB = { customer: 'c-2', name: 'Bob Example', email: 'bob@example.com', age: 40 };

async function crm() {
  const opened = await stand.make(PEOPLE);
  const { vault } = opened;
  const [ada, bob] = await insertRows(opened.vaults, vault.id, {
    table: 'persons',
    rows: [ADA, BOB],
  });
  const detokenise = async (...tokens: readonly string[]) => {
    const asked = tokens.map((token) => ({ token, redaction: PLAIN }));
    return opened.vaults.detokenise({
      caller: CALLER,
      vault: vault.id,
      tokens: asked,
      ruling: allow(),
    });
  };
  return { ...opened, ada, bob, detokenise };
}

const codeOf = (one: Detokenised | undefined) =>
  one?.kind === 'failed' ? one.problem.code : valueText(one?.json ?? null);

test('records whose parts were swapped, cut or put back are refused and alarmed', async () => {
  const { ada, bob, vaults, vault, detokenise, alarms, query } = await crm();
  const before = await query('select * from vault.record where id = $1', [ada?.record]);
  const old = before.rows[0] as { body: Buffer; version: number };
  const update: WriteRow = {
    kind: 'update',
    table: 'persons',
    id: ada?.record ?? '',
    fields: { age: 37 },
  };
  await vaults.write({ caller: CALLER, vault: vault.id, rows: [update], rulings: WRITE_ALL });
  const now = await query('select body, version from vault.record where id = $1', [ada?.record]);
  const current = now.rows[0] as { body: Buffer; version: number };
  const other = await query('select body from vault.record where id = $1', [bob?.record]);
  const theirs = (other.rows[0] as { body: Buffer }).body;
  const flipped = Buffer.from(current.body);
  flipped[60] = (flipped[60] ?? 0) ^ 1;
  const foreignKey = Buffer.from(current.body);
  foreignKey[9 + 8 + 3] = 99; // the version, in its first cell, of a key that never was
  const attacks: readonly (readonly [string, readonly unknown[]])[] = [
    ['update vault.record set body = $2 where id = $1', [foreignKey]],
    ['update vault.record set body = $2 where id = $1', [theirs]], // another record's
    ['update vault.record set body = $2 where id = $1', [old.body]], // this record's, as it was
    ['update vault.record set version = version + 1, body = $2 where id = $1', [current.body]],
    [
      'update vault.record set subject_number = subject_number + 1, body = $2 where id = $1',
      [current.body],
    ],
    ['update vault.record set body = $2 where id = $1', [flipped]],
    ['update vault.record set body = $2 where id = $1', [current.body.subarray(0, 100)]],
  ];
  const token = tokenOf(ada, 'name');
  for (const [text, values] of attacks) {
    const saved = await query(
      'select version, subject_number as subject from vault.record where id = $1',
      [ada?.record],
    );
    await query(text, [ada?.record, ...values]);
    assert.equal(codeOf((await detokenise(token))[0]), 'corrupt', text);
    const select = { kind: 'ids', ids: [ada?.record ?? ''] } as const;
    const request = { caller: CALLER, vault: vault.id, table: 'persons', redaction: PLAIN };
    await assert.rejects(vaults.get({ ...request, select, ruling: allow() }), { code: 'corrupt' });
    const row = saved.rows[0] as { version: number; subject: string };
    await query(
      'update vault.record set body = $2, version = $3, subject_number = $4 where id = $1',
      [ada?.record, current.body, row.version, row.subject],
    );
  }
  assert.equal(codeOf((await detokenise(token))[0]), ADA.name);
  assert.deepEqual(
    await alarms(),
    attacks.flatMap(() => ['corrupt', 'corrupt']),
  );
});

test('a record that was put back whole, or removed and put back, is found by comparing with the ledger', async () => {
  const { ada, bob, vaults, vault, alarms, query } = await crm();
  const verify = () => vaults.verify(CALLER, vault.id);
  await query('create table backup as select * from vault.record');
  const update: WriteRow = {
    kind: 'update',
    table: 'persons',
    id: ada?.record ?? '',
    fields: { age: 37 },
  };
  await vaults.write({ caller: CALLER, vault: vault.id, rows: [update], rulings: WRITE_ALL });
  const request = { caller: CALLER, vault: vault.id, table: 'persons', ruling: allow() };
  await vaults.remove({ ...request, records: [bob?.record ?? ''] });
  assert.deepEqual(await verify(), { records: 1, findings: [], missing: 0 });
  await query('delete from vault.record');
  await query('insert into vault.record select * from backup');
  const { findings } = await verify();
  assert.deepEqual(
    findings.map(({ record, what }) => [record, what]),
    [
      [ada?.record, 'put-back'],
      [bob?.record, 'removed'],
    ],
  );
  assert.deepEqual(await alarms(), ['corrupt', 'corrupt']);
});

test('records behind a forgotten one are compared, and what was deleted in the database is missed', async () => {
  const { vaults, vault, alarms, query, ada } = await crm();
  const verify = () => vaults.verify(CALLER, vault.id);
  const rows = Array.from({ length: PAGE_RECORDS_MAX }, (_, i) => ({ customer: 'c-2', age: i }));
  for (let at = 0; at < rows.length; at += 1_000) {
    const some = rows.slice(at, at + 1_000);
    await insertRows(vaults, vault.id, { table: 'persons', rows: some });
  }
  await vaults.forget({ caller: CALLER, vault: vault.id, table: 'persons', subject: 'c-1' });
  const records = PAGE_RECORDS_MAX + 1;
  assert.deepEqual(await verify(), { records, findings: [], missing: 0 });
  const { rows: last } = await query(
    `update vault.record set body = set_byte(body, 40, get_byte(body, 40) # 1)
     where id = (select id from vault.record order by id desc limit 1) returning id`,
  );
  await query(
    `delete from vault.record where id = (select id from vault.record where id <> $1 order by id limit 1)`,
    [ada?.record],
  );
  const { findings, missing } = await verify();
  assert.deepEqual(
    findings.map(({ record, what }) => [record, what]),
    [[last[0]?.id, 'corrupt']],
  );
  assert.equal(missing, 1);
  assert.deepEqual(await alarms(), ['corrupt', 'corrupt']);
});

test('a token that was pointed at another value answers nothing', async () => {
  const { ada, bob, detokenise, query, vault } = await crm();
  const number = async (name: string) =>
    vault.tables[0]?.columns.find((column) => column.name === name)?.number;
  await query('update vault.token set record_id = $2 where record_id = $1', [
    ada?.record,
    bob?.record,
  ]);
  assert.equal(codeOf((await detokenise(tokenOf(ada, 'name')))[0]), 'not-found');
  await query('update vault.token set column_number = $1 where column_number = $2', [
    await number('age'),
    await number('name'),
  ]);
  assert.equal(codeOf((await detokenise(tokenOf(bob, 'name')))[0]), 'not-found');
  await query(
    'update vault.token set value_digest = case when digest = (select digest from vault.token where value_digest is not null limit 1) then $1::bytea else $2::bytea end where value_digest is not null',
    [Buffer.alloc(16, 1), Buffer.alloc(16, 2)],
  );
  assert.equal(codeOf((await detokenise(tokenOf(ada, 'email')))[0]), 'not-found');
});

test('a transient token answers until its time is over, even when its row says later', async () => {
  const { vaults, vault, detokenise, clock, query } = await crm();
  const rows = [
    { customer: 'c-3', code: '123' },
    { customer: 'c-4', code: '456' },
  ];
  const [first, second] = await insertRows(vaults, vault.id, { table: 'persons', rows });
  const [one, two] = [tokenOf(first, 'code'), tokenOf(second, 'code')];
  assert.deepEqual((await detokenise(one, two)).map(codeOf), ['123', '456']);
  await query(
    'update vault.token set expires_at_ms = expires_at_ms + 1000000 where record_id = $1',
    [second?.record],
  );
  clock.advance(61_000);
  assert.deepEqual((await detokenise(one, two)).map(codeOf), ['not-found', 'not-found']);
  await vaults.tend();
  const { rows: left } = await query('select from vault.token where expires_at_ms is not null');
  assert.equal(left.length, 1);
});

test('tokens of another vault, unknown ones and monstrous ones are not found, all alike', async () => {
  const { vaults, vault, detokenise, ada } = await crm();
  const other = await vaults.create(CALLER, { ...PEOPLE, name: 'elsewhere' });
  const [stranger] = await insertRows(vaults, other.id, { table: 'other', rows: [{ name: 'x' }] });
  const tokens = [
    tokenOf(stranger, 'name'),
    'nothing',
    '',
    '\u0000',
    '\ud800',
    'x'.repeat(100_000),
  ];
  const shown = await detokenise(...tokens);
  assert.deepEqual(
    new Set(
      shown.map((one) => one.kind === 'failed' && `${one.problem.code} ${one.problem.message}`),
    ),
    new Set(['not-found no value has this token']),
  );
  await assert.rejects(
    vaults.detokenise({
      caller: CALLER,
      vault: 'vlt_none',
      tokens: [{ token: tokenOf(ada, 'name'), redaction: PLAIN }],
      ruling: allow(),
    }),
    { code: 'not-found' },
  );
  assert.notEqual(vault.id, other.id);
});

let nested: Json = 'x';
for (let depth = 0; depth < 40; depth++) nested = [nested];
const BAD: readonly (readonly [string, Record<string, Json>, string, string])[] = [
  ['an unknown column', { height: 1 }, 'invalid', 'table `persons` has no column `height`'],
  ["the record's id", { skyflow_id: 'x' }, 'invalid', 'table `persons` has no column `skyflow_id`'],
  ['a number for a text', { name: 5 }, 'invalid', 'column `name` expected a text, got a number'],
  [
    'a text that is not unicode',
    { name: '\ud800' },
    'invalid',
    'column `name` expected a text, got a string',
  ],
  [
    'a number that is not whole',
    { age: 1.5 },
    'invalid',
    'column `age` expected a whole number of 32 bits, got a number',
  ],
  [
    'a number too large',
    { age: 2 ** 31 },
    'invalid',
    'column `age` expected a whole number of 32 bits, got a number',
  ],
  [
    'a number too long',
    { big: '9223372036854775808' },
    'invalid',
    'column `big` expected a whole number of 64 bits, beyond 2^53 as text, got a string',
  ],
  [
    'a day that never was',
    { born: '2026-02-30' },
    'invalid',
    'column `born` expected a date as `2006-01-02`, got a string',
  ],
  [
    'a moment without zone',
    { seen: '2026-02-03T10:00:00' },
    'invalid',
    'column `seen` expected a moment as RFC 3339 or RFC 1123 writes it, with its zone, got a string',
  ],
  [
    'json too deep',
    { more: nested },
    'invalid',
    'column `more` expected json at most 32 levels deep, got a list',
  ],
  [
    'bytes that are not base64',
    { raw: '&&&&' },
    'invalid',
    'column `raw` expected bytes in base64, got a string',
  ],
  ['a text for a list', { tags: 'a' }, 'invalid', 'column `tags` expected a list, got a string'],
  ['a list in a list', { tags: [['a']] }, 'invalid', 'column `tags` expected a text, got a list'],
  [
    'a value too large',
    { more: 'x'.repeat(1024 * 1024) },
    'limit',
    'value of column `more` too large: limit 1048576 bytes, got 1048578',
  ],
  [
    'too many elements',
    { tags: Array.from({ length: 10_001 }, () => 'a') },
    'limit',
    'column `tags` expected at most 10000 elements, got 10001',
  ],
  [
    'no value where one is needed',
    { customer: null },
    'invalid',
    'column `persons.customer` expected a value, got none',
  ],
];

test('bad input is refused with what is wrong, never with the value, and nothing is half written', async () => {
  const { vaults, vault, query } = await crm();
  const write = (fields: Record<string, Json>, more: Partial<WriteRow> = {}) =>
    vaults.write({
      caller: CALLER,
      vault: vault.id,
      rulings: WRITE_ALL,
      rows: [
        { kind: 'insert', table: 'persons', fields: { customer: 'c-9' } },
        {
          kind: 'insert',
          table: 'persons',
          fields: { customer: 'c-10', ...fields },
          ...more,
        } as WriteRow,
      ],
    });
  for (const [what, fields, code, message] of BAD) {
    await assert.rejects(write(fields), { code, message: `row 2: ${message}` }, what);
  }
  await assert.rejects(write({}, { table: 'nobody' }), { code: 'not-found' });
  await assert.rejects(write({}, { upsert: 'age' }), { code: 'invalid' });
  await assert.rejects(write({}, { tokens: { name: 'x' } }), {
    code: 'invalid',
  });
  const rows = Array.from({ length: 5_001 }, (): WriteRow => ({
    kind: 'insert',
    table: 'persons',
    fields: {},
  }));
  await assert.rejects(
    vaults.write({ caller: CALLER, vault: vault.id, rulings: WRITE_ALL, rows }),
    { code: 'limit' },
  );
  const { rows: left } = await query('select from vault.record');
  assert.equal(left.length, 2);
});

test('no plaintext and no token is in a dump of the database, in leaves or in blobs', async () => {
  const { vaults, vault, ada, query, leaves, detokenise } = await crm();
  await detokenise(tokenOf(ada, 'name'));
  await vaults.write({
    caller: CALLER,
    vault: vault.id,
    rulings: WRITE_ALL,
    idempotencyKey: `key-${CANARY}`,
    rows: [{ kind: 'insert', table: 'other', fields: { name: CANARY } }],
  });
  const problem = await vaults
    .write({
      caller: CALLER,
      vault: vault.id,
      rulings: WRITE_ALL,
      rows: [{ kind: 'insert', table: 'persons', fields: { ...ADA, age: CANARY } }],
    })
    .then(
      () => null,
      (thrown: unknown) => thrown as Problem,
    );
  assert.doesNotMatch(
    `${problem?.message} ${problem?.hint} ${problem?.stack}`,
    new RegExp(CANARY, 'u'),
  );
  const { rows: tables } = await query(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
  );
  const secrets = [CANARY, tokenOf(ada, 'name'), tokenOf(ada, 'email')];
  for (const { name } of tables as { name: string }[]) {
    const { rows } = await query(`select t::text as line from ${name} t`);
    for (const { line } of rows as { line: string }[]) {
      const bytes = line.replaceAll(/\\x(?<hex>[0-9a-f]+)/gu, (_, digits: string) =>
        Buffer.from(digits, 'hex').toString('latin1'),
      );
      for (const secret of secrets)
        assert.ok(!line.includes(secret) && !bytes.includes(secret), `${name} holds a secret`);
    }
  }
  assert.ok(!JSON.stringify(await leaves()).includes(CANARY));
});
