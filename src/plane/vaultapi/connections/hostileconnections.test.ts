import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { after, afterEach, before, describe, it } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { TEST_CALL_MS } from '../../../../test/vault/api.ts';
import type { Answer } from '../../../../test/vault/api.ts';
import { CARD, openConnectionStand, PAY } from '../../../../test/vault/connectionstand.ts';
import type { ConnectionStand } from '../../../../test/vault/connectionstand.ts';
import { answering } from '../../../../test/vault/target.ts';

let cluster: TestCluster;
let stand: ConnectionStand;

before(async () => {
  cluster = await startTestCluster();
  stand = await openConnectionStand(cluster);
});

afterEach(() => stand.clear());

after(async () => {
  await stand.close();
  await cluster.stop();
});

const reveal = (fieldName: string) => ({ ...PAY.requestBody[0], fieldName });
const pay = (id: string) => stand.call(id, { body: { card: { number: stand.token } } });

function holdsNoCard(answer: Answer): void {
  assert.doesNotMatch(JSON.stringify(answer), new RegExp(CARD, 'u'));
}

async function lastOutcome(): Promise<string | undefined> {
  const leaves = await stand.api.test.leaves();
  return leaves
    .flatMap(({ leaf }) => (leaf.kind === 'connection-answered' ? [leaf.outcome] : []))
    .at(-1);
}

describe('a hostile target', () => {
  it('does not get a value through by repeating it: it comes back as the token', async () => {
    const { connect, target, token } = stand;
    const id = await connect();
    const number = Number(CARD);
    target.answer(
      answering(400, { error: { message: 'declined', pan: CARD, number, list: [CARD] } }),
    );
    const answer = await pay(id);
    assert.equal(answer.status, 400);
    const error = { message: 'declined', pan: token, number: token, list: [token] };
    assert.deepEqual(answer.body, { error });
  });

  const repeats: readonly (readonly [string, string, string])[] = [
    ['inside a text', 'application/json', `{"error":"card ${CARD} declined"}`],
    ['inside a text, escaped', 'application/json', `{"error":"card \\u0034${CARD.slice(1)}!"}`],
    ['as a key', 'application/json', `{"${CARD}":1}`],
    ['in a body of another type', 'text/html', `<p>${CARD}</p>`],
    ['in what says it is JSON and is none', 'application/json', `{"a":"${CARD}"`],
    ['in JSON that says it is text', 'text/plain', `{"a":"${CARD}"}`],
    ['in another encoding', 'text/plain; charset=utf-16', CARD],
    ['in a key that comes twice', 'application/json', `{"a":"x","a":"${CARD}"}`],
  ];
  for (const [where, type, text] of repeats) {
    it(`does not get a value through ${where}`, async () => {
      const { connect, target } = stand;
      const id = await connect();
      target.answer((_got, reply) => reply.writeHead(500, { 'content-type': type }).end(text));
      const answer = await pay(id);
      assert.equal(answer.status, 422);
      assert.equal(answer.headers['error-from-client'], undefined);
      holdsNoCard(answer);
      assert.equal(await lastOutcome(), 'withheld');
    });
  }

  it('is tokenised in errors, too, and where it cannot be, held back', async () => {
    const { connect, target, api, call } = stand;
    const responseBody = [
      { action: 'TOKENIZATION', fieldName: 'error.pan', table: 'cards', column: 'number' },
    ];
    const id = await connect({ routes: [{ ...PAY, responseBody }] });
    const other = '5500000000000004';
    target.answer(answering(500, { error: { pan: other } }));
    const answer = await call(id, { body: {} });
    assert.equal(answer.status, 500);
    assert.match(answer.body.error.pan, /^[0-9a-f-]{36}$/u);
    for (const text of [`{"error":{"pan":["${other}"]}}`, `{"error":{"pan":"${other}"}`, other]) {
      const json = { 'content-type': 'application/json' };
      target.answer((_got, reply) => reply.writeHead(500, json).end(text));
      const held = await call(id, { body: {} });
      // A bare number is JSON without the field: it passes as what it is.
      if (text === other) assert.equal(held.status, 500);
      else assert.equal(held.status, 422, text);
    }
    const html = { 'content-type': 'text/html' };
    target.answer((_got, reply) => reply.writeHead(200, html).end(`<p>${other}</p>`));
    assert.equal((await call(id, { body: {} })).status, 422);
    // Rights to the answer are asked for before the target acts.
    const before = target.got.length;
    api.govern({ policies: '' });
    assert.equal((await call(id, { body: {} })).status, 403);
    assert.equal(target.got.length, before);
  });

  it('has nobody ask again once it may have acted, whatever it answers', async () => {
    const { connect, target, call } = stand;
    const id = await connect();
    for (const status of [100, 199, 300, 304, 600, 999]) {
      target.answer((_got, reply) => {
        reply.socket?.end(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`);
      });
      assert.equal((await call(id, { body: {} })).status, 422, String(status));
    }
    target.answer((_got, reply) => {
      reply.socket?.end('HTTP/1.1 200 OK\r\ncontent-language:\r\ncontent-length: 0\r\n\r\n');
    });
    assert.equal((await call(id, { body: {} })).status, 200, 'an empty header says nothing');
  });

  it('that is slow, endless or gone is given up in time', async () => {
    const { connect, target, call } = stand;
    const id = await connect();
    const began = Date.now();
    target.answer((_got, reply) => {
      const timer = setInterval(() => reply.write(' '), 100);
      reply.once('close', () => clearInterval(timer));
    });
    const dripping = await call(id, { body: {} });
    assert.equal(dripping.status, 422);
    assert.match(dripping.body.error.message, /it may have done what it was asked/u);
    // Far above: a busy machine is slow. Without a limit it would never end.
    assert.ok(Date.now() - began < TEST_CALL_MS * 10);
    target.answer((_got, reply) => {
      const more = (): void => {
        while (reply.write(Buffer.alloc(64 * 1024, 32)));
        reply.once('drain', more);
      };
      more();
    });
    assert.equal((await call(id, { body: {} })).status, 422);
    target.answer((_got, reply) => void reply.socket?.destroy());
    assert.equal((await call(id, { body: {} })).status, 422);
    assert.equal(await lastOutcome(), 'no-answer');
  });

  it('sends nobody elsewhere, and nothing that has to be unpacked', async () => {
    const { connect, target, call } = stand;
    const id = await connect();
    target.answer((_got, reply) =>
      reply.writeHead(307, { location: 'https://elsewhere.example/' }).end(),
    );
    const moved = await call(id, { body: {} });
    assert.deepEqual([moved.status, moved.headers['location']], [422, undefined]);
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024));
    target.answer((_got, reply) => reply.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    assert.equal((await call(id, { body: {} })).status, 422);
  });

  it('sets no header that is not on the list, and none with more lines', async () => {
    const { connect, target, call } = stand;
    const named = ['x-own', 'location', 'set-cookie', 'x-request-id', 'error-from-client'];
    const refused = named.slice(1).map((fieldName) => ({ action: 'NOT_SELECTED', fieldName }));
    for (const field of refused) {
      const body = stand.document({ routes: [{ ...PAY, responseHeader: [field] }] });
      const path = '/v1/gateway/outboundRoutes';
      const answer = await stand.as(stand.owner, { method: 'POST', path, body });
      assert.equal(answer.status, 400, field.fieldName);
    }
    const responseHeader = [{ action: 'NOT_SELECTED', fieldName: 'X-Own' }];
    const id = await connect({ routes: [{ ...PAY, responseHeader }] });
    target.answer((_got, reply) => {
      const lines = ['HTTP/1.1 200 OK', 'x-own: kept', 'set-cookie: a=b', 'x-else: c'];
      const evil = ['error-from-client: true', 'x-request-id: req_evil', 'content-length: 2'];
      reply.socket?.end([...lines, ...evil, '', '{}'].join('\r\n'));
    });
    const answer = await call(id, { body: {} });
    assert.equal(answer.status, 200);
    const seen = ['x-own', 'set-cookie', 'x-else', 'error-from-client'].map(
      (name) => answer.headers[name],
    );
    assert.deepEqual(seen, ['kept', undefined, undefined, undefined]);
    assert.notEqual(answer.headers['x-request-id'], 'req_evil');
    target.answer((_got, reply) => {
      reply.socket?.end('HTTP/1.1 200 OK\r\nx-own: a\r\n b\rc\r\ncontent-length: 0\r\n\r\n');
    });
    assert.equal((await call(id, { body: {} })).status, 422);
  });
});

describe('a hostile caller', () => {
  it('cannot leave the path, the query or the header that a value is for', async () => {
    const { connect, call, target, token } = stand;
    const id = await connect({
      routes: [
        { path: '/cards/{card}/pay', method: 'POST', contentType: 'JSON', url: [reveal('card')] },
        { path: '/other/{free}', method: 'POST', contentType: 'JSON' },
      ],
    });
    const before = target.got.length;
    const paths = [
      '/cards/../pay',
      '/cards/%2e%2e/pay',
      '/cards/./pay',
      '/cards//pay',
      '/cards/a%2Fb/pay',
      '/cards/a%5Cb/pay',
      '/cards/a%00b/pay',
      '/cards/%252e%252e/pay',
      '/cards/%ff/pay',
      '/other/%2e%2e',
      '/other/..%2F..%2Fadmin',
      `/cards/${token}/pay/../../admin`,
      '/admin',
      '/',
      '',
    ];
    for (const path of paths) {
      const { status } = await call(id, { path, body: {} });
      assert.ok([400, 404].includes(status), `${path} ${status}`);
    }
    assert.equal(target.got.length, before);
    await call(id, { path: '/other/a%20b%3Fc%23d%26e', body: {} });
    assert.equal(target.got.at(-1)?.url, '/api/other/a%20b%3Fc%23d%26e');
  });

  it('cannot put a value into a place where it would be more than one', async () => {
    const { connect, as, owner, api, call, target } = stand;
    const written = await as(owner, {
      method: 'POST',
      path: `/v1/vaults/${api.schema.id}/cards`,
      body: {
        records: ['../../admin?x=1#y', 'a\r\nx-evil: 1', 'é', 'a&b=c'].map((number) => ({
          fields: { number },
        })),
        tokenization: true,
      },
    });
    const [up, lines, accent, pair] = written.body.records.map(
      (one: { tokens: { number: string } }) => one.tokens.number,
    );
    const id = await connect({
      routes: [
        {
          path: '/cards/{card}',
          method: 'POST',
          contentType: 'X_WWW_FORM_URLENCODED',
          url: [reveal('card')],
          queryParams: [reveal('card')],
          requestHeader: [reveal('x-card')],
          requestBody: [reveal('card')],
        },
      ],
    });
    const before = target.got.length;
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    assert.equal((await call(id, { path: `/cards/${up}`, headers: type, raw: '' })).status, 400);
    for (const token of [lines, accent]) {
      const headers = { ...type, 'x-card': token };
      const path = `/cards/${pair}`;
      assert.equal((await call(id, { path, headers, raw: 'a=b' })).status, 400);
    }
    assert.equal(target.got.length, before);
    await call(id, { path: `/cards/${pair}?card=${pair}`, headers: type, raw: `card=${pair}` });
    const got = target.got.at(-1);
    assert.equal(got?.url, '/api/cards/a%26b%3Dc?card=a%26b%3Dc');
    assert.equal(got?.body, 'card=a%26b%3Dc');
  });

  it('gets a status for every body that is none, and nothing leaves', async () => {
    const { connect, call, target, token } = stand;
    const id = await connect();
    const before = target.got.length;
    const status = async (raw: string | Buffer, type = 'application/json') =>
      (await call(id, { raw, headers: { 'content-type': type } })).status;
    assert.equal(await status('{'), 400);
    assert.equal(await status(`{"card":{"number":"${token}"},"card":{"number":"x"}}`), 400);
    assert.equal(await status(Buffer.from('7b22ff223a317d', 'hex')), 400);
    assert.equal(await status(`${'['.repeat(5_000)}${']'.repeat(5_000)}`), 400);
    assert.equal(await status(`[${'"x",'.repeat(60_000)}1]`), 400);
    assert.equal(await status(`card[number]=${token}`, 'application/x-www-form-urlencoded'), 422);
    assert.equal(await status('{}', 'text/plain'), 422);
    assert.equal(await status('{}', 'application/json; charset=utf-16'), 422);
    assert.equal(await status('{}', ''), 415);
    assert.equal(await status(Buffer.alloc(5 * 1024 * 1024, 32)), 413);
    assert.equal(target.got.length, before);
  });

  it('stops nobody else by names that are all brackets', async () => {
    const { connect, call } = stand;
    const id = await connect();
    const began = process.cpuUsage();
    const names = ['['.repeat(7_000), 'a[]'.repeat(2_000), '.'.repeat(7_000)];
    for (const name of names) {
      assert.equal((await call(id, { path: `/v1/pay?${name}=1`, body: {} })).status, 400);
    }
    const { user } = process.cpuUsage(began);
    assert.ok(user < 5_000_000, `${user} µs`);
  });

  it('cannot put the value of another column into a field that names its own', async () => {
    const { connect, call, target, token, as, owner, api } = stand;
    const of = { table: 'cards', column: 'number' };
    const id = await connect({ routes: [{ ...PAY, requestBody: [{ ...reveal('card'), ...of }] }] });
    const written = await as(owner, {
      method: 'POST',
      path: `/v1/vaults/${api.schema.id}/cards`,
      body: { records: [{ fields: { limit: 7 } }], tokenization: true },
    });
    const before = target.got.length;
    const other = written.body.records[0].tokens.limit;
    const refused = await call(id, { body: { card: other } });
    assert.deepEqual([refused.status, target.got.length], [400, before]);
    assert.equal((await call(id, { body: { card: token } })).status, 200);
  });

  it('gets no file past a connection through which only named values pass', async () => {
    const { connect, call, target } = stand;
    const file = { path: '/file', method: 'POST', contentType: 'X_MULTIPART_FORM_DATA' };
    const scan = { action: 'NOT_SELECTED', fieldName: 'scan' };
    const id = await connect({
      denyPassThrough: true,
      routes: [{ ...file, requestBody: [scan] }],
    });
    const before = target.got.length;
    const send = (name: string) => {
      const disposition = `form-data; name="${name}"; filename="a.txt"`;
      const raw = `--b\r\nContent-Disposition: ${disposition}\r\n\r\nx\r\n--b--\r\n`;
      const headers = { 'content-type': 'multipart/form-data; boundary=b' };
      return call(id, { path: '/file', raw, headers });
    };
    assert.equal((await send('anything')).status, 400);
    assert.equal((await send('scan')).status, 200);
    assert.equal(target.got.length, before + 1);
  });

  it('reaches prototypes by no key', async () => {
    const { connect, call, target, token } = stand;
    const id = await connect({ routes: [{ ...PAY, requestBody: [reveal('__proto__.x')] }] });
    await call(id, { raw: `{"__proto__":{"x":"${token}"},"constructor":{"y":1}}` });
    const wanted = `{"__proto__":{"x":"${CARD}"},"constructor":{"y":1}}`;
    assert.equal(target.got.at(-1)?.body, wanted);
    assert.equal(({} as Record<string, unknown>)['x'], undefined);
  });
});

describe('a connection to somewhere it should not go', () => {
  const bases = [
    'http://psp.example/',
    'https://user:pass@psp.example/',
    'https://psp.example/?key=1',
    'https://psp.example/#x',
    'ftp://psp.example/',
    'file:///etc/passwd',
    'psp.example',
    'https://',
  ];
  for (const baseURL of bases) {
    it(`is not made to \`${baseURL}\``, async () => {
      const { as, owner, document } = stand;
      const path = '/v1/gateway/outboundRoutes';
      const answer = await as(owner, { method: 'POST', path, body: document({ baseURL }) });
      assert.equal(answer.status, 400);
    });
  }

  it('is refused by the egress, which says how it could be let out', async () => {
    const { connect, api } = stand;
    const way = { workload: 'connections', purpose: 'connection', networks: [], expiresAtMs: null };
    const by = { kind: 'plane' } as const;
    await api.egress.rules.add({ ...way, host: 'rebound.example', port: 443 }, by);
    const bases: readonly (readonly [string, RegExp])[] = [
      ['https://169.254.169.254/', /no rule/u],
      ['https://[fd00:ec2::254]/', /no rule/u],
      ['https://0x7f000001/', /no rule/u],
      ['https://localhost/', /no rule/u],
      ['https://unknown.example/', /no rule.*privet egress add/su],
      ['https://rebound.example/', /address inside the network/u],
    ];
    for (const [i, [baseURL, said]] of bases.entries()) {
      const id = await connect({ baseURL, name: i === 0 ? 'psp' : `psp${i}` });
      api.names.set('rebound.example', ['127.0.0.1']);
      const { status, body } = await stand.call(id, { body: {} });
      assert.equal(status, 403, baseURL);
      assert.match(body.error.message, said);
    }
  });

  it('stays at the address a name had when the connection was opened', async () => {
    const { connect, call, api, target } = stand;
    const id = await connect();
    assert.equal((await call(id, { body: {} })).status, 200);
    // Whoever is asked again may answer something else: the metadata service, say.
    api.names.set('psp.example', ['169.254.169.254']);
    await stand.as(stand.owner, {
      method: 'PUT',
      path: `/v1/gateway/outboundRoutes/${id}`,
      body: stand.document({ description: 'a new version opens new sockets' }),
    });
    const before = target.got.length;
    const rebound = await call(id, { body: {} });
    api.names.set('psp.example', ['127.0.0.1']);
    assert.deepEqual([rebound.status, target.got.length], [403, before]);
  });

  it('believes no certificate of another authority or name', async () => {
    const { connect, call, document, as, owner, target } = stand;
    const id = await connect({ authority: undefined });
    const before = target.got.length;
    assert.equal((await call(id, { body: {} })).status, 503);
    const path = '/v1/gateway/outboundRoutes';
    const body = document({ name: 'x', authority: 'no certificate' });
    assert.equal((await as(owner, { method: 'POST', path, body })).status, 400);
    assert.equal(target.got.length, before);
  });
});
