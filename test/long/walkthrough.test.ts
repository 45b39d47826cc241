import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { startUp } from '../readme/running.ts';
import type { Running } from '../readme/running.ts';
import { blocksOf, matches, sessionOf } from '../readme/session.ts';
import { runCommands } from '../readme/shell.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const shared = join(dirname(root), 'shared');
const page = readFileSync(join(root, 'docs/walkthrough-adult.md'), 'utf8');

function reasonToSkip(): string | false {
  if (!existsSync(join(shared, 'data/adult/adult.csv')))
    return `no data set in ${shared}/data/adult`;
  if (spawnSync('createdb', ['--version']).status !== 0) return 'no psql on this machine';
  return false;
}
const skip = reasonToSkip();

let base: string;
let cluster: TestCluster | undefined;
let up: Running | undefined;

before(async () => {
  if (skip !== false) return;
  // The page's commands stand in the repository and reach the data beside it; here both are links.
  base = mkdtempSync(join(tmpdir(), 'privet-walkthrough-'));
  mkdirSync(join(base, 'main/bin'), { recursive: true });
  symlinkSync(join(root, 'bin/privet'), join(base, 'main/bin/privet'));
  symlinkSync(join(root, 'examples'), join(base, 'main/examples'));
  symlinkSync(shared, join(base, 'shared'));
  cluster = await startTestCluster({ tcp: true });
  up = await startUp(root, join(base, 'main'));
});

after(async () => {
  await up?.stop();
  await cluster?.stop();
  if (skip === false) rmSync(base, { recursive: true, force: true });
});

test('the walk through real data runs as it is printed', { skip }, async () => {
  assert.ok(cluster && up);
  const env = {
    PGHOST: cluster.socketDirectory,
    PGPORT: String(cluster.port),
    PGUSER: cluster.superuser,
    PRIVET_CONTROL_URL: `https://127.0.0.1:${up.ports.control}`,
    PRIVET_GATEWAY: `127.0.0.1:${up.ports.gateway}`,
  };
  const steps = blocksOf(page, 'console').flatMap((block) => sessionOf(block));
  const commands = steps.map(({ command }) => command);
  const printed = await runCommands(commands, { cwd: join(base, 'main'), env });
  const wrong = steps
    .map(({ command, output }, index) => ({ command, output, got: printed[index] ?? '' }))
    .filter(({ output, got }) => !matches(output, got))
    .map(({ command, output, got }) => `$ ${command}\n--- expected\n${output}\n--- got\n${got}`);
  assert.equal(wrong.join('\n'), '');
});
