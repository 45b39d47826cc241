import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { QueryResult } from 'pg';
import QueryStream from 'pg-query-stream';
import postgres from 'postgres';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../../../test/vault/api.ts';
import type { TestAccount, TestApi } from '../../../test/vault/api.ts';
import { openTestDoor } from '../../../test/vault/door.ts';
import type { TestDoor } from '../../../test/vault/door.ts';
import { checkNothingTold, checkSameAnswers } from '../../../test/vault/querylaws.ts';

let cluster: TestCluster;
let api: TestApi;
let door: TestDoor;
let owner: TestAccount;
let asker: TestAccount;

const TABLES = [
  {
    name: 'persons',
    description: 'people who buy',
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
    ],
  },
  { name: 'secrets', columns: [{ name: 'word', type: 'string' as const }] },
];

const POLICIES = `
apiVersion: privet/v1
kind: VaultPolicy
name: analyst-reads
vault: crm
roles: [analyst]
rules:
  - ALLOW READ ON persons.email, persons.ssn WITH REDACTION = MASKED
  - ALLOW READ ON persons.region, persons.age WITH REDACTION = PLAIN_TEXT WHERE persons.region = 'EU'
---
apiVersion: privet/v1
kind: VaultPolicy
name: for-care
vault: crm
roles: [carer]
rules:
  - ALLOW READ ON secrets.* WITH REDACTION = PLAIN_TEXT
reveal:
  tables: [secrets]
  purposes: [care]
`;

before(async () => {
  cluster = await startTestCluster();
  api = await openTestApi(cluster, { name: 'crm', tables: TABLES });
  owner = api.account('owner');
  asker = api.account('asker');
  api.role('VAULT_OWNER', [owner]);
  api.role('analyst', [api.account('ada')]);
  api.role('carer', [api.account('cara')]);
  api.govern({ policies: POLICIES, purposes: ['care'] });
  door = await openTestDoor(api);
  const people = [
    ['ada@example.invalid', 'EU', 36, '111-11-1111'],
    ['bob@example.invalid', 'EU', 50, '222-22-2222'],
    ['eve@example.invalid', 'US', 20, '333-33-3333'],
  ];
  const records = people.map(([email, region, age, ssn]) => ({
    fields: { email, region, age, ssn },
  }));
  const answer = await api.ask(owner.apiKey, {
    method: 'POST',
    path: `/v1/vaults/${api.schema.id}/persons`,
    body: { records },
  });
  assert.equal(answer.status, 200);
});

after(async () => {
  await door.close();
  await api.close();
  await cluster.stop();
});

async function withClient<T>(account: string, act: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: door.url(account) });
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}

describe('a vault at the SQL gateway', () => {
  it('tells each run of a statement as a decision of that door, with its leaf', async () => {
    api.decisions();
    await withClient('ada', async (client) => {
      await client.query('SELECT age FROM persons');
      await client.query('SELECT age FROM persons');
      await assert.rejects(client.query('SELECT * FROM secrets'), /not yours to read/u);
    });
    const told = api.decisions();
    assert.deepEqual(
      told.map(({ door, effect, requests }) => [door, effect, requests]),
      [
        ['gateway', 'allow', 2],
        ['gateway', 'deny', 1],
      ],
    );
    const [refused] = await api.test.ledger.read({ kinds: ['access-refused'], limit: 1 });
    const [, denied] = told;
    assert.deepEqual(refused?.leaf.kind === 'access-refused' && refused.leaf.decisions, [
      denied?.decision,
    ]);
  });

  it('answers simple and extended queries, prepared ones and parameters', async () => {
    await withClient('ada', async (client) => {
      const simple = await client.query(
        'SELECT email, region, age FROM persons ORDER BY email; SELECT 1 AS one',
      );
      const [people, one] = simple as unknown as QueryResult[];
      assert.deepEqual(people?.rows, [
        { email: 'a***@example.invalid', region: 'EU', age: 36 },
        { email: 'b***@example.invalid', region: 'EU', age: 50 },
        { email: 'e***@example.invalid', region: null, age: null },
      ]);
      assert.deepEqual(one?.rows, [{ one: 1 }]);
      const named = {
        name: 'older',
        text: 'SELECT count(*)::int AS n FROM persons WHERE age > $1',
      };
      assert.deepEqual((await client.query({ ...named, values: [40] })).rows, [{ n: 1 }]);
      assert.deepEqual((await client.query({ ...named, values: [30] })).rows, [{ n: 2 }]);
      const { fields } = await client.query('SELECT age, email FROM persons WHERE region = $1', [
        'EU',
      ]);
      assert.deepEqual(
        fields.map(({ name, dataTypeID }) => [name, dataTypeID]),
        [
          ['age', 23],
          ['email', 25],
        ],
      );
    });
  });

  it('lets drivers fetch part by part, and describe before they run', async () => {
    await withClient('ada', async (client) => {
      const stream = client.query(
        new QueryStream('SELECT i FROM generate_series(1, $1::int) AS s(i)', [1_000], {
          batchSize: 7,
        }),
      );
      let sum = 0;
      for await (const row of stream as AsyncIterable<{ i: number }>) sum += row.i;
      assert.equal(sum, 500_500);
    });
    const sql = postgres(door.url('ada'), { max: 1 });
    try {
      const found = await sql`SELECT age FROM persons WHERE region = ${'EU'} AND age > ${40}`;
      assert.deepEqual([...found], [{ age: 50 }]);
      const within = await sql.begin(
        'read only',
        (tx) => tx`SELECT count(*)::int AS n FROM persons`,
      );
      assert.deepEqual([...within], [{ n: 3 }]);
    } finally {
      await sql.end();
    }
  });

  it('goes on after an error, and inside a failed transaction only to its end', async () => {
    await withClient('ada', async (client) => {
      await assert.rejects(client.query('SELECT height FROM persons'), { code: '42703' });
      await assert.rejects(client.query('SELECT 1 / $1::int', [0]), {
        code: '22012',
        message: 'division by zero',
      });
      await assert.rejects(client.query('DELETE FROM persons'), {
        code: '25006',
        message: 'a query only reads',
      });
      await assert.rejects(client.query('COPY persons TO STDOUT'), { code: '0A000' });
      await assert.rejects(client.query("SELECT age FROM persons WHERE age = 'x'"), {
        code: '22P02',
      });
      await client.query('BEGIN');
      await assert.rejects(client.query('SELEC'), { code: '42601' });
      await assert.rejects(client.query('SELECT 1'), { code: '25P02' });
      await assert.rejects(client.query('SELECT $1::int', [1]), { code: '25P02' });
      assert.equal((await client.query('COMMIT')).command, 'ROLLBACK');
      assert.deepEqual((await client.query('SELECT 2 AS two')).rows, [{ two: 2 }]);
    });
  });

  it('keeps settings for the session, undoes them with their transaction, and refuses what is none', async () => {
    await withClient('ada', async (client) => {
      const show = async (name: string) =>
        (await client.query({ text: `SHOW ${name}`, rowMode: 'array' })).rows[0]?.[0];
      const moment = "SELECT timestamptz '2026-11-28T12:00:00Z' AS t";
      const text = async () =>
        (await client.query({ text: `SELECT (${moment})::text AS t` })).rows[0].t;
      assert.equal(await text(), '2026-11-28 12:00:00+00');
      await client.query("SET timezone TO 'Asia/Tokyo'");
      assert.equal(await text(), '2026-11-28 21:00:00+09');
      await client.query('BEGIN');
      await client.query("SET timezone TO 'UTC'");
      await client.query("SET LOCAL privet.purpose TO 'care'");
      assert.equal(await show('privet.purpose'), 'care');
      await client.query('ROLLBACK');
      assert.equal(await text(), '2026-11-28 21:00:00+09');
      assert.equal(await show('privet.purpose'), '');
      await assert.rejects(client.query("SET timezone TO 'Mars/Olympus'"), { code: '22023' });
      assert.equal(await text(), '2026-11-28 21:00:00+09');
      await client.query('DISCARD ALL');
      assert.equal(await text(), '2026-11-28 12:00:00+00');
      await client.query("SET application_name TO 'x'; SET extra_float_digits = 3");
      await assert.rejects(client.query("SET role TO 'postgres'"), { code: '42501' });
    });
  });

  it('asks policy with the purpose, the ticket and the level that were set', async () => {
    await withClient('cara', async (client) => {
      const from = (await api.test.leaves()).length;
      await assert.rejects(client.query('SELECT count(*) FROM secrets'), { code: '42501' });
      await client.query("SET privet.purpose TO 'care'");
      assert.deepEqual((await client.query('SELECT count(*)::int AS n FROM secrets')).rows, [
        { n: 0 },
      ]);
      const leaves = (await api.test.leaves()).slice(from).map(({ entry }) => JSON.parse(entry));
      assert.deepEqual(
        leaves.map(({ kind, operation, purpose }) => [kind, operation, purpose]),
        [
          ['access-refused', 'query', undefined],
          ['vault-revealed', 'query', 'care'],
        ],
      );
    });
    await withClient('owner', async (client) => {
      const whole = "SELECT email FROM persons WHERE email = 'bob@example.invalid'";
      assert.deepEqual((await client.query(whole)).rows, []);
      await client.query("SET privet.redaction TO 'PLAIN_TEXT'");
      assert.deepEqual((await client.query(whole)).rows, [{ email: 'bob@example.invalid' }]);
      const level = 'SHOW privet.redaction';
      await assert.rejects(client.query("SET privet.redaction TO 'ALL'"), /privet.redaction/u);
      const shown = { 'privet.redaction': 'PLAIN_TEXT' };
      assert.deepEqual((await client.query(level)).rows, [shown], 'what was refused is not kept');
      const set = "SET privet.redaction TO 'PLAIN_TEXT'";
      const results = (await client.query(
        `RESET privet.redaction; ${whole}; ${set}; ${whole}; ${level}`,
      )) as unknown as readonly { readonly rows: readonly unknown[] }[];
      assert.deepEqual(
        results.map(({ rows }) => rows),
        [[], [], [], [{ email: 'bob@example.invalid' }], [shown]],
        'what is set counts for what stands behind it in one message',
      );
      const often = Array.from({ length: 101 }, (_, i) => `SET privet.ticket TO 'T-${i}'`);
      await assert.rejects(client.query(`${often.join('; ')}; SELECT 1`), { code: '54000' });
      assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
    });
  });

  it('is a database for those who are let in, by its name or its id', async () => {
    const ask = async (url: string) => {
      const client = new Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query('SELECT current_database() AS base, current_user AS who');
      await client.end();
      return rows;
    };
    assert.deepEqual(await ask(door.url('ada', api.schema.id)), [{ base: 'crm', who: 'ada' }]);
    await assert.rejects(ask(door.url('ada', 'nowhere')), { code: '3D000' });
    await assert.rejects(ask(door.url('nobody')), { code: '28P01' });
    await withClient('ada', async (client) => {
      api.govern({ stale: true });
      await assert.rejects(client.query('SELECT 1'), { code: '57P03' });
      api.govern({ stale: false });
      assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
    });
  });

  it('stops what is cancelled, and answers the next', async () => {
    await withClient('ada', async (client) => {
      const slow = client.query(
        'SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b',
      );
      const cancelled = assert.rejects(slow, { code: '57014' });
      const other = new Client({ connectionString: door.url('ada') });
      // pg has no other way to cancel than to do as libpq does.
      const { processID, secretKey } = client as unknown as {
        processID: number;
        secretKey: number;
      };
      await new Promise((resolve) => setTimeout(resolve, 300));
      const connection = other.connection as unknown as {
        on(event: 'connect', listener: () => void): void;
        connect(port: number, host: string): void;
        cancel(processId: number, key: number): void;
      };
      connection.on('connect', () => connection.cancel(processID, secretKey));
      connection.connect(door.gateway.address.port, '127.0.0.1');
      await cancelled;
      assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
    });
  });

  it(
    'describes itself to psql',
    { skip: hasPsql() ? false : 'psql is not installed' },
    async () => {
      const psql = async (...args: string[]) => {
        const all = ['-X', '-At', door.url('ada'), ...args];
        return (await promisify(execFile)('psql', all, { timeout: 60_000 })).stdout;
      };
      assert.equal(await psql('-c', '\\dt'), 'public|persons|table|postgres\n');
      assert.equal(
        await psql('-c', '\\d persons'),
        'skyflow_id|text|||\nemail|text|||\nregion|text|||\nage|integer|||\nssn|text|||\n',
      );
      assert.match(await psql('-c', 'SELECT count(*) FROM persons', '-c', '\\conninfo'), /^3\n/u);
    },
  );
});

describe('a query', () => {
  const stage = () => ({ api, door, owner, asker, askerName: 'asker' });
  it('is answered alike at both doors, and by a slow twin over what `get` shows', async () => {
    const answered = await checkSameAnswers(stage(), 8);
    assert.ok(answered > 20, `${answered} queries had rows`);
  });

  it('tells nothing of a value that is not shown', () => checkNothingTold(stage(), 4));
});

function hasPsql(): boolean {
  return spawnSync('psql', ['--version']).status === 0;
}
