import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { secret } from '#base/secret';
import { SUPERUSER, findBinaries, processState, programFailure, startServer } from './mod.ts';
import type { Server, ServerSettings } from './mod.ts';

const PASSWORD = 'test-password';
const ROOT = process.getuid?.() === 0;
const MODULE = fileURLToPath(new URL('./mod.ts', import.meta.url));

type Cleanup = { after(work: () => unknown): void };

function homeFor(t: Cleanup, ...rest: readonly string[]): string {
  const top = mkdtempSync(join(tmpdir(), 'privet-server-'));
  chmodSync(top, 0o755);
  t.after(() => rmSync(top, { recursive: true, force: true }));
  return join(top, ...rest);
}

async function start(
  t: Cleanup,
  home: string,
  more: Partial<ServerSettings> = {},
): Promise<Server> {
  const access = ['local all all scram-sha-256'];
  const server = await startServer({ home, password: secret(PASSWORD), access, ...more });
  t.after(() => server.stop());
  return server;
}

async function ask(server: Server, sql: string): Promise<unknown> {
  const url = server.url({ role: SUPERUSER, password: PASSWORD, database: 'postgres' });
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return (rows as unknown[][])[0]?.[0];
  } finally {
    await client.end();
  }
}

/** Starts a server in a process of its own and gives both numbers; the process waits to be killed. */
async function startElsewhere(
  home: string,
  identity: { uid?: number; gid?: number } = {},
): Promise<{ parent: ChildProcess; pid: number }> {
  const program = `
    const { startServer } = await import(${JSON.stringify(MODULE)});
    const { secret } = await import('#base/secret');
    const server = await startServer({ home: ${JSON.stringify(home)}, password: secret(${JSON.stringify(PASSWORD)}), access: ['local all all scram-sha-256'] });
    console.log(server.pid);
    process.stdin.resume().on('end', () => server.stop());`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
    ...identity,
  });
  const pid = await new Promise<number>((resolve, reject) => {
    parent.stdout?.once('data', (bytes: Buffer) => resolve(Number(bytes.toString())));
    parent.once('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
  return { parent, pid };
}

for (const kind of ['system', 'package'] as const) {
  const skip = findBinaries({ kind }).length === 0 ? `no ${kind} installation here` : false;
  test(
    `startServer serves a unix socket only, durably, from the ${kind} installation`,
    { skip },
    async (t) => {
      const home = homeFor(t, 'home');
      const server = await start(t, home, { installation: kind });
      assert.equal(await ask(server, 'show listen_addresses'), '');
      assert.equal(await ask(server, 'show fsync'), 'on');
      assert.equal(await ask(server, 'show data_checksums'), 'on');
      assert.equal(statSync(server.places.dataDirectory).mode & 0o777, 0o700);
      assert.equal(statSync(server.places.socketDirectory).mode & 0o777, 0o700);
      if (ROOT) assert.notEqual(statSync(`/proc/${server.pid}`).uid, 0);
      await server.stop();
      assert.equal(existsSync(join(server.places.dataDirectory, 'postmaster.pid')), false);
      assert.equal(await server.ended, 'status 0');
    },
  );
}

test('startServer asks for the password', async (t) => {
  const server = await start(t, homeFor(t, 'home'));
  const url = server.url({ role: SUPERUSER, password: 'wrong', database: 'postgres' });
  const client = new Client({ connectionString: url });
  await assert.rejects(client.connect(), { code: '28P01' });
});

test('startServer stops the orphan of a killed parent and finds what it had acknowledged', async (t) => {
  const home = homeFor(t, 'home');
  const first = await start(t, home);
  await first.stop();
  const { parent, pid } = await startElsewhere(home);
  await ask(first, 'create table kept as select 7 as n');
  parent.kill('SIGKILL');
  await new Promise((resolve) => parent.once('exit', resolve));
  assert.equal(processState(pid), 'running');
  const second = await start(t, home);
  assert.equal(second.found, 'orphan stopped');
  assert.notEqual(processState(pid), 'running');
  assert.equal(await ask(second, 'select n from kept'), 7);
});

test('startServer starts again at once after its server was killed', async (t) => {
  const home = homeFor(t, 'home');
  const first = await start(t, home);
  await ask(first, 'create table kept as select 8 as n');
  process.kill(first.pid, 'SIGKILL');
  assert.equal(await first.ended, 'SIGKILL');
  const second = await start(t, home);
  assert.equal(await ask(second, 'select n from kept'), 8);
});

test('startServer is not fooled by a lock whose number now belongs to somebody else', async (t) => {
  const home = homeFor(t, 'home');
  const first = await start(t, home);
  await first.stop();
  plantLock(first, process.pid);
  const second = await start(t, home);
  assert.equal(second.found, 'stale lock');
  assert.equal(await ask(second, 'select 1'), 1);
});

test(
  'startServer gets past a zombie that nobody reaps',
  { skip: !existsSync('/proc/self/stat') },
  async (t) => {
    const home = homeFor(t, 'home');
    const first = await start(t, home);
    await first.stop();
    const keeper = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    t.after(() => keeper.kill('SIGKILL'));
    const zombie = await new Promise<number>((resolve) =>
      keeper.stdout.once('data', (bytes: Buffer) => resolve(Number(bytes.toString()))),
    );
    while (processState(zombie) === 'running')
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(processState(zombie), 'zombie');
    plantLock(first, zombie);
    const second = await start(t, home);
    assert.equal(second.found, 'stale lock');
  },
);

function plantLock(server: Server, pid: number): void {
  const path = join(server.places.dataDirectory, 'postmaster.pid');
  writeFileSync(
    path,
    `${pid}\n${server.places.dataDirectory}\n1\n5432\n${server.places.socketDirectory}\n\n\nready\n`,
  );
  if (server.account.kind === 'other') chownSync(path, server.account.uid, server.account.gid);
}

test('startServer puts the socket where its path is short enough', async (t) => {
  const home = homeFor(t, 'x'.repeat(100), 'home');
  const server = await start(t, home);
  t.after(() => rmSync(server.places.socketDirectory, { recursive: true, force: true }));
  assert.ok(!server.places.socketDirectory.startsWith(home));
  assert.equal(await ask(server, 'select 1'), 1);
});

test('startServer refuses a data directory of another major version', async (t) => {
  const home = homeFor(t, 'home');
  const first = await start(t, home);
  await first.stop();
  const path = join(first.places.dataDirectory, 'PG_VERSION');
  writeFileSync(path, '9\n');
  await assert.rejects(start(t, home), {
    code: 'conflict',
    message: /made by postgresql 9, which is not installed/u,
  });
});

test(
  'startServer run by root moves to a place its account can reach',
  { skip: ROOT ? false : 'needs root' },
  async (t) => {
    const closed = homeFor(t, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const server = await start(t, join(closed, 'home'), {
      installation: findBinaries()[0]?.kind ?? 'package',
    });
    t.after(() =>
      rmSync(join(server.places.dataDirectory, '..'), { recursive: true, force: true }),
    );
    assert.match(server.places.dataDirectory, /^\/var\/lib\/privet\/[0-9a-f]{12}\/data$/u);
    assert.equal(await ask(server, 'select 1'), 1);
  },
);

test(
  'startServer run by an ordinary user needs no other account',
  { skip: ROOT ? false : 'needs root' },
  async (t) => {
    const nobody = { uid: 65_534, gid: 65_534 };
    const home = homeFor(t, 'home');
    mkdirSync(home);
    chownSync(home, nobody.uid, nobody.gid);
    const { parent, pid } = await startElsewhere(home, nobody);
    assert.equal(statSync(`/proc/${pid}`).uid, nobody.uid);
    parent.stdin?.end();
    await new Promise((resolve) => parent.once('exit', resolve));
    assert.equal(processState(pid), 'gone');
  },
);

test('startServer keeps values and statements out of the log', async (t) => {
  const server = await start(t, homeFor(t, 'home'));
  await assert.rejects(ask(server, "select 'canary-11'::integer"));
  await server.stop();
  const log = join(server.places.dataDirectory, 'log');
  const text = readdirSync(log)
    .map((name) => readFileSync(join(log, name), 'utf8'))
    .join('');
  assert.match(text, /shut down/u);
  assert.doesNotMatch(text, /canary/u);
});

test('programFailure says what to do about a full disk and about missing rights', () => {
  const full = 'FATAL:  could not write lock file "postmaster.pid": No space left on device';
  assert.match(programFailure('postgres', full).hint ?? '', /disk is full/u);
  const closed = 'initdb: error: could not access directory "/x": Permission denied';
  assert.match(programFailure('initdb', closed).hint ?? '', /owner and mode/u);
  assert.equal(programFailure('postgres', 'something else').hint, undefined);
});
