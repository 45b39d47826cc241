import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { freePort } from '#platform/db/testcluster';
import { runCommandLine } from '../../src/programs/cli/run.ts';
import { styleFor } from '../../src/programs/cli/style.ts';
import { keep, play, readTranscript } from '../control/transcript.ts';
import type { Stage } from '../control/transcript.ts';

const PRIVET = fileURLToPath(new URL('../../bin/privet', import.meta.url));
const TRANSCRIPTS = new URL('../transcripts/plane/', import.meta.url);
const START_MS = 120_000;

const TABLES = `
create schema shop;
create table shop.customers (
  id integer primary key, name text not null, email text, iban text not null, region text not null
);
insert into shop.customers values
  (1, 'Nell Nobody', 'nell@mail.example', 'GB00XMPL00000000000001', 'EMEA'),
  (2, 'Otis Ohne', 'otis@mail.example', 'GB00XMPL00000000000002', 'AMER');
`;

let up: ChildProcess;
let said = '';
let stage: Stage;
let gatewayPort = 0;
const top = mkdtempSync(join(tmpdir(), 'privet-cli-long-'));
// Open to the account the database server is given to, or it would move out of the home.
chmodSync(top, 0o755);
const home = join(top, 'home');

before(async () => {
  const [control, plane, gateway] = [await freePort(), await freePort(), await freePort()];
  gatewayPort = gateway;
  up = spawn(PRIVET, ['up'], {
    cwd: top,
    env: {
      PATH: process.env['PATH'],
      PRIVET_HOME: home,
      PRIVET_CONTROL_LISTEN: `127.0.0.1:${control}`,
      PRIVET_CONTROL_LOCAL_PLANE_URL: `https://127.0.0.1:${plane}`,
      PRIVET_PLANE_LISTEN: `127.0.0.1:${plane}`,
      PRIVET_GATEWAY_LISTEN: `127.0.0.1:${gateway}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [up.stdout, up.stderr]) {
    stream?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  }
  const deadline = Date.now() + START_MS;
  while (!/Privet is up/u.test(said)) {
    assert.ok(Date.now() < deadline && up.exitCode === null, said);
    await pause(100);
  }
  stage = {
    directory: top,
    env: { PRIVET_HOME: home, PRIVET_CONTROL_URL: `https://127.0.0.1:${control}` },
    nowMs: () => Date.now(),
  };
  await buildSource();
});

after(async () => {
  const gone = new Promise((resolve) => up.once('exit', resolve));
  up.kill('SIGTERM');
  await gone;
  rmSync(top, { recursive: true, force: true });
});

for (const name of readdirSync(TRANSCRIPTS).sort()) {
  test(`transcript plane/${name}`, async () => {
    if (name.includes('connections')) await buildVault();
    const transcript = readTranscript(new URL(name, TRANSCRIPTS));
    const played = await play(transcript, stage);
    if (process.env['UPDATE_GOLDEN'] === '1') keep(transcript, played);
    else assert.equal(played, transcript.text);
  });
}

test('what a person queries masked, and may unmask, is told by every command that looks', async () => {
  const masked = await query('nia.north', 'select iban from shop.customers order by id');
  assert.equal(masked.length, 2);
  assert.ok(masked.every((value) => !value.includes('XMPL')));
  writeFileSync(join(top, 'masked.txt'), `${masked.join('\n')}\n`);
  const clear = await privet(['unmask', 'demo.shop.customers', 'iban', ...masked, ...REASON]);
  assert.equal(clear.text, 'GB00XMPL00000000000001\nGB00XMPL00000000000002\n');
  assert.equal(clear.code, 0);
  const tail = await privet(['ledger', 'tail', '--kind', 'unmask', '--kind', 'query']);
  assert.match(tail.text, /query nia\.north .*sources=demo\.shop\.customers \(\d masked\)/u);
  assert.equal(tail.text.match(/ unmask ada\.admin /gu)?.length, 2);
  assert.equal(tail.text.includes('XMPL'), false);
  const decisions = await untilSome(['decision', 'list', '--user', 'nia.north', '--json']);
  const id = /dec_[0-9a-f]+/u.exec(decisions)?.[0] ?? '';
  const why = await privet(['policy', 'explain', id]);
  assert.match(why.text, /^nia\.north and demo\.shop\.customers\nfirst reported by main/u);
});

test('a token is a password at the gateway until it is revoked', async () => {
  const made = await privet(['token', 'create', '--for', 'nia.north', '--label', 'bi', '--json']);
  const { id, text } = JSON.parse(made.text) as { id: string; text: string };
  const user = `nia.north+${id}`;
  await eventually(() => query(user, 'select 1 as one', text));
  await privet(['token', 'revoke', id, '--for', 'nia.north']);
  await eventually(() => assert.rejects(query(user, 'select 1 as one', text)));
});

test('a policy that is taken away is out of force within two seconds', async () => {
  const removed = await privet(['policy', 'apply', '--remove', 'policy/shop', '--yes']);
  assert.equal(removed.code, 0, removed.text);
  const start = performance.now();
  await eventually(() => assert.rejects(query('nia.north', 'select iban from shop.customers')));
  assert.ok(performance.now() - start < 2_000);
});

test('nothing in the directory of the plane tells a value, a password or, but for the log, a name', () => {
  const password = readFileSync(join(top, 'source-password'), 'utf8');
  const canaries = ['Nell Nobody', 'XMPL', 'storedKey', 'brook stapler violet 19', password];
  const names = ['nia.north', 'ada.admin'];
  const directory = join(home, 'plane');
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  assert.ok(
    files.some((path) => path.endsWith('bundle.json')),
    'the bundle is kept',
  );
  assert.ok(
    files.some((path) => path.includes('tile/')),
    'so is the log',
  );
  for (const path of files) {
    const bytes = readFileSync(path);
    // the log is readable so that anybody can check it: whom an administrative act was about is in it
    for (const canary of [...canaries, ...(path.includes('tile/entries') ? [] : names)])
      assert.equal(bytes.includes(canary), false, `${canary} in ${path}`);
  }
});

const REASON = ['--reason', 'the customer asked'];

async function buildSource(): Promise<void> {
  const password = readFileSync(join(home, 'secrets/database-demo_owner'), 'utf8').trim();
  writeFileSync(join(top, 'source-password'), password, { mode: 0o600 });
  const host = /in (\S+)\/data$/mu.exec(said)?.[1] ?? '';
  const socket = join(host, 'run');
  writeFileSync(join(top, 'source-url'), `postgresql:///demo?user=demo_owner&host=${socket}`);
  const client = new Client({ host: socket, database: 'demo', user: 'demo_owner', password });
  await client.connect();
  await client.query(TABLES);
  await client.end();
}

/** A vault that control has heard of: commands name it by what it is called there. */
async function buildVault(): Promise<void> {
  await privet(['login', 'admin', '--password-file', 'home/admin-password']);
  const made = await privet(['vault', 'create', 'shop', '--template', 'payments']);
  assert.equal(made.code, 0, made.text);
  await eventually(async () => {
    const { code, text } = await privet(['vault', 'connection', 'list', 'shop']);
    assert.equal(code, 0, text);
  });
}

async function query(user: string, text: string, password = 'brook stapler violet 19') {
  const client = new Client({
    host: '127.0.0.1',
    port: gatewayPort,
    database: 'demo',
    user,
    password,
    ssl: { ca: readFileSync(join(home, 'tls/ca.pem'), 'utf8') },
  });
  await client.connect();
  try {
    const { rows } = await client.query<string[]>({ text, rowMode: 'array' });
    return rows.map((row) => String(row[0]));
  } finally {
    await client.end();
  }
}

async function privet(args: readonly string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const plain = styleFor({ colour: false });
  const code = await runCommandLine(
    args,
    {
      out: (more) => (text += more),
      err: (more) => void (text += args[0] === 'unmask' ? '' : more),
      outStyle: plain,
      errStyle: plain,
      interactive: false,
      ...stage,
      ask: () => Promise.reject(new Error('nobody is there')),
      input: () => Promise.resolve(''),
      animated: false,
    },
    '0.0.0-test',
  );
  return { code, text };
}

/** The output of a list once it has an item: planes report a few times a second. */
async function untilSome(args: readonly string[]): Promise<string> {
  let text = '';
  await eventually(async () => {
    ({ text } = await privet(args));
    assert.notEqual(text, '[]\n');
  });
  return text;
}

async function eventually(attempt: () => Promise<unknown>): Promise<void> {
  for (let left = 50; ; left--) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await pause(100);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
