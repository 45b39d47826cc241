import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan, planned, refused } from '../../../test/sql/stand.ts';
import { BRACKET_DEPTH_MAX, CHAIN_MAX, COMBINATIONS_MAX, STATEMENT_BYTES_MAX } from './limit.ts';

/** Ways to make a deep tree, each by how often it is repeated. */
const DEEP: readonly (readonly [string, (n: number) => string])[] = [
  ['additions', (n) => `select ${'1+'.repeat(n)}1`],
  ['negations', (n) => `select ${'not '.repeat(n)}true`],
  ['signs', (n) => `select ${'- '.repeat(n)}1`],
  ['casts', (n) => `select 1${'::int'.repeat(n)}`],
  ['tests', (n) => `select true${' is null'.repeat(n)}`],
  ['unions', (n) => `select 1${' union select 1'.repeat(n)}`],
  ['unions with commas', (n) => `select 1, 2${' union all select 1, 2'.repeat(n)}`],
  ['joins', (n) => `select 1 from plain${' cross join plain'.repeat(n)}`],
  ['joins with and', (n) => `select 1 from plain${' join plain on true and true'.repeat(n)}`],
  ['parentheses', (n) => `select ${'('.repeat(n)}1${')'.repeat(n)}`],
  ['subqueries', (n) => `select ${'(select '.repeat(n)}1${')'.repeat(n)}`],
  ['exists', (n) => `select 1 where ${'exists(select 1 where '.repeat(n)}true${')'.repeat(n)}`],
  ['cases', (n) => `select ${'case when true then '.repeat(n)}1${' end'.repeat(n)}`],
  [
    'cases with and',
    (n) => `select ${'case when true and true then '.repeat(n)}1${' end'.repeat(n)}`,
  ],
  ['calls', (n) => `select ${'abs('.repeat(n)}1${')'.repeat(n)}`],
  ['arrays', (n) => `select ${'array['.repeat(n)}1${']'.repeat(n)}`],
  ['withs', (n) => `${'with a as ('.repeat(n)}select 1${') select 1'.repeat(n)}`],
];

for (const [name, make] of DEEP) {
  test(`plan refuses thousands of ${name} before the parser sees them`, () => {
    for (const n of [3_000, 30_000]) assert.match(refused(make(n)), /^5400[01] /u);
  });

  test(`plan takes a hundred ${name}`, () => {
    const { kind } = plan(make(100));
    assert.ok(kind === 'plan' || kind === 'refused', kind);
  });
}

test('plan takes long flat lists', () => {
  const list = Array.from({ length: 20_000 }, (_, i) => i).join(',');
  assert.ok(planned(`select id from plain where id in (${list})`).text.length > 100_000);
  const terms = Array.from({ length: 5_000 }, (_, i) => `id = ${i}`).join(' or ');
  assert.ok(planned(`select id from plain where ${terms}`).text.length > 50_000);
});

test('plan survives what is just inside the limits, again and again', () => {
  const texts = [
    `select ${'(select '.repeat(BRACKET_DEPTH_MAX)}1${')'.repeat(BRACKET_DEPTH_MAX)}`,
    `select ${'1+'.repeat(CHAIN_MAX - 10)}1`,
    `select 1${' union select 1'.repeat(COMBINATIONS_MAX - 1)}`.replaceAll(' union', ', 1 union') +
      ', 1',
  ];
  for (let i = 0; i < 5; i++) {
    for (const text of texts) assert.equal(plan(text).kind, 'plan', text.slice(0, 40));
  }
});

test('plan refuses a text that is too long, has zero characters or lone surrogates', () => {
  assert.match(refused(`select '${'x'.repeat(STATEMENT_BYTES_MAX)}'`), /^54000 /u);
  assert.match(refused('select 1\0'), /^42601 /u);
  assert.match(refused(`select '\ud800'`), /^42601 /u);
});
