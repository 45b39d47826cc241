import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadParser, tablesRead } from './mod.ts';

before(() => loadParser());

const named = (sqlText: string) =>
  tablesRead(sqlText)
    ?.map(({ schema, table }) => `${schema ?? ''}.${table}`)
    .toSorted() ?? null;

test('tablesRead names every table of a query, wherever it stands', () => {
  assert.deepEqual(named('select 1'), []);
  assert.deepEqual(named('select t.a from shop.orders as t where (t.a > 1\n)'), ['shop.orders']);
  assert.deepEqual(
    named(`with o as (select * from shop.orders) select sum(a) from o join customers c using (id)
      where exists (select 1 from hr.salaries s where s.id = c.id and lower(s.name) = 'x')`),
    ['.customers', 'hr.salaries', 'shop.orders'],
  );
  // A condition that leaves its parentheses reads what it reads.
  assert.deepEqual(
    named(
      'select 1 from shop.orders as t where (true) union select n from hr.salaries where (true)',
    ),
    ['hr.salaries', 'shop.orders'],
  );
});

test('tablesRead takes the name of a part of a WITH for a table where the part is not known', () => {
  for (const [sqlText, tables] of [
    ['with o as (select * from o) select * from o', ['.o']],
    ['with recursive o as (select 1 union select * from o) select * from o', []],
    ['with a as (select * from b), b as (select 1) select * from a', ['.b']],
    ['with b as (select 1), a as (select * from b) select * from a', []],
    ['select * from (with o as (select 1) select * from o) as x, o', ['.o']],
    ['with o as (select 1) select * from (select * from o) as x where (select true from o)', []],
    ['with o as (select 1) select * from s.o', ['s.o']],
    ['(with o as (select 1) select * from o) union select * from o', ['.o']],
    ['with o as (select 1) select * from o union select * from o', []],
  ] as const) {
    assert.deepEqual(named(sqlText), tables, sqlText);
  }
  // What PostgreSQL has itself may be called by its whole name.
  const whole =
    'select 1 operator(pg_catalog.+) 2::pg_catalog.int4, 1 + 2::int from s.t order by 1';
  assert.deepEqual(named(whole), ['s.t']);
});

test('tablesRead says so when a query may read more than it names', () => {
  for (const sqlText of [
    `select query_to_xml('select * from hr.salaries', true, true, '')`,
    'select my_schema.anything(1)',
    'select unheard_of(1)',
    'select most_common_vals from pg_stats',
    'select * from pg_catalog.pg_statistic',
    'select * from other.shop.orders',
    'with d as (delete from shop.orders returning *) select * from d',
    'select * into shop.copy from shop.orders',
    'delete from shop.orders',
    'select 1; select 2',
    'select a operator(hr.=) 1 from shop.orders',
    'select a operator(hr.=) any (array[1]) from shop.orders',
    'select a operator(hr.=) any (select 1) from shop.orders',
    'select a from shop.orders order by a using operator(hr.<)',
    'select a::hr.leak from shop.orders',
    'select cast(a as hr.leak[]) from shop.orders',
    'select 1 where (with o as (select 1::hr.leak) select true from o)',
    'select from where',
    '',
  ]) {
    assert.equal(named(sqlText), null, sqlText);
  }
});
