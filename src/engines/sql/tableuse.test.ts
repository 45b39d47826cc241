import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadParser } from './parser.ts';
import { createPlanner } from './planner.ts';
import type { PlanResult } from './plan.ts';
import { columnAtLevel } from './redactioncall.ts';

const columns = ['id', 'email', columnAtLevel('email', 'MASKED')].map((name, i) => ({
  name,
  attnum: i + 1,
  type: 'text',
  typeOid: 25,
  notNull: false,
  deterministic: true,
}));
const relation = {
  schema: 'public',
  kind: 'table',
  parents: [],
  primaryKey: [],
  comment: '',
} as const;
const planner = createPlanner(
  {
    digest: 'levels',
    serverVersion: 180_000,
    relations: ['people', 'visits'].map((name, i) => ({
      ...relation,
      oid: 20_000 + i,
      name,
      columns,
    })),
    types: [],
    functions: [],
    levels: true,
  },
  { sha256: () => '0' },
);

before(loadParser);

function plan(text: string): PlanResult {
  const session = { searchPath: ['public'], subjectName: 'ada', database: 'crm', settings: {} };
  return planner.plan(text, { ...session, mode: 'splice', fence: 'offset' }, () => ({
    kind: 'open',
  }));
}

function useOf(text: string) {
  const result = plan(text);
  assert.equal(result.kind, 'plan', JSON.stringify(result));
  const use = result.kind === 'plan' ? result.statements[0]?.use : undefined;
  assert.ok(use !== undefined);
  return use;
}

const LIMITS: readonly (readonly [string, Readonly<Record<string, readonly string[][]>>])[] = [
  ["select 1 from people where email = 'a'", { people: [['email=a']] }],
  [
    "select 1 from people where 'a' = email and id in ('b', 'c')",
    { people: [['email=a', 'id=b,c']] },
  ],
  ['select 1 from people where id = $2', { people: [['id=$2']] }],
  ["select 1 from people where email = 'a' or true", { people: [[]] }],
  ["select 1 from people as p(email, id) where email = 'a'", { people: [[]] }],
  ["select 1 from people where not email = 'a'", { people: [[]] }],
  ["select 1 from people where email <> 'a'", { people: [[]] }],
  ["select 1 from people where email not in ('a')", { people: [[]] }],
  ["select 1 from people where email in ('a', id)", { people: [[]] }],
  ["select 1 from people where lower(email) = 'a'", { people: [[]] }],
  ["select 1 from people where (select email = 'a')", { people: [[]] }],
  [
    "select 1 from people p join visits v on v.email = 'x' where p.email = 'a' and v.id = 'b'",
    { people: [['email=a']], visits: [['id=b']] },
  ],
  [
    "select 1 from people p, visits v where p.email = 'a' and v.email = p.email",
    { people: [['email=a']], visits: [[]] },
  ],
  [
    "select 1 from people where email = 'a' and exists (select 1 from people q where q.id = 'b')",
    { people: [['email=a'], ['id=b']] },
  ],
  [
    "select 1 from people where id = 'b' union all select 1 from people",
    { people: [['id=b'], []] },
  ],
  [
    "with p as (select * from people) select 1 from p where id = 'b'",
    { people: [[]], p: [['id=b']] },
  ],
];

for (const [text, expected] of LIMITS) {
  test(`tableUseOf limits the places of: ${text}`, () => {
    const found = [...useOf(text).tables].map(([name, places]) => [
      name,
      places.map((place) =>
        place.map(({ column, constants }) => {
          const values = constants.map((one) =>
            one.kind === 'parameter' ? `$${one.number}` : one.text,
          );
          return `${column}=${values.join(',')}`;
        }),
      ),
    ]);
    assert.deepEqual(Object.fromEntries(found), expected);
  });
}

const UNNAMED: readonly (readonly [string, boolean])[] = [
  ['select email from people', false],
  ['select count(*) from people', false],
  ['select * from people', true],
  ['select p.* from people p', true],
  ['select p from people p', true],
  ['select row_to_json(people) from people', true],
  ['select a from people as p(a)', true],
  ['select 1 from people natural join visits', true],
  ['select 1 from people join visits using (email)', false],
];
for (const [text, expected] of UNNAMED) {
  test(`tableUseOf tells whether columns are read unnamed: ${text}`, () => {
    const { unnamed, names } = useOf(text);
    assert.equal(unnamed, expected);
    assert.equal(names.includes('email'), text.includes('email'));
  });
}

test('REDACTION() becomes a column of its own, under the name of the column', () => {
  const result = plan(
    `select p.id, Redaction ( p . "email" , 'masked' ), redaction(email, 'DEFAULT') e from people p`,
  );
  assert.equal(
    result.kind === 'plan' ? result.statements[0]?.text : null,
    `select p.id, "p"."email:MASKED" AS "email", "email" e from "public"."people" p`,
  );
});
