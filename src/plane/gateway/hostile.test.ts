import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { Client } from 'pg';
import { concat, utf8 } from '#base/bytes';
import { encodeFrontend, encodePassword, encodeSslRequest, encodeStartup } from '#engines/pgwire';
import {
  PASSWORD,
  person,
  selfSigned,
  startTestGateway,
  type TestGateway,
  verifierFor,
} from './testgateway.ts';

const run = promisify(execFile);
let gate: TestGateway;
let directory: string;

before(async () => {
  const certificate = await selfSigned();
  gate = await startTestGateway({
    planner: 'passthrough',
    certificate,
    settings: { plaintext: 'never', loginSecondsMax: 2 },
    setup: 'CREATE TABLE secret (canary text); INSERT INTO secret VALUES ($$canary-7f3a$$)',
  });
  directory = await mkdtemp(join(tmpdir(), 'privet-gateway-'));
  await writeFile(join(directory, 'ca.pem'), certificate.certificate);
});
after(async () => {
  await gate.stop();
  await rm(directory, { recursive: true });
});

function service(parameters: string, user = 'ada', password = PASSWORD): string {
  const { port } = gate.gateway.address;
  return `host=localhost hostaddr=127.0.0.1 port=${port} dbname=demo user=${user} password='${password}' ${parameters}`;
}

test('gateway speaks TLS with SCRAM and channel binding to libpq', async () => {
  const verify = `sslmode=verify-full sslrootcert=${join(directory, 'ca.pem')} channel_binding=require`;
  const { stdout } = await run('psql', [service(verify), '-XAtc', 'SELECT 42']);
  assert.equal(stdout.trim(), '42');
  await assert.rejects(
    run('psql', [service('sslmode=disable'), '-XAtc', 'SELECT 42']),
    /expects TLS/u,
  );
});

test('gateway takes a token as password under name+token, until it expires', async () => {
  const token = 'privet_pat_example_0123456789';
  const id = 'tok_00000000000000000000000000';
  const live = { id, expiresAtMs: Date.now() + 60_000, verifier: verifierFor(token) } as const;
  gate.change({ subjects: [{ ...person('ada'), tokens: [live] }] });
  const { stdout } = await run('psql', [
    service('sslmode=require', `ada+${id}`, token),
    '-XAtc',
    'SELECT 1',
  ]);
  assert.equal(stdout.trim(), '1');
  gate.change({
    subjects: [{ ...person('ada'), tokens: [{ ...live, expiresAtMs: Date.now() - 1 }] }],
  });
  await assert.rejects(
    run('psql', [service('sslmode=require', `ada+${id}`, token), '-XAtc', 'SELECT 1']),
    /authentication failed/u,
  );
});

test('gateway ends what a revoked token may do in a session that is open', async () => {
  const id = 'tok_00000000000000000000000000';
  const live = {
    id,
    expiresAtMs: Date.now() + 60_000,
    verifier: verifierFor('token-text'),
  } as const;
  gate.change({ subjects: [{ ...person('ada'), tokens: [live] }] });
  const client = new Client({
    host: 'localhost',
    port: gate.gateway.address.port,
    database: 'demo',
    user: `ada+${id}`,
    password: 'token-text',
    ssl: { rejectUnauthorized: false },
  });
  await client.connect();
  await client.query('SELECT 1');
  gate.change({ subjects: [person('ada')] });
  await assert.rejects(client.query('SELECT 1'), /expired or was revoked/u);
  await client.end();
});

test('gateway denies log-in and statements once the bundle is too old', async () => {
  const client = new Client({ connectionString: gate.url(), ssl: { rejectUnauthorized: false } });
  await client.connect();
  await client.query('SELECT 1');
  gate.change({ expiresAtMs: Date.now() - 1 });
  await assert.rejects(client.query('SELECT 1'), /too old/u);
  await assert.rejects(run('psql', [service('sslmode=require'), '-XAtc', 'SELECT 1']), /too old/u);
  gate.change({ expiresAtMs: Date.now() + 3_600_000 });
  assert.equal((await client.query('SELECT 1 AS a')).rows[0].a, 1);
  await client.end();
});

test('gateway ends a session whose account is locked', async () => {
  const client = new Client({ connectionString: gate.url(), ssl: { rejectUnauthorized: false } });
  await client.connect();
  gate.change({ subjects: [{ ...person('ada'), state: 'locked' }] });
  await assert.rejects(client.query('SELECT 1'), /not active/u);
  await client.end();
  gate.change({ subjects: [person('ada')] });
});

/** Sends bytes, collects what comes until the other side closes or `ms` pass. */
function converse(
  bytes: readonly Uint8Array[],
  ms = 300,
): Promise<{ received: Buffer; closed: boolean }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket: Socket = connect(gate.gateway.address.port, '127.0.0.1', () => {
      for (const piece of bytes) socket.write(piece);
    });
    let done = false;
    const finish = (closed: boolean): void => {
      if (done) return;
      done = true;
      socket.destroy();
      resolve({ received: Buffer.concat(chunks), closed });
    };
    socket.on('data', (chunk) => void chunks.push(chunk));
    socket.on('error', () => finish(true));
    socket.on('close', () => finish(true));
    setTimeout(() => finish(false), ms);
  });
}

const startup = encodeStartup(
  new Map([
    ['user', 'ada'],
    ['database', 'demo'],
  ]),
);

test('gateway reads nothing that was sent in plain behind a TLS request', async () => {
  const { received } = await converse([concat(encodeSslRequest(), startup)]);
  assert.ok(!received.includes('SCRAM'));
});

test('gateway refuses direct TLS without its protocol name and takes it with it', async () => {
  const attempt = (protocols: string[]): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connectTls(
        {
          port: gate.gateway.address.port,
          host: '127.0.0.1',
          rejectUnauthorized: false,
          ALPNProtocols: protocols,
        },
        () => socket.write(startup),
      );
      socket.once('data', (data: Buffer) => {
        resolve(data.includes('SCRAM-SHA-256'));
        socket.destroy();
      });
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
    });
  assert.equal(await attempt(['postgresql']), true);
  assert.equal(await attempt([]), false);
});

test('gateway closes connections that do not log in in time', async () => {
  const { closed } = await converse([], 4_000);
  assert.equal(closed, true);
});

test('gateway survives random bytes and never shows a row to them', async () => {
  const piece = fc.oneof(
    fc.constant(startup),
    fc.constant(encodeSslRequest()),
    fc.constant(encodePassword(utf8('SCRAM-SHA-256'))),
    fc.constant(encodeFrontend({ kind: 'query', text: 'SELECT canary FROM public.secret' })),
    fc.constant(encodeFrontend({ kind: 'sync' })),
    fc.uint8Array({ maxLength: 100 }),
    fc.constant(new Uint8Array([0x51, 0xff, 0xff, 0xff, 0xff])),
    fc.constant(new Uint8Array([0, 0, 0x10, 0, 0, 3, 0, 0])),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 6 }), async (pieces) => {
      const { received } = await converse(pieces, 60);
      assert.ok(!received.includes('canary-7f3a'));
      assert.ok(!received.includes(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0])));
    }),
    { numRuns: 60 },
  );
  const client = new Client({ connectionString: gate.url(), ssl: { rejectUnauthorized: false } });
  await client.connect();
  assert.equal((await client.query('SELECT 1 AS a')).rows[0].a, 1);
  await client.end();
});

test('gateway locks a name out for an address that guesses, also with the right password', async () => {
  const wrong = service('sslmode=require', 'eve', 'wrong');
  gate.change({ subjects: [person('ada'), person('eve')] });
  for (let i = 0; i < 10; i++)
    await assert.rejects(
      run('psql', [wrong, '-XAtc', 'SELECT 1']),
      /password authentication failed/u,
    );
  await assert.rejects(
    run('psql', [service('sslmode=require', 'eve'), '-XAtc', 'SELECT 1']),
    /too many failed/u,
  );
  const { stdout } = await run('psql', [service('sslmode=require'), '-XAtc', 'SELECT 1']);
  assert.equal(stdout.trim(), '1');
});
