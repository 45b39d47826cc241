import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { Problem } from '#base/problem';
import { createAuthority, issueCertificate } from './authority/mod.ts';
import type { KeyedCertificate } from './authority/mod.ts';
import {
  closeServer,
  createHttpServer,
  holdCertificate,
  listen,
  openHttpClient,
  openRedirect,
  renewCertificate,
} from './mod.ts';
import type { HeldCertificate } from './mod.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const folder = mkdtempSync(join(tmpdir(), 'privet-tls-'));
const [chainFile, keyFile] = [join(folder, 'chain.pem'), join(folder, 'key.pem')];
let authority: KeyedCertificate;
const helds: HeldCertificate[] = [];

before(async () => {
  authority = await createAuthority({ name: 'test', nowMs: Date.now() });
});
after(() => {
  for (const held of helds) held.close();
  rmSync(folder, { recursive: true });
});

const issue = (name: string, nowMs = Date.now()) =>
  issueCertificate(authority, { name, nowMs, hosts: ['localhost', '127.0.0.1'] });

function put(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

async function install(name: string, nowMs = Date.now()): Promise<KeyedCertificate> {
  const issued = await issue(name, nowMs);
  put(chainFile, issued.certificatePem);
  put(keyFile, issued.keyPem.reveal());
  return issued;
}

function hold(clock = Date.now, faults: Problem[] = []): HeldCertificate {
  const onFault = (problem: Problem) => void faults.push(problem);
  const held = holdCertificate({ chainFile, keyFile, clock, onFault, everyMs: 30 });
  helds.push(held);
  return held;
}

/** The name in the certificate a server shows. */
async function shownAt(port: number, options: { maxVersion?: 'TLSv1.1' } = {}): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.certificatePem, ...options });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

test('a server takes a new certificate without a restart, and keeps the old one until the new one fits', async () => {
  await install('first');
  const faults: Problem[] = [];
  const held = hold(Date.now, faults);
  const server = await createHttpServer({
    title: 'x',
    version: '1',
    certificate: held.current(),
    requestId: () => 'req',
    hstsSeconds: 600,
  });
  held.onChange((certificate) => renewCertificate(server, { certificate }));
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  const standing = connect({ port, host: '127.0.0.1', ca: authority.certificatePem });
  await once(standing, 'secureConnect');
  assert.equal(await shownAt(port), 'first');

  const second = await issue('second');
  put(chainFile, second.certificatePem);
  held.reload();
  assert.match(faults.at(-1)?.message ?? '', /do not fit/u);
  assert.equal(await shownAt(port), 'first');
  put(keyFile, second.keyPem.reveal());
  for (const deadline = Date.now() + 5_000; (await shownAt(port)) !== 'second'; await sleep(20)) {
    assert.ok(Date.now() < deadline, 'a look at the files finds the new ones');
  }
  assert.equal(standing.destroyed, false, 'a connection that stands is not touched');
  standing.destroy();

  put(chainFile, 'no certificate');
  held.reload();
  assert.equal(await shownAt(port), 'second');
  for (const { message } of faults) assert.doesNotMatch(message, /BEGIN|PRIVATE/u);

  const client = openHttpClient({
    origin: `https://127.0.0.1:${port}`,
    authorityPem: authority.certificatePem,
  });
  const { headers } = await client.send({ method: 'GET', path: '/openapi.json' });
  assert.equal(headers['strict-transport-security'], 'max-age=600');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.match(String(headers['content-security-policy']), /default-src 'none'/u);
  await client.close();
  await assert.rejects(shownAt(port, { maxVersion: 'TLSv1.1' }), /protocol|version/iu);
  await closeServer(server);
});

test('an end that comes near is told once a day, and an ended certificate is no longer well', async () => {
  await install('soon');
  let nowMs = Date.now();
  const faults: Problem[] = [];
  const held = hold(() => nowMs, faults);
  held.check();
  assert.equal(faults.length, 0);
  nowMs = held.endsAtMs() - 20 * DAY_MS;
  held.reload();
  held.reload();
  assert.equal(faults.length, 1);
  assert.match(faults[0]?.message ?? '', /ends in 20 days/u);
  nowMs += DAY_MS;
  held.reload();
  assert.equal(faults.length, 2);
  held.check();
  nowMs = held.endsAtMs();
  assert.throws(() => held.check(), { code: 'expired' });
  nowMs -= 3_000 * DAY_MS;
  assert.throws(() => held.check(), { code: 'invalid' });
});

test('a client says that a certificate has ended', async () => {
  const issued = await issue('old', Date.now() - 500 * DAY_MS);
  const server = await createHttpServer({
    title: 'x',
    version: '1',
    certificate: { chainPem: issued.certificatePem, keyPem: issued.keyPem },
    requestId: () => 'req',
  });
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  const client = openHttpClient({
    origin: `https://127.0.0.1:${port}`,
    authorityPem: authority.certificatePem,
  });
  await assert.rejects(client.send({ method: 'GET', path: '/' }), /has ended/u);
  await client.close();
  await closeServer(server);
});

test('plain HTTP is sent on to HTTPS for names of the certificate, and takes nothing', async () => {
  const issued = await issue('x');
  const certificate = { chainPem: issued.certificatePem, keyPem: issued.keyPem };
  const redirect = await openRedirect({
    at: { host: '127.0.0.1', port: 0 },
    port: 7443,
    certificate: () => certificate,
  });
  const ask = async (...lines: readonly string[]): Promise<string> => {
    const socket = connectPlain(redirect.port, '127.0.0.1');
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    let said = '';
    socket.on('data', (bytes: Buffer) => (said += bytes.toString()));
    await once(socket, 'close');
    return said;
  };
  const good = await ask('GET /a?b=1 HTTP/1.1', 'Host: localhost:80');
  assert.match(good, /^HTTP\/1\.1 308 .*\r\nlocation: https:\/\/localhost:7443\/a\?b=1\r\n/isu);
  assert.match(
    await ask('GET / HTTP/1.1', 'Host: 127.0.0.1'),
    /location: https:\/\/127\.0\.0\.1:7443\//u,
  );
  assert.match(await ask('GET / HTTP/1.1', 'Host: evil.example'), /^HTTP\/1\.1 400 /u);
  assert.match(
    await ask('GET / HTTP/1.1', 'Host: x', 'Authorization: Bearer t'),
    /^HTTP\/1\.1 403 /u,
  );
  const post = await ask('POST / HTTP/1.1', 'Host: localhost', 'Content-Length: 0');
  assert.match(post, /^HTTP\/1\.1 403 /u);
  assert.doesNotMatch(`${good}${post}`, /set-cookie/iu);
  await redirect.close();
});
