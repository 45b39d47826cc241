import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { secret } from '#base/secret';
import { createAuthority, issueCertificate, servesStill } from './authority/mod.ts';
import type { KeyedCertificate } from './authority/mod.ts';
import {
  STATUS_OF,
  addOperations,
  closeServer,
  createHttpServer,
  endpointFrom,
  listen,
  openHttpClient,
  readCertificate,
} from './mod.ts';
import type { Answered, HttpClient, HttpServer } from './mod.ts';

const NOW_MS = Date.now();
let authority: KeyedCertificate;
let server: HttpServer;
let client: HttpClient;
let port = 0;
const answered: Answered[] = [];

before(async () => {
  authority = await createAuthority({ name: 'test authority', nowMs: NOW_MS });
  const certificate = await issueCertificate(authority, {
    name: 'test',
    nowMs: NOW_MS,
    hosts: ['localhost', '127.0.0.1'],
  });
  let requests = 0;
  server = await createHttpServer({
    title: 'Test',
    version: '1',
    certificate: { chainPem: certificate.certificatePem, keyPem: certificate.keyPem },
    requestId: () => `req_${++requests}`,
    onAnswered: (one) => answered.push(one),
    requestsPerMinuteMax: 1_000,
  });
  addRoutes(server);
  port = await listen(server, { host: '127.0.0.1', port: 0 });
  client = openHttpClient({
    origin: `https://127.0.0.1:${port}`,
    authorityPem: authority.certificatePem,
  });
});
after(async () => {
  await client.close();
  await closeServer(server);
});

function addRoutes(server: HttpServer): void {
  const body = z.object({ name: z.string().max(10), count: z.int() });
  server.post(
    '/echo',
    { schema: { body, response: { 200: body } }, bodyLimit: 1_000 },
    async (request) => request.body,
  );
  server.get(
    '/problem/:code',
    {
      schema: {
        params: z.object({ code: z.enum(Object.keys(STATUS_OF) as [keyof typeof STATUS_OF]) }),
      },
    },
    async (request) => {
      throw new Problem(request.params.code, 'canary message', {
        hint: 'canary hint',
        where: { line: 2, column: 3 },
      });
    },
  );
  server.get('/crash', async () => {
    throw Object.assign(new Error('canary crash'), { code: '22P02' });
  });
  server.get(
    '/limited',
    { config: { rateLimit: { max: 2, timeWindow: '1 minute' } } },
    async () => ({}),
  );
  server.get('/slow', () => new Promise(() => undefined));
  server.get('/none', async (_request, reply) => reply.status(204).send());
  addOperations(server, {
    report: async (kind) => ({ state: kind === 'live' ? 'ok' : 'failing' }),
    metrics: async () => 'privet_up 1\n',
    metricsToken: secret('metrics-token'),
  });
}

const failure = (path: string, method: 'GET' | 'POST' = 'GET', body?: unknown) =>
  client.send({ method, path, body }).then(
    () => assert.fail('expected a failure'),
    (error: unknown) => error as Problem,
  );

test('createHttpServer answers a valid call over TLS with its request id', async () => {
  const answer = await client.send({
    method: 'POST',
    path: '/echo',
    body: { name: 'a', count: 1 },
  });
  assert.deepEqual(answer.body, { name: 'a', count: 1 });
  assert.match(String(answer.headers['x-request-id']), /^req_\d+$/u);
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.match(String(answer.headers['content-security-policy']), /default-src 'none'/u);
  assert.equal((await client.send({ method: 'GET', path: '/none' })).body, null);
});

test('every problem arrives with its code, message, hint and place', async () => {
  for (const [code, status] of Object.entries(STATUS_OF)) {
    const problem = await failure(`/problem/${code}`);
    assert.equal(problem.code, code);
    assert.equal(answered.at(-1)?.status, status);
    assert.equal(answered.at(-1)?.route, '/problem/:code');
    if (code !== 'internal') {
      assert.equal(problem.message, 'canary message');
      assert.equal(problem.hint, 'canary hint');
      assert.deepEqual(problem.where, { line: 2, column: 3 });
    }
  }
});

test('what is not a problem is hidden from the caller and told to the observer', async () => {
  const problem = await failure('/crash');
  assert.equal(problem.code, 'internal');
  assert.doesNotMatch(JSON.stringify(problem) + problem.message + problem.hint, /canary/u);
  assert.match(String(answered.at(-1)?.error), /canary crash/u);
});

test('a request that does not fit its schema is told the field and never its value', async () => {
  const problem = await failure('/echo', 'POST', { name: 'canary-much-too-long', count: 'x' });
  assert.equal(problem.code, 'invalid');
  assert.match(problem.message, /`body\.name` .*; `body\.count` /u);
  assert.doesNotMatch(problem.message, /canary/u);
});

test('broken JSON, foreign types, large bodies and unknown addresses keep the error shape', async () => {
  const raw = (body: string, type: string) =>
    server.inject({
      method: 'POST',
      url: '/echo',
      payload: body,
      headers: { 'content-type': type },
    });
  const shapes = [
    [await raw('{', 'application/json'), 400, 'invalid'],
    [await raw('a: 1', 'text/yaml'), 415, 'unsupported'],
    [await raw(JSON.stringify({ name: 'x'.repeat(2_000) }), 'application/json'), 413, 'limit'],
    [await server.inject('/nowhere'), 404, 'not-found'],
    [await server.inject('/problem/%zz'), 400, 'invalid'],
    [await server.inject(`/problem/${'x'.repeat(301)}`), 414, 'invalid'],
  ] as const;
  for (const [answer, status, code] of shapes) {
    assert.equal(answer.statusCode, status);
    const { error } = answer.json<{ error: Record<string, unknown> }>();
    assert.equal(error['code'], code);
    assert.deepEqual(Object.keys(error).sort(), ['code', 'hint', 'message', 'requestId']);
    assert.equal(answer.headers['x-request-id'], error['requestId']);
  }
});

test('a caller who asks too often is told when to come back', async () => {
  await client.send({ method: 'GET', path: '/limited' });
  await client.send({ method: 'GET', path: '/limited' });
  const problem = await failure('/limited');
  assert.equal(problem.code, 'limit');
  assert.match(problem.hint ?? '', /try again in \d+ s/u);
});

test('operations answer by state, and metrics only with their token', async () => {
  assert.deepEqual((await client.send({ method: 'GET', path: '/healthz' })).body, { state: 'ok' });
  assert.equal((await server.inject('/readyz')).statusCode, 503);
  assert.equal((await failure('/metrics')).code, 'unauthenticated');
  const answer = await client.send({
    method: 'GET',
    path: '/metrics',
    bearer: secret('metrics-token'),
  });
  assert.match(String(answer.body), /privet_up 1/u);
});

test('openapi describes the routes that are not hidden', async () => {
  const { body } = await client.send({ method: 'GET', path: '/openapi.json' });
  const paths = Object.keys((body as { paths: object }).paths);
  assert.ok(paths.includes('/echo'));
  assert.ok(!paths.includes('/metrics'));
});

test('openHttpClient believes only its authority, only TLS, and does not wait for ever', async () => {
  const other = await createAuthority({ name: 'other', nowMs: NOW_MS });
  const origin = `https://127.0.0.1:${port}`;
  const wrong = openHttpClient({ origin, authorityPem: other.certificatePem });
  await assert.rejects(wrong.send({ method: 'GET', path: '/none' }), {
    code: 'unavailable',
    message: /certificate/u,
  });
  await wrong.close();
  assert.throws(() => openHttpClient({ origin: 'http://localhost' }), { code: 'invalid' });
  assert.throws(() => openHttpClient({ origin: '127.0.0.1:7080' }), { code: 'invalid' });
  await assert.rejects(client.send({ method: 'GET', path: '/slow', timeoutMs: 50 }), {
    message: /no answer in 50 ms/u,
  });
  const small = openHttpClient({
    origin,
    authorityPem: authority.certificatePem,
    responseBytesMax: 10,
  });
  await assert.rejects(small.send({ method: 'GET', path: '/openapi.json' }), {
    code: 'unavailable',
  });
  await small.close();
});

test('endpointFrom reads host and port and refuses anything else', () => {
  assert.deepEqual(endpointFrom('127.0.0.1:70', 'x'), { host: '127.0.0.1', port: 70 });
  assert.deepEqual(endpointFrom('[::1]:70', 'x'), { host: '::1', port: 70 });
  for (const text of ['70', 'localhost', 'a:99999', 'a b:1', '::1:70']) {
    assert.throws(() => endpointFrom(text, 'x'), { code: 'invalid' });
  }
});

test('readCertificate names what is missing or does not fit, never the key', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'privet-tls-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const other = await createAuthority({ name: 'other', nowMs: NOW_MS });
  const [chainFile, keyFile] = [join(directory, 'chain'), join(directory, 'key')];
  writeFileSync(chainFile, authority.certificatePem);
  writeFileSync(keyFile, authority.keyPem.reveal());
  assert.equal(readCertificate({ chainFile, keyFile }).chainPem, authority.certificatePem);
  writeFileSync(keyFile, other.keyPem.reveal());
  assert.throws(() => readCertificate({ chainFile, keyFile }), {
    code: 'invalid',
    message: /do not fit/u,
  });
  assert.throws(() => readCertificate({ chainFile, keyFile: '' }), {
    code: 'invalid',
    message: /got none/u,
  });
});

test('listen says so when the port is taken', async () => {
  const second = await createHttpServer({
    title: 'Second',
    version: '1',
    certificate: { chainPem: authority.certificatePem, keyPem: authority.keyPem },
    requestId: () => 'req_x',
  });
  await assert.rejects(listen(second, { host: '127.0.0.1', port }), {
    code: 'unavailable',
    message: /cannot listen/u,
  });
  await closeServer(second);
});

test('servesStill asks for renewal near the end, for new hosts and for another authority', async () => {
  const hosts = ['localhost', '127.0.0.1'];
  const { certificatePem } = await issueCertificate(authority, { name: 'x', nowMs: NOW_MS, hosts });
  const wanted = { authorityPem: authority.certificatePem, hosts, nowMs: NOW_MS };
  assert.equal(servesStill(certificatePem, wanted), true);
  assert.equal(servesStill(certificatePem, { ...wanted, nowMs: NOW_MS + 340 * 86_400_000 }), false);
  assert.equal(servesStill(certificatePem, { ...wanted, hosts: ['example.com'] }), false);
  const other = await createAuthority({ name: 'other', nowMs: NOW_MS });
  assert.equal(
    servesStill(certificatePem, { ...wanted, authorityPem: other.certificatePem }),
    false,
  );
});
