import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Json } from '#base/canonical';
import { COLUMN_TYPES } from './schema/schema.ts';
import type { ColumnType } from './schema/schema.ts';
import type { VaultProposal } from './mod.ts';
import { allow, CALLER, insertRows, PLAIN, tokenOf, vaultStand } from './testvault.ts';
import { patternTree } from './shapes/patternreader.ts';
import { countOf, textAt } from './shapes/patterntree.ts';

const stand = vaultStand();

const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((one) => one.isWellFormed());
const two = (max: number, min = 0) =>
  fc.integer({ min, max }).map((n) => String(n).padStart(2, '0'));
const date = fc
  .tuple(fc.integer({ min: 1, max: 9999 }), two(12, 1), two(28, 1))
  .map(([year, month, day]) => `${String(year).padStart(4, '0')}-${month}-${day}`);
const zone = fc.constantFrom('Z', '+00:00', '-05:30', '+1400');
const time = fc.tuple(two(23), two(59), two(59)).map((parts) => parts.join(':'));
const VALUES: Readonly<Record<Exclude<ColumnType, 'file'>, fc.Arbitrary<Json>>> = {
  string: text,
  int32: fc.integer(),
  int64: fc.oneof(
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }).map(String),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }).map(String),
  ),
  float32: fc.float({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
  bool: fc.boolean(),
  date,
  datetime: fc.tuple(date, time, zone).map(([day, at, where]) => `${day}T${at}${where}`),
  time: fc.oneof(time, fc.constantFrom('3:04PM', '12:00AM', '11:59:59 pm')),
  json: fc
    .jsonValue({ maxDepth: 5 })
    .map((value) => JSON.parse(JSON.stringify(value)) as Json)
    .filter((value) => value !== null),
  bytes: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('base64')),
};
const TYPES = COLUMN_TYPES.filter((type) => type !== 'file');

const EVERYTHING: VaultProposal = {
  name: 'everything',
  tables: [
    {
      name: 'things',
      subject: 'who',
      columns: [
        { name: 'who', type: 'string', nullable: false },
        ...TYPES.map((type) => ({
          name: `one_${type}`,
          type,
          mask: { find: '^.', replace: '#' },
          tokens: [
            { shape: { kind: 'uuid' as const }, deterministic: true },
            { shape: { kind: 'uuid' as const }, deterministic: false, group: `random_${type}` },
          ],
        })),
        ...TYPES.map((type) => ({ name: `many_${type}`, type, isArray: true })),
      ],
    },
  ],
};
const fields = fc.record(
  Object.fromEntries(
    TYPES.flatMap((type) => [
      [`one_${type}`, VALUES[type]],
      [`many_${type}`, fc.array(VALUES[type], { maxLength: 3 })],
    ]),
  ),
  { requiredKeys: [] },
);

test('what goes in comes out, for every type, by get and by token, at every level', async () => {
  const { vaults } = await stand.open();
  const vault = await vaults.create(CALLER, EVERYTHING);
  const base = { caller: CALLER, vault: vault.id, table: 'things', ruling: allow() };
  const people = fc.constantFrom('a', 'b', 'c');
  const rows = fc.array(fc.tuple(people, fields), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      const things = given.map(([who, more]) => ({ who, ...more }));
      const written = await insertRows(vaults, vault.id, { table: 'things', rows: things });
      const select = { kind: 'ids', ids: written.map(({ record }) => record) } as const;
      const got = await vaults.get({ ...base, select, redaction: PLAIN });
      assert.deepEqual(
        got.records.map((one) => one.fields),
        things,
      );
      const hidden = await vaults.get({ ...base, select, redaction: 'REDACTED' });
      for (const [i, { fields: shown }] of hidden.records.entries()) {
        assert.deepEqual(
          shown,
          Object.fromEntries(Object.keys(things[i] ?? {}).map((name) => [name, '*REDACTED*'])),
        );
      }
      const all = written.flatMap(({ tokens }, i) =>
        tokens.map((token) => ({ ...token, value: things[i]?.[token.column as 'who'] })),
      );
      const asked = all.map(({ token }) => ({ token, redaction: PLAIN }));
      const shown = await vaults.detokenise({ ...base, tokens: asked });
      for (const [i, one] of shown.entries()) {
        assert.ok(one.kind === 'value');
        assert.deepEqual(sameValue(one.json), sameValue(all[i]?.value ?? null));
      }
    }),
    { numRuns: 12 },
  );
});

/** A deterministic token stands for equal values, however they are written: times and JSON have several spellings. */
function sameValue(json: Json): Json {
  if (typeof json === 'string' && /^\d{4}-\d{2}-\d{2}T/u.test(json))
    return new Date(json.replace(/(\d{2})(\d{2})$/u, '$1:$2')).toISOString();
  if (typeof json === 'object' && json !== null) return JSON.parse(JSON.stringify(json)) as Json;
  return json;
}

const SHAPES: VaultProposal = {
  name: 'shapes',
  tables: [
    {
      name: 'people',
      columns: [
        {
          name: 'card',
          type: 'string',
          tokens: [{ shape: { kind: 'card' }, deterministic: true }],
        },
        {
          name: 'email',
          type: 'string',
          tokens: [{ shape: { kind: 'email' }, deterministic: true }],
        },
        {
          name: 'phone',
          type: 'string',
          tokens: [{ shape: { kind: 'same-shape' }, deterministic: true }],
        },
        {
          name: 'code',
          type: 'string',
          tokens: [{ shape: { kind: 'pattern', pattern: '[A-Z]{2}-\\d{5}' } }],
        },
      ],
    },
  ],
};
const digits = (count: number) =>
  fc.string({
    unit: fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'),
    minLength: count,
    maxLength: count,
  });
const luhn = (digitsText: string) =>
  Array.from(digitsText, Number)
    .toReversed()
    .reduce((sum, digit, i) => {
      const doubled = i % 2 === 1 ? digit * 2 : digit;
      return sum + (doubled > 9 ? doubled - 9 : doubled);
    }, 0) %
    10 ===
  0;

test('deterministic tokens keep their shape, agree across processes and restarts, and stand for one value', async () => {
  const opened = await stand.open();
  const vault = await opened.vaults.create(CALLER, SHAPES);
  const other = opened.another();
  const person = fc.record({
    card: digits(16),
    email: fc.emailAddress(),
    phone: digits(10).map((n) => `+1 (${n.slice(0, 3)}) ${n.slice(3, 6)}-${n.slice(6)}`),
    code: fc.constant('x'),
  });
  const valueOf = new Map<string, string>();
  const tokenFor = new Map<string, string>();
  await fc.assert(
    fc.asyncProperty(fc.array(person, { minLength: 1, maxLength: 10 }), async (rows) => {
      const here = await insertRows(opened.vaults, vault.id, { table: 'people', rows });
      const there = await insertRows(other, vault.id, { table: 'people', rows });
      for (const [i, row] of rows.entries()) {
        for (const column of ['card', 'email', 'phone'] as const) {
          const token = tokenOf(here[i], column);
          assert.equal(tokenOf(there[i], column), token);
          assert.notEqual(token, row[column]);
          const name = `${column} ${row[column]}`;
          assert.equal(tokenFor.get(name) ?? token, token);
          assert.equal(valueOf.get(`${column} ${token}`) ?? name, name);
          tokenFor.set(name, token);
          valueOf.set(`${column} ${token}`, name);
        }
        const card = tokenOf(here[i], 'card');
        assert.ok(
          card.startsWith(row.card.slice(0, 6)) && card.endsWith(row.card.slice(-4)) && luhn(card),
        );
        assert.equal(tokenOf(here[i], 'email').split('@').at(-1), row.email.split('@').at(-1));
        assert.match(tokenOf(here[i], 'phone'), /^\+\d \(\d{3}\) \d{3}-\d{4}$/u);
        assert.match(tokenOf(here[i], 'code'), /^[A-Z]{2}-\d{5}$/u);
        assert.notEqual(tokenOf(here[i], 'code'), tokenOf(there[i], 'code'));
      }
    }),
    { numRuns: 10 },
  );
});

test('a shape with few tokens never gives one twice', async () => {
  const { vaults, database } = await stand.open();
  const vault = await vaults.create(CALLER, SHAPES);
  const rows = Array.from({ length: 1_000 }, (_, i) => ({
    card: `411111${String(i).padStart(6, '0')}1111`,
  }));
  const written = await insertRows(vaults, vault.id, { table: 'people', rows });
  assert.equal(new Set(written.map((row) => tokenOf(row, 'card'))).size, rows.length);
  const { rows: drawn } = await database.pool.query<{ again: string }>(
    'select count(*) as again from vault.token where draw > 0',
  );
  assert.ok(Number(drawn[0]?.again) > 0, 'of 1,000 tokens out of 100,000, some must have collided');
  const asked = written.map((row) => ({ token: tokenOf(row, 'card'), redaction: PLAIN }));
  const shown = await vaults.detokenise({
    caller: CALLER,
    vault: vault.id,
    tokens: asked,
    ruling: allow(),
  });
  assert.deepEqual(
    shown.map((one) => one.kind === 'value' && one.json),
    rows.map(({ card }) => card),
  );
});

test('brought tokens stand for their values, and for nothing else', async () => {
  const { vaults } = await stand.open();
  const vault = await vaults.create(CALLER, SHAPES);
  const write = (fields: Record<string, string>, tokens: Record<string, string>) =>
    insertRows(vaults, vault.id, {
      table: 'people',
      rows: [],
      more: { bringTokens: 'may', rows: [{ kind: 'insert', table: 'people', fields, tokens }] },
    });
  const [first] = await write(
    { email: 'a@example.com', code: 'x' },
    { email: 'old-token-1', code: 'old-token-2' },
  );
  assert.equal(tokenOf(first, 'email'), 'old-token-1');
  const [second] = await write({ email: 'a@example.com' }, {});
  assert.equal(tokenOf(second, 'email'), 'old-token-1', 'the value has a token already');
  await assert.rejects(write({ email: 'b@example.com' }, { email: 'old-token-1' }), {
    code: 'conflict',
  });
  await assert.rejects(write({ code: 'y' }, { code: 'old-token-2' }), { code: 'conflict' });
  await assert.rejects(write({ email: 'a@example.com' }, { email: 'another' }), {
    code: 'conflict',
  });
  const known = await vaults.tokenise({
    caller: CALLER,
    vault: vault.id,
    ruling: allow(),
    values: ['a@example.com', 'b@example.com'].map((value) => ({
      value,
      in: { table: 'people', column: 'email' },
    })),
  });
  assert.deepEqual(
    known.map((one) => (one.kind === 'token' ? one.token : one.problem.code)),
    ['old-token-1', 'not-found'],
  );
});

test('every text of a token pattern is one the pattern describes', () => {
  const patterns = [
    '[a-zA-Z0-9]{7}',
    '^\\d{3}-\\d{2}-\\d{4}$',
    '(ab|cd){1,2}x?[^0-9]',
    'a+b*',
    '(?:A|B[0-4])\\.\\w',
  ];
  for (const pattern of patterns) {
    const tree = patternTree(pattern);
    const anchored = new RegExp(`^(?:${pattern})$`, 'u');
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: countOf(tree) - 1n }), (number) => {
        assert.match(textAt(tree, number), anchored);
      }),
      { numRuns: 200 },
    );
  }
  for (const bad of ['(', '[a', 'a{2,1}', 'a{999}', '\\b', '*', '(?=a)']) {
    assert.throws(() => patternTree(bad), { code: 'invalid' }, bad);
  }
});
