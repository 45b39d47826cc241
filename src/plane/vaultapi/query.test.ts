import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../../../test/vault/api.ts';
import type { Answer, TestAccount, TestApi } from '../../../test/vault/api.ts';

let cluster: TestCluster;
let api: TestApi;
let owner: TestAccount;
let support: TestAccount;
let counter: TestAccount;
let stranger: TestAccount;
let path: string;

const TABLES = [
  {
    name: 'persons',
    columns: [
      {
        name: 'email',
        type: 'string' as const,
        unique: true,
        redaction: 'MASKED' as const,
        mask: { find: '^(.).*(@.*)$', replace: '${1}***${2}' },
      },
      {
        name: 'region',
        type: 'string' as const,
        exactIndex: true,
        redaction: 'PLAIN_TEXT' as const,
      },
      { name: 'age', type: 'int32' as const, redaction: 'PLAIN_TEXT' as const },
      { name: 'ssn', type: 'string' as const },
      { name: 'born', type: 'date' as const, redaction: 'PLAIN_TEXT' as const },
      { name: 'seen', type: 'datetime' as const, redaction: 'PLAIN_TEXT' as const },
      { name: 'wakes', type: 'time' as const, redaction: 'PLAIN_TEXT' as const },
      { name: 'score', type: 'float64' as const, redaction: 'PLAIN_TEXT' as const },
      { name: 'member', type: 'bool' as const, redaction: 'PLAIN_TEXT' as const },
      { name: 'extra', type: 'json' as const, redaction: 'PLAIN_TEXT' as const },
      { name: 'photo', type: 'bytes' as const, redaction: 'PLAIN_TEXT' as const },
      {
        name: 'tags',
        type: 'string' as const,
        isArray: true,
        redaction: 'PLAIN_TEXT' as const,
      },
      { name: 'big', type: 'int64' as const, redaction: 'PLAIN_TEXT' as const },
    ],
  },
  {
    name: 'visits',
    columns: [
      {
        name: 'person',
        type: 'string' as const,
        exactIndex: true,
        redaction: 'PLAIN_TEXT' as const,
      },
      { name: 'cost', type: 'int32' as const, redaction: 'PLAIN_TEXT' as const },
    ],
  },
];

const POLICIES = `
apiVersion: privet/v1
kind: VaultPolicy
name: support-reads
vault: crm
roles: [support]
rules:
  - ALLOW READ ON persons.email, persons.ssn WITH REDACTION = MASKED
  - ALLOW READ ON persons.region, persons.age WITH REDACTION = PLAIN_TEXT WHERE persons.region = 'EU'
---
apiVersion: privet/v1
kind: VaultPolicy
name: counter-counts
vault: crm
roles: [counter]
rules:
  - ALLOW READ ON persons.age, persons.region, visits.cost WITH REDACTION = PLAIN_TEXT
reveal:
  tables: [visits]
  valuesPerHour: 20
`;

const EVERYTHING = {
  email: 'ada@example.invalid',
  region: 'EU',
  age: 36,
  ssn: '111-11-1111',
  born: '1985-12-10',
  seen: '2026-11-28T06:00:00.25+01:00',
  wakes: '3:04PM',
  score: 0.1,
  member: true,
  extra: { deep: [1, { a: 'tab\tquote"back\\slash' }], zero: null },
  photo: 'AAECAw==',
  tags: ['x', 'y'],
  big: '9007199254740993',
};
const PEOPLE = [
  EVERYTHING,
  { email: 'bob@example.invalid', region: 'EU', age: 50, ssn: '222-22-2222' },
  { email: 'eve@example.invalid', region: 'US', age: 20, ssn: '333-33-3333' },
];

before(async () => {
  cluster = await startTestCluster();
  api = await openTestApi(cluster, { name: 'crm', tables: TABLES });
  path = `/v1/vaults/${api.schema.id}`;
  [owner, support, counter, stranger] = ['owner', 'support', 'counter', 'stranger'].map((name) =>
    api.account(name),
  ) as [TestAccount, TestAccount, TestAccount, TestAccount];
  api.role('VAULT_OWNER', [owner]);
  api.role('support', [support]);
  api.role('counter', [counter]);
  api.govern({ policies: POLICIES });
  await insert('persons', PEOPLE);
  await insert('visits', [
    { person: 'ada@example.invalid', cost: 5 },
    { person: 'ada@example.invalid', cost: 7 },
    { person: 'bob@example.invalid', cost: 1 },
  ]);
});

after(async () => {
  await api.close();
  await cluster.stop();
});

async function insert(table: string, rows: readonly object[]): Promise<void> {
  const body = { records: rows.map((fields) => ({ fields })) };
  const answer = await api.ask(owner.apiKey, { method: 'POST', path: `${path}/${table}`, body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

async function ask(account: TestAccount, query: string, more: object = {}): Promise<Answer> {
  return api.ask(account.apiKey, {
    method: 'POST',
    path: `${path}/query`,
    body: { query, ...more },
  });
}

async function rows(account: TestAccount, query: string, more: object = {}): Promise<object[]> {
  const { status, body } = await ask(account, query, more);
  assert.equal(status, 200, `${query}: ${JSON.stringify(body)}`);
  return body.records.map((record: { fields: object }) => record.fields);
}

async function refused(account: TestAccount, query: string, status: number): Promise<string> {
  const answer = await ask(account, query);
  assert.equal(answer.status, status, `${query}: ${JSON.stringify(answer.body)}`);
  return answer.body.error.message;
}

describe('query', () => {
  it('is told as a decision about each table it reads, and about no other', async () => {
    api.decisions();
    const { headers } = await ask(owner, 'SELECT age FROM persons WHERE age > 30');
    const [fact, ...more] = api.decisions();
    assert.deepEqual(more, []);
    assert.equal(headers['x-privet-decision'], fact?.decision);
    const { table, operation, effect, records, door } = fact ?? assert.fail();
    assert.deepEqual(
      { table, operation, effect, records, door },
      {
        table: api.schema.tables[0]?.id,
        operation: 'read',
        effect: 'allow',
        records: PEOPLE.length,
        door: 'vault',
      },
    );
    const refusal = await ask(support, 'SELECT count(*) FROM visits');
    assert.equal(refusal.status, 403);
    const [denied] = api.decisions();
    assert.deepEqual(refusal.body.error.details.at(-1), { decision: denied?.decision });
    assert.deepEqual([denied?.effect, denied?.decided], ['deny', 'deny']);
  });

  it('gives every type of value as `get` gives it', async () => {
    const [record] = await rows(owner, "SELECT * FROM persons WHERE email LIKE 'a%'", {
      redaction: 'PLAIN_TEXT',
    });
    const { skyflow_id: id, ...fields } = record as { skyflow_id: string };
    assert.match(id, /^[\da-f-]{36}$/u);
    assert.deepEqual(fields, {
      ...EVERYTHING,
      // Moments are moments here, and come in UTC.
      seen: '2026-11-28T05:00:00.25Z',
      wakes: '15:04:00',
    });
  });

  it('joins, groups, sorts, pages and nests', async () => {
    const plain = { redaction: 'PLAIN_TEXT' };
    assert.deepEqual(
      await rows(
        owner,
        `WITH spent AS (SELECT person, sum(cost) AS cost FROM visits GROUP BY person)
         SELECT p.email, coalesce(s.cost, 0) AS cost FROM persons p LEFT JOIN spent s ON s.person = p.email
         ORDER BY cost DESC, p.email LIMIT 2 OFFSET 1`,
        plain,
      ),
      [
        { email: 'bob@example.invalid', cost: 1 },
        { email: 'eve@example.invalid', cost: 0 },
      ],
    );
    assert.deepEqual(
      await rows(
        owner,
        'SELECT region, count(*) AS n, avg(age) AS mean, min(age), max(age) FROM persons GROUP BY region ORDER BY region',
      ),
      [
        { region: 'EU', n: 2, mean: 43, min: 36, max: 50 },
        { region: 'US', n: 1, mean: 20, min: 20, max: 20 },
      ],
    );
    assert.deepEqual(
      await rows(
        owner,
        'SELECT age FROM persons WHERE age > (SELECT avg(age) FROM persons) AND NOT member IS TRUE',
      ),
      [{ age: 50 }],
    );
  });

  it('shows a column at the level of REDACTION(), under its own name, and bare columns at their own', async () => {
    assert.deepEqual(
      await rows(
        owner,
        `SELECT email, redaction(p.email, 'PLAIN_TEXT') AS whole, REDACTION(ssn, 'PLAIN_TEXT'), REDACTION(age, 'REDACTED') AS age
         FROM persons AS p WHERE REDACTION(p.email, 'PLAIN_TEXT') = 'bob@example.invalid' AND REDACTION(region, 'DEFAULT') = 'EU'`,
      ),
      [
        {
          email: 'b***@example.invalid',
          whole: 'bob@example.invalid',
          ssn: '222-22-2222',
          age: '*REDACTED*',
        },
      ],
    );
  });

  it('shows at most what policy shows, whatever level is asked for', async () => {
    assert.deepEqual(
      await rows(
        support,
        `SELECT REDACTION(email, 'PLAIN_TEXT'), REDACTION(ssn, 'PLAIN_TEXT'), region, age FROM persons ORDER BY email`,
      ),
      [
        { email: 'a***@example.invalid', ssn: '*REDACTED*', region: 'EU', age: 36 },
        { email: 'b***@example.invalid', ssn: '*REDACTED*', region: 'EU', age: 50 },
        { email: 'e***@example.invalid', ssn: '*REDACTED*', region: null, age: null },
      ],
    );
    const [all] = await rows(support, 'SELECT * FROM persons LIMIT 1');
    assert.deepEqual(Object.keys(all ?? {}), ['skyflow_id', 'email', 'region', 'age', 'ssn']);
  });

  it('compares, joins, sorts and counts what is shown and nothing else', async () => {
    assert.deepEqual(await rows(support, "SELECT 1 FROM persons WHERE ssn = '111-11-1111'"), []);
    assert.deepEqual(
      await rows(support, "SELECT count(*) FROM persons WHERE email = 'ada@example.invalid'"),
      [{ count: 0 }],
    );
    assert.deepEqual(
      await rows(
        support,
        "SELECT count(*) AS n FROM persons WHERE email LIKE 'a%' AND ssn = '*REDACTED*'",
      ),
      [{ n: 1 }],
    );
    assert.deepEqual(await rows(support, 'SELECT count(*) FROM persons GROUP BY ssn'), [
      { count: 3 },
    ]);
    assert.deepEqual(await rows(support, "SELECT max(age) FROM persons WHERE region = 'US'"), [
      { max: null },
    ]);
  });
});

describe('a query finds rows by an exact index', () => {
  it('and says so in its leaf, which counts every value that was looked at', async () => {
    const from = (await api.test.leaves()).length;
    await rows(
      owner,
      "SELECT age FROM persons WHERE REDACTION(email, 'PLAIN_TEXT') = 'eve@example.invalid'",
    );
    await rows(owner, 'SELECT age FROM persons WHERE age > 30');
    const leaves = (await api.test.leaves()).slice(from).map(({ entry }) => JSON.parse(entry));
    assert.deepEqual(
      leaves.map(({ kind, operation, records, columns }) => ({
        kind,
        operation,
        records,
        values: columns.map((column: { redaction: string; values: number }) => [
          column.redaction,
          column.values,
        ]),
      })),
      [
        {
          kind: 'vault-revealed',
          operation: 'query',
          records: 1,
          values: [
            ['PLAIN_TEXT', 1],
            ['PLAIN_TEXT', 1],
          ],
        },
        { kind: 'vault-revealed', operation: 'query', records: 3, values: [['PLAIN_TEXT', 3]] },
      ],
    );
  });

  it('and by id, in every place of the table, or not at all', async () => {
    const [{ skyflow_id: id } = { skyflow_id: '' }] = (await rows(
      owner,
      'SELECT skyflow_id FROM persons WHERE age = 36',
    )) as { skyflow_id: string }[];
    assert.deepEqual(
      await rows(owner, `SELECT age FROM persons WHERE skyflow_id IN ('${id}', 'nonsense')`),
      [{ age: 36 }],
    );
    assert.deepEqual(
      await rows(
        owner,
        `SELECT a.age, (SELECT count(*) FROM persons) AS n FROM persons a WHERE a.skyflow_id = '${id}'`,
      ),
      [{ age: 36, n: 3 }],
    );
    assert.deepEqual(
      await rows(
        owner,
        `SELECT age FROM persons WHERE region = 'US' UNION ALL SELECT age FROM persons WHERE region = 'EU' ORDER BY age`,
      ),
      [{ age: 20 }, { age: 36 }, { age: 50 }],
    );
  });
});

describe('what is no query is refused', () => {
  it('shows nothing of what others did in the same engine', async () => {
    for (const query of [
      'SELECT xmin FROM persons',
      'SELECT ctid FROM persons',
      'SELECT p.cmax FROM persons p',
      'SELECT age(xmin) FROM pg_class',
      'SELECT tableoid FROM pg_attribute',
      'SELECT * FROM pg_stat_database',
      'SELECT * FROM pg_stat_user_tables',
    ]) {
      assert.match(await refused(owner, query, 403), /permission denied/u, query);
    }
    assert.equal((await rows(owner, 'SELECT relname FROM pg_class LIMIT 1')).length, 1);
    assert.equal((await rows(owner, 'SELECT * FROM pg_attribute LIMIT 1')).length, 1);
  });

  const REFUSED: readonly (readonly [string, number, RegExp])[] = [
    ['SELEC 1', 400, /syntax error/u],
    ['', 400, /query/u],
    ['SELECT 1; SELECT 2', 400, /expected one SELECT/u],
    ["INSERT INTO persons (email) VALUES ('x')", 403, /a query only reads/u],
    ['DELETE FROM persons', 403, /a query only reads/u],
    ['DROP TABLE persons', 403, /a query only reads/u],
    ['SELECT * INTO copy FROM persons', 403, /a query only reads/u],
    [
      'WITH gone AS (DELETE FROM persons RETURNING 1) SELECT * FROM gone',
      403,
      /a query only reads/u,
    ],
    ["COPY persons TO '/tmp/x'", 403, /COPY to or from a file/u],
    ['COPY persons TO STDOUT', 400, /expected one SELECT/u],
    ['SET search_path TO x', 400, /expected one SELECT/u],
    ['BEGIN', 400, /expected one SELECT/u],
    ['SELECT * FROM people', 404, /`people` does not exist/u],
    ['SELECT height FROM persons', 404, /`height` does not exist/u],
    ["SELECT pg_read_file('/etc/passwd')", 404, /pg_read_file/u],
    ['SELECT pg_sleep(10)', 404, /pg_sleep/u],
    ["SELECT lo_import('/etc/passwd')", 404, /lo_import/u],
    ["SELECT redaction(email, 'PLAIN') FROM persons", 404, /REDACTION\(\) expected/u],
    ["SELECT redaction(email || 'x', 'MASKED') FROM persons", 404, /REDACTION\(\) expected/u],
    ["SELECT *, redaction(email, 'MASKED') FROM persons", 422, /`\*` beside REDACTION/u],
    ['SELECT 1 AS "__proto__"', 400, /another name/u],
    ['SELECT 1 / 0', 400, /division by zero/u],
    ["SELECT age FROM persons WHERE age = 'ada'", 400, /invalid text for a type/u],
    ['SELECT upper(age) FROM persons', 400, /does not exist/u],
  ];
  for (const [query, status, message] of REFUSED) {
    it(query, async () => {
      const said = await refused(owner, query, status);
      assert.match(said, message);
      assert.doesNotMatch(said, /ada/u);
    });
  }

  it('a table that is not the caller’s to read, with a leaf', async () => {
    const from = (await api.test.leaves()).length;
    assert.match(
      await refused(stranger, 'SELECT count(*) FROM persons', 403),
      /nothing of this vault is yours/u,
    );
    assert.match(
      await refused(support, 'SELECT 1 FROM persons, visits', 403),
      /`visits` is not yours/u,
    );
    const kinds = (await api.test.leaves()).slice(from).map(({ entry }) => JSON.parse(entry).kind);
    assert.deepEqual(kinds, ['access-refused', 'access-refused']);
  });

  it('everything, for who may read no table of the vault', async () => {
    assert.match(await refused(stranger, 'SELECT 1', 403), /nothing of this vault is yours/u);
  });

  it('without the values that a failing statement met', async () => {
    const query = "SELECT to_tsvector(REDACTION(email, 'PLAIN_TEXT')::regconfig, 'x') FROM persons";
    assert.doesNotMatch(await refused(owner, query, 400), /example/u);
  });

  it('a column that is not the caller’s to read, as one that is not there', async () => {
    assert.match(
      await refused(counter, 'SELECT email FROM persons', 404),
      /`email` does not exist/u,
    );
    assert.match(
      await refused(counter, "SELECT redaction(email, 'REDACTED') FROM persons", 404),
      /does not exist/u,
    );
  });

  it('too much work, too many rows, too long an answer', async () => {
    const big = 'generate_series(1, 100000)';
    assert.match(await refused(owner, `SELECT i FROM ${big} AS s(i)`, 429), /15000 rows/u);
    assert.match(
      await refused(owner, `SELECT repeat('x', 1000) FROM generate_series(1, 10000)`, 429),
      /4194304 bytes/u,
    );
    // What no engine survives costs the engine, and gives no answer.
    const deep = "SELECT (repeat('[', 200000) || repeat(']', 200000))::jsonb";
    assert.match(await refused(owner, deep, 422), /more than the engine/u);
    // The next was not the worse for it.
    assert.deepEqual(await rows(owner, 'SELECT count(*) FROM persons'), [{ count: 3 }]);
  });
});

it('a vault is compared with the ledger for those who answer for it, not for who runs it', async () => {
  const verify = { method: 'POST', path: `${path}/verify` } as const;
  const statusFor = async (name: string, permission: 'operator' | 'auditor' | 'data-owner') =>
    (await api.ask(api.account(name, {}, [permission]).apiKey, verify)).status;
  assert.equal(await statusFor('who-runs-it', 'operator'), 403);
  assert.equal(await statusFor('who-audits-it', 'auditor'), 200);
  assert.equal(await statusFor('who-owns-it', 'data-owner'), 200);
});

describe('the budget of a query', () => {
  it('is spent on what it looked at, not on what it said', async () => {
    assert.deepEqual(await rows(counter, 'SELECT sum(cost) FROM visits'), [{ sum: 13 }]);
    for (let i = 0; i < 5; i++) await rows(counter, 'SELECT max(cost) FROM visits');
    assert.match(await refused(counter, 'SELECT max(cost) FROM visits', 429), /budget/u);
    assert.deepEqual(await rows(counter, 'SELECT count(*) FROM visits'), [{ count: 3 }]);
  });
});

describe('one caller after the other', () => {
  it('leaves nothing behind', async () => {
    await rows(owner, 'SELECT * FROM persons', { redaction: 'PLAIN_TEXT' });
    // The same tables, of which this one reads no row.
    assert.deepEqual(
      await rows(
        owner,
        "SELECT relname, reltuples FROM pg_class WHERE relname = 'persons' AND reltuples > 0",
      ),
      [],
    );
    const [settings] = await rows(
      owner,
      "SELECT current_user AS who, current_setting('search_path') AS path FROM (SELECT 1) one",
    );
    assert.deepEqual(settings, { who: 'owner', path: 'public' });
  });
});
