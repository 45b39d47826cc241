import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { processState } from '#platform/db/server';
import { freePort } from '#platform/db/testcluster';
import { openHttpClient } from '#platform/http';

const PRIVET = fileURLToPath(new URL('../../../bin/privet', import.meta.url));
/** A busy machine is slow; a good one takes 4 s. */
const START_MS = 60_000;

const top = mkdtempSync(join(tmpdir(), 'privet-up-'));
// Open to the account the database server is given to, or it would move out of the home.
chmodSync(top, 0o755);
const home = join(top, 'home');
const ports = { control: 0, plane: 0, gateway: 0 };
const running: Up[] = [];

before(async () => {
  for (const name of ['control', 'plane', 'gateway'] as const) ports[name] = await freePort();
});
after(async () => {
  for (const up of running) await up.end('SIGTERM');
  rmSync(top, { recursive: true, force: true });
});

type Up = {
  readonly process: ChildProcess;
  output(): string;
  shows(pattern: RegExp): Promise<void>;
  end(signal: NodeJS.Signals): Promise<number | string>;
};

function start(more: Readonly<Record<string, string>> = {}): Up {
  const child = spawn(PRIVET, ['up'], {
    cwd: top,
    env: {
      PATH: process.env['PATH'],
      PRIVET_HOME: home,
      PRIVET_CONTROL_LISTEN: `127.0.0.1:${ports.control}`,
      PRIVET_CONTROL_LOCAL_PLANE_URL: `https://127.0.0.1:${ports.plane}`,
      PRIVET_PLANE_LISTEN: `127.0.0.1:${ports.plane}`,
      PRIVET_GATEWAY_LISTEN: `127.0.0.1:${ports.gateway}`,
      // The shell of somebody who worked with the demo, or has a database of their own.
      PRIVET_CONTROL_URL: 'https://127.0.0.1:1',
      PGHOST: '127.0.0.1',
      PGPORT: '1',
      PGSSLMODE: 'require',
      ...more,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (text += bytes.toString()));
  const gone = new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal ?? '')),
  );
  const up = {
    process: child,
    output: () => text,
    shows: (pattern: RegExp) =>
      until(
        () => pattern.test(text) || child.exitCode !== null,
        () => text,
      ).then(() => assert.match(text, pattern)),
    end(signal: NodeJS.Signals) {
      child.kill(signal);
      return gone;
    },
  };
  running.push(up);
  return up;
}

async function until(done: () => boolean | Promise<boolean>, context: () => string): Promise<void> {
  for (const deadline = Date.now() + START_MS; !(await done());) {
    assert.ok(Date.now() < deadline, `expected within ${START_MS} ms: ${context()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function isReady(port: number): Promise<boolean> {
  const client = openHttpClient({
    origin: `https://127.0.0.1:${port}`,
    authorityPem: readFileSync(join(home, 'tls/ca.pem'), 'utf8'),
  });
  try {
    return (await client.send({ method: 'GET', path: '/readyz' })).status === 200;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}

/** The processes of this home, by the home in their environment or their working directory. */
function processesHere(): readonly { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        const here =
          environment.includes(`PRIVET_HOME=${home}\0`) || command.includes(` -D ${home}/`);
        return here && processState(Number(pid)) === 'running'
          ? [{ pid: Number(pid), command }]
          : [];
      } catch {
        return [];
      }
    });
}

function pidOf(part: string): number {
  return (
    processesHere().find(({ command }) => command.includes(part))?.pid ??
    assert.fail(`no process of ${part}`)
  );
}

const noProc = existsSync('/proc/self/environ') ? false : 'needs /proc';

test(
  'privet up starts everything, closes its secrets, and says where it is',
  { skip: noProc },
  async () => {
    const up = start();
    await up.shows(/Privet is up after [\d.]+ s/u);
    assert.ok(await isReady(ports.control));
    assert.ok(up.output().includes(`https://127.0.0.1:${ports.control}`));
    for (const file of [
      'admin-password',
      'tls/ca.key',
      'tls/control.key',
      'secrets/database-superuser',
      'plane/token',
      'control/signing.key',
    ]) {
      assert.equal(statSync(join(home, file)).mode & 0o777, 0o600, file);
    }
    const password = readFileSync(join(home, 'admin-password'), 'utf8').trim();
    assert.ok(!up.output().includes(password));
    const environments = processesHere().map(({ pid }) =>
      readFileSync(`/proc/${pid}/environ`, 'utf8'),
    );
    const control = environments.find((text) => text.includes('PRIVET_CONTROL_DATABASE_URL')) ?? '';
    assert.doesNotMatch(control, /PRIVET_PLANE_DATABASE_URL|PRIVET_PLANE_TOKEN/u);
  },
);

test('privet up signs the first account in', { skip: noProc }, async () => {
  const client = openHttpClient({
    origin: `https://127.0.0.1:${ports.control}`,
    authorityPem: readFileSync(join(home, 'tls/ca.pem'), 'utf8'),
  });
  const answer = await client.send({
    method: 'POST',
    path: '/api/v1/sessions',
    body: { name: 'admin', password: readFileSync(join(home, 'admin-password'), 'utf8').trim() },
  });
  await client.close();
  assert.ok(answer.status < 300);
});

test('the role of each plane reaches its own database only', { skip: noProc }, async () => {
  const passwordOf = (role: string) =>
    readFileSync(join(home, `secrets/database-${role}`), 'utf8').trim();
  const socket =
    readFileSync(`/proc/${pidOf('control/main.ts')}/environ`, 'utf8').match(
      /PRIVET_CONTROL_DATABASE_URL=[^?]*\?host=([^\0]+)/u,
    )?.[1] ?? '';
  const enter = async (role: string, database: string) => {
    const client = new Client({
      host: decodeURIComponent(socket),
      user: role,
      password: passwordOf(role),
      database,
    });
    await client.connect();
    await client.end();
  };
  await enter('privet_control', 'privet_control');
  await enter('demo_owner', 'demo');
  await enter('privet_operator', 'privet_plane');
  for (const [role, database] of [
    ['privet_control', 'privet_plane'],
    ['privet_plane', 'privet_control'],
    ['privet_control', 'demo'],
    ['demo_owner', 'privet_plane'],
    ['privet_operator', 'privet_control'],
    ['privet_operator', 'demo'],
    ['demo_owner', 'postgres'],
  ] as const) {
    await assert.rejects(enter(role, database), { code: '28000' }, `${role} in ${database}`);
  }
});

test('a second privet up of the same home is refused', { skip: noProc }, async () => {
  const second = start();
  await second.shows(/runs already \(process \d+\)/u);
  assert.notEqual(await second.end('SIGTERM'), 0);
});

test('privet up brings back whatever is killed', { skip: noProc }, async () => {
  const [up] = running;
  for (const name of ['control', 'plane'] as const) {
    process.kill(pidOf(`${name}/main.ts`), 'SIGKILL');
    await up?.shows(new RegExp(`${name} is back`, 'u'));
  }
  process.kill(pidOf('postgres -D'), 'SIGKILL');
  await up?.shows(/database server ended \(SIGKILL\)/u);
  await until(
    () => isReady(ports.control),
    () => up?.output() ?? '',
  );
  await until(
    async () => readyOrAnswering(),
    () => up?.output() ?? '',
  );
});

async function readyOrAnswering(): Promise<boolean> {
  return (
    (await isReady(ports.control)) &&
    processesHere().some(({ command }) => command.includes('plane/main.ts'))
  );
}

test(
  'after a kill -9 of privet up its children end, and the next one goes on with the same data',
  { skip: noProc },
  async () => {
    const [up] = running;
    const node = pidOf('up/main.ts');
    process.kill(node, 'SIGKILL');
    await up?.end('SIGTERM');
    await until(
      () => processesHere().every(({ command }) => !command.includes('main.ts')),
      () => JSON.stringify(processesHere()),
    );
    assert.ok(processesHere().length > 0, 'the database server is left behind');
    const next = start();
    await next.shows(
      /stopped a database server that an earlier run left behind[\s\S]*Privet is up/u,
    );
    assert.ok(await isReady(ports.control));
    next.process.kill('SIGINT'); // npm passes the terminal's Ctrl-C on, so that it comes twice
    assert.equal(await next.end('SIGINT'), 0);
    assert.deepEqual(processesHere(), []);
  },
);

test(
  'privet up asked to stop while it starts leaves nothing behind',
  { skip: noProc },
  async () => {
    for (const pattern of [/home is/u, /starting PostgreSQL/u, /starting the control plane/u]) {
      const up = start();
      await up.shows(pattern);
      assert.equal(await up.end('SIGINT'), 0, up.output());
      assert.deepEqual(processesHere(), []);
    }
  },
);

test('privet up gives up with a reason when a setting is wrong', { skip: noProc }, async () => {
  const up = start({ PRIVET_CONTROL_LISTEN: 'nowhere' });
  await up.shows(/control: `control\.listen` expected `host:port`, got `nowhere`\n {2}hint: /u);
  assert.notEqual(await up.end('SIGTERM'), 0);
  await until(
    () => processesHere().length === 0,
    () => JSON.stringify(processesHere()),
  );
});
