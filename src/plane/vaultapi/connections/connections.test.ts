import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import type { Asked } from '../../../../test/vault/api.ts';
import {
  CARD,
  openConnectionStand,
  PAY,
  POLICIES,
} from '../../../../test/vault/connectionstand.ts';
import type { ConnectionStand } from '../../../../test/vault/connectionstand.ts';
import { answering } from '../../../../test/vault/target.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u;
const KEY = 'Bearer sk_invented_0123456789abcdef';
let cluster: TestCluster;
let stand: ConnectionStand;

before(async () => {
  cluster = await startTestCluster();
  stand = await openConnectionStand(cluster);
});

after(async () => {
  await stand.close();
  await cluster.stop();
});

afterEach(() => stand.clear());

const lastGot = () => stand.target.got.at(-1);
const tokenise = (fieldName: string, column: string) => ({
  action: 'TOKENIZATION',
  fieldName,
  table: 'cards',
  column,
});

/** What the vault has behind a token, as its owner sees it. */
async function valueOf(token: string): Promise<string> {
  const path = `/v1/vaults/${stand.api.schema.id}/detokenize`;
  const detokenizationParameters = [{ token, redaction: 'PLAIN_TEXT' }];
  const body = { detokenizationParameters };
  return (await stand.as(stand.owner, { method: 'POST', path, body })).body.records[0].value;
}

describe('an outbound connection', () => {
  it('puts values in place of tokens, and changes nothing else', async () => {
    const { connect, target, call, token } = stand;
    const id = await connect();
    target.answer(answering(200, { paid: true }));
    const raw = `{ "amount": 1e400, "card" : {"number":"${token}", "exp":"12\\/30"} , "note":"${token}"}`;
    const { status, body, headers } = await call(id, { raw });
    assert.deepEqual([status, body], [200, { paid: true }]);
    assert.equal(headers['error-from-client'], undefined);
    assert.equal(lastGot()?.url, '/api/v1/pay');
    assert.equal(lastGot()?.body, raw.replace(token, CARD));
    assert.equal(lastGot()?.headers['x-skyflow-authorization'], undefined);
  });

  it('gives a value to nobody who calls without the connection', async () => {
    const detokenizationParameters = [{ token: stand.token, redaction: 'PLAIN_TEXT' }];
    const path = `/v1/vaults/${stand.api.schema.id}/detokenize`;
    const body = { detokenizationParameters };
    const answer = await stand.as(stand.shop, { method: 'POST', path, body });
    assert.equal(answer.status, 403);
  });

  it('gives a value to no other connection', async () => {
    const id = await stand.connect({ name: 'other' });
    const before = stand.target.got.length;
    const { status } = await stand.call(id, { body: { card: { number: stand.token } } });
    assert.deepEqual([status, stand.target.got.length], [403, before]);
  });

  it('is called by holders of its roles only', async () => {
    const { connect, call, stranger, shop, api, target } = stand;
    const id = await connect();
    const before = target.got.length;
    const status = async (said: string) =>
      (await call(id, { body: {}, headers: { 'x-skyflow-authorization': said } })).status;
    assert.equal(await status(stranger.apiKey), 403);
    assert.equal(await status(''), 401);
    assert.equal(await status('Bearer'), 401);
    const path = `/v1/gateway/outboundRoutes/${id}/v1/pay`;
    const elsewhere = await api.ask(shop.apiKey, { method: 'POST', path, body: {} });
    assert.equal(elsewhere.status, 401, 'authorization is for the target');
    const reader = api.role('reader', [shop]);
    assert.equal(await status(await api.bearer(shop, { scope: `role:${reader.id}` })), 403);
    assert.equal(target.got.length, before);
    assert.equal(await status(shop.apiKey), 200);
  });

  it('sends nothing where one value is not to be had', async () => {
    const { connect, as, owner, api, call, token, target } = stand;
    const holder = { action: 'DETOKENIZATION', fieldName: 'holder' };
    const id = await connect({ routes: [{ ...PAY, requestBody: [...PAY.requestBody, holder] }] });
    const before = target.got.length;
    const written = await as(owner, {
      method: 'POST',
      path: `/v1/vaults/${api.schema.id}/cards`,
      body: { records: [{ fields: { holder: 'Bo Invented' } }], tokenization: true },
    });
    const { holder: other } = written.body.records[0].tokens;
    const denied = await call(id, { body: { card: { number: token }, holder: other } });
    assert.equal(denied.status, 403);
    assert.match(denied.body.error.message, /`holder`/u);
    assert.equal((await call(id, { body: { card: { number: 'nobody' } } })).status, 404);
    assert.equal((await call(id, { body: { card: { number: 4 } } })).status, 400);
    assert.equal((await call(id, { body: { card: { number: [token] } } })).status, 400);
    assert.equal(target.got.length, before);
  });

  it('shows no more than policy does, whatever the route asks for', async () => {
    const { connect, call, token, api } = stand;
    const id = await connect();
    api.govern({ policies: POLICIES.replace('PLAIN_TEXT', 'MASKED') });
    await call(id, { body: { card: { number: token } } });
    assert.equal(JSON.parse(lastGot()?.body ?? '').card.number, '****1111');
    api.govern({ policies: `${POLICIES}reveal:\n  ticket: true\n` });
    assert.equal((await call(id, { body: { card: { number: token } } })).status, 403);
    const headers = { 'x-privet-ticket': 'PAY-1' };
    assert.equal((await call(id, { body: { card: { number: token } }, headers })).status, 200);
    api.govern({ policies: `${POLICIES}reveal:\n  valuesPerHour: 1\n` });
    assert.equal((await call(id, { body: { card: { number: token } } })).status, 200);
    assert.equal((await call(id, { body: { card: { number: token } } })).status, 429);
  });

  it('puts values into paths, queries, headers and forms', async () => {
    const { connect, call, token } = stand;
    const reveal = (fieldName: string) => ({ ...PAY.requestBody[0], fieldName });
    const id = await connect({
      routes: [
        { path: '/cards/{card}/', method: 'GET', contentType: 'JSON', url: [reveal('card')] },
        {
          path: '/form',
          method: 'POST',
          contentType: 'X_WWW_FORM_URLENCODED',
          queryParams: [reveal('card')],
          requestHeader: [reveal('X-Card'), { action: 'NOT_SELECTED', fieldName: 'x-note' }],
          requestBody: [reveal('cards[][number]')],
        },
      ],
    });
    await call(id, { method: 'GET', path: `/cards/${token}?a=%2Fb+c` });
    assert.equal(lastGot()?.url, `/api/cards/${CARD}/?a=%2Fb+c`);
    const raw = `cards[0][number]=${token}&cards[1][number]=${token}&x=${token}`;
    await call(id, {
      path: `/form?card=${token}&card2=${token}`,
      raw,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-card': token,
        'x-note': 'kept',
        'x-other': 'left out',
        authorization: 'Basic of-the-target',
        cookie: 'a=b',
      },
    });
    const got = lastGot();
    assert.equal(got?.url, `/api/form?card=${CARD}&card2=${token}`);
    assert.equal(got?.body, `cards[0][number]=${CARD}&cards[1][number]=${CARD}&x=${token}`);
    const named = ['x-card', 'x-note', 'x-other', 'authorization', 'cookie'].map(
      (name) => got?.headers[name],
    );
    assert.deepEqual(named, [CARD, 'kept', undefined, 'Basic of-the-target', undefined]);
  });

  it('takes values of an answer into the vault, a record for each element', async () => {
    const { connect, call, target } = stand;
    const responseBody = [
      tokenise('cards.*.number', 'number'),
      tokenise('cards.*.cvv', 'cvv'),
      tokenise('cards.*.limit', 'limit'),
    ];
    const responseHeader = [tokenise('x-holder', 'holder')];
    const upsert = [{ table: 'cards', column: 'number' }];
    const id = await connect({
      routes: [{ ...PAY, responseBody, responseHeader, tableUpsertInfo: upsert }],
    });
    const cards = [
      { number: '5500000000000004', cvv: '123', limit: 700, of: 1e3 },
      { number: 340000000000009, cvv: null, of: [] },
    ];
    target.answer((_got, reply) => {
      reply.writeHead(201, {
        'content-type': 'application/json',
        'x-holder': 'Cy Invented',
        'x-else': '1',
        'retry-after': '7',
      });
      reply.end(JSON.stringify({ cards }));
    });
    const { status, body, headers } = await call(id, { body: {} });
    assert.equal(status, 201);
    const [first, second] = body.cards;
    assert.deepEqual([first.of, second.of, second.cvv], [1_000, [], null]);
    for (const token of [
      first.number,
      first.cvv,
      first.limit,
      second.number,
      headers['x-holder'],
    ]) {
      assert.match(String(token), UUID);
    }
    assert.deepEqual([headers['x-else'], headers['retry-after']], [undefined, '7']);
    assert.equal(await valueOf(second.number), '340000000000009');
    assert.equal(await valueOf(first.limit), '700');
    assert.equal(await valueOf(String(headers['x-holder'])), 'Cy Invented');
    const again = await call(id, { body: {} });
    assert.equal(again.body.cards[0].number, first.number);
    target.answer((_got, reply) => reply.setHeader('x-holder', ['One', 'Other']).end());
    assert.equal((await call(id, { body: {} })).status, 422, 'one value, not two');
  });

  it('passes an error of the target through, marked as its own', async () => {
    const { connect, call, target, token } = stand;
    const id = await connect();
    target.answer(answering(402, { declined: 'insufficient funds' }));
    const { status, body, headers } = await call(id, { body: { card: { number: token } } });
    assert.deepEqual([status, body], [402, { declined: 'insufficient funds' }]);
    assert.equal(headers['error-from-client'], 'true');
    assert.match(String(headers['x-request-id']), /^req_/u);
  });

  it('tells the ledger before anything leaves, and of every end', async () => {
    const { connect, call, target, token } = stand;
    const id = await connect();
    target.answer(answering(200, {}));
    await call(id, { body: { card: { number: token } } });
    const leaves = await stand.api.test.leaves();
    assert.deepEqual(leaves.map(({ leaf }) => leaf.kind).slice(-4), [
      'vault-revealed',
      'connection-called',
      'egress-opened',
      'connection-answered',
    ]);
  });

  it('needs a value that a field names where the rest may not pass', async () => {
    const { connect, call, token, target } = stand;
    const kept = { action: 'NOT_SELECTED', fieldName: 'amount' };
    const routes = [
      {
        ...PAY,
        requestBody: [...PAY.requestBody, kept],
        responseBody: [{ ...kept, fieldName: 'ok' }],
      },
    ];
    const id = await connect({ denyPassThrough: true, routes });
    target.answer(answering(200, { ok: true }));
    const body = { card: { number: token }, amount: 1 };
    assert.equal((await call(id, { body })).status, 200);
    assert.equal((await call(id, { body: { ...body, more: token } })).status, 400);
    assert.equal((await call(id, { body, path: '/v1/pay?more=1' })).status, 400);
    target.answer(answering(200, { ok: true, more: CARD }));
    const held = await call(id, { body });
    assert.equal(held.status, 422);
    assert.doesNotMatch(JSON.stringify(held), new RegExp(CARD, 'u'));
  });
});

describe('what a target is shown', () => {
  const secret = (id: string, body: object, place = 'outboundRoutes') =>
    stand.as(stand.owner, { method: 'POST', path: `/v1/gateway/${place}/${id}/secret`, body });

  it('is a key in a header, which the caller can neither read nor replace', async () => {
    const { connect, call, target, as, owner, document } = stand;
    const id = await connect({ authMode: 'SHAREDKEY' });
    const headers = { authorization: 'Basic of-the-caller' };
    const none = await call(id, { body: {}, headers });
    assert.equal(none.status, 409, 'no secret yet');
    assert.equal((await secret(id, { sharedKey: KEY })).status, 200);
    target.answer(answering(200, {}));
    assert.equal((await call(id, { body: {}, headers })).status, 200);
    assert.equal(lastGot()?.headers.authorization, KEY);
    const path = `/v1/gateway/outboundRoutes/${id}`;
    const shown = await as(owner, { path });
    assert.doesNotMatch(JSON.stringify(shown.body), /sk_invented/u);
    const stored = await stand.api.test.query('select secret from vault.connection where id = $1', [
      id,
    ]);
    assert.equal(Buffer.from(stored.rows[0].secret).includes('sk_invented'), false);
    // Renewed for the same target it stays; for another it is gone.
    const put = (more: object) => as(owner, { method: 'PUT', path, body: document(more) });
    await put({ authMode: 'SHAREDKEY', description: 'the same' });
    assert.equal((await call(id, { body: {} })).status, 200);
    await put({ authMode: 'SHAREDKEY', baseURL: 'https://elsewhere.example' });
    assert.equal((await call(id, { body: {} })).status, 409);
  });

  it('is a client certificate', async () => {
    const { connect, call, target } = stand;
    const id = await connect({ authMode: 'MTLS' });
    const pair = { publicKey: target.clientPem, privateKey: target.clientKeyPem };
    assert.equal((await secret(id, { ...pair, publicKey: target.authorityPem })).status, 400);
    assert.equal((await secret(id, { sharedKey: KEY })).status, 400);
    assert.equal((await secret(id, pair)).status, 200);
    await call(id, { body: {} });
    assert.equal(lastGot()?.client, 'privet');
  });

  it('leaves no value, token or secret in ledger or database', async () => {
    const { api, token, connect } = stand;
    await secret(await connect({ authMode: 'SHAREDKEY' }), { sharedKey: KEY });
    const leaves = JSON.stringify(await api.test.leaves());
    const stored = await api.test.query(
      'select string_agg(c::text, $1) as all from vault.connection c',
      ['\n'],
    );
    const everything = `${leaves}${stored.rows[0].all ?? ''}`;
    for (const canary of [CARD, token, 'sk_invented', '5500000000000004', 'PRIVATE KEY']) {
      assert.equal(everything.includes(canary), false, canary);
    }
  });
});

describe('an inbound connection', () => {
  const route = {
    path: '/hooks/{kind}',
    method: 'POST',
    contentType: 'JSON',
    requestBody: [tokenise('card.number', 'number')],
    responseBody: [{ action: 'DETOKENIZATION', fieldName: 'card', redaction: 'PLAIN_TEXT' }],
  };
  const inbound = { mode: 'INGRESS', authMode: 'SHAREDKEY', routes: [route] };
  const hook = (id: string, asked: Partial<Asked> = {}) =>
    stand.api.ask(null, {
      method: 'POST',
      body: { card: { number: '378282246310005' } },
      ...asked,
      path: `/v1/gateway/inboundRoutes/${id}/hooks/new`,
      headers: { authorization: KEY, ...asked.headers },
    });
  const give = (id: string) =>
    stand.as(stand.owner, {
      method: 'POST',
      path: `/v1/gateway/inboundRoutes/${id}/secret`,
      body: { sharedKey: KEY },
    });

  it('takes values from whoever has its key, and gives the application tokens', async () => {
    const { connect, target, token } = stand;
    const id = await connect({ ...inbound, account: 'shop' }, 'inboundRoutes');
    assert.equal((await hook(id)).status, 401, 'without a secret nobody may call it');
    await give(id);
    target.answer(answering(200, { card: token, other: token }));
    const answer = await hook(id);
    assert.deepEqual([answer.status, answer.body], [200, { card: CARD, other: token }]);
    const given = JSON.parse(lastGot()?.body ?? '').card.number;
    assert.match(given, UUID);
    assert.equal(await valueOf(given), '378282246310005');
    assert.equal(lastGot()?.headers.authorization, undefined, 'the key stays here');
    assert.equal(lastGot()?.url, '/api/hooks/new');
  });

  it('is called by nobody else, and says to nobody why', async () => {
    const { connect, target } = stand;
    const id = await connect({ ...inbound, account: 'shop' }, 'inboundRoutes');
    await give(id);
    const before = target.got.length;
    const wrong = [`${KEY}x`, KEY.slice(0, -1), '', 'Bearer'];
    const answers = [
      ...(await Promise.all(
        wrong.map((authorization) => hook(id, { headers: { authorization } })),
      )),
      await hook('con_00000000000000000000000000'),
    ];
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([401]));
    assert.equal(new Set(answers.map(({ body }) => body.error.message)).size, 1);
    assert.equal(target.got.length, before);
  });

  it('is made by whoever also says what accounts may do', async () => {
    const { as, api, document } = stand;
    const dataOwner = api.account('data-owner-only', {}, ['data-owner']);
    const path = '/v1/gateway/inboundRoutes';
    const body = document({ ...inbound, account: 'shop' });
    assert.equal((await as(dataOwner, { method: 'POST', path, body })).status, 403);
    const unknown = document({ ...inbound, account: 'nobody' });
    assert.equal((await as(stand.owner, { method: 'POST', path, body: unknown })).status, 404);
  });

  it('lends no right of its account beside the role for connections', async () => {
    const { connect, target, api, owner, token } = stand;
    const id = await connect({ ...inbound, name: 'grab', account: 'owner' }, 'inboundRoutes');
    await give(id);
    target.answer(answering(200, { card: token }));
    assert.equal((await hook(id, { body: {} })).status, 403, 'the account lacks the role');
    api.role('CONNECTION_INVOKER', [owner]);
    const held = await hook(id, { body: {} });
    assert.equal(held.status, 403, 'no policy of the role is about this connection');
    assert.doesNotMatch(JSON.stringify(held.body), new RegExp(CARD, 'u'));
  });
});

describe('managing connections', () => {
  it('needs the permission of who owns data, and any reader to look', async () => {
    const { as, shop, document, api } = stand;
    const path = '/v1/gateway/outboundRoutes';
    assert.equal((await as(shop, { method: 'POST', path, body: document() })).status, 403);
    assert.equal((await as(shop, { path })).status, 403);
    const auditor = api.account('auditor', {}, ['auditor']);
    assert.equal((await as(auditor, { path })).status, 200);
    assert.equal((await as(auditor, { method: 'POST', path, body: document() })).status, 403);
  });

  it('gives documents back as they came, by vault and id, and what Skyflow gives is taken', async () => {
    const { as, owner, connect, document, api, drop } = stand;
    const id = await connect({ name: 'given' });
    const path = '/v1/gateway/outboundRoutes';
    const listed = await as(owner, { path: `${path}?vaultID=${api.schema.id}` });
    const [one] = listed.body.ConnectionMappings;
    assert.deepEqual(one, (await as(owner, { path: `${path}/${id}` })).body);
    assert.deepEqual(one, {
      ...document({ name: 'given' }),
      ID: id,
      mode: 'EGRESS',
      version: 1,
      connectionURL: one.connectionURL,
      routes: [{ ...PAY, invocationURL: `${one.connectionURL}/v1/pay` }],
    });
    const { version: _version, connectionURL: _url, ...given } = one;
    const again = await as(owner, {
      method: 'POST',
      path,
      body: { ...given, name: 'again', BasicAudit: { CreatedBy: 'x' } },
    });
    assert.equal(again.status, 201, JSON.stringify(again.body));
    const same = await as(owner, { method: 'POST', path, body: document({ name: 'given' }) });
    assert.equal(same.status, 409);
    const renamed = await as(owner, {
      method: 'PUT',
      path: `${path}/${id}`,
      body: document({ name: 'else' }),
    });
    assert.equal(renamed.status, 400);
    const inbound = await as(owner, { path: `/v1/gateway/inboundRoutes/${id}` });
    assert.equal(inbound.status, 404);
    await drop(id);
    assert.equal((await as(owner, { path: `${path}/${id}` })).status, 404);
  });
});
