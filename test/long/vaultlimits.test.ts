/** What a vault does with questions that would take all there is: memory of an engine, or time over records nobody sees. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../vault/api.ts';
import type { TestAccount, TestApi } from '../vault/api.ts';

const HOSTILE = [
  "SELECT length(repeat('x', 1000000000) || repeat('y', 1000000000))",
  'SELECT count(*) FROM (SELECT repeat(md5(i::text), 2000) t FROM generate_series(1, 100000) i ORDER BY 1) s',
  "SELECT length(string_agg(repeat(i::text, 10000), '')) FROM generate_series(1, 1000000) i",
  "WITH RECURSIVE r(i, t) AS (SELECT 1, md5('') UNION ALL SELECT i + 1, t || t FROM r WHERE i < 60) SELECT max(length(t)) FROM r",
  'SELECT count(DISTINCT a::text || b::text) FROM generate_series(1, 20000) a, generate_series(1, 20000) b',
  "SELECT regexp_count(repeat('a', 200000), '(a*)*b')",
];
/** As the vault has them (plane/vault/limits.ts). */
const [LOOKED_FIRST, LOOKED_MAX] = [5_000, 20_000];

let cluster: TestCluster;
let api: TestApi;
let owner: TestAccount;
let reader: TestAccount;
let vault: string;

before(async () => {
  cluster = await startTestCluster();
  const column = (name: string) => ({ name, type: 'string' as const, exactIndex: true });
  const tables = [{ name: 'persons', columns: [column('city'), column('region')] }];
  api = await openTestApi(cluster, { name: 'crm', tables });
  vault = `/v1/vaults/${api.schema.id}`;
  [owner, reader] = [api.account('owner'), api.account('reader')];
  api.role('VAULT_OWNER', [owner]);
  api.role('reader', [reader]);
  const head = 'apiVersion: privet/v1\nkind: VaultPolicy\nname: p\nvault: crm\nroles: [reader]';
  const rule = "ALLOW READ ON persons.* WITH REDACTION = PLAIN_TEXT WHERE persons.region = 'EU'";
  api.govern({ policies: `${head}\nrules:\n  - ${rule}\n` });
});

after(async () => {
  await api.close();
  await cluster.stop();
});

async function insert(count: number, fields: object): Promise<void> {
  for (let left = count; left > 0; left -= LOOKED_FIRST) {
    const records = Array.from({ length: Math.min(left, LOOKED_FIRST) }, () => ({ fields }));
    const call = { method: 'POST', path: `${vault}/persons`, body: { records } } as const;
    assert.equal((await api.ask(owner.apiKey, call)).status, 200);
  }
}

const find = () =>
  api.ask(reader.apiKey, {
    path: `${vault}/persons?column_name=city&column_values=Ghent&redaction=PLAIN_TEXT`,
  });

describe('a query that asks for more than an engine has', () => {
  it('is ended within its time, and the next one is answered', async () => {
    const ask = (query: string) =>
      api.ask(owner.apiKey, { method: 'POST', path: `${vault}/query`, body: { query } });
    for (const query of HOSTILE) {
      const { status, body } = await ask(query);
      assert.ok([200, 400, 422, 429, 501].includes(status), `${query}: ${JSON.stringify(body)}`);
      const next = (await ask('SELECT 1 AS one')).body;
      assert.deepEqual(next.records[0].fields, { one: 1 }, query);
    }
  });
});

describe('records that are found by a value', () => {
  it('are found behind any number of hidden ones, up to a limit that reads alike', async () => {
    await insert(LOOKED_FIRST + 100, { city: 'Ghent', region: 'US' });
    assert.deepEqual((await find()).body.records, []);
    await insert(1, { city: 'Ghent', region: 'EU' });
    const { status, body } = await find();
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.records.length, 1);
    await insert(LOOKED_MAX - LOOKED_FIRST - 100, { city: 'Ghent', region: 'US' });
    const many = await find();
    assert.equal(many.status, 429);
    assert.match(many.body.error.message, /scan-limit/u);
  });
});
