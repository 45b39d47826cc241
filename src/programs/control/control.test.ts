import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort, startTestCluster } from '#platform/db/testcluster';
import type { TestCluster, TestDatabase } from '#platform/db/testcluster';
import { openHttpClient } from '#platform/http';
import { createAuthority, issueCertificate } from '#platform/http/authority';
import type { KeyedCertificate } from '#platform/http/authority';

const PRIVET = fileURLToPath(new URL('../../../bin/privet', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'privet-control-'));
let cluster: TestCluster;
let database: TestDatabase;
let authority: KeyedCertificate;

before(async () => {
  cluster = await startTestCluster();
  database = await cluster.createDatabase();
  authority = await createAuthority({ name: 'test', nowMs: Date.now() });
  const certificate = await issueCertificate(authority, {
    name: 'control',
    nowMs: Date.now(),
    hosts: ['127.0.0.1'],
  });
  writeFileSync(join(home, 'chain.pem'), certificate.certificatePem);
  writeFileSync(join(home, 'key.pem'), certificate.keyPem.reveal());
});
after(async () => {
  await cluster.stop();
  rmSync(home, { recursive: true, force: true });
});

type Ended = { readonly code: number | null; readonly log: string };

function run(
  t: { after(work: () => unknown): void },
  env: Record<string, string>,
  args: readonly string[] = [],
) {
  const child = spawn(PRIVET, ['control', ...args], {
    env: {
      PATH: process.env['PATH'],
      PRIVET_HOME: home,
      PRIVET_CONTROL_DATABASE_URL: database.ownerUrl,
      PRIVET_CONTROL_TLS_CERTIFICATE_FILE: join(home, 'chain.pem'),
      PRIVET_CONTROL_TLS_KEY_FILE: join(home, 'key.pem'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (log += bytes.toString()));
  const ended = new Promise<Ended>((resolve) =>
    child.once('exit', (code) => resolve({ code, log })),
  );
  return { child, ended, log: () => log };
}

async function untilReady(port: number, log: () => string): Promise<void> {
  const client = openHttpClient({
    origin: `https://127.0.0.1:${port}`,
    authorityPem: authority.certificatePem,
  });
  for (const deadline = Date.now() + 30_000; ;) {
    const status = await client.send({ method: 'GET', path: '/readyz' }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) break;
    assert.ok(Date.now() < deadline, `expected to be ready within 30 s: ${log()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await client.close();
}

test('privet control runs twice at once on one external database and stops as asked', async (t) => {
  const [first, second] = [await freePort(), await freePort()];
  const started = [first, second].map((port) =>
    run(t, { PRIVET_CONTROL_LISTEN: `127.0.0.1:${port}` }),
  );
  await Promise.all(
    [first, second].map((port, i) => untilReady(port, () => started[i]?.log() ?? '')),
  );
  for (const { child, ended } of started) {
    child.kill('SIGTERM');
    const { code, log } = await ended;
    assert.equal(code, 0, log);
  }
});

test('privet control exits with 2 on wrong settings and names them', async (t) => {
  const { code, log } = await run(t, { PRIVET_CONTROL_DATABASE_CONNECTIONS_MAX: 'many' }).ended;
  assert.equal(code, 2);
  assert.match(log, /PRIVET_CONTROL_DATABASE_CONNECTIONS_MAX/u);
  assert.equal((await run(t, {}, ['--port', '1']).ended).code, 2);
});

test('privet control exits with 3 when its database is away, and never prints how to get there', async (t) => {
  const { code, log } = await run(t, {
    PRIVET_CONTROL_DATABASE_URL: 'postgres://canary:canary@127.0.0.1:1/x',
  }).ended;
  assert.equal(code, 3);
  assert.match(log, /the database cannot be reached/u);
  assert.doesNotMatch(log, /canary/u);
});

test('privet control says how it is used', async (t) => {
  const { code, log } = await run(t, {}, ['--help']).ended;
  assert.equal(code, 0);
  assert.match(log, /PRIVET_CONTROL_DATABASE_URL/u);
});

test('a role that reaches beyond its own database is refused, with what ends that', async (t) => {
  const { ended } = run(t, { PRIVET_CONTROL_DATABASE_URL: database.url });
  const { code, log } = await ended;
  assert.equal(code, 2);
  assert.match(log, /database role `postgres` has more rights than it needs: bypassrls/u);
  assert.match(log, /alter role postgres nosuperuser/u);
});
