import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { blocksOf, matches, sessionOf } from './readme/session.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const noPsql = spawnSync('psql', ['--version']).status === 0 ? false : 'no psql on this machine';
/** A cold start with the demo takes about 20 s on a small machine that does nothing else. */
const START_MS_MAX = 180_000;

let home: string;
let up: ChildProcess | undefined;
let said = '';

before(async () => {
  home = mkdtempSync(join(tmpdir(), 'privet-readme-'));
  // The README's reader stands in the repository; only `.privet` must not be that of somebody working there.
  mkdirSync(join(home, 'bin'));
  symlinkSync(join(root, 'bin/privet'), join(home, 'bin/privet'));
  if (noPsql !== false) return;
  await start();
});

after(async () => {
  if (up !== undefined && up.exitCode === null) {
    const gone = new Promise((resolve) => up?.once('exit', resolve));
    up.kill('SIGTERM');
    await gone;
  }
  rmSync(home, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const [control, plane, gateway] = [await freePort(), await freePort(), await freePort()];
  const child = spawn(join(root, 'bin/privet'), ['up', '--demo'], {
    cwd: home,
    env: {
      PATH: process.env['PATH'],
      PRIVET_CONTROL_LISTEN: `127.0.0.1:${control}`,
      PRIVET_CONTROL_LOCAL_PLANE_URL: `https://127.0.0.1:${plane}`,
      PRIVET_PLANE_LISTEN: `127.0.0.1:${plane}`,
      PRIVET_GATEWAY_LISTEN: `127.0.0.1:${gateway}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  up = child;
  const deadline = Date.now() + START_MS_MAX;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
  }
  while (!said.includes('Privet is up')) {
    assert.equal(child.exitCode, null, said);
    assert.ok(Date.now() < deadline, `not up in time:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

const MARK = '\u0002next\u0002';

/** Runs the commands of a block in one shell and gives what each printed. */
async function run(commands: readonly string[]): Promise<readonly string[]> {
  const script = commands.map((command) => `${command}\nprintf '${MARK}'\n`).join('');
  const { stdout } = await promisify(execFile)('/bin/bash', ['-c', `exec 2>&1\n${script}`], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, LC_ALL: 'C.UTF-8', PAGER: 'cat' },
  });
  return stdout.split(MARK).slice(0, commands.length);
}

test('the first lines of the README say what it is and is not, show it and install it', () => {
  const lines = readme.split('\n').slice(0, 40);
  assert.equal(lines[0], '# Privet');
  assert.match(lines[2] ?? '', /^Privet [^.]*\.$/u);
  assert.match(lines[4] ?? '', /^It is not /u);
  const top = lines.join('\n');
  for (const piece of ['-U cleo', '-U ada', 'npm ci && npm start', 'npm ci && npm test']) {
    assert.ok(top.includes(piece), piece);
  }
});

test('npm start and npm test are what the README takes them for', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  assert.equal(scripts['start'], 'bin/privet up --demo');
  assert.match(scripts['test'] ?? '', /--test .*'test\/\*\.test\.ts'/u);
  assert.match(scripts['check'] ?? '', /npm test$/u);
  assert.match(readFileSync(join(root, '.ci/run'), 'utf8'), /^npm run check$/mu);
});

test('matches knows what may differ between two installations, and what may not', () => {
  assert.ok(matches('a | 123-45-6789\n', 'a | 987-65-4321\n\n'));
  assert.ok(matches('✓ … leaves\n…\nend', '✓ 12 leaves\nx\ny\nend\n'));
  assert.ok(!matches('a | 123-45-6789', 'a | 987654321'));
  assert.ok(!matches('one\ntwo', 'one\n'));
  assert.ok(!matches('(3 rows)', '(2 rows)'));
});

const sessions = blocksOf(readme, 'console').map((block) => sessionOf(block));

for (const [number, session] of sessions.entries()) {
  test(`session ${number + 1} of the README runs as it is printed`, { skip: noPsql }, async () => {
    const first = number === 0 ? [] : ['. .privet/demo.env', 'export PATH="$PWD/bin:$PATH"'];
    const commands = [...first, ...session.map(({ command }) => command)];
    const printed = (await run(commands)).slice(first.length);
    for (const [index, { command, output }] of session.entries()) {
      const got = printed[index] ?? '';
      assert.ok(matches(output, got), `$ ${command}\n--- expected\n${output}\n--- got\n${got}`);
    }
  });
}

test(
  'the two people of the README see different things, and Ada no raw value',
  { skip: noPsql },
  async () => {
    const query = (who: string) =>
      `psql -U ${who} -Atc "select full_name, email, national_id from clinic.patients order by id limit 300"`;
    const [, cleo = '', ada = ''] = await run(['. .privet/demo.env', query('cleo'), query('ada')]);
    const raw = cleo.split('\n').filter((line) => line !== '');
    assert.ok(raw.length > 50 && ada.length > 1_000);
    for (const line of raw) {
      const [name = '', email = ''] = line.split('|');
      assert.ok(!ada.includes(name), name);
      assert.ok(email === '' || !ada.includes(email), email);
    }
  },
);

test('a second start finds the demo and leaves it', { skip: noPsql }, async () => {
  const gone = new Promise((resolve) => up?.once('exit', resolve));
  up?.kill('SIGTERM');
  await gone;
  said = '';
  await start();
  assert.match(said, /schema clinic is there already/u);
  assert.match(said, /11 people, there already/u);
  assert.match(said, /`demo` is registered already, hardened/u);
  assert.match(said, /policy documents, there already/u);
  assert.doesNotMatch(said, / new\b/u);
  const [, count = ''] = await run([
    '. .privet/demo.env',
    'psql -U ada -Atc "select count(*) from clinic.patients"',
  ]);
  assert.equal(count, '12000\n');
});

test('the demo keeps its passwords to their owner, and prints none', { skip: noPsql }, async () => {
  const path = join(home, '.privet/demo.pgpass');
  assert.ok(existsSync(path));
  const [mode = ''] = await run([`stat -c %a ${path}`]);
  assert.equal(mode, '600\n');
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const password = line.split(':')[4];
    assert.ok(password === undefined || !said.includes(password));
  }
});
