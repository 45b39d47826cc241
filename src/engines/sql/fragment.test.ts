import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalog, guarded, planned } from '../../../test/sql/stand.ts';
import { checkFragment } from './fragment.ts';

const columns = [
  { name: 'ssn', typeOid: 25 },
  { name: 'tenant', typeOid: 25 },
  { name: 'id', typeOid: 23 },
];

const GOOD = [
  `tenant = 'a'`,
  `tenant = any (array['a', 'b']::text[]) and id > 3`,
  `left(ssn, 2) || '-' || right(ssn, 2)`,
  `case when id % 2 = 0 then ssn else null end`,
  `"tenant" is not null -- why`,
  `regexp_replace(ssn, '\\d', '#', 'g')`,
  `current_date > date '2020-01-01' and now() > current_timestamp`,
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
