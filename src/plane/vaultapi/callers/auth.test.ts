import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { VAULT_ROUTES } from '../mod.ts';
import { isWithin } from './network.ts';
import { openTestApi, TOKEN_URI } from '../../../../test/vault/api.ts';
import type { TestAccount, TestApi } from '../../../../test/vault/api.ts';

const GOLDEN = new URL('../../../../test/openapi.vault.golden.json', import.meta.url);

let cluster: TestCluster;
let api: TestApi;
let ana: TestAccount;
let owner: TestAccount;

before(async () => {
  cluster = await startTestCluster();
  const columns = [{ name: 'email', type: 'string' as const }];
  api = await openTestApi(cluster, { name: 'crm', tables: [{ name: 'persons', columns }] });
  ana = api.account('ana');
  owner = api.account('owner');
  api.role('VAULT_OWNER', [owner]);
});

after(async () => {
  await api.close();
  await cluster.stop();
});

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const exchange = (assertion: string, scope?: string, headers = {}) =>
  api.ask(null, {
    method: 'POST',
    path: '/v1/auth/sa/oauth/token',
    headers,
    body: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion, scope },
  });
const get = (secret: string | null) =>
  api.ask(secret, { path: `/v1/vaults/${api.schema.id}/persons` });

describe('a bearer token', () => {
  it('is given for an assertion, lets its account in for an hour, and says so in a JWT', async () => {
    const { status, body } = await exchange(owner.assertion());
    assert.equal(status, 200);
    assert.equal(body.tokenType, 'Bearer');
    const claims = JSON.parse(Buffer.from(body.accessToken.split('.')[1], 'base64url').toString());
    assert.equal(claims.exp - claims.iat, 3_600);
    assert.equal((await get(body.accessToken)).status, 200);
    api.test.clock.advance(3_600_000);
    assert.equal((await get(body.accessToken)).status, 401);
  });

  it('is refused for every assertion that is not what it should be, and each that names an account is a leaf', async () => {
    const now = Math.floor(api.test.clock() / 1_000);
    const [head, body] = owner.assertion().split('.');
    const none = `${part({ alg: 'none', typ: 'JWT' })}.${body}.`;
    // The classic: an HMAC under the public key, which everybody may know.
    const forged = `${part({ alg: 'HS256', typ: 'JWT' })}.${body}`;
    const hmac = createHmac('sha256', owner.privateKeyPem).update(forged).digest('base64url');
    const cases: readonly (readonly [string, string])[] = [
      ['alg none', none],
      ['alg none with a signature', `${part({ alg: 'none' })}.${body}.AAAA`],
      ['HMAC', `${forged}.${hmac}`],
      ['RS512 in the header', owner.assertion({}, { alg: 'RS512' })],
      ['wrong signature', `${head}.${body}.${'A'.repeat(342)}`],
      ['other account’s key', owner.assertion({ iss: ana.id, sub: ana.id })],
      ['sub is not iss', owner.assertion({ sub: ana.id })],
      ['unknown issuer', owner.assertion({ iss: 'sub_nobody', sub: 'sub_nobody' })],
      ['unknown key', owner.assertion({ key: ana.keyId })],
      ['key for signed tokens', owner.assertion({ key: owner.signingKeyId })],
      [
        'wrong audience',
        owner.assertion({ aud: 'https://elsewhere.example/v1/auth/sa/oauth/token' }),
      ],
      ['audience as a list', owner.assertion({ aud: [TOKEN_URI] })],
      ['expired', owner.assertion({ iat: now - 7_200, exp: now - 3_600 })],
      ['without an end', owner.assertion({ exp: undefined })],
      ['end as text', owner.assertion({ exp: String(now + 60) })],
      ['from the future', owner.assertion({ iat: now + 600, exp: now + 1_200 })],
      ['not yet', owner.assertion({ nbf: now + 600 })],
      ['too long', owner.assertion({ exp: now + 86_400 })],
      ['not a JWT', 'opaque'],
      ['four parts', `${owner.assertion()}.x`],
      ['not JSON', 'e30.e30x.e30'],
    ];
    const { size } = await api.test.ledger.head();
    for (const [name, assertion] of cases) {
      const answer = await exchange(assertion);
      assert.equal(answer.status, 401, `${name}: ${JSON.stringify(answer.body)}`);
      assert.equal(answer.body.error.grpc_code, 16);
      assert.match(String(answer.headers['x-request-id']), /^req_/u);
    }
    const leaves = await api.test.ledger.read({
      kinds: ['bearer-refused'],
      from: size,
      limit: 100,
    });
    const nameless = ['unknown issuer', 'not a JWT', 'four parts', 'not JSON'];
    const named = cases.filter(([name]) => !nameless.includes(name));
    // An empty signature is no JWS at all.
    assert.equal(leaves.length, named.length - 1);
    const bodies = [{}, { grant_type: 'password', assertion: owner.assertion() }, { assertion: 7 }];
    for (const wrong of bodies) {
      const call = { method: 'POST', path: '/v1/auth/sa/oauth/token', body: wrong } as const;
      assert.equal((await api.ask(null, call)).status, 400);
    }
  });

  it('is refused without a leaf once an address was refused too often in a minute, and given all the same', async () => {
    api.test.clock.advance(60_000);
    const from = async () => (await api.test.ledger.head()).size;
    const before = await from();
    for (let i = 0; i < 300; i++) assert.equal((await exchange('junk')).status, 401);
    assert.equal((await exchange('junk')).status, 429);
    assert.equal((await exchange(owner.assertion({ aud: 'elsewhere' }))).status, 429);
    assert.equal(await from(), before);
    assert.equal((await exchange(owner.assertion())).status, 200);
    api.test.clock.advance(60_000);
    assert.equal((await exchange('junk')).status, 401);
  });

  it('dies with its key, and with its account', async () => {
    const one = api.account('short-lived');
    api.role('VAULT_EDITOR', [one]);
    const bearer = await api.bearer(one);
    assert.equal((await get(bearer)).status, 200);
    const entry = api.entry(one);
    api.replace(one, { keys: entry.keys.filter((key) => key.id !== one.keyId) });
    assert.equal((await get(bearer)).status, 401);
    assert.equal((await exchange(one.assertion())).status, 401);
  });

  it('cannot be forged, changed or taken to another plane', async () => {
    const bearer = await api.bearer(owner);
    const [head = '', body = '', tail = ''] = bearer.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    const forgeries = [
      `${part({ alg: 'none', typ: 'privet-vault+jwt', kid: '1' })}.${body}.`,
      `${head}.${part({ ...claims, sub: ana.id })}.${tail}`,
      `${part({ alg: 'HS256', typ: 'privet-vault+jwt', kid: '99' })}.${body}.${tail}`,
      `${part({ alg: 'HS256', typ: 'JWT', kid: '1' })}.${body}.${tail}`,
      owner.assertion(),
      'sky-nobodys',
      'x',
    ];
    for (const forgery of [null, ...forgeries]) assert.equal((await get(forgery)).status, 401);
  });

  it('is good once where the account says so, and again where it does not', async () => {
    const once = api.account('once', { singleUse: true });
    const assertion = once.assertion();
    assert.equal((await exchange(assertion)).status, 200);
    const replay = await exchange(assertion);
    assert.equal(replay.status, 401);
    assert.match(replay.body.error.message, /used before/u);
    // The same bits with other bits to spare: the last character of 2,048 bits stands for two of them and four that are none.
    const fresh = once.assertion({ jti: 'second' });
    const [signed, last] = [fresh.slice(0, -1), fresh.slice(-1)];
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const respelled = `${signed}${alphabet[alphabet.indexOf(last) + 1] ?? ''}`;
    assert.equal((await exchange(respelled)).status, 401);
    assert.equal((await exchange(fresh)).status, 200);
    assert.equal((await exchange(respelled)).status, 401);
    const again = owner.assertion();
    assert.equal((await exchange(again)).status, 200);
    assert.equal((await exchange(again)).status, 200);
  });

  it('needs a context where the account must give one; an API key cannot', async () => {
    const strict = api.account('strict', { enforceContext: true });
    assert.equal((await exchange(strict.assertion())).status, 401);
    assert.equal((await exchange(strict.assertion({ ctx: 'user-1' }))).status, 200);
    assert.equal((await exchange(strict.assertion({ ctx: { role: 'admin', n: 1 } }))).status, 200);
    for (const ctx of [{ 'bad key': 'x' }, ['x'], { nested: {} }, 'x'.repeat(2_000)]) {
      assert.equal((await exchange(strict.assertion({ ctx }))).status, 400);
    }
    assert.equal((await get(strict.apiKey)).status, 401);
  });

  it('is narrowed by scope to roles its account holds', async () => {
    const two = api.account('two-roles');
    const viewer = api.role('VAULT_VIEWER', [two]);
    const other = api.role('other', [two]);
    const wide = await api.bearer(two);
    const narrow = await api.bearer(two, { scope: `role:${other.id} ` });
    const both = await api.bearer(two, { scope: `role:${viewer.id} role:${other.id} ` });
    assert.deepEqual(
      await Promise.all([wide, narrow, both].map(async (one) => (await get(one)).status)),
      [200, 403, 200],
    );
    assert.equal((await exchange(two.assertion(), 'role:rol_elsewhere')).status, 403);
    const admin = api.account('narrowed-admin', {}, ['data-owner']);
    const some = api.role('some', [admin]);
    const list = async (secret: string) =>
      (await api.ask(secret, { path: '/v1/vault-templates' })).status;
    assert.equal(await list(await api.bearer(admin)), 200);
    assert.equal(await list(await api.bearer(admin, { scope: `role:${some.id}` })), 403);
    assert.equal((await exchange(two.assertion(), 'admin')).status, 400);
  });

  it('comes only to the networks of the account', async () => {
    const far = api.account('far', { networkStatus: 'ACTIVE_ALL', networks: ['10.0.0.0/8'] });
    assert.equal((await exchange(far.assertion())).status, 403);
    const { size } = await api.test.ledger.head();
    assert.equal((await get(far.apiKey)).status, 403);
    const [refused] = await api.test.ledger.read({
      kinds: ['access-refused'],
      from: size,
      limit: 5,
    });
    assert.deepEqual(refused?.leaf.actor, { kind: 'subject', id: far.id });
    const near = api.account('near', { networkStatus: 'ACTIVE_ALL', networks: ['127.0.0.0/8'] });
    assert.equal((await exchange(near.assertion())).status, 200);
  });

  it('is not given while the plane may not decide', async () => {
    api.govern({ stale: true });
    assert.equal((await exchange(owner.assertion())).status, 503);
    assert.equal((await get(owner.apiKey)).status, 503);
    api.govern({ stale: false });
    assert.equal((await get(owner.apiKey)).status, 200);
  });
});

describe('the routes', () => {
  it('are in the OpenAPI document, which is the golden one', () => {
    const document = `${JSON.stringify(api.server.swagger(), null, 2)}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, document);
    assert.equal(
      document,
      readFileSync(GOLDEN, 'utf8'),
      'run with UPDATE_GOLDEN=1 when it is meant',
    );
  });

  for (const { method, path, need } of VAULT_ROUTES) {
    it(`${method} ${path} lets in nobody without a proof, and not everybody with one`, async () => {
      const filled = path.replace(':vault', api.schema.id).replaceAll(/:\w+/gu, 'nobody');
      for (const secret of [null, 'x', 'sky-nobodys']) {
        assert.equal((await api.ask(secret, { method, path: filled, body: {} })).status, 401);
      }
      if (need.kind !== 'permission') return;
      const { size } = await api.test.ledger.head();
      assert.equal((await api.ask(owner.apiKey, { method, path: filled, body: {} })).status, 403);
      const leaves = await api.test.ledger.read({
        kinds: ['access-refused'],
        from: size,
        limit: 5,
      });
      assert.equal(leaves.length, 1);
    });
  }
});

describe('isWithin', () => {
  it('tells addresses of a network from others', () => {
    const cases = [
      ['10.1.2.3', '10.0.0.0/8', true],
      ['11.1.2.3', '10.0.0.0/8', false],
      ['::ffff:10.1.2.3', '10.0.0.0/8', true],
      ['10.1.2.3', '0.0.0.0/0', true],
      ['10.1.2.3', '10.1.2.3/32', true],
      ['10.1.2.4', '10.1.2.3/32', false],
      ['::1', '::1/128', true],
      ['2001:db8::5', '2001:db8::/32', true],
      ['2001:db9::5', '2001:db8::/32', false],
      ['fe80::1%eth0', 'fe80::/10', true],
      ['10.1.2.3', '::/0', false],
      ['x', '0.0.0.0/0', false],
      ['10.1.2.300', '0.0.0.0/0', false],
      ['1::2::3', '::/0', false],
      ['10.1.2.3', '10.0.0.0', false],
      ['10.1.2.3', '10.0.0.0/33', false],
    ] as const;
    for (const [address, network, expected] of cases) {
      assert.equal(isWithin(address, network), expected, `${address} ${network}`);
    }
  });
});
