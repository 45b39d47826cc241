import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ColumnShow, SqlMask, SqlPredicate } from './mod.ts';
import { run, runPlanned, startFixture } from '../../../test/sql/server.ts';
import type { FixtureServer } from '../../../test/sql/server.ts';
import { guarded } from '../../../test/sql/stand.ts';

let server: FixtureServer;
before(async () => {
  server = await startFixture(15);
  await server.direct.query(`
    insert into patient (id, name, email, ssn, born, seen, weight, visits, code) values
      (100, '', null, '1', '0001-01-01', '-infinity', -99.99, -7, ''),
      (101, 'Ĳ', 'ab', '12', '9999-12-31', 'infinity', 0, -9223372036854775808, 'é'),
      (102, 'x''y', 'abc', null, null, null, null, 9223372036854775807, null)`);
});
after(() => server.stop());

const show = (mask: SqlMask, where: SqlPredicate | null = null): ColumnShow => ({
  kind: 'sql',
  mask,
  where,
});

/** Column `name` of every patient through a rule, in the order of ids; as text where JavaScript has no such value. */
async function through(name: string, shown: ColumnShow, filter: SqlPredicate | null = null) {
  const query = `select patient.${name}::text from patient order by patient.id`;
  const rule = (relation: (typeof server.catalog.relations)[number]) =>
    relation.name === 'patient'
      ? guarded(relation, { [name]: shown }, filter)
      : ({ kind: 'open' } as const);
  const { rows, code } = await runPlanned(server, query, { rule });
  assert.equal(code, '00000');
  return (rows as (string | null)[][]).map(([value]) => value ?? null);
}

async function raw(name: string) {
  const { rows } = await run(
    server.direct,
    `select patient.${name}::text from patient order by patient.id`,
  );
  return (rows as (string | null)[][]).map(([value]) => value ?? null);
}

const onText = (mask: (value: string) => string | null) => (value: string | null) =>
  value === null ? null : mask(value);

/** Each mask on a column, beside what a person would write in three lines. */
const CASES: readonly (readonly [string, SqlMask, (value: string | null) => string | null])[] = [
  ['name', { kind: 'null' }, () => null],
  ['visits', { kind: 'null' }, () => null],
  ['name', { kind: 'constant', value: "it's" }, () => "it's"],
  ['visits', { kind: 'constant', value: '7' }, () => '7'],
  ['visits', { kind: 'constant', value: 'seven' }, () => null],
  ['born', { kind: 'constant', value: '2000-01-01' }, () => '2000-01-01'],
  ['mood', { kind: 'constant', value: 'good' }, () => null],
  [
    'ssn',
    { kind: 'partial', keepFirst: 1, keepLast: 2, fill: '#' },
    onText((value) => {
      const letters = Array.from(value);
      if (letters.length <= 3) return '#'.repeat(letters.length);
      return letters.map((letter, i) => (i < 1 || i >= letters.length - 2 ? letter : '#')).join('');
    }),
  ],
  ['name', { kind: 'partial', keepFirst: 0, keepLast: 0, fill: '' }, onText(() => '')],
  ['visits', { kind: 'partial', keepFirst: 1, keepLast: 0, fill: '*' }, () => null],
  [
    'email',
    { kind: 'regex', pattern: '^[^@]*', replacement: "o'x", flags: '' },
    onText((value) => value.replace(/^[^@]*/u, "o'x")),
  ],
  [
    'ssn',
    { kind: 'regex', pattern: '[0-9]', replacement: '9', flags: 'g' },
    onText((value) => value.replaceAll(/\d/gu, '9')),
  ],
  [
    'id',
    { kind: 'round', bucket: 25 },
    onText((value) => String(Math.floor(Number(value) / 25) * 25)),
  ],
  [
    'visits',
    { kind: 'round', bucket: 10 },
    onText((value) => {
      const number = BigInt(value);
      const down = number - (((number % 10n) + 10n) % 10n);
      const low = -(2n ** 63n);
      return String(down < low ? low : down);
    }),
  ],
  [
    'born',
    { kind: 'round', unit: 'year' },
    onText((value) => value.replace(/-\d\d-\d\d$/u, '-01-01')),
  ],
  [
    'seen',
    { kind: 'round', unit: 'month' },
    onText((value) => value.replace(/-\d\d \d\d:\d\d:\d\d/u, '-01 00:00:00')),
  ],
  ['name', { kind: 'round', bucket: 5 }, () => null],
  ['born', { kind: 'round', unit: 'hour' }, () => null],
  [
    'ssn',
    {
      kind: 'sql',
      expression: ['lpad(right(', { column: 'ssn' }, ', 1), 3, ', { text: "'" }, ')'],
    },
    onText((value) => `''${value.slice(-1)}`),
  ],
];

for (const [name, mask, naive] of CASES) {
  test(`mask ${JSON.stringify(mask)} on ${name} shows what the naive mask shows`, async () => {
    const [shown, expected] = [await through(name, show(mask)), (await raw(name)).map(naive)];
    // Sorting by a masked key is sorting by what is shown.
    if (name === 'id')
      for (const values of [shown, expected]) values.sort((a, b) => Number(a) - Number(b));
    assert.deepEqual(shown, expected);
  });
}

test('a mask with a condition spares only rows for which it is false', async () => {
  const where: SqlPredicate = { kind: 'in', column: 'tenant', values: ['a', 'b'] };
  const tenants = await raw('tenant');
  const names = await raw('name');
  const expected = names.map((value, i) => (tenants[i] === 'c' ? value : null));
  assert.deepEqual(await through('name', show({ kind: 'null' }, where)), expected);
});

test('a rounded time stays what it is whatever the time zone of the session', async () => {
  const mask = show({ kind: 'round', unit: 'day' });
  const expected = await through('seen', mask);
  await server.upstream.query(`set timezone = '+11:17'`);
  const rule = (relation: (typeof server.catalog.relations)[number]) =>
    guarded(relation, { seen: mask });
  const { rows } = await runPlanned(
    server,
    `select (seen at time zone 'UTC')::text || '+00' from patient order by id`,
    { rule },
  );
  await server.upstream.query(`set timezone = 'UTC'`);
  assert.deepEqual(
    (rows as (string | null)[][]).map(
      ([value]) => value?.replace('infinity+00', 'infinity') ?? null,
    ),
    expected,
  );
});

/** Predicates beside their naive twins over the row. */
type Row = Readonly<Record<string, string | null>>;
const FILTERS: readonly (readonly [SqlPredicate, (row: Row) => boolean])[] = [
  [{ kind: 'never' }, () => false],
  [{ kind: 'and', terms: [] }, () => true],
  [{ kind: 'or', terms: [] }, () => false],
  [{ kind: 'in', column: 'tenant', values: ['a', "b'"] }, (row) => row['tenant'] === 'a'],
  [{ kind: 'in', column: 'tenant', values: [] }, () => false],
  [
    { kind: 'in', column: 'id', values: ['3', '0x5', 'x', '40'] },
    (row) => ['3', '40'].includes(row['id'] ?? ''),
  ],
  [{ kind: 'in', column: 'mood', values: ['good', 'nonsense'] }, (row) => row['mood'] === 'good'],
  [
    { kind: 'in', column: 'born', values: ['1950-04-08', '2001-02-29'] },
    (row) => row['born'] === '1950-04-08',
  ],
  [{ kind: 'in', column: 'code', values: ['c3'] }, (row) => row['code']?.trim() === 'c3'],
  [
    { kind: 'not', term: { kind: 'in', column: 'tenant', values: ['a'] } },
    (row) => row['tenant'] !== null && row['tenant'] !== 'a',
  ],
  [
    {
      kind: 'or',
      terms: [
        { kind: 'in', column: 'tenant', values: ['a'] },
        {
          kind: 'and',
          terms: [
            { kind: 'in', column: 'tenant', values: ['b'] },
            { kind: 'in', column: 'mood', values: ['bad'] },
          ],
        },
      ],
    },
    (row) => row['tenant'] === 'a' || (row['tenant'] === 'b' && row['mood'] === 'bad'),
  ],
  [
    { kind: 'sql', template: [`weight > 45 and tenant = any (`, { texts: ['a', 'c'] }, `)`] },
    (row) => Number(row['weight']) > 45 && ['a', 'c'].includes(row['tenant'] ?? ''),
  ],
  [
    { kind: 'within', column: 'born', seconds: 0, side: 'newer' },
    (row) => row['born'] === '9999-12-31',
  ],
  [
    { kind: 'within', column: 'seen', seconds: 3600, side: 'older' },
    (row) => row['seen'] !== null && row['seen'] !== 'infinity',
  ],
];

for (const [filter, naive] of FILTERS) {
  test(`filter ${JSON.stringify(filter)} keeps the rows the naive filter keeps`, async () => {
    const { rows } = await run(
      server.direct,
      `select id::text, tenant, mood::text, born::text, code::text, weight::text, seen::text from patient order by patient.id`,
    );
    const names = ['id', 'tenant', 'mood', 'born', 'code', 'weight', 'seen'];
    const expected = (rows as (string | null)[][])
      .map((row): Row => Object.fromEntries(row.map((value, i) => [names[i] ?? '', value])))
      .filter(naive)
      .map((row) => row['id'] ?? null);
    assert.deepEqual(await through('id', { kind: 'clear' }, filter), expected);
  });
}

test('a sample is stable, near its share, and nested in a larger one', async () => {
  const of = (percent: number) =>
    through('id', { kind: 'clear' }, { kind: 'sample', column: 'id', percent });
  const [some, again, more] = [await of(30), await of(30), await of(60)];
  assert.deepEqual(some, again);
  assert.ok(some.length > 5 && some.length < 35, String(some.length));
  assert.deepEqual(
    some.filter((id) => !more.includes(id)),
    [],
  );
  assert.deepEqual(await of(100), await raw('id'));
  assert.deepEqual(await of(0), []);
});

test('a filter keeps errors of the query away from rows it drops', async () => {
  const rule = (relation: (typeof server.catalog.relations)[number]) =>
    guarded(relation, {}, { kind: 'in', column: 'tenant', values: ['a'] });
  const hidden = await run(
    server.direct,
    `select email from patient where tenant = 'b' order by id limit 1`,
  );
  assert.ok(JSON.stringify(hidden.rows).includes('@'));
  for (const session of [{}, { fence: 'offset' }, { mode: 'hardened' }] as const) {
    for (const query of [
      `select id from patient where tenant = 'b' and email::int = 0`,
      `select id from patient where tenant = 'b' and 1 / (id - id) = 0`,
    ]) {
      const { code, rows } = await runPlanned(server, query, { rule, session });
      assert.deepEqual([code, rows], ['00000', []]);
    }
  }
});
