import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../../../test/vault/api.ts';
import type { Answer, Asked, TestAccount, TestApi } from '../../../test/vault/api.ts';

// What is not a caller's business must look as if it were not there, whatever they try.

const uuid = { shape: { kind: 'uuid' }, deterministic: true } as const;
const random = { shape: { kind: 'uuid' }, deterministic: false } as const;
const column = (name: string, more: object = {}) => ({ name, type: 'string' as const, ...more });
const person = column('person', { nullable: false });
const TABLES = [
  {
    name: 'persons',
    subject: 'person',
    columns: [person, column('email', { tokens: [uuid] }), column('region', { tokens: [random] })],
  },
  {
    name: 'secrets',
    subject: 'person',
    columns: [person, column('word', { tokens: [uuid] }), column('pin', { tokens: [random] })],
  },
  { name: 'papers', columns: [column('name'), { name: 'scan', type: 'file' as const }] },
  { name: 'charts', columns: [column('note', { tokens: [uuid] })] },
];
const POLICIES = `
apiVersion: privet/v1
kind: VaultPolicy
name: support-reads
vault: crm
roles: [support]
rules:
  - ALLOW READ, DETOKENIZATION ON persons.email WITH REDACTION = PLAIN_TEXT
---
apiVersion: privet/v1
kind: VaultPolicy
name: europe-only
vault: crm
roles: [european]
rules:
  - ALLOW DETOKENIZATION ON persons.region WITH REDACTION = PLAIN_TEXT WHERE persons.region = 'EU'
---
apiVersion: privet/v1
kind: VaultPolicy
name: charts-for-care
vault: crm
roles: [carer]
rules:
  - ALLOW READ, DETOKENIZATION ON charts.* WITH REDACTION = PLAIN_TEXT
reveal:
  tables: [charts]
  purposes: [care]
`;
const NOBODY = '0190163f-0000-7000-8000-000000000000';
const NO_TOKEN = '9b2f4c3a-0000-4000-8000-000000000000';

let cluster: TestCluster;
let api: TestApi;
let vault: string;
let [owner, support, carer, outsider]: readonly TestAccount[] = [];

before(async () => {
  cluster = await startTestCluster();
  api = await openTestApi(cluster, { name: 'crm', tables: TABLES });
  vault = `/v1/vaults/${api.schema.id}`;
  [owner, support, carer, outsider] = ['owner', 'support', 'carer', 'outsider'].map((name) =>
    api.account(name),
  );
  api.role('VAULT_OWNER', [owner as TestAccount]);
  api.role('support', [support as TestAccount]);
  api.role('carer', [carer as TestAccount]);
  api.role('support', [carer as TestAccount]);
  api.govern({ policies: POLICIES, purposes: ['care'] });
});

after(async () => {
  await api.close();
  await cluster.stop();
});

const ask = (account: TestAccount | undefined, call: Asked): Promise<Answer> =>
  api.ask(account?.apiKey ?? null, call);

async function insert(table: string, fields: object, canary = false): Promise<Written> {
  const body = { records: [{ fields, canary }], tokenization: true };
  const who = canary ? planter() : owner;
  const answer = await ask(who, { method: 'POST', path: `${vault}/${table}`, body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const [{ skyflow_id: id, tokens }] = answer.body.records;
  return { id, tokens: tokens ?? {} };
}
type Written = { readonly id: string; readonly tokens: Readonly<Record<string, string>> };

function planter(): TestAccount {
  const made = api.account(`planter${Math.random()}`, {}, ['data-owner']);
  api.role('VAULT_OWNER', [made]);
  return made;
}

const detokenize = (...tokens: readonly (string | undefined)[]): Asked => ({
  method: 'POST',
  path: `${vault}/detokenize`,
  body: { detokenizationParameters: tokens.map((token) => ({ token })) },
});

/** What an answer says, without what was asked for. */
function gist({ status, body }: Answer, ...asked: readonly (string | undefined)[]): string {
  let text = JSON.stringify([status, body]);
  for (const one of asked) text = text.replaceAll(one ?? '', '…');
  return text;
}

async function sameFor(
  account: TestAccount | undefined,
  call: (name: string) => Asked,
  names: readonly (string | undefined)[],
): Promise<Answer> {
  const answers = [];
  for (const name of names) answers.push(await ask(account, call(name ?? '')));
  const gists = new Set(answers.map((answer, index) => gist(answer, names[index])));
  assert.equal(gists.size, 1, [...gists].join('\n'));
  return answers[0] as Answer;
}

describe('tokens', () => {
  it('are all refused alike to whoever may have no value for any', async () => {
    const { tokens } = await insert('persons', { person: 'p-1', email: 'a@example.invalid' });
    const secret = await insert('secrets', { person: 'p-1', word: 'owl' });
    const names = [tokens['email'], secret.tokens['word'], NO_TOKEN];
    const { status } = await sameFor(outsider, detokenize, names);
    assert.equal(status, 403);
    assert.equal((await ask(outsider, detokenize(...names))).status, 403);
  });

  it('of a table, a record or a forgotten person that is not theirs are as unknown ones', async () => {
    const secret = await insert('secrets', { person: 'p-2', word: 'hen', pin: '1' });
    const american = await insert('persons', { person: 'p-2', region: 'US' });
    const names = [secret.tokens['word'], secret.tokens['pin'], NO_TOKEN];
    const { status } = await sameFor(support, detokenize, names);
    assert.equal(status, 404);
    assert.equal((await ask(support, detokenize(american.tokens['region']))).status, 403);
    const european = api.account('european');
    api.role('european', [european]);
    await sameFor(european, detokenize, [american.tokens['region'], ...names]);
    const forgetter = planter();
    for (const table of ['secrets', 'persons']) {
      const path = `${vault}/${table}/forget`;
      const forgotten = await ask(forgetter, { method: 'POST', path, body: { subject: 'p-2' } });
      assert.equal(forgotten.status, 200, JSON.stringify(forgotten.body));
    }
    assert.equal((await sameFor(support, detokenize, names)).status, 404);
    assert.equal((await ask(support, detokenize(american.tokens['region']))).status, 410);
    assert.equal((await ask(owner, detokenize(secret.tokens['pin']))).status, 410);
  });

  it('of a canary raise the alarm, whoever shows them', async () => {
    const { tokens } = await insert('secrets', { person: 'p-3', word: 'fox' }, true);
    const before = (await api.test.alarms()).length;
    assert.equal((await ask(outsider, detokenize(tokens['word']))).status, 403);
    assert.equal((await ask(support, detokenize(tokens['word']))).status, 404);
    const alarms = (await api.test.alarms()).slice(before);
    assert.deepEqual(alarms, ['canary', 'canary']);
  });

  it('that wait for a purpose say so, of every token alike', async () => {
    const { tokens } = await insert('charts', { note: 'well' });
    const names = [tokens['note'], NO_TOKEN];
    const { status, body } = await sameFor(carer, detokenize, names);
    assert.equal(status, 404);
    assert.match(body.error.message, /answers for a purpose or a ticket only/u);
    const headers = { 'x-privet-purpose': 'care' };
    const given = await ask(carer, { ...detokenize(tokens['note']), headers });
    assert.equal(given.status, 200, JSON.stringify(given.body));
  });

  it('are looked up for nobody who may not have them, whether the value is there', async () => {
    await insert('secrets', { person: 'p-4', word: 'elk' });
    const lookup = (value: string): Asked => {
      const tokenizationParameters = [{ value, columnGroup: 'secrets.word' }];
      return { method: 'POST', path: `${vault}/tokenize`, body: { tokenizationParameters } };
    };
    for (const account of [outsider, support]) {
      assert.equal((await sameFor(account, lookup, ['elk', 'gnu'])).status, 403);
    }
  });
});

describe('records', () => {
  it('that are not theirs are as ones that are not there: got, changed, deleted, and their files', async () => {
    const secret = await insert('secrets', { person: 'p-5', word: 'cat' });
    const file = await insert('papers', { name: 'x' });
    const put = { record: { fields: { word: 'dog' } } };
    const one = (table: string, call: Partial<Asked> = {}, more = '') => {
      return (id: string): Asked => ({ path: `${vault}/${table}/${id}${more}`, ...call });
    };
    const tries: readonly (readonly [string, (id: string) => Asked])[] = [
      [secret.id, one('secrets')],
      [secret.id, one('secrets', { method: 'PUT', body: put })],
      [secret.id, one('secrets', { method: 'DELETE' })],
      [file.id, one('papers', {}, '/files/scan')],
      [file.id, one('papers', { method: 'POST', body: {} }, '/files/scan/link')],
      [file.id, one('papers', { method: 'DELETE' }, '/files/scan')],
    ];
    for (const account of [outsider, support]) {
      for (const [id, call] of tries) {
        const { status } = await sameFor(account, call, [id, NOBODY]);
        assert.ok(status === 403 || status === 404, `${JSON.stringify(call(id))}: ${status}`);
      }
    }
  });

  it('of the forgotten are removed by whoever may delete, and are not there for others', async () => {
    const { id } = await insert('secrets', { person: 'p-6', word: 'yak' });
    const forget: Asked = {
      method: 'POST',
      path: `${vault}/secrets/forget`,
      body: { subject: 'p-6' },
    };
    assert.equal((await ask(planter(), forget)).status, 200);
    const remove = (record: string): Asked => ({
      method: 'DELETE',
      path: `${vault}/secrets/${record}`,
    });
    assert.equal((await sameFor(support, remove, [id, NOBODY])).status, 404);
    assert.equal((await ask(owner, remove(id))).status, 200);
  });
});

describe('tables', () => {
  it('that are there and that are not are refused alike to whoever has nothing in the vault', async () => {
    const sql = (table: string): Asked => ({
      method: 'POST',
      path: `${vault}/query`,
      body: { query: `SELECT * FROM ${table}` },
    });
    const stream = (table: string): Asked => ({
      method: 'POST',
      path: `${vault}/${table}/tokenize/stream?upsert=nothing`,
      raw: '{}',
      headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': 'k' },
    });
    const lookup = (table: string): Asked => ({
      method: 'POST',
      path: `${vault}/tokenize`,
      body: { tokenizationParameters: [{ value: 'x', table, column: 'word' }] },
    });
    const get = (table: string): Asked => ({ path: `${vault}/${table}` });
    const insertInto = (table: string): Asked => {
      return {
        method: 'POST',
        path: `${vault}/${table}`,
        body: { records: [{ fields: { a: 1 } }] },
      };
    };
    for (const call of [sql, stream, lookup, get, insertInto]) {
      const { status, body } = await sameFor(outsider, call, ['secrets', 'nowhere']);
      assert.equal(status, 403, JSON.stringify(body));
      assert.doesNotMatch(JSON.stringify(body), /crm/u);
    }
  });
});

describe('vaults', () => {
  it('are listed and shown to whoever has a right or a role in them, as far as it goes', async () => {
    const others = await api.another({ name: 'other', tables: [TABLES[3]] } as never);
    const list = async (account: TestAccount | undefined) => {
      const { body } = await ask(account, { path: '/v1/vaults' });
      return body.vaults.map((one: Shown) => [one.name, one.tables.map(({ name }) => name)]);
    };
    assert.deepEqual(await list(outsider), []);
    assert.deepEqual(await list(support), [['crm', ['persons']]]);
    const nurse = api.account('nurse');
    api.role('carer', [nurse]);
    assert.deepEqual(await list(nurse), [['crm', []]], 'a purpose is due: the name, no table');
    const auditor = api.account('auditor', {}, ['auditor']);
    assert.deepEqual((await list(auditor)).map(([name]: [string]) => name).toSorted(), [
      'crm',
      'other',
    ]);

    const { body } = await ask(support, { path: vault });
    const columns = body.vault.tables[0].columns.map(({ name }: { name: string }) => name);
    assert.deepEqual(columns, ['email']);
    assert.deepEqual(
      body.vault.vaultSchema.schemas.map(({ name }: Shown) => name),
      ['persons'],
    );
    const show = (id: string): Asked => ({ path: `/v1/vaults/${id}` });
    const unknown = `vlt_${'0'.repeat(26)}`;
    assert.equal((await sameFor(outsider, show, [api.schema.id, unknown])).status, 404);
    assert.equal((await sameFor(support, show, [others.id, unknown])).status, 404);
  });

  it('are listed to a bearer token as far as the roles go it is narrowed to', async () => {
    const both = api.account('both');
    const role = api.role('support', [both]);
    const other = api.role('nothing', [both]);
    const listed = async (roleId: string) => {
      const token = await api.bearer(both, { scope: `role:${roleId}` });
      const { body } = await api.ask(token, { path: '/v1/vaults' });
      return body.vaults.map((one: Shown) => one.tables.length);
    };
    assert.deepEqual(await listed(role.id), [1]);
    assert.deepEqual(await listed(other.id), [0]);
  });
});

type Shown = { readonly name: string; readonly tables: readonly { readonly name: string }[] };
