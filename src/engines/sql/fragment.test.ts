import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalog, guarded, planned } from '../../../test/sql/stand.ts';
import { checkFragment } from './fragment.ts';

const columns = [
  { name: 'ssn', typeOid: 25 },
  { name: 'tenant', typeOid: 25 },
  { name: 'id', typeOid: 23 },
  { name: 'born', typeOid: 1082 },
  { name: 'at', typeOid: 1184 },
  { name: 'span', typeOid: 1186 },
  { name: 'weight', typeOid: 701 },
  { name: 'raw', typeOid: 17 },
  { name: 'price', typeOid: 790 },
];

const GOOD = [
  `tenant = 'a'`,
  `tenant = any (array['a', 'b']::text[]) and id > 3`,
  `left(ssn, 2) || '-' || right(ssn, 2)`,
  `case when id % 2 = 0 then ssn else null end`,
  `"tenant" is not null -- why`,
  `regexp_replace(ssn, '\\d', '#', 'g')`,
  `now() > current_timestamp and now() > timestamptz '2020-01-01 00:00:00+00'`,
  `born = date '2020-01-01' or born > '1999-12-31' or born is null`,
  `born + 30 > date '2020-01-01' and born - date '2000-01-01' > 3`,
  `make_date((extract(year from born)::int / 100) * 100, 1, 1)`,
  `date_trunc('day', at at time zone 'UTC')::date`,
  `date_trunc('day', at at time zone 'UTC') at time zone 'UTC' = at`,
  `(at at time zone 'utc')::date >= born and extract(epoch from at) > 0`,
  `(now() at time zone 'UTC') - interval '30 days' < at at time zone 'utc'`,
  `to_char(at at time zone 'UTC', 'YYYY-MM')`,
  `round(weight)::int::text || floor(weight * 2)::int`,
  `encode(sha256(raw), 'hex') = 'a'`,
  `case when weight > 1.5 then born else '2020-01-01' end`,
  `coalesce(born, date '2020-01-01')`,
  `concat(ssn, id) || format('%s', id)`,
];

const BAD: readonly (readonly [string, RegExp])[] = [
  ['', /expected SQL/u],
  [`tenant = 'a') or (true`, /syntax|exactly one/u],
  [`1), (2`, /exactly one/u],
  [`1) from pg_class --`, /syntax|exactly one/u],
  [`1) union (select 1`, /syntax|exactly one/u],
  [`1); drop table x; select (1`, /syntax|exactly one/u],
  [`tenant in (select 'a')`, /subquery/u],
  [`exists (select 1)`, /subquery/u],
  [`tenant = $1`, /parameter/u],
  [`tenant = current_user`, /session user/u],
  [`tenant = current_setting('x')`, /current_setting/u],
  [`count(*) > 1`, /aggregate/u],
  [`row_number() over () > 1`, /aggregate/u],
  [`nothing = 1`, /does not exist/u],
  [`other.tenant = 'a'`, /missing FROM-clause/u],
  [`pg_sleep(1) is null`, /lets through/u],
  [`query_to_xml('x', true, true, '') is null`, /lets through/u],
  [`'x'::regclass = 1`, /does not exist|cast/u],
  [`tenant.length = 1`, /missing FROM-clause/u],
  [`(tenant).upper = 'A'`, /not known/u],
  [`tenant operator(public.=) 'a'`, /pg_catalog/u],
  ['1, 2', /exactly one/u],
  ...[
    `date_trunc('day', at)`,
    `date_trunc('month', born)`,
    `date_trunc('day', at, 'Europe/Berlin')`,
    `date_trunc('day', at, 'UTC')`,
    `at at time zone '+00'`,
    `date_trunc('day', at, ssn)`,
    `at at time zone 'Europe/Berlin'`,
    `at at time zone ssn`,
    `left(born::text, 4)`,
    `born || ''`,
    `concat(born)`,
    `format('%s', at)`,
    `to_json(at)`,
    `to_jsonb(array[at])`,
    `array[weight]::text[]`,
    `at::date >= born`,
    `at > born`,
    `at = '2020-01-01 00:00:00'`,
    `at + interval '1 day' > now()`,
    `extract(hour from at)`,
    `date_part('day', at)`,
    `born = '01/02/2020'`,
    `born = 'today'`,
    `born = ssn::date`,
    `ssn::timestamptz > now()`,
    `ssn::interval > interval '1 day'`,
    `span = '-1 2:03:04'`,
    `span::text`,
    `age(at)`,
    `age(born)`,
    `current_date > born`,
    `localtimestamp > now()`,
    `weight::text`,
    `right(weight::text, 1)`,
    `weight || ''`,
    `sqrt(id)::text`,
    `(id ^ 2)::text`,
    `random()::text`,
    `raw::text`,
    `to_char(at, 'YYYY')`,
    `to_char(at at time zone 'UTC', 'TMMonth')`,
    `to_char(weight, '9D9')`,
    `to_char(id, 'L9')`,
    `to_date(ssn, 'YYYY')`,
    `to_number(ssn, '9G9')`,
    `price::text`,
    `ssn::money = price`,
    `to_tsvector(ssn) is not null`,
    `make_timestamptz(2020, 1, 1, 0, 0, 0)`,
    `to_timestamp(ssn, 'YYYY')`,
    `xmlelement(name a, raw)`,
    `greatest(at, '2020-01-01')`,
    `born in ('2020-01-01', 'yesterday')`,
    `at between born and born`,
  ].map((text): readonly [string, RegExp] => [
    text,
    /settings of the session|lets through|does not exist/u,
  ]),
];

for (const text of GOOD) {
  test(`checkFragment takes \`${text}\``, () => {
    assert.deepEqual(checkFragment(text, 'predicate', columns), []);
  });
}

for (const [text, reason] of BAD) {
  test(`checkFragment refuses \`${text}\``, () => {
    const [problem, ...more] = checkFragment(text, 'expression', columns);
    assert.match(problem?.message ?? 'nothing', reason);
    assert.deepEqual(more, []);
  });
}

test('a policy fragment is written with its functions qualified and its values quoted', () => {
  const patient = catalog.relations.find((relation) => relation.name === 'patient');
  assert.ok(patient !== undefined);
  const expression = ['lower(', { column: 'ssn' }, ') || ', { text: "o'x" }];
  const filter = { kind: 'sql', template: ['tenant in (', { texts: ['a', "b'"] }, ')'] } as const;
  const rule = guarded(
    patient,
    { ssn: { kind: 'sql', mask: { kind: 'sql', expression }, where: null } },
    filter,
  );
  const { text } = planned('select ssn from patient', {
    rule: () => rule,
    session: { fence: 'offset' },
  });
  assert.equal(
    text,
    `select ssn from (SELECT (pg_catalog.lower("ssn") || 'o''x'::pg_catalog.text)::text AS "ssn" FROM "clinic"."patient"` +
      ` WHERE (tenant in ('a'::pg_catalog.text, 'b'''::pg_catalog.text)) OFFSET 0) AS "patient"`,
  );
});
