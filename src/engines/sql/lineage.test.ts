import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { columnLineage, loadParser } from './mod.ts';

before(() => loadParser());

const TABLES: Readonly<Record<string, readonly string[]>> = {
  people: ['id', 'name', 'email', 'boss'],
  orders: ['id', 'person', 'total', 'tags'],
};

function read(sqlText: string) {
  const lineage = columnLineage(sqlText, {
    tableOf: (schema, name) => {
      const columns = schema === null || schema === 'public' ? TABLES[name] : undefined;
      return columns === undefined ? null : { schema: 'public', columns };
    },
  });
  const columns = lineage.columns.map(({ name, from }) => {
    const sources = from.map((one) => `${one.table}.${one.column}`).toSorted();
    return `${name}: ${sources.join(' ')}`.trim();
  });
  return { ...lineage, columns };
}

/** A query, and what its columns are made of. */
const CASES: readonly (readonly [sql: string, ...columns: string[]])[] = [
  ['select id, p.name as who from people p', 'id: people.id', 'who: people.name'],
  [
    'select p.*, 1 as one from public.people p where exists (select from orders o where o.person = p.id)',
    'id: people.id',
    'name: people.name',
    'email: people.email',
    'boss: people.boss',
    'one:',
  ],
  ['select upper(name) || email from people', '?column?: people.email people.name'],
  [
    `select case when total > 10 then name else 'x' end from orders join people on people.id = person`,
    'case: orders.total people.name',
  ],
  ['select count(*), sum(total) from orders group by person', 'count:', 'sum: orders.total'],
  [
    'with big as (select person, total t from orders) select name, (select max(t) from big where person = p.id) from people p',
    'name: people.name',
    'max: orders.total',
  ],
  [
    'with recursive line(id, top) as (select id, name from people union all select p.id, line.top || p.email from people p join line on p.boss = line.id) select * from line',
    'id: people.id',
    'top: people.email people.name',
  ],
  ['select id from people union select person from orders', 'id: orders.person people.id'],
  [
    'select id, total from people join orders using (id)',
    'id: orders.id people.id',
    'total: orders.total',
  ],
  [
    'select * from people natural join (select id, total from orders) o',
    'id: orders.id people.id',
    'name: people.name',
    'email: people.email',
    'boss: people.boss',
    'total: orders.total',
  ],
  [
    'select tag, o.total from orders o cross join lateral unnest(o.tags) as tag',
    'tag: orders.tags',
    'total: orders.total',
  ],
  ['select l.e from people p, lateral (select lower(p.email) as e) l', 'e: people.email'],
  [
    'select row_to_json(p) from people p',
    'row_to_json: people.boss people.email people.id people.name',
  ],
  ['select x.b from (values (1, 2), (3, 4)) as x(a, b)', 'b:'],
  [
    'select name, rank() over (partition by boss order by email) from people',
    'name: people.name',
    'rank: people.boss people.email',
  ],
  ['create view v as select email from people', 'email: people.email'],
  ['select a.c from (select id as c from people order by name limit 3) a', 'c: people.id'],
];

for (const [sql, ...columns] of CASES) {
  test(`columnLineage of ${sql.slice(0, 70)}`, () => {
    const lineage = read(sql);
    assert.deepEqual(lineage.columns, columns);
    assert.equal(lineage.completeness, 'full');
  });
}

test('columnLineage keeps what it can of tables it does not know, and says so', () => {
  const named = read(
    'select u.code, o.total from elsewhere.unknown u join orders o on o.id = u.id',
  );
  assert.deepEqual(named.columns, ['code: unknown.code', 'total: orders.total']);
  assert.equal(named.completeness, 'partial');
  assert.deepEqual(
    named.tables.map(({ schema, table }) => `${schema}.${table}`),
    ['elsewhere.unknown', 'public.orders'],
  );
  assert.equal(named.isListed, true);
  const starred = read('select * from elsewhere.unknown');
  assert.deepEqual([starred.completeness, starred.isListed], ['partial', false]);
  assert.equal(read('select nowhere from people').completeness, 'partial');
});

test('columnLineage says that it knows nothing of what is no query', () => {
  for (const sql of ['select from where', '', 'drop table people', 'select 1; select 2']) {
    assert.deepEqual(read(sql), {
      completeness: 'none',
      tables: [],
      columns: [],
      isListed: false,
    });
  }
  const deep = `select ${'('.repeat(2_000)}1${')'.repeat(2_000)}`;
  assert.equal(read(deep).completeness, 'none');
});

test('columnLineage gives names only: no literal of the text comes out', () => {
  const sql = `select coalesce(email, 'canary@example.test') as email, 'canary' || name as "n" from people where name = 'canary'`;
  assert.doesNotMatch(JSON.stringify(read(sql)), /canary/u);
});
