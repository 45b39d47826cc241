import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Agent } from 'undici';
import { secret } from '#base/secret';
import { freePort, startTestCluster } from '#platform/db/testcluster';
import type { TestCluster, TestDatabase } from '#platform/db/testcluster';
import { createClientCertificate } from '#platform/http/authority';
import type { KeyedCertificate } from '#platform/http/authority';
import { openHttpClient } from '#platform/http';
import type { HttpClient } from '#platform/http';
import { issueTestCertificate } from '../control/certificate.ts';
import type { TestCertificate } from '../control/certificate.ts';
import { PASSWORD } from '../control/apiserver.ts';
import { head, testResult } from '../observe/fact.ts';
import { newSigningSecret } from '../observe/secretkeys.ts';

const PRIVET = fileURLToPath(new URL('../../bin/privet', import.meta.url));
/** Alerts gather for twenty seconds; whoever claimed one and died holds it for ninety. */
const WAIT_MS = 150_000;

const home = mkdtempSync(join(tmpdir(), 'privet-alerts-'));
let cluster: TestCluster;
let database: TestDatabase;
let certificate: TestCertificate;
let planeCertificate: KeyedCertificate;

before(async () => {
  planeCertificate = await createClientCertificate({ name: 'main', nowMs: Date.now() });
  cluster = await startTestCluster();
  database = await cluster.createDatabase();
  certificate = await issueTestCertificate();
  writeFileSync(join(home, 'chain.pem'), certificate.chainPem);
  writeFileSync(join(home, 'key.pem'), certificate.keyPem.reveal());
});
after(async () => {
  await cluster.stop();
  rmSync(home, { recursive: true, force: true });
});

async function startControl(port: number): Promise<{ child: ChildProcess; client: HttpClient }> {
  const child = spawn(PRIVET, ['control'], {
    env: {
      PATH: process.env['PATH'],
      PRIVET_HOME: home,
      PRIVET_CONTROL_DATABASE_URL: database.ownerUrl,
      PRIVET_CONTROL_TLS_CERTIFICATE_FILE: join(home, 'chain.pem'),
      PRIVET_CONTROL_TLS_KEY_FILE: join(home, 'key.pem'),
      PRIVET_CONTROL_LISTEN: `127.0.0.1:${port}`,
      PRIVET_CONTROL_ALERTS_TO_LOOPBACK: 'allowed',
      PRIVET_CONTROL_PUBLIC_URL: 'https://privet.example.test',
    },
    stdio: 'ignore',
  });
  const origin = `https://127.0.0.1:${port}`;
  // The facts come from a plane, which shows its certificate.
  const { certificatePem: cert, keyPem } = planeCertificate;
  const connect = { ca: certificate.authorityPem, cert, key: keyPem.reveal() };
  const client = openHttpClient({ origin, dispatcher: new Agent({ connect }) });
  await until(30_000, 'control is ready', async () => {
    const answer = await client.send({ method: 'GET', path: '/readyz' }).catch(() => null);
    return answer?.status === 200;
  });
  return { child, client };
}

async function until(ms: number, what: string, holds: () => Promise<boolean> | boolean) {
  for (const deadline = Date.now() + ms; !(await holds());) {
    assert.ok(Date.now() < deadline, `expected within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

type Heard = { readonly id: string; readonly text: string };

/** A receiver that answers only when it is told to. */
async function slowReceiver(t: { after(work: () => unknown): void }) {
  const heard: Heard[] = [];
  let answers = false;
  const options = { cert: certificate.chainPem, key: certificate.keyPem.reveal() };
  const server = createServer(options, (request, reply) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      heard.push({ id: String(request.headers['webhook-id']), text });
      if (answers) reply.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { heard, url: `https://127.0.0.1:${port}/hook`, answer: () => (answers = true) };
}

test('an alert outlives a control that is killed while it sends it, and is the same when it comes again', async (t) => {
  const receiver = await slowReceiver(t);
  const first = await startControl(await freePort());
  t.after(() => first.child.kill('SIGKILL'));
  const ask = async (path: string, body: object, bearer?: string) => {
    const call = { method: 'POST', path: `/api/v1${path}`, body } as const;
    const known = bearer === undefined ? {} : { bearer: secret(bearer) };
    return (await first.client.send({ ...call, ...known })).body as Record<string, string>;
  };
  const token = readFileSync(join(home, 'control', 'setup-token'), 'utf8').trim();
  await ask('/setup', { token, name: 'ada.admin', password: PASSWORD });
  const signIn = { name: 'ada.admin', password: PASSWORD, kind: 'bearer' };
  const session = (await ask('/sessions', signIn))['secret'] ?? '';
  const settings = { kind: 'webhook', url: receiver.url, authorityPem: certificate.authorityPem };
  const channel = { name: 'hook', settings, secret: newSigningSecret() };
  await ask('/observe/channels', channel, session);
  const enrolled = await ask('/planes', { name: 'main', url: 'https://127.0.0.1:1' }, session);
  const results = [testResult({ test: 'unique', status: 'fail', atMs: Date.now() })];
  const fact = { ...head(1, Date.now()), kind: 'test-results', results };
  await ask('/planes/main/facts', { facts: [fact] }, enrolled['token']);
  await until(WAIT_MS, 'the receiver hears of it', () => receiver.heard.length > 0);
  first.child.kill('SIGKILL');
  await first.client.close();
  receiver.answer();
  const second = await startControl(await freePort());
  t.after(() => second.child.kill('SIGKILL'));
  await until(WAIT_MS, 'it comes again', () => receiver.heard.length > 1);
  const [one, other] = receiver.heard;
  assert.deepEqual(other, one);
  assert.match(one?.text ?? '', /https:\/\/privet\.example\.test\/observe\/incidents\/inc_/u);
  await until(10_000, 'it is sent', async () => {
    const path = '/api/v1/observe/alerts?state=sent';
    const answer = await second.client.send({ method: 'GET', path, bearer: secret(session) });
    return (answer.body as { items: readonly object[] }).items.length === 1;
  });
  assert.equal(receiver.heard.length, 2);
  second.child.kill('SIGTERM');
  const code = await new Promise((resolve) => second.child.once('exit', resolve));
  assert.equal(code, 0);
  await second.client.close();
});
