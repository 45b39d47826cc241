import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Problem } from '#base/problem';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../../../test/vault/api.ts';
import type { Answer, Asked, TestAccount, TestApi } from '../../../test/vault/api.ts';

const CANARY = 'canary.7731@example.invalid';
let cluster: TestCluster;
let api: TestApi;
let owner: TestAccount;
let support: TestAccount;
let writer: TestAccount;
const secrets = new Map<TestAccount, string>();
let vault: string;

const uuid = { shape: { kind: 'uuid' }, deterministic: true } as const;
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
        tokens: [uuid],
      },
      { name: 'ssn', type: 'string' as const, tokens: [uuid] },
      { name: 'region', type: 'string' as const, exactIndex: true },
      { name: 'age', type: 'int32' as const, tokens: [uuid] },
      {
        name: 'code',
        type: 'string' as const,
        tokens: [{ ...uuid, deterministic: false, ttlSeconds: 60 }],
      },
      { name: 'extra', type: 'json' as const },
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
  - ALLOW READ, DETOKENIZATION ON persons.email WITH REDACTION = MASKED
  - ALLOW READ ON persons.region, persons.age WITH REDACTION = PLAIN_TEXT WHERE persons.region = 'EU'
  - ALLOW TOKENIZATION ON persons.email
---
apiVersion: privet/v1
kind: VaultPolicy
name: writer-writes
vault: crm
roles: [writer]
rules:
  - ALLOW CREATE, UPDATE ON persons.*
  - DENY CREATE ON persons.age WHERE persons.age > 150
`;

before(async () => {
  cluster = await startTestCluster();
  api = await openTestApi(cluster, { name: 'crm', tables: TABLES });
  vault = `/v1/vaults/${api.schema.id}`;
  [owner, support, writer] = ['owner', 'support', 'writer'].map((name) => api.account(name)) as [
    TestAccount,
    TestAccount,
    TestAccount,
  ];
  api.role('VAULT_OWNER', [owner]);
  api.role('support', [support]);
  api.role('writer', [writer]);
  api.govern({ policies: POLICIES, purposes: ['care', 'fraud'] });
  for (const account of [owner, support, writer]) secrets.set(account, account.apiKey);
});

after(async () => {
  await api.close();
  await cluster.stop();
});

async function ask(account: TestAccount, call: Asked, status = 200): Promise<Answer> {
  const answer = await api.ask(secrets.get(account) ?? null, call);
  assert.equal(
    answer.status,
    status,
    `${call.method} ${call.path}: ${JSON.stringify(answer.body)}`,
  );
  return answer;
}

const insertCall = (fields: object, more: object = {}): Asked => ({
  method: 'POST',
  path: `${vault}/persons`,
  body: { records: [{ fields }], tokenization: true, ...more },
});
async function insert(
  fields: object,
  account = owner,
): Promise<{ id: string; tokens: Record<string, string> }> {
  const { body } = await ask(account, insertCall(fields));
  return { id: body.records[0].skyflow_id, tokens: body.records[0].tokens };
}
const detokenizeCall = (
  tokens: readonly (string | { token: string; redaction: string })[],
): Asked => ({
  method: 'POST',
  path: `${vault}/detokenize`,
  body: {
    detokenizationParameters: tokens.map((one) => (typeof one === 'string' ? { token: one } : one)),
  },
});

describe('inserting', () => {
  it('gives ids and tokens, in order, and none where none are asked for', async () => {
    const records = [1, 2, 3].map((n) => ({ fields: { email: `p${n}@example.invalid`, age: n } }));
    const { body } = await ask(owner, {
      method: 'POST',
      path: `${vault}/persons`,
      body: { records, tokenization: true },
    });
    assert.equal(body.records.length, 3);
    assert.deepEqual(Object.keys(body.records[0].tokens).toSorted(), ['age', 'email']);
    const none = await ask(owner, {
      method: 'POST',
      path: `${vault}/persons`,
      body: { records: [{ fields: { region: 'EU' } }] },
    });
    assert.equal(none.body.records[0].tokens, null);
    const { body: got } = await ask(owner, {
      path: `${vault}/persons?skyflow_ids=${body.records[1].skyflow_id}&redaction=PLAIN_TEXT`,
    });
    assert.deepEqual(got.records, [
      { fields: { skyflow_id: body.records[1].skyflow_id, email: 'p2@example.invalid', age: 2 } },
    ]);
  });

  it('changes the record that has the value already, where `upsert` names its column, and not where it is empty', async () => {
    const first = await insert({ email: 'up@example.invalid', age: 1 });
    const { body } = await ask(
      owner,
      insertCall({ email: 'up@example.invalid', age: 2 }, { upsert: 'email' }),
    );
    assert.equal(body.records[0].skyflow_id, first.id);
    await ask(owner, insertCall({ email: 'up@example.invalid' }, { upsert: '' }), 409);
  });

  it('is all or nothing, unless every row may fail by itself', async () => {
    const row = (fields: object, more: object = {}) => ({
      method: 'POST',
      tableName: 'persons',
      fields,
      tokenization: true,
      upsert: '',
      ...more,
    });
    const rows = [
      row({ email: 'b1@example.invalid' }),
      row({ email: 'b1@example.invalid' }),
      row({ age: 'x' }),
      row({ email: 'b2@example.invalid' }, { tokenization: undefined }),
    ];
    const call = (continueOnError: boolean): Asked => ({
      method: 'POST',
      path: vault,
      body: { records: rows, continueOnError },
    });
    await ask(owner, call(false), 400);
    const gone = await ask(owner, {
      path: `${vault}/persons?column_name=email&column_values=b1@example.invalid`,
    });
    assert.deepEqual(gone.body.records, []);
    const { body } = await ask(owner, call(true));
    assert.equal(body.vaultID, api.schema.id);
    assert.deepEqual(
      body.responses.map((one: { Status: number }) => one.Status),
      [200, 409, 400, 200],
    );
    assert.equal(body.responses[3].Body.records[0].tokens, null);
    assert.match(body.responses[2].Body.error, /column `age` expected a whole number/u);
  });

  it('runs the methods of a batch one after another', async () => {
    const { id } = await insert({ email: 'mixed@example.invalid' });
    const records = [
      { method: 'PUT', tableName: 'persons', ID: id, fields: { age: 5 } },
      { method: 'GET', tableName: 'persons', ID: id, redaction: 'PLAIN_TEXT' },
      { method: 'DELETE', tableName: 'persons', ID: id },
      { method: 'GET', tableName: 'persons', ID: id },
    ];
    await ask(owner, { method: 'POST', path: vault, body: { records } }, 400);
    const { body } = await ask(owner, {
      method: 'POST',
      path: vault,
      body: { records, continueOnError: true },
    });
    assert.deepEqual(
      body.responses.map((one: { Status: number }) => one.Status),
      [200, 200, 200, 404],
    );
    assert.equal(body.responses[1].Body.records[0].fields.age, 5);
  });

  it('takes tokens that are brought along, as far as the request says', async () => {
    const records = [
      { fields: { email: 'byot@example.invalid' }, tokens: { email: 'my-own-token' } },
    ];
    const call = (byot: string): Asked => ({
      method: 'POST',
      path: `${vault}/persons`,
      body: { records, tokenization: true, byot },
    });
    await ask(owner, call('DISABLE'), 400);
    const { body } = await ask(owner, call('ENABLE'));
    assert.deepEqual(body.records[0].tokens, { email: 'my-own-token' });
    const { body: back } = await ask(owner, detokenizeCall(['my-own-token']));
    assert.equal(back.records[0].value, 'b***@example.invalid');
    const lacking = { records: [{ fields: { ssn: '1' } }], byot: 'ENABLE_STRICT' };
    await ask(owner, { method: 'POST', path: `${vault}/persons`, body: lacking }, 400);
  });

  it('does not write twice what comes twice with one idempotency key', async () => {
    const call = { ...insertCall({ region: 'once' }), headers: { 'idempotency-key': 'k-1' } };
    const [one, two] = [await ask(owner, call), await ask(owner, call)];
    assert.deepEqual(one.body, two.body);
    const other = { ...insertCall({ region: 'other' }), headers: { 'idempotency-key': 'k-1' } };
    await ask(owner, other, 409);
  });

  it('is denied where policy denies it, row by row, and tokens are apart from writing', async () => {
    await ask(writer, insertCall({ age: 7 }, { tokenization: false }));
    await ask(writer, insertCall({ age: 700 }, { tokenization: false }), 403);
    await ask(writer, insertCall({ age: 7 }), 403);
    await ask(support, insertCall({ age: 7 }, { tokenization: false }), 403);
  });
});

describe('reading', () => {
  it('shows what policy shows, at most what is asked for, and hides rows of which nothing shows', async () => {
    const eu = await insert({ email: CANARY, ssn: '1', region: 'EU', age: 41 });
    const us = await insert({ ssn: '2', region: 'US' });
    const path = (level: string) =>
      `${vault}/persons?skyflow_ids=${eu.id}&skyflow_ids=${us.id}&redaction=${level}`;
    const { body } = await ask(support, { path: path('PLAIN_TEXT') });
    assert.deepEqual(body.records, [
      { fields: { skyflow_id: eu.id, email: 'c***@example.invalid', region: 'EU', age: 41 } },
      ...body.records.slice(1),
    ]);
    const { body: less } = await ask(support, { path: path('REDACTED') });
    assert.deepEqual(less.records[0].fields, {
      skyflow_id: eu.id,
      email: '*REDACTED*',
      region: '*REDACTED*',
      age: '*REDACTED*',
    });
    await ask(writer, { path: path('DEFAULT') }, 403);
  });

  it('takes the quirks of SDKs: an empty column name, a trailing `&`, a body with GET', async () => {
    const { id } = await insert({ email: 'quirk@example.invalid' });
    const { body } = await ask(owner, {
      method: 'GET',
      path: `${vault}/persons?skyflow_ids=${id}&column_name=&tokenization=true&`,
      body: {},
    });
    assert.match(body.records[0].fields.email, /^[0-9a-f-]{36}$/u);
  });

  it('finds by unique and indexed columns, and pages', async () => {
    await insert({ email: 'a+b&c@example.invalid', region: 'AT' });
    const value = encodeURIComponent('a+b&c@example.invalid');
    const { body } = await ask(owner, {
      path: `${vault}/persons?column_name=email&column_values=${value}&redaction=PLAIN_TEXT`,
    });
    assert.equal(body.records[0].fields.email, 'a+b&c@example.invalid');
    await ask(owner, { path: `${vault}/persons?column_name=ssn&column_values=1` }, 400);
    const first = await ask(owner, { path: `${vault}/persons?limit=2` });
    assert.equal(first.body.records.length, 2);
    const rest = await ask(owner, {
      path: `${vault}/persons?limit=1&after=${String(first.headers['x-privet-next'])}`,
    });
    const third = await ask(owner, { path: `${vault}/persons?limit=1&offset=2` });
    assert.deepEqual(rest.body, third.body);
  });
});

describe('changing and deleting', () => {
  it('changes values, gives their new tokens, and minds the version the caller has seen', async () => {
    const { id } = await insert({ email: 'change@example.invalid', age: 1 });
    const put = (fields: object, more: Partial<Asked> = {}): Asked => ({
      method: 'PUT',
      path: `${vault}/persons/${id}`,
      body: { record: { fields }, tokenization: true, byot: 'DISABLE' },
      ...more,
    });
    const { body } = await ask(owner, put({ age: 2 }));
    assert.equal(body.skyflow_id, id);
    assert.deepEqual(Object.keys(body.tokens), ['age']);
    await ask(owner, put({ age: 3 }, { headers: { 'if-match': '"1"' } }), 409);
    await ask(owner, put({ age: 3 }, { headers: { 'if-match': '"2"' } }));
    await ask(
      owner,
      { ...put({ age: 3 }), path: `${vault}/persons/00000000-0000-4000-8000-000000000000` },
      404,
    );
  });

  it('deletes one, many and all, with a body `{}` or none', async () => {
    const { id, tokens } = await insert({ email: 'gone@example.invalid' });
    await ask(support, { method: 'DELETE', path: `${vault}/persons/${id}`, body: {} }, 403);
    const { body } = await ask(owner, {
      method: 'DELETE',
      path: `${vault}/persons/${id}`,
      body: {},
    });
    assert.deepEqual(body, { skyflow_id: id, deleted: true });
    await ask(owner, { method: 'DELETE', path: `${vault}/persons/${id}` }, 404);
    await ask(owner, detokenizeCall([tokens['email'] ?? '']), 404);
    const [one, two] = [await insert({ age: 1 }), await insert({ age: 2 })];
    const many = await ask(owner, {
      method: 'DELETE',
      path: `${vault}/persons`,
      body: { skyflow_ids: [one.id, two.id] },
    });
    assert.deepEqual(many.body, { RecordIDResponse: [one.id, two.id] });
  });
});

describe('tokens', () => {
  it('come back as values at each level', async () => {
    const { tokens } = await insert({ email: 'levels@example.invalid', ssn: '123', age: 9 });
    const level = async (token: string | undefined, redaction: string) => {
      const { body } = await ask(owner, detokenizeCall([{ token: token ?? '', redaction }]));
      const [{ value, valueType }] = body.records;
      return [value, valueType];
    };
    assert.deepEqual(await level(tokens['email'], 'PLAIN_TEXT'), [
      'levels@example.invalid',
      'STRING',
    ]);
    assert.deepEqual(await level(tokens['email'], 'MASKED'), ['l***@example.invalid', 'STRING']);
    assert.deepEqual(await level(tokens['email'], 'REDACTED'), ['*REDACTED*', 'STRING']);
    assert.deepEqual(await level(tokens['ssn'], 'DEFAULT'), ['*REDACTED*', 'STRING']);
    assert.deepEqual(await level(tokens['age'], 'PLAIN_TEXT'), ['9', 'INTEGER']);
  });

  it('answer 207 when some cannot be given, 404 when all are unknown, 403 when all are denied', async () => {
    const { tokens } = await insert({ email: 'mix@example.invalid', ssn: '5' });
    const [email = '', ssn = ''] = [tokens['email'], tokens['ssn']];
    const { body } = await ask(owner, detokenizeCall([email, 'unknown', ssn]), 207);
    assert.deepEqual(
      body.records.map((one: { error: string | null }) => one.error),
      [null, 'Tokens not found for unknown', null],
    );
    const none = await ask(owner, detokenizeCall(['unknown']), 404);
    assert.equal(
      none.body.error.message,
      'Detokenize failed. All tokens are invalid. Specify valid tokens.',
    );
    const denied = await ask(support, detokenizeCall([email, ssn]), 207);
    assert.deepEqual(denied.body.records[0].value, 'm***@example.invalid');
    const refusals = async (from: number) =>
      (await api.test.ledger.read({ kinds: ['access-refused'], from, limit: 10 })).length;
    const { size } = await api.test.ledger.head();
    await ask(support, detokenizeCall([email, ssn, ssn]), 207);
    assert.equal(await refusals(size), 1, 'one leaf a request that was refused in part');
    const row = { method: 'POST', tableName: 'persons', fields: { age: 1 } };
    const batch = { records: [row, row], continueOnError: true };
    const { body: kept } = await ask(support, { method: 'POST', path: vault, body: batch });
    assert.equal(kept.responses[0].Status, 403);
    assert.equal(await refusals(size), 2);
    const get = { method: 'GET', tableName: 'persons', ID: '00000000-0000-4000-8000-000000000000' };
    const mixed = { records: [get, row], continueOnError: true };
    await ask(support, { method: 'POST', path: vault, body: mixed });
    assert.equal(await refusals(size), 3);
    await ask(support, detokenizeCall([ssn]), 403);
    await ask(writer, detokenizeCall([email]), 403);
  });

  it('run out when they are transient', async () => {
    const { tokens } = await insert({ code: '0000' });
    await ask(owner, detokenizeCall([tokens['code'] ?? '']));
    api.test.clock.advance(61_000);
    await ask(owner, detokenizeCall([tokens['code'] ?? '']), 404);
  });

  it('may have to be signed by whoever shows them', async () => {
    const { tokens } = await insert({ email: 'signed@example.invalid' });
    const token = tokens['email'] ?? '';
    const signed = owner.signed(token);
    assert.equal((await ask(owner, detokenizeCall([signed]))).body.records[0].token, signed);
    const now = Math.floor(api.test.clock() / 1_000);
    for (const bad of [
      support.signed(token),
      owner.signed(token, { exp: now - 1 }),
      owner.signed(token, { iat: now + 600 }),
      owner.signed(token, { key: owner.keyId }),
      owner.signed(token, { sub: support.id }),
      `${signed}x`,
    ]) {
      const { status } = await api.ask(owner.apiKey, detokenizeCall([bad]));
      assert.ok(status === 403 || status === 401, String(status));
    }
    api.replace(owner, { enforceSignedTokens: true });
    await ask(owner, detokenizeCall([token]), 403);
    await ask(owner, detokenizeCall([owner.signed(token)]));
    api.replace(owner, { enforceSignedTokens: false });
  });

  it('are told for values the vault knows, and made for none', async () => {
    const { tokens } = await insert({ email: 'known@example.invalid' });
    const call = (value: string, columnGroup = 'persons.email'): Asked => ({
      method: 'POST',
      path: `${vault}/tokenize`,
      body: { tokenizationParameters: [{ value, columnGroup }] },
    });
    assert.deepEqual((await ask(owner, call('known@example.invalid'))).body, {
      records: [{ token: tokens['email'] }],
    });
    await ask(owner, call('never@example.invalid'), 404);
    await ask(owner, call('x', 'nobody'), 400);
    await ask(support, call('x', 'persons.ssn'), 403);
  });
});

describe('revealing', () => {
  it('asks for a purpose and a ticket where policy does, and stops at the budget with an alarm', async () => {
    const { tokens } = await insert({ email: 'budget@example.invalid' });
    const token = tokens['email'] ?? '';
    const duty = 'reveal: { purposes: [care], ticket: true, valuesPerHour: 3 }';
    const more = `\n---\napiVersion: privet/v1\nkind: VaultPolicy\nname: duty\nvault: crm\n${duty}\n`;
    api.govern({ policies: POLICIES + more });
    const call = (headers: Record<string, string>): Asked => ({
      ...detokenizeCall([token]),
      headers,
    });
    const good = { 'x-privet-purpose': 'care', 'x-privet-ticket': 'T-17' };
    await ask(owner, call({}), 403);
    await ask(owner, call({ 'x-privet-purpose': 'fraud', 'x-privet-ticket': 'T-17' }), 403);
    await ask(owner, call({ 'x-privet-purpose': 'care' }), 403);
    const slip = await ask(owner, call({ 'x-privet-purpose': 'cares' }), 403);
    assert.match(JSON.stringify(slip), /purpose `cares` is not known.*decision `dec_/u);
    await ask(owner, call({ ...good, 'x-privet-ticket': 'a whole story' }), 400);
    const bearer = await api.bearer(owner, {
      claims: { ctx: { purpose: 'care', ticket: 'T-18' } },
    });
    assert.equal((await api.ask(bearer, detokenizeCall([token]))).status, 200);
    // A header may repeat what was signed, and say nothing else.
    const foreign = await api.bearer(owner, { claims: { ctx: { purpose: 'fraud', ticket: 7 } } });
    for (const [secret, headers, status] of [
      [bearer, { 'x-privet-purpose': 'fraud' }, 400],
      [bearer, { 'x-privet-ticket': 'T-19' }, 400],
      [foreign, { 'x-privet-purpose': 'care' }, 400],
      [foreign, { 'x-privet-ticket': 'T-18' }, 400],
      [foreign, {}, 403],
    ] as const) {
      assert.equal((await api.ask(secret, call(headers))).status, status, JSON.stringify(headers));
    }
    await ask(owner, call(good));
    await ask(owner, call(good));
    const { size } = await api.test.ledger.head();
    await ask(owner, call(good), 429);
    const leaves = await api.test.ledger.read({ kinds: ['vault-alarm'], from: size, limit: 10 });
    assert.equal(leaves[0]?.leaf.kind === 'vault-alarm' && leaves[0].leaf.reason, 'over-budget');
    assert.equal(
      leaves[0]?.leaf.kind === 'vault-alarm' && leaves[0].leaf.purpose,
      'care ticket:T-17',
    );
    api.test.clock.advance(3_600_000);
    await ask(owner, call(good));
    api.govern({ policies: POLICIES });
  });
});

describe('canaries', () => {
  it('are planted by who may, look like any record, and raise an alarm when they are used', async () => {
    const body = {
      records: [{ fields: { email: 'planted@example.invalid' }, canary: true }],
      tokenization: true,
    };
    const call: Asked = { method: 'POST', path: `${vault}/persons`, body };
    await ask(owner, call, 403);
    const guard = api.account('guard', {}, ['data-owner']);
    api.role('VAULT_OWNER', [guard]);
    secrets.set(guard, guard.apiKey);
    const { body: made } = await ask(guard, call);
    const { size } = await api.test.ledger.head();
    await ask(owner, detokenizeCall([made.records[0].tokens.email]));
    await ask(owner, { path: `${vault}/persons?skyflow_ids=${made.records[0].skyflow_id}` });
    const leaves = await api.test.ledger.read({ kinds: ['vault-alarm'], from: size, limit: 10 });
    const alarms = leaves.map(({ leaf }) =>
      leaf.kind === 'vault-alarm' ? [leaf.reason, leaf.actor] : [],
    );
    const actor = { kind: 'subject', id: owner.id };
    assert.deepEqual(alarms, [
      ['canary', actor],
      ['canary', actor],
    ]);
  });
});

describe('bad input', () => {
  const deep = `${'['.repeat(200)}${']'.repeat(200)}`;
  const record = (fields: string) => `{"records":[{"fields":${fields}}]}`;
  const cases: readonly (readonly [string, Partial<Asked> & { readonly path?: string }, number])[] =
    [
      ['unknown vault', { path: '/v1/vaults/vlt_nobody/persons' }, 404],
      ['no vault at all', { path: '/v1/vaults/%00/persons' }, 400],
      ['unknown table', { path: 'X/nobody' }, 404],
      [
        'unknown table on insert',
        { method: 'POST', path: 'X/nobody', raw: record('{"a":1}') },
        404,
      ],
      ['unknown column', { method: 'POST', path: 'X/persons', raw: record('{"nobody":1}') }, 400],
      ['unknown field on read', { path: 'X/persons?fields=nobody' }, 404],
      ['wrong type', { method: 'POST', path: 'X/persons', raw: record('{"age":"x"}') }, 400],
      [
        'null byte',
        { method: 'POST', path: 'X/persons', raw: record('{"region":"\\u0000"}') },
        200,
      ],
      [
        'lone surrogate',
        { method: 'POST', path: 'X/persons', raw: record('{"region":"\\ud800"}') },
        400,
      ],
      [
        'too large a value',
        { method: 'POST', path: 'X/persons', raw: record(`{"region":"${'x'.repeat(1_048_577)}"}`) },
        400,
      ],
      [
        'too large a body',
        {
          method: 'POST',
          path: 'X/persons',
          raw: record(`{"region":"${'x'.repeat(17_000_000)}"}`),
        },
        413,
      ],
      [
        'invalid UTF-8',
        {
          method: 'POST',
          path: 'X/persons',
          raw: Buffer.from([
            ...Buffer.from('{"records":[{"fields":{"region":"'),
            0xc3,
            0x28,
            ...Buffer.from('"}}]}'),
          ]),
        },
        400,
      ],
      ['not JSON', { method: 'POST', path: 'X/persons', raw: '{"records":' }, 400],
      [
        'prototype',
        { method: 'POST', path: 'X/persons', raw: record('{"__proto__":{"x":1}}') },
        400,
      ],
      ['constructor', { method: 'POST', path: 'X/persons', raw: record('{"constructor":1}') }, 400],
      ['deep JSON', { method: 'POST', path: 'X/persons', raw: record(`{"extra":${deep}}`) }, 400],
      [
        'very deep JSON',
        {
          method: 'POST',
          path: 'X/persons',
          raw: record(`{"extra":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
        },
        400,
      ],
      ['no records', { method: 'POST', path: 'X/persons', raw: '{"records":[]}' }, 400],
      [
        'too many records',
        {
          method: 'POST',
          path: 'X/persons',
          raw: `{"records":[${'{"fields":{}},'.repeat(10_001)}{"fields":{}}]}`,
        },
        400,
      ],
      ['a list as body', { method: 'POST', path: 'X/persons', raw: '[]' }, 400],
      ['null as body', { method: 'POST', path: 'X/persons', raw: 'null' }, 400],
      ['no body', { method: 'POST', path: 'X/persons' }, 400],
      [
        'form as body',
        {
          method: 'POST',
          path: 'X/persons',
          raw: 'a=b',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        },
        415,
      ],
      [
        'foreign method in a batch',
        {
          method: 'POST',
          path: 'X',
          raw: '{"records":[{"method":"PATCH","tableName":"persons"}]}',
        },
        400,
      ],
      ['bad id', { path: 'X/persons/not-a-uuid' }, 404],
      [
        'bad id on update',
        { method: 'PUT', path: 'X/persons/x', raw: '{"record":{"fields":{"age":1}}}' },
        404,
      ],
      ['huge offset', { path: 'X/persons?offset=1e99' }, 400],
      ['negative limit', { path: 'X/persons?limit=-1' }, 400],
      ['bad redaction', { path: 'X/persons?redaction=NAKED' }, 400],
      ['values without column', { path: 'X/persons?column_name=email' }, 400],
      [
        'ids and column',
        { path: 'X/persons?column_name=email&column_values=x&skyflow_ids=y' },
        400,
      ],
      ['page behind no id', { path: 'X/persons?after=nobody' }, 400],
      [
        'unknown token',
        {
          method: 'POST',
          path: 'X/detokenize',
          raw: '{"detokenizationParameters":[{"token":"nobody"}]}',
        },
        404,
      ],
      [
        'empty token',
        {
          method: 'POST',
          path: 'X/detokenize',
          raw: '{"detokenizationParameters":[{"token":""}]}',
        },
        400,
      ],
      [
        'no tokens',
        { method: 'POST', path: 'X/detokenize', raw: '{"detokenizationParameters":[]}' },
        400,
      ],
      [
        'signed token of nobody',
        {
          method: 'POST',
          path: 'X/detokenize',
          raw: '{"detokenizationParameters":[{"token":"signed_token_x.y.z"}]}',
        },
        401,
      ],
      [
        'upsert on what is not unique',
        {
          method: 'POST',
          path: 'X/persons',
          raw: '{"records":[{"fields":{"age":1}}],"upsert":"age"}',
        },
        400,
      ],
      [
        'long idempotency key',
        {
          method: 'POST',
          path: 'X/persons',
          raw: record('{"age":1}'),
          headers: { 'idempotency-key': 'k'.repeat(3_000) },
        },
        400,
      ],
      [
        'bad version',
        {
          method: 'PUT',
          path: 'X/persons/00000000-0000-4000-8000-000000000000',
          raw: '{"record":{"fields":{"age":1}}}',
          headers: { 'if-match': '*' },
        },
        400,
      ],
      ['nothing there', { path: '/v1/vault-templates' }, 403],
    ];

  for (const [name, { path = '', ...call }, status] of cases) {
    it(`${name} gets ${status} in the envelope`, async () => {
      const { size } = await api.test.ledger.head();
      const answer = await ask(owner, { ...call, path: path.replace(/^X/u, vault) }, status);
      if (status === 200) return;
      const { error } = answer.body;
      assert.equal(error.http_code, status);
      assert.ok(
        error.grpc_code > 0 && error.http_status.length > 0 && Array.isArray(error.details),
      );
      assert.ok(error.message.length > 0 && error.message.length <= 1_000);
      assert.match(String(answer.headers['x-request-id']), /^req_/u);
      assert.match(String(answer.headers['content-type']), /application\/json/u);
      const leaves = await api.test.ledger.read({
        kinds: ['vault-written'],
        from: size,
        limit: 10,
      });
      assert.deepEqual(leaves, [], 'nothing is half written');
    });
  }

  it('does not know a token of another vault', async () => {
    const { tokens } = await insert({ email: 'foreign@example.invalid' });
    const other = await api.another({ name: 'other', tables: TABLES });
    const foreign = api.account('foreign');
    api.roleAt(other.id, 'VAULT_OWNER', [foreign]);
    const call = {
      ...detokenizeCall([tokens['email'] ?? '']),
      path: `/v1/vaults/${other.id}/detokenize`,
    };
    assert.equal((await api.ask(foreign.apiKey, call)).status, 404);
    assert.equal(
      (await api.ask(foreign.apiKey, detokenizeCall([tokens['email'] ?? '']))).status,
      403,
    );
  });

  it('of the database itself is called so, and is in the log with what was thrown', async () => {
    const { id } = await insert({ region: 'corrupt' });
    const path = `${vault}/persons/${id}`;
    await api.test.query('update vault.record set version = version + 1 where id = $1', [id]);
    const { body, headers } = await ask(owner, { path }, 500);
    assert.match(body.error.message, /^a record or file is not what was written here; /u);
    const told = api.answered.find(({ requestId }) => requestId === headers['x-request-id']);
    assert.ok(
      told?.error instanceof Problem && told.error.message.includes(id),
      String(told?.error),
    );
    await api.test.query('update vault.record set version = version - 1 where id = $1', [id]);
  });

  it('shows no value in any refusal', async () => {
    const answers = await Promise.all([
      api.ask(owner.apiKey, insertCall({ email: CANARY })),
      api.ask(owner.apiKey, insertCall({ age: CANARY })),
      api.ask(owner.apiKey, insertCall({ region: 'x', [CANARY]: 1 })),
      api.ask(support.apiKey, {
        path: `${vault}/persons?column_name=email&column_values=${CANARY}&redaction=PLAIN_TEXT`,
      }),
    ]);
    const refusals = answers.filter(({ status }) => status >= 400);
    assert.ok(refusals.length >= 3);
    assert.doesNotMatch(JSON.stringify(refusals.slice(0, 2)), /canary/u);
    const leaves = await api.test.ledger.read({ from: 0, limit: 1_000 });
    assert.doesNotMatch(JSON.stringify(leaves), /canary\.7731|example\.invalid/u);
  });
});
