import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '#platform/db/testcluster';
import { startUp } from '../readme/running.ts';
import type { Running } from '../readme/running.ts';

/**
 * The real programs, with a plane that makes no connection to control and whose ledger goes to a file: it is governed, reports, and
 * the ledger says of each connection what let it out.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const run = promisify(execFile);
const WAIT_MS_MAX = 60_000;
const base = mkdtempSync(join(tmpdir(), 'privet-pull-'));
const home = join(base, '.privet');
const exported = join(base, 'ledger.ndjson');
const logs = join(base, 'logs');
const WITNESS = `  witnessListen: 127.0.0.1:${await freePort()}
  witnessName: control.example/w1
  witnessLogsFile: ${logs}
`;
let up: Running;

function writeSettings(more: string, ofPlane = ''): void {
  writeFileSync(
    join(home, 'privet.yaml'),
    `plane:
  controlMode: pull
${ofPlane}control:
  pullPlanes: [main]
  pullAuthorityFile: ${join(home, 'tls/ca.pem')}
${more}exports:
  targets:
    - { name: disk, format: ocsf, to: { kind: file, path: ${exported} } }
`,
  );
}

before(async () => {
  mkdirSync(home, { mode: 0o700 });
  writeFileSync(logs, 'quorum none\n');
  writeSettings(WITNESS);
  up = await startUp(root, base);
  await privet('login', 'admin', '--password-file', join(home, 'admin-password'));
});
after(async () => {
  await up.stop();
  rmSync(base, { recursive: true });
});

async function privet(...args: string[]): Promise<string> {
  const env = {
    PATH: process.env['PATH'],
    PRIVET_HOME: home,
    PRIVET_CONTROL_URL: `https://127.0.0.1:${up.ports.control}`,
  };
  const { stdout } = await run(join(root, 'bin/privet'), args, { cwd: base, env });
  return stdout;
}

async function until(what: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + WAIT_MS_MAX;
  while (!(await what())) {
    assert.ok(Date.now() < endMs, `waited in vain for ${what.toString()}\n${up.said()}`);
    await sleep(300);
  }
}

type Leaf = { readonly leaf: { readonly kind: string; readonly [field: string]: unknown } };
const leavesOf = async (kind: string) =>
  JSON.parse(await privet('ledger', 'search', '--kind', kind, '--json')) as readonly Leaf[];

test('a plane that calls nobody is governed and reports', async () => {
  await privet('group', 'add', 'clerks');
  await until(async () =>
    (await leavesOf('admin-act')).some(({ leaf }) => leaf['action'] === 'group-changed'),
  );
  await until(async () => (await leavesOf('facts-sent')).length >= 2);
  const outbox = JSON.parse(await privet('outbox', 'list', '--json')) as { items?: unknown };
  assert.ok(JSON.stringify(outbox).includes('heartbeat'));
  const opened = await leavesOf('egress-opened');
  assert.deepEqual(opened, [], 'no connection left the plane');
});

test('the ledger says when the plane started, and goes to the file line by line', async () => {
  assert.equal((await leavesOf('plane-started')).length, 1);
  await until(async () => {
    const text = readFileSync(exported, 'utf8').trimEnd();
    return text.split('\n').length > 5;
  });
  const lines = readFileSync(exported, 'utf8').trimEnd().split('\n');
  const events = lines.map((line) => JSON.parse(line) as { metadata: { sequence: number } });
  assert.deepEqual(
    events.map(({ metadata }) => metadata.sequence),
    Array.from({ length: events.length }, (_, i) => i),
  );
  assert.match(await privet('ledger', 'export', 'list'), /disk .*ledger\.ndjson/u);
  assert.match(
    await privet('ledger', 'export', 'run', 'sample.ndjson', '--format', 'cloudevents'),
    /wrote \d+ leaves/u,
  );
  const [first = ''] = readFileSync(join(base, 'sample.ndjson'), 'utf8').split('\n');
  assert.equal((JSON.parse(first) as { id: string }).id, '0');
});

test('control is a witness of the log of its plane', async () => {
  const vkey = await privet('ledger', 'key');
  const witness = readFileSync(join(home, 'control/witness/vkey'), 'utf8').trim();
  await up.stop();
  writeFileSync(logs, `log ${vkey}quorum none\n`);
  const policy = join(base, 'policy');
  const port = /127\.0\.0\.1:(?<port>\d+)/u.exec(WITNESS)?.groups?.['port'] ?? '';
  writeFileSync(policy, `witness w1 ${witness} https://127.0.0.1:${port}\nquorum w1\n`);
  const authority = join(home, 'tls/ca.pem');
  writeSettings(
    WITNESS,
    `ledger:
  witnessPolicyFile: ${policy}
  witnessAuthorityFile: ${authority}
`,
  );
  up = await startUp(root, base);
  await privet('login', 'admin', '--password-file', join(home, 'admin-password'));
  await until(async () =>
    (await privet('ledger', 'checkpoint').catch(() => '')).includes('control.example/w1'),
  );
  const stopped = await leavesOf('plane-stopped');
  assert.equal(stopped.length, 1);
});
