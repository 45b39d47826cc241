import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort, startTestCluster } from '#platform/db/testcluster';
import { createAuthority, issueCertificate } from '#platform/http/authority';

const PRIVET = fileURLToPath(new URL('../../../bin/privet', import.meta.url));
const START_MS = 60_000;

test('a plane without a gateway is a collector beside a warehouse: it posts to control, and nobody connects to it', async (t) => {
  const top = mkdtempSync(join(tmpdir(), 'privet-push-'));
  t.after(() => rmSync(top, { recursive: true, force: true }));
  const cluster = await startTestCluster();
  t.after(() => cluster.stop());
  const [control, plane] = [await cluster.createDatabase(), await cluster.createDatabase()];
  const [controlPort, planePort] = [await freePort(), await freePort()];
  const authority = await createAuthority({ name: 'test', nowMs: Date.now() });
  const asked = { name: 'x', nowMs: Date.now(), hosts: ['127.0.0.1'] };
  const issued = await issueCertificate(authority, asked);
  const file = (name: string, text: string) => {
    writeFileSync(join(top, name), text, { mode: 0o600 });
    return join(top, name);
  };
  const chain = file('chain.pem', issued.certificatePem);
  const key = file('key.pem', issued.keyPem.reveal());
  const root = file('root.pem', authority.certificatePem);
  const token = join(top, 'edge.token');
  let log = '';
  const start = (program: string, env: Readonly<Record<string, string>>) => {
    const child = spawn(PRIVET, [program], {
      env: { PATH: process.env['PATH'], PRIVET_HOME: join(top, program), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => (log += bytes.toString()));
  };
  const until = async (what: string, holds: () => Promise<boolean> | boolean) => {
    for (const deadline = Date.now() + START_MS; !(await holds());) {
      assert.ok(Date.now() < deadline, `expected ${what} within ${START_MS} ms: ${log}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  start('control', {
    PRIVET_CONTROL_DATABASE_URL: control.ownerUrl,
    PRIVET_CONTROL_LISTEN: `127.0.0.1:${controlPort}`,
    PRIVET_CONTROL_TLS_CERTIFICATE_FILE: chain,
    PRIVET_CONTROL_TLS_KEY_FILE: key,
    PRIVET_CONTROL_LOCAL_PLANE: 'edge',
    PRIVET_CONTROL_LOCAL_PLANE_TOKEN_PATH: token,
  });
  const keys = join(top, 'control', 'control', 'signing-keys.json');
  await until('a token and keys', () => existsSync(token) && existsSync(keys));
  start('plane', {
    PRIVET_PLANE_DATABASE_URL: plane.ownerUrl,
    PRIVET_PLANE_NAME: 'edge',
    PRIVET_PLANE_LISTEN: `127.0.0.1:${planePort}`,
    PRIVET_PLANE_TLS_CERTIFICATE_FILE: chain,
    PRIVET_PLANE_TLS_KEY_FILE: key,
    PRIVET_PLANE_CONTROL_URL: `https://127.0.0.1:${controlPort}`,
    PRIVET_PLANE_CONTROL_AUTHORITY_FILE: root,
    PRIVET_PLANE_CONTROL_KEYS_FILE: keys,
    PRIVET_PLANE_TOKEN_FILE: token,
    // It has no certificate either: a gateway would not open.
    PRIVET_GATEWAY_LISTEN: '',
  });
  // What the collector tells goes the way of the heartbeat: from the outbox, by a connection the plane opens.
  await until('a heartbeat', async () => {
    const { rows } = await control.pool.query("select from inbox.heartbeat where plane = 'edge'");
    return rows.length === 1;
  });
  const { rows } = await control.pool.query('select plane from observe.presence');
  assert.deepEqual(rows, [{ plane: 'edge' }]);
});
