import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { ProxyAgent, request } from 'undici';
import { migrate } from '#platform/db';
import type { Pool } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { createAuthority, issueCertificate } from '#platform/http/authority';
import type { KeyedCertificate } from '#platform/http/authority';
import { openLedger } from '#plane/ledger';
import type { Leaf, Ledger } from '#plane/ledger';
import { readFirstBytes } from './clienthello.ts';
import { openEgress, openProxy } from './mod.ts';
import type { Egress } from './mod.ts';
import type { Proxy } from './proxy.ts';

const ADA = { kind: 'subject', id: 'sub_0123456789abcdefghjkmnpqrs' } as const;
const NAMES: Readonly<Record<string, string>> = {
  'api.example.com': '127.0.0.1',
  'front.example.com': '127.0.0.1',
  'echo.example.com': '127.0.0.1',
};

let cluster: TestCluster;
let pool: Pool;
let ledger: Ledger;
let egress: Egress;
let proxy: Proxy;
let folder: string;
let authority: KeyedCertificate;
let token: string;
let apiPort = 0;
let echoPort = 0;
const servers: { close(): unknown }[] = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'privet-proxy-'));
  cluster = await startTestCluster();
  ({ pool } = await cluster.createDatabase());
  await migrate(pool, new URL('../migrations/', import.meta.url));
  ledger = await openLedger({ pool, plane: 'p', clock: Date.now, headFile: join(folder, 'head') });
  authority = await createAuthority({ name: 'test', nowMs: Date.now() });
  const hosts = Object.keys(NAMES);
  const issued = await issueCertificate(authority, { name: 'x', nowMs: Date.now(), hosts });
  const tls = { cert: issued.certificatePem, key: issued.keyPem.reveal() };
  const api = createHttpsServer(tls, (_incoming, answer) => answer.end('fine'));
  const echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('welcome\n');
    socket.pipe(socket);
  });
  for (const server of [api, echo]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
  }
  apiPort = (api.address() as AddressInfo).port;
  echoPort = (echo.address() as AddressInfo).port;
  const common = { workload: 'billing', networks: ['loopback'], expiresAtMs: null } as const;
  egress = openEgress({
    pool,
    ledger,
    clock: Date.now,
    random: (sizeBytes) => randomBytes(sizeBytes),
    configured: {
      api: { ...common, host: 'api.example.com', port: apiPort, purpose: 'invoices' },
      echo: { ...common, host: 'echo.example.com', port: echoPort, purpose: 'echo' },
      other: {
        ...common,
        workload: 'border',
        host: 'front.example.com',
        port: apiPort,
        purpose: 'x',
      },
    },
    resolve: async (name) => [NAMES[name] ?? ''].filter((address) => address !== ''),
    onFault: (problem) => assert.fail(problem),
  });
  token = await egress.workloads.add('billing', ADA);
  proxy = await openProxy({
    egress,
    at: { host: '127.0.0.1', port: 0 },
    certificate: null,
    onFault: (problem) => assert.fail(problem),
  });
});
after(async () => {
  await proxy.close();
  await egress.close();
  for (const server of servers) server.close();
  await ledger.close();
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

function authorization(name = 'billing', secret = token): string {
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}

/** A CONNECT by hand; gives the status line and the socket as it is then. */
async function ask(place: string, header = authorization()) {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => undefined);
  const credential = header === '' ? '' : `Proxy-Authorization: ${header}\r\n`;
  socket.write(`CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\n${credential}\r\n`);
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return { socket, status: Number(bytes.toString().split(' ')[1]), text: bytes.toString() };
}

async function refusals(): Promise<readonly Extract<Leaf, { kind: 'egress-refused' }>[]> {
  const stored = await ledger.read({ limit: 200, kinds: ['egress-refused'] });
  return stored.map(({ entry }) => JSON.parse(entry) as Extract<Leaf, { kind: 'egress-refused' }>);
}

test('a workload reaches what its rules name, over TLS it makes itself', async () => {
  const agent = new ProxyAgent({
    uri: `http://127.0.0.1:${proxy.port}`,
    token: authorization(),
    requestTls: { ca: authority.certificatePem },
  });
  const url = `https://api.example.com:${apiPort}/`;
  const answer = await request(url, { dispatcher: agent });
  assert.equal(await answer.body.text(), 'fine');
  const [open] = egress.connections();
  assert.deepEqual([open?.workload, open?.purpose], ['billing', 'invoices']);
  await agent.close();
});

test('a protocol where the server speaks first works', async () => {
  const { socket, status, text } = await ask(`echo.example.com:${echoPort}`);
  assert.equal(status, 200);
  if (!text.includes('welcome')) await once(socket, 'data');
  socket.write('over');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  assert.equal(bytes.toString(), 'over');
  socket.destroy();
});

test('the proxy refuses whoever is not known and whatever no rule names', async () => {
  const place = `api.example.com:${apiPort}`;
  const cases: readonly (readonly [string, string, number])[] = [
    [place, '', 407],
    [place, authorization('billing', 'privet_wld_wrong'), 407],
    [place, authorization('border', token), 407],
    [place, 'Bearer x', 407],
    [`evil.example:443`, authorization(), 403],
    [`front.example.com:${apiPort}`, authorization(), 403],
    [`api.example.com:${apiPort + 1}`, authorization(), 403],
    ['127.0.0.1:80', authorization(), 403],
    ['[::1]:80', authorization(), 403],
    ['[::ffff:127.0.0.1]:80', authorization(), 403],
    ['169.254.169.254:80', authorization(), 403],
    ['0x7f.1:80', authorization(), 403],
    ['2130706433:80', authorization(), 403],
    ['api.example.com', authorization(), 403],
    [':1', authorization(), 403],
  ];
  for (const [where, header, expected] of cases) {
    const { socket, status, text } = await ask(where, header);
    assert.equal(status, expected, `${where}: ${text}`);
    assert.ok(!text.includes(token));
    socket.destroy();
  }
  const reasons = new Set((await refusals()).map(({ reason }) => reason));
  for (const reason of ['credential', 'no-rule', 'malformed'] as const) {
    assert.ok(reasons.has(reason), reason);
  }
});

test(
  'whoever is refused loses its place, even when it keeps its half open',
  { timeout: 10_000 },
  async () => {
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    socket.write('CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    assert.match(bytes.toString(), /^HTTP\/1\.1 407 /u);
    const nagging = setInterval(() => socket.write('x'), 100);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(nagging);
  },
);

test('what begins as TLS and is no ClientHello is cut off before a byte leaves', async () => {
  for (const bytes of [
    [22, 3, 1, 0, 4, 2, 0, 0, 0],
    [22, 3, 1, 0, 1, 1, 23, 3, 3, 0, 1, 0],
    [22, 3, 1, 0, 0, 0x50, 0x4f, 0x53, 0x54, 0x20],
  ]) {
    const { socket, status, text } = await ask(`echo.example.com:${echoPort}`);
    assert.equal(status, 200);
    if (!text.includes('welcome')) await once(socket, 'data');
    socket.on('data', () => assert.fail('bytes came through'));
    socket.write(Buffer.from(bytes));
    await once(socket, 'close', { signal: AbortSignal.timeout(5_000) });
  }
});

test('a TLS client that asks for another server name is cut off before a byte leaves', async () => {
  for (const servername of ['front.example.com', '']) {
    const { socket, status } = await ask(`api.example.com:${apiPort}`);
    assert.equal(status, 200);
    const secure = connectTls({ socket, servername, rejectUnauthorized: false });
    secure.on('error', () => undefined);
    await new Promise((resolve) => secure.once('close', resolve));
    assert.equal(secure.authorized, false);
  }
  assert.ok((await refusals()).some(({ reason }) => reason === 'server-name'));
});

test('plain requests are told to use CONNECT', async () => {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.write('GET http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  assert.match(bytes.toString(), /^HTTP\/1\.1 405 /u);
  socket.destroy();
});

test('a removed workload is refused at once', async () => {
  const gone = await egress.workloads.add('gone', ADA);
  assert.equal((await ask('a.example:1', authorization('gone', gone))).status, 403);
  await egress.workloads.remove('gone', ADA);
  assert.equal((await ask('a.example:1', authorization('gone', gone))).status, 407);
  await assert.rejects(egress.workloads.add('sources', ADA), /part of the plane/u);
  await assert.rejects(egress.workloads.add('billing', ADA), /there already/u);
});

test('readFirstBytes gives one answer for every cutting of a hello', async () => {
  const hello = await clientHello('api.example.com');
  assert.deepEqual(readFirstBytes(hello), { kind: 'hello', serverName: 'api.example.com' });
  for (let size = 0; size < hello.length; size++) {
    assert.equal(readFirstBytes(hello.subarray(0, size)).kind, 'more', String(size));
  }
  // The same handshake in records of 10 bytes.
  const body = hello.subarray(5);
  const cut: Buffer[] = [];
  for (let at = 0; at < body.length; at += 10) {
    const part = body.subarray(at, at + 10);
    cut.push(Buffer.from([22, 3, 1, 0, part.length]), part);
  }
  assert.deepEqual(readFirstBytes(Buffer.concat(cut)), readFirstBytes(hello));
  // What comes behind a whole hello, such as early data, is not looked at; within one it is nothing we know.
  const behind = Buffer.from([20, 3, 3, 0, 1, 1, 23, 3, 3, 0, 1, 0]);
  assert.deepEqual(readFirstBytes(Buffer.concat([hello, behind])), readFirstBytes(hello));
  const [first = Buffer.alloc(0), second = first] = cut;
  assert.equal(readFirstBytes(Buffer.concat([first, second, behind])).kind, 'malformed');
  assert.equal(readFirstBytes(Buffer.from('GET / HTTP/1.1')).kind, 'other');
  for (let i = 0; i < 2_000; i++) {
    const bytes = Buffer.concat([Buffer.from([22, 3, 1, 0, 60, 1]), randomBytes(i % 90)]);
    assert.ok(['more', 'malformed', 'hello'].includes(readFirstBytes(bytes).kind));
  }
});

/** What Node's own client says first. */
async function clientHello(servername: string): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connectTls({ port: (server.address() as AddressInfo).port, servername });
  client.on('error', () => undefined);
  const [socket] = await accepted;
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  server.close();
  return bytes;
}
