import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../../../test/vault/api.ts';
import type { Answer, Asked, TestAccount, TestApi } from '../../../test/vault/api.ts';
import { answering, openTarget } from '../../../test/vault/target.ts';
import type { Target } from '../../../test/vault/target.ts';

const CARD = '4111111111111111';
const uuid = { shape: { kind: 'uuid' }, deterministic: true } as const;
const TABLES = [
  {
    name: 'cards',
    columns: [
      {
        name: 'number',
        type: 'string' as const,
        unique: true,
        tokens: [uuid],
        mask: { find: '^.*(.{4})$', replace: '****${1}' },
      },
      { name: 'holder', type: 'string' as const, tokens: [uuid] },
      { name: 'cvv', type: 'string' as const, tokens: [{ ...uuid, deterministic: false }] },
    ],
  },
];
const POLICIES = `
apiVersion: privet/v1
kind: VaultPolicy
name: pay-through-psp
vault: shop
roles: [CONNECTION_INVOKER]
rules:
  - rule: ALLOW DETOKENIZATION ON cards.number WITH REDACTION = PLAIN_TEXT
    when: request.connection == "psp"
  - rule: ALLOW CREATE, UPDATE, TOKENIZATION ON cards.*
    when: request.connection == "psp"
`;

let cluster: TestCluster;
let api: TestApi;
let target: Target;
let owner: TestAccount;
let shop: TestAccount;
let stranger: TestAccount;
let bearer: string;
let token: string;

before(async () => {
  cluster = await startTestCluster();
  api = await openTestApi(cluster, { name: 'shop', description: '', tables: TABLES });
  target = await openTarget('psp.example');
  api.names.set('psp.example', ['127.0.0.1']);
  owner = api.account('owner', {}, ['data-owner']);
  shop = api.account('shop');
  stranger = api.account('stranger');
  api.role('VAULT_OWNER', [owner]);
  api.role('CONNECTION_INVOKER', [shop]);
  api.govern({ policies: POLICIES });
  bearer = await api.bearer(shop);
  await openWay(target);
  const fields = { number: CARD, holder: 'Ada Invented' };
  const made = await ask(owner, {
    method: 'POST',
    path: `/v1/vaults/${api.schema.id}/cards`,
    body: { records: [{ fields }], tokenization: true },
  });
  token = made.body.records[0].tokens.number;
});

after(async () => {
  await target.close();
  await api.close();
  await cluster.stop();
});

function openWay({ host, port }: Pick<Target, 'host' | 'port'>) {
  const spec = { workload: 'connections', purpose: 'connection', host, port };
  return api.egress.rules.add(
    { ...spec, networks: ['loopback'], expiresAtMs: null },
    { kind: 'plane' },
  );
}

function ask(account: TestAccount, call: Asked): Promise<Answer> {
  return api.ask(account.apiKey, call);
}

/** A connection to the target as Skyflow writes it; gives its id. */
async function connect(document: object = {}): Promise<string> {
  const made = await ask(owner, {
    method: 'POST',
    path: '/v1/gateway/outboundRoutes',
    body: {
      name: 'psp',
      vaultID: api.schema.id,
      baseURL: `${target.origin}/api/`,
      authMode: 'NOAUTH',
      authority: target.authorityPem,
      routes: [PAY],
      ...document,
    },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body.ID;
}

const PAY = {
  path: '/v1/pay',
  method: 'POST',
  contentType: 'JSON',
  requestBody: [{ action: 'DETOKENIZATION', fieldName: 'card.number', redaction: 'PLAIN_TEXT' }],
};

function call(id: string, { path = '/v1/pay', ...asked }: Partial<Asked> = {}): Promise<Answer> {
  return api.ask(null, {
    method: 'POST',
    ...asked,
    path: `/v1/gateway/outboundRoutes/${id}${path}`,
    headers: { 'x-skyflow-authorization': bearer, ...asked.headers },
  });
}

async function drop(id: string): Promise<void> {
  const gone = await ask(owner, { method: 'DELETE', path: `/v1/gateway/outboundRoutes/${id}` });
  assert.equal(gone.status, 200);
}

describe('an outbound connection', () => {
  it('puts values in place of tokens, and changes nothing else', async () => {
    const id = await connect();
    target.answer(answering(200, { paid: true }));
    const raw = `{ "amount": 1e400, "card" : {"number":"${token}", "exp":"12\\/30"} , "note":"${token}"}`;
    const { status, body, headers } = await call(id, { raw });
    assert.deepEqual([status, body], [200, { paid: true }]);
    assert.equal(headers['error-from-client'], undefined);
    const got = target.got.at(-1);
    assert.equal(got?.url, '/api/v1/pay');
    assert.equal(got?.body, raw.replace(token, CARD));
    assert.equal(got?.headers['x-skyflow-authorization'], undefined);
    await drop(id);
  });

  it('gives a value to nobody who calls without the connection', async () => {
    const detokenizationParameters = [{ token, redaction: 'PLAIN_TEXT' }];
    const path = `/v1/vaults/${api.schema.id}/detokenize`;
    const answer = await ask(shop, { method: 'POST', path, body: { detokenizationParameters } });
    assert.equal(answer.status, 403);
  });

  it('is called by holders of its roles only', async () => {
    const id = await connect();
    const before = target.got.length;
    const refused = await call(id, {
      body: {},
      headers: { 'x-skyflow-authorization': stranger.apiKey },
    });
    assert.equal(refused.status, 403);
    const nobody = await call(id, { body: {}, headers: { 'x-skyflow-authorization': '' } });
    assert.equal(nobody.status, 401);
    const elsewhere = await api.ask(bearer, {
      method: 'POST',
      path: `/v1/gateway/outboundRoutes/${id}/v1/pay`,
      body: {},
    });
    assert.equal(elsewhere.status, 401, 'authorization is for the target');
    assert.equal(target.got.length, before);
    await drop(id);
  });

  it('sends nothing where one value is not to be had', async () => {
    const route = {
      ...PAY,
      requestBody: [...PAY.requestBody, { action: 'DETOKENIZATION', fieldName: 'holder' }],
    };
    const id = await connect({ routes: [route] });
    const before = target.got.length;
    const written = await ask(owner, {
      method: 'POST',
      path: `/v1/vaults/${api.schema.id}/cards`,
      body: { records: [{ fields: { holder: 'Bo Invented' } }], tokenization: true },
    });
    const { holder } = written.body.records[0].tokens;
    const denied = await call(id, { body: { card: { number: token }, holder } });
    assert.equal(denied.status, 403);
    assert.match(denied.body.error.message, /`holder`/u);
    const unknown = await call(id, { body: { card: { number: 'nobody' } } });
    assert.equal(unknown.status, 404);
    assert.equal(target.got.length, before);
    await drop(id);
  });

  it('passes an error of the target through, marked as its own', async () => {
    const id = await connect();
    target.answer(answering(402, { declined: 'insufficient funds' }));
    const { status, body, headers } = await call(id, { body: { card: { number: token } } });
    assert.deepEqual([status, body], [402, { declined: 'insufficient funds' }]);
    assert.equal(headers['error-from-client'], 'true');
    assert.match(String(headers['x-request-id']), /^req_/u);
    await drop(id);
  });

  it('tells the ledger before anything leaves, and of every end', async () => {
    const id = await connect();
    target.answer(answering(200, {}));
    await call(id, { body: { card: { number: token } } });
    const leaves = await api.test.ledger.read({ from: 0, limit: 1_000 });
    assert.deepEqual(leaves.map(({ leaf }) => leaf.kind).slice(-4), [
      'vault-revealed',
      'connection-called',
      'egress-opened',
      'connection-answered',
    ]);
    assert.doesNotMatch(JSON.stringify(leaves), new RegExp(`${CARD}|${token}`, 'u'));
    await drop(id);
  });
});
