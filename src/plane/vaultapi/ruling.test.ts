import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../../../test/vault/api.ts';
import type { Asked, TestAccount, TestApi } from '../../../test/vault/api.ts';

const uuid = { shape: { kind: 'uuid' }, deterministic: true } as const;
const TABLE = {
  name: 'persons',
  columns: [
    { name: 'email', type: 'string' as const, tokens: [uuid] },
    { name: 'ssn', type: 'string' as const },
    { name: 'region', type: 'string' as const },
    { name: 'age', type: 'int32' as const, tokens: [uuid] },
    { name: 'extra', type: 'json' as const },
    { name: 'seen', type: 'datetime' as const },
    { name: 'opens', type: 'time' as const },
    { name: 'number', type: 'int64' as const },
  ],
};

let cluster: TestCluster;
let api: TestApi;
let owner: TestAccount;
let reader: TestAccount;
let vault: string;

before(async () => {
  cluster = await startTestCluster();
  api = await openTestApi(cluster, { name: 'crm', tables: [TABLE] });
  vault = `/v1/vaults/${api.schema.id}`;
  [owner, reader] = [api.account('owner'), api.account('reader')];
  api.role('VAULT_OWNER', [owner]);
  api.role('reader', [reader]);
});

after(async () => {
  await api.close();
  await cluster.stop();
});

function govern(...rules: readonly string[]): void {
  const head = 'apiVersion: privet/v1\nkind: VaultPolicy\nname: reads\nvault: crm\nroles: [reader]';
  api.govern({ policies: `${head}\nrules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}` });
}

const insertCall = (fields: object): Asked => ({
  method: 'POST',
  path: `${vault}/persons`,
  body: { records: [{ fields }], tokenization: true },
});

async function insert(fields: object): Promise<string> {
  const { body } = await api.ask(owner.apiKey, insertCall(fields));
  return body.records[0].skyflow_id;
}

/** Names of the columns the reader sees of a record. */
async function shown(id: string): Promise<readonly string[]> {
  const path = `${vault}/persons?skyflow_ids=${id}&redaction=PLAIN_TEXT`;
  const { body } = await api.ask(reader.apiKey, { path });
  const names = Object.keys(body.records[0].fields);
  return names.filter((name) => name !== 'skyflow_id').toSorted();
}

describe('a ruling', () => {
  it('lets a prohibition count where it cannot be told whether a value is null', async () => {
    govern(
      'ALLOW CREATE, UPDATE ON persons.*',
      'ALLOW READ ON persons.region, persons.age WITH REDACTION = PLAIN_TEXT',
      'ALLOW TOKENIZATION ON persons.*',
      'DENY READ ON persons.age WHERE persons.extra IS NOT NULL',
      'DENY TOKENIZATION ON persons.age, persons.email WHERE persons.region IS NOT NULL',
    );
    const email = 'careful@example.invalid';
    const id = await insert({ email, region: 'EU', age: 41, extra: { a: 1 } });
    assert.deepEqual(await shown(id), ['region']);
    const put: Asked = {
      method: 'PUT',
      path: `${vault}/persons/${id}`,
      body: { record: { fields: { age: 2 } }, tokenization: true },
    };
    const tokenize: Asked = {
      method: 'POST',
      path: `${vault}/tokenize`,
      body: { tokenizationParameters: [{ value: email, columnGroup: 'persons.email' }] },
    };
    assert.equal((await api.ask(reader.apiKey, put)).status, 403);
    assert.equal((await api.ask(reader.apiKey, tokenize)).status, 403);
    assert.equal((await api.ask(reader.apiKey, insertCall({ age: 1 }))).status, 200);
  });

  it('compares moments as moments, however they are written', async () => {
    govern(
      'ALLOW READ ON persons.ssn, persons.region, persons.age WITH REDACTION = PLAIN_TEXT',
      "DENY READ ON persons.age WHERE persons.seen < '2026-01-01'",
      "DENY READ ON persons.region WHERE persons.opens >= '9:00AM'",
    );
    const shows = async (seen: string, opens: string) =>
      shown(await insert({ ssn: '1', region: 'EU', age: 1, seen, opens }));
    assert.deepEqual(await shows('2026-01-01T00:30:00+02:00', '3:04PM'), ['ssn']);
    assert.deepEqual(await shows('Thu, 01 Jan 2026 00:30:00 +0200', '10:00'), ['ssn']);
    const all = ['age', 'region', 'ssn'];
    assert.deepEqual(await shows('2025-12-31T23:30:00-02:00', '8:59AM'), all);
    assert.deepEqual(await shows('Thu, 01 Jan 2026 00:30:00 GMT', '08:59'), all);
    govern(
      'ALLOW READ ON persons.ssn, persons.age WITH REDACTION = PLAIN_TEXT',
      "DENY READ ON persons.age WHERE persons.seen < 'yesterday'",
    );
    assert.deepEqual(await shows('2026-01-01T00:30:00Z', '08:59'), ['ssn']);
  });

  it('compares whole numbers beyond 2^53 as they are, not as their neighbours', async () => {
    govern(
      'ALLOW READ ON persons.ssn WITH REDACTION = PLAIN_TEXT',
      'ALLOW READ ON persons.email WITH REDACTION = PLAIN_TEXT WHERE persons.number = 9007199254740993',
      "ALLOW READ ON persons.region WITH REDACTION = PLAIN_TEXT WHERE persons.number > '9007199254740992'",
      'ALLOW READ ON persons.age WITH REDACTION = PLAIN_TEXT WHERE persons.number IN (7, 9007199254740994)',
    );
    const shows = async (number: string | number) =>
      shown(await insert({ ssn: '1', email: `${number}@e.invalid`, region: 'EU', age: 1, number }));
    assert.deepEqual(await shows('9007199254740992'), ['ssn']);
    assert.deepEqual(await shows('9007199254740993'), ['email', 'region', 'ssn']);
    assert.deepEqual(await shows('9007199254740994'), ['age', 'region', 'ssn']);
    assert.deepEqual(await shows('1000000000000000000'), ['region', 'ssn']);
    assert.deepEqual(await shows(7), ['age', 'ssn']);
    assert.deepEqual(await shows('-9007199254740993'), ['ssn']);
  });
});
