import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analystRule, catalog, plan, planned, refused } from '../../../test/sql/stand.ts';

const NAME =
  `(CASE WHEN pg_catalog.length("name"::pg_catalog.text) OPERATOR(pg_catalog.>) 1 THEN ` +
  `pg_catalog.left("name"::pg_catalog.text, 1) OPERATOR(pg_catalog.||) pg_catalog.repeat('*', pg_catalog.length("name"::pg_catalog.text) ` +
  `OPERATOR(pg_catalog.-) 1) ELSE pg_catalog.repeat('*', pg_catalog.length("name"::pg_catalog.text)) END)::character varying(40) AS "name"`;

const named = (value: string, name: string) =>
  `CAST((SELECT '${value}'::pg_catalog.name AS "${name}") AS pg_catalog.name)`;

/** What each text becomes, to the character. */
const TEXTS: readonly (readonly [string, string])[] = [
  ['select 1', 'select 1'],
  ['  select id from plain ; ', 'select id from "public"."plain"'],
  ['select p.id from public.plain p', 'select p.id from "public"."plain" p'],
  [
    'select * from public.plain p',
    'select * from (SELECT "id", "label", "other", "flag" FROM "public"."plain") p',
  ],
  [
    'table plain',
    'SELECT * FROM (SELECT "id", "label", "other", "flag" FROM "public"."plain") AS "plain"',
  ],
  [
    'select p, public.plain.id from plain p, public.plain',
    'select p, plain.id from (SELECT "id", "label", "other", "flag" FROM "public"."plain") p, (SELECT "id" FROM "public"."plain") AS "plain"',
  ],
  [
    'select 1 from plain natural join sales.base',
    'select 1 from (SELECT "id", "label", "other", "flag" FROM "public"."plain") AS "plain" natural join (SELECT "id", "label" FROM "sales"."base") AS "base"',
  ],
  [
    'select count(*), 1 as added from plain group by added',
    'select pg_catalog.count(*), 1 as added from (SELECT FROM "public"."plain") AS "plain" group by added',
  ],
  [
    'select (select label from (select 1 a) q) from plain',
    'select (select "plain".label from (select 1 a) q("a")) from "public"."plain"',
  ],
  [
    'select (select p.id from plain p where label = flag::text) from (select id as key, label from base) o',
    'select (select p.id from "public"."plain" p where label = flag::text) from (select id as key, label from (SELECT "id", "label" FROM "sales"."base") AS "base") o("key", "label")',
  ],
  [
    'select (select key from plain) from (select id as key from base) o join (select 1 key) r using (key)',
    'select (select key from (SELECT FROM "public"."plain") AS "plain") from (select id as key from (SELECT "id" FROM "sales"."base") AS "base") o("key") join (select 1 key) r("key") using (key)',
  ],
  [
    'with a as (select 1), b(x) as (values (1, 2)) select * from a, b, ((select (1), 2 union (select 3, 4)) limit 1) as c(y)',
    'with a("?column?") as (select 1), b(x, "column2") as (values (1, 2)) select * from a, b, ((select (1), 2 union (select 3, 4)) limit 1) as c(y, "?column?")',
  ],
  [
    `select * from (((select 1 as a))) where a in (select a)`,
    `select * from (((select 1 as a))) AS "privet_24"("a") where a in (select a)`,
  ],
  [
    'select * from json_each($1) with ordinality e (k), unnest(array[1, 2], $2::text[]) u',
    'select * from pg_catalog.json_each($1) with ordinality e (k, "value", "ordinality"), unnest(array[1, 2], $2::text[]) u("unnest", "unnest")',
  ],
  [
    'select name from patient',
    `select name from (SELECT ${NAME} FROM "clinic"."patient") AS "patient"`,
  ],
  [
    'select email, /* why */ id from Patient as p where p.id = 3 -- end',
    'select email, /* why */ id from (SELECT "id", "email" FROM "clinic"."patient") as p where p.id = 3',
  ],
  [
    'select count(*) from clinic.patient',
    'select pg_catalog.count(*) from (SELECT FROM "clinic"."patient") AS "patient"',
  ],
  [
    'select clinic.patient.id from clinic.patient',
    'select patient.id from (SELECT "id" FROM "clinic"."patient") AS "patient"',
  ],
  ['table base', 'SELECT * FROM (SELECT "id", "label" FROM "sales"."base") AS "base"'],
  [
    'select * from only ( base ) as b(x)',
    'select * from (SELECT "id", "label" FROM ONLY "sales"."base") as b(x)',
  ],
  ['select * from base *', 'select * from (SELECT "id", "label" FROM "sales"."base") AS "base"'],
  ['select id from derived', 'select id from (SELECT "id" FROM "sales"."derived") AS "derived"'],
  [
    `select 'good'::mood, '{bad}'::mood[], cast('1' as sales.price)`,
    `select 'good'::"clinic"."mood", '{bad}'::"clinic"."mood"[], cast('1' as sales.price)`,
  ],
  [
    'select id from patient tablesample bernoulli (50) repeatable (3) where id > 1',
    'select id from (SELECT "id" FROM "clinic"."patient" tablesample bernoulli (50) repeatable (3)) AS "patient"  where id > 1',
  ],
  [
    'select current_user, user, current_database(), current_schema',
    `select ${named('ana', 'current_user')}, ${named('ana', 'user')}, ${named('fixture', 'current_database')}, ${named('clinic', 'current_schema')}`,
  ],
  [
    `select 'patient'::regclass::oid, current_setting('privet.project')`,
    `select '"clinic"."patient"'::regclass::oid, CAST((SELECT 'research'::pg_catalog.text AS "current_setting") AS pg_catalog.text)`,
  ],
  [
    'select u from unnest(array[1]) u, unnest(array[2]) as v(w), generate_series(1, 2)',
    'select u from pg_catalog.unnest(array[1]) u("u"), pg_catalog.unnest(array[2]) as v(w), pg_catalog.generate_series(1, 2) AS "generate_series"("generate_series")',
  ],
  [
    'select o.id, o.total from orders o group by o.id',
    'select o.id, o.total from (SELECT "id", "total" FROM "sales"."orders") o group by "o"."total", o.id',
  ],
  [
    'copy orders (id, email) to stdout with (format csv)',
    'copy (SELECT "id", "email" FROM (SELECT "id", "email" FROM ONLY "sales"."orders") AS "orders") to stdout with (format csv)',
  ],
  [
    'prepare p (int) as select email from orders where id = $1',
    'prepare p (int) as select email from (SELECT "id", "email" FROM "sales"."orders") AS "orders" where id = $1',
  ],
  [
    'declare c cursor for select id from orders',
    'declare c cursor for select id from (SELECT "id" FROM "sales"."orders") AS "orders"',
  ],
];

for (const [from, to] of TEXTS) {
  test(`plan writes \`${from}\` as what the subject may see`, () => {
    assert.equal(planned(from).text, to);
  });
}

test('plan reads a filtered relation through a security barrier in pg_temp', () => {
  const filtered = planned('select email from patient', { rule: (r) => analystRule(r, true) });
  const [barrier] = filtered.barriers;
  assert.match(filtered.text, /^select email from "pg_temp"."v_[0-9a-f]{40}" AS "patient"$/u);
  assert.equal(
    barrier?.create,
    `CREATE VIEW "pg_temp"."${barrier?.name}" WITH (security_barrier = true) AS ${barrier?.definition}`,
  );
  assert.match(
    barrier?.definition ?? '',
    /WHERE \("tenant" OPERATOR\(pg_catalog\.=\) ANY \(ARRAY\['a', 'b'\]::pg_catalog\.text\[\]\)\)$/u,
  );
  assert.deepEqual(filtered.output, [
    {
      name: 'email',
      stream: 'email-hash',
      origin: { kind: 'barrier', name: barrier?.name, attnum: 3 },
    },
  ]);
});

test('plan fences a filter with OFFSET 0 where no view can be made', () => {
  const { text, barriers } = planned('select id from patient', {
    rule: (r) => analystRule(r, true),
    session: { fence: 'offset' },
  });
  assert.deepEqual(barriers, []);
  assert.match(text, / OFFSET 0\) AS "patient"$/u);
});

test('plan reads every relation through a view in hardened mode, open ones too', () => {
  const { text, barriers } = planned('select p.id from plain p, orders', {
    session: { mode: 'hardened' },
  });
  assert.deepEqual(
    barriers.map(({ schema, relation }) => [schema, relation]),
    catalog.relations
      .filter((r) => ['orders', 'plain'].includes(r.name))
      .map((r) => ['privet_policy', r.oid])
      .toReversed(),
  );
  assert.doesNotMatch(text, /"public"|"sales"/u);
});

test('plan gives equal barriers equal names and different ones different names', () => {
  const one = planned('select id from patient', { session: { mode: 'hardened' } }).barriers[0];
  const same = planned('select name from patient p', { session: { mode: 'hardened' } }).barriers[0];
  const other = planned('select id from patient', {
    session: { mode: 'hardened' },
    rule: (r) => analystRule(r, true),
  }).barriers[0];
  assert.equal(one?.name, same?.name);
  assert.notEqual(one?.name, other?.name);
});

test('plan asks for the rules it needs, all at once', () => {
  const result = plan('select 1 from patient, orders', {
    rule: () => undefined as unknown as { kind: 'open' },
  });
  const oids = catalog.relations
    .filter((r) => ['patient', 'orders'].includes(r.name))
    .map((r) => r.oid);
  assert.deepEqual(result, { kind: 'need', relations: oids });
});

test('plan sees a partition and a child as their root is seen', () => {
  assert.match(refused('select ssn || 1 from event_old'), /^42501 masked column/u);
  assert.match(refused('select secret from derived'), /^42703 /u);
});

test('plan takes all statements of a text or none', () => {
  assert.equal(plan('select 1; select 2').kind, 'plan');
  const result = plan('select 1; select ssn || 1 from patient; select 2');
  assert.equal(result.kind === 'refused' && result.statementIndex, 1);
});

test('plan counts positions in characters', () => {
  const result = plan(`select 'é', nothing from plain`);
  assert.equal(result.kind === 'refused' && result.position, 13);
});

test('plan says what a statement read', () => {
  const { relations, governed, guards, output } = planned(
    'select email e, count(*) from orders group by email',
  );
  const orders = catalog.relations.find((r) => r.name === 'orders');
  const origin = { kind: 'relation', relation: orders?.oid, attnum: 3 };
  assert.deepEqual(relations, [orders?.oid]);
  assert.equal(governed, true);
  assert.deepEqual(guards, [origin]);
  assert.deepEqual(output, [
    { name: 'e', stream: 'email-hash', origin },
    { name: 'count', stream: null, origin: null },
  ]);
});

/** Expressions and the names PostgreSQL 15 and 18 give them (parse_target.c, FigureColname). */
const NAMES = [
  ['(select q.* from (select 1 as aa) q)', 'aa'],
  ['(with a as (select 1 as b) select * from a)', 'b'],
  ['((select 1))::text', '?column?'],
  ['(select null::date union select 1)::text', 'date'],
  ['case when true then null else (select 1) end', '?column?'],
  ["case when true then null else 'a'::text end", 'case'],
  ['array[(select 1)]', 'array'],
  ['(select max(id) from plain)', 'max'],
  ["(date '2020-01-01')::text", 'text'],
] as const;

for (const [expression, name] of NAMES) {
  test(`plan names \`${expression}\` as PostgreSQL does`, () => {
    assert.equal(planned(`select ${expression}`).output[0]?.name, name);
  });
}
