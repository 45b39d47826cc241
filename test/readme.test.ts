import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startUp } from './readme/running.ts';
import type { Running } from './readme/running.ts';
import { runCommands } from './readme/shell.ts';
import { blocksOf, matches, sessionOf } from './readme/session.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const noPsql = spawnSync('psql', ['--version']).status === 0 ? false : 'no psql on this machine';

let home: string;
let up: Running | undefined;

before(async () => {
  home = mkdtempSync(join(tmpdir(), 'privet-readme-'));
  // The README's reader stands in the repository; only `.privet` must not be that of somebody working there.
  mkdirSync(join(home, 'bin'));
  symlinkSync(join(root, 'bin/privet'), join(home, 'bin/privet'));
  if (noPsql === false) up = await startUp(root, home, ['--demo']);
});

after(async () => {
  await up?.stop();
  rmSync(home, { recursive: true, force: true });
});

const run = (commands: readonly string[]) => runCommands(commands, { cwd: home });

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
  await up?.stop();
  up = await startUp(root, home, ['--demo']);
  const said = up.said();
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
    assert.ok(password === undefined || up?.said().includes(password) !== true);
  }
});
