/**
 * The pages about the vault, done word for word by somebody who starts with `privet up` and nothing else: each in the order of the
 * documentation, on what the ones before it left.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { blocksIn, followPage } from '../readme/page.ts';
import { startUp } from '../readme/running.ts';
import type { Running } from '../readme/running.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const NEEDED = ['openssl', 'psql', 'curl'];
const missing = NEEDED.filter((name) => spawnSync('which', [name]).status !== 0);
const skip = missing.length === 0 ? false : `not on this machine: ${missing.join(', ')}`;

let home: string;
let up: Running | undefined;

before(async () => {
  if (skip !== false) return;
  home = mkdtempSync(join(tmpdir(), 'privet-pages-'));
  mkdirSync(join(home, 'bin'));
  symlinkSync(join(root, 'bin/privet'), join(home, 'bin/privet'));
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
  up = await startUp(root, home);
});

after(async () => {
  await up?.stop();
  if (skip === false) rmSync(home, { recursive: true, force: true });
});

const PAGES = [
  'keep-data-in-the-vault.md',
  'tokenise-files-of-rows.md',
  'query-a-vault.md',
  'keep-files-in-the-vault.md',
  'de-identify-text.md',
] as const;

/** Does the pages in one shell, as one person would; gives what the blocks of shell of each printed. */
async function follow(): Promise<ReadonlyMap<(typeof PAGES)[number], readonly string[]>> {
  assert.ok(up);
  const pages = PAGES.map((name) => blocksIn(readFileSync(join(root, 'docs/tasks', name), 'utf8')));
  const printed = [
    ...(await followPage(pages.flat(), {
      cwd: home,
      env: {
        PATH: `${join(home, 'bin')}:${process.env['PATH']}`,
        PRIVET_CONTROL_URL: `https://127.0.0.1:${up.ports.control}`,
        PRIVET_GATEWAY: `127.0.0.1:${up.ports.gateway}`,
      },
      // Other ports than those of a machine of one's own, and what is installed already.
      at: {
        '127.0.0.1:7081': `127.0.0.1:${up.ports.plane}`,
        'npm install --no-save skyflow-node@1': 'true',
      },
    })),
  ];
  return new Map(
    PAGES.map((name, i) => [
      name,
      printed.splice(0, pages[i]?.filter(({ kind }) => kind === 'sh').length ?? 0),
    ]),
  );
}

test('the pages about the vault run as they stand', { skip }, async () => {
  const all = await follow();
  const of = (name: (typeof PAGES)[number]) => (all.get(name) ?? []).join('\n----\n');

  const keep = of('keep-data-in-the-vault.md');
  assert.match(keep, /created the vault crm/u);
  assert.match(keep, /helpdesk .* hanna\.helpdesk/u);
  const read = keep.slice(keep.indexOf('as hanna.helpdesk'));
  assert.match(read, /Bo Invented/u);
  assert.match(read, /email: at most MASKED/u);
  assert.match(read, /a\*\*\*@example\.invalid/u);
  assert.doesNotMatch(read, /ada@example/u);
  assert.match(read, /forgotten: 1 records/u);

  const rows = of('tokenise-files-of-rows.md');
  assert.match(rows, /tokens\.csv: 3 rows/u);
  assert.match(rows, /,2,"Dina Invented, PhD",d\*\*\*@example\.invalid,/u);
  assert.doesNotMatch(rows, /dina@example\.invalid,\r?\n/u);

  const query = of('query-a-vault.md');
  assert.match(query, /Bo Invented\s*\| b\*\*\*@example\.invalid/u);
  assert.match(query, /"email":\s*"b\*\*\*@example\.invalid"/u);

  assert.match(of('keep-files-in-the-vault.md'), /"url":\s*"https:/u);

  const texts = of('de-identify-text.md');
  assert.match(texts, /^Ada \(\[EMAIL_ADDRESS_1\], \[SSN_1\]\) asks again\./mu);
  assert.match(texts, /^Ada \(\[EMAIL_ADDRESS_\w{10}\], \[SSN_\w{10}\]\) asks again\./mu);
  assert.match(texts, /^Ada \(ada@example\.invalid, \*\*\*6789\) asks again\./mu);
  assert.doesNotMatch(texts, /differ|123-45/u);
});
