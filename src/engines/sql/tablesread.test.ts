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
    'select from where',
    '',
  ]) {
    assert.equal(named(sqlText), null, sqlText);
  }
});
