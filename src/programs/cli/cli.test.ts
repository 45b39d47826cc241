import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Command } from 'commander';
import { completionScript, completionsOf } from './completion.ts';
import { findHome, readMemory, writeMemory } from './home.ts';
import { openCli } from './leaf.ts';
import { leafText } from './leaftext.ts';
import { readSecret } from './secretinput.ts';
import { commandTree, everyCommand, runCommandLine } from './run.ts';
import { printable, styleFor } from './style.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';
import { attributesOf } from './usercommand.ts';

const plain = styleFor({ colour: false });
let directory: string;

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'privet-cli-unit-'));
});
after(() => rmSync(directory, { recursive: true }));

function terminal(env: Record<string, string> = {}, written: string[] = []): Terminal {
  return {
    out: (text) => void written.push(text),
    err: (text) => void written.push(text),
    outStyle: plain,
    errStyle: plain,
    interactive: false,
    env: { PRIVET_HOME: directory, ...env },
    directory,
    nowMs: () => 0,
    ask: () => Promise.reject(new Error('nobody is there')),
    input: () => Promise.resolve('from standard input\n'),
    animated: false,
  };
}

function tree(): Command {
  const cli = openCli(terminal(), () => {
    throw new Error('no line is needed to look at the tree');
  });
  return commandTree(cli, '0.0.0-test');
}

const leaves = everyCommand(tree()).filter((command) => command.commands.length === 0);
const nameOf = (command: Command): string =>
  command.parent === null ? '' : `${nameOf(command.parent)} ${command.name()}`.trim();

for (const command of leaves) {
  test(`privet ${nameOf(command)} has a summary, and an example that begins with its name`, () => {
    assert.notEqual(command.summary(), '');
    const written: string[] = [];
    command.configureOutput({ writeOut: (text) => void written.push(text) });
    command.outputHelp();
    const help = written.join('');
    assert.match(help, /Examples:/u);
    const words = nameOf(command).split(' ')[0] ?? '';
    assert.ok(help.includes(`privet ${words}`), help);
  });
}

test('every flag that takes a secret takes it by file', () => {
  for (const command of leaves) {
    for (const { long, flags } of command.options) {
      if (!/password|token|secret/u.test(long ?? '') || long === '--no-password') continue;
      assert.match(flags, /-file /u, `privet ${nameOf(command)} ${flags}`);
    }
  }
});

test('docs/cli.md lists every command with its flags', () => {
  const url = new URL('../../../docs/cli.md', import.meta.url);
  const [head = ''] = readFileSync(url, 'utf8').split(MARK);
  const wanted = `${head}${MARK}\n${leaves.map(documented).join('')}`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(url, wanted);
  assert.equal(readFileSync(url, 'utf8'), wanted, 'run with UPDATE_GOLDEN=1 when it is meant');
});

const MARK =
  '<!-- made from the tree of commands: UPDATE_GOLDEN=1 node --test src/programs/cli/cli.test.ts -->';

function documented(command: Command): string {
  const words = command.registeredArguments.map((one) => {
    const name = one.variadic ? `${one.name()}...` : one.name();
    return one.required ? `<${name}>` : `[${name}]`;
  });
  const flags = command.options
    .filter((one) => one.long !== '--json')
    .map((one) => `- \`${one.flags}\` ${one.description}\n`);
  const usage = ['privet', nameOf(command), ...words].join(' ');
  return `\n### \`${usage}\`\n\n${command.description()}\n${flags.length > 0 ? `\n${flags.join('')}` : ''}`;
}

test('completion of bash offers what may come next', () => {
  const script = completionScript('bash', completionsOf(tree()));
  const complete = (...words: readonly string[]) => {
    const list = ['privet', ...words].map((word) => `'${word}'`).join(' ');
    const asked = `COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _privet; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const output = execFileSync('bash', ['-c', `${script}\n${asked}`], { encoding: 'utf8' });
    return output.trim().split('\n');
  };
  assert.deepEqual(complete('pol'), ['policy']);
  assert.ok(complete('policy', '').includes('apply'));
  assert.deepEqual(complete('policy', 'apply', 'somewhere.yaml', '--mess'), ['--message']);
  assert.ok(complete('user', 'add', '').includes('--group'));
});

test('completion scripts of zsh and fish hold every command', () => {
  const completions = completionsOf(tree());
  for (const shell of ['zsh', 'fish'] as const) {
    const script = completionScript(shell, completions);
    for (const command of leaves) assert.ok(script.includes(command.name()), command.name());
  }
});

test('what is remembered is its owner’s alone, and not read when others could', () => {
  const home = findHome({ PRIVET_HOME: join(directory, 'home') }, directory);
  assert.equal(readMemory(home), null);
  const session = { name: 'nia.north', secret: 'privet_ses_x', expiresAt: '' };
  writeMemory(home, { url: 'https://127.0.0.1:1', authorityPem: null, session });
  const path = join(home.directory, 'cli.json');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(readMemory(home)?.session?.name, 'nia.north');
  chmodSync(path, 0o644);
  assert.throws(() => readMemory(home), { code: 'denied' });
});

test('findHome prefers PRIVET_HOME, then a local installation, then the configuration directory', () => {
  const config = { HOME: directory };
  assert.equal(findHome(config, directory).directory, join(directory, '.config', 'privet'));
  const named = { ...config, PRIVET_HOME: 'here' };
  assert.equal(findHome(named, directory).directory, join(directory, 'here', 'cli'));
});

test('readSecret takes a file before the environment, and standard input for `-`', async () => {
  const file = join(directory, 'secret');
  writeFileSync(file, 'from a file\n');
  const wish = { label: 'It', variable: 'PRIVET_IT' };
  const env = { PRIVET_IT: 'from the environment' };
  const read = async (given: string | undefined, variables: Record<string, string>) =>
    (await readSecret(terminal(variables), { ...wish, file: given })).reveal();
  assert.equal(await read(file, env), 'from a file');
  assert.equal(await read(undefined, env), 'from the environment');
  assert.equal(await read(undefined, { PRIVET_IT_FILE: file }), 'from a file');
  assert.equal(await read('-', env), 'from standard input');
  await assert.rejects(read(join(directory, 'nowhere'), env), { code: 'invalid' });
});

test('a password in a connection string is refused before anything is asked', async () => {
  const written: string[] = [];
  const url = 'postgresql://reader:hunter2@db.example/shop';
  const args = ['system', 'register', 'shop', '--connection', url];
  assert.equal(await runCommandLine(args, terminal({}, written), '0'), 2);
  assert.match(written.join(''), /does not belong on the command line/u);
  assert.equal(written.join('').includes('hunter2'), false);
});

test('table aligns by what a terminal shows, and prints no control characters', () => {
  const text = table(
    [
      { title: 'name', cell: (row: readonly string[]) => row[0] ?? '' },
      { title: 'is', cell: (row) => row[1] ?? '' },
    ],
    [
      ['漢字', 'x'],
      ['cafe\u0301', 'y'],
      ['\u001b[31mred', ''],
    ],
    { style: plain, none: 'none' },
  );
  assert.equal(text, 'name      is\n漢字      x\ncafe\u0301      y\n?[31mred  –\n');
});

test('printable shows no character that could move a cursor or reorder text', () => {
  assert.equal(printable('a\u001b[2Jb\u202ec\nd'), 'a?[2Jb?c d');
});

test('leafText shows names for ids, and what was masked', () => {
  const names = new Map([
    ['sub_1', 'nia.north'],
    ['src_1', 'demo.clinic.patients'],
  ]);
  const leaf = {
    v: 1,
    kind: 'query',
    time: 0,
    plane: 'main',
    actor: { kind: 'subject', id: 'sub_1' },
    sources: [{ source: 'src_1', columns: [{ name: 'ssn', show: 'mask' }] }],
    rows: 5,
    normalized: 'select ssn from patients where id = $1',
  };
  assert.equal(
    leafText({ index: 7, leaf }, { names, style: plain }),
    '#7 1970-01-01 00:00:00 query nia.north sources=demo.clinic.patients (1 masked) rows=5\n' +
      '    select ssn from patients where id = $1\n',
  );
});

test('attributesOf gathers values by key', () => {
  assert.deepEqual(attributesOf(['region=EU', 'region=UK', 'x=a=b']), {
    region: ['EU', 'UK'],
    x: ['a=b'],
  });
});

test('a reader that has had enough is no failure', async () => {
  const main = join(import.meta.dirname, 'main.ts');
  const child = spawn(process.execPath, [main, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = await once(child, 'close');
  assert.deepEqual([code, said], [0, '']);
});
