/**
 * A stream of rows into the vault of a plane that is killed without a word, twice, and started again by its keeper: whoever goes
 * on where the answers ended has each row once.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually, openInstallation } from '../compat/installation.ts';
import type { Answer, Installation } from '../compat/installation.ts';

const ROWS = 6_000;
/** What the plane takes as one batch. */
const BATCH = 500;
const KILLS = 2;
const PRIVET = fileURLToPath(new URL('../../bin/privet', import.meta.url));

let up: Installation;
let vault: string;
let apiKey: string;

before(async () => {
  up = await openInstallation();
  const token = { shape: { kind: 'uuid' }, deterministic: false };
  const columns = [{ name: 'name', type: 'string', unique: true, tokens: [token] }];
  const tables = [{ name: 'persons', columns }];
  vault = (await up.plane('POST', '/v1/vaults', { name: 'crm', tables })).ID;
  const owner = await eventually(async () => {
    const { roles } = await up.control('GET', `/v1/roles?resource.ID=${vault}`);
    return roles.find((one: Answer) => one.definition.name === 'VAULT_OWNER').ID;
  });
  const made = await up.control('POST', '/v1/serviceAccounts', {
    serviceAccount: { name: 'bulk.loader' },
    apiKey: true,
  });
  ({ apiKey } = made);
  const members = [{ ID: made.clientID, type: 'SERVICE_ACCOUNT' }];
  const { id: admin } = await up.control('GET', '/api/v1/session');
  await up.control('POST', '/v1/roles/assign', {
    ID: owner,
    members: [...members, { ID: admin, type: 'USER' }],
  });
});

after(() => up?.stop());

const input = Array.from({ length: ROWS }, (_, i) => `${JSON.stringify({ name: `p${i}` })}\n`);

/** Sends the rows behind `from`; gives the answers that came whole, and whether all did. */
async function streamFrom(
  from: number,
  onAnswers: (count: number) => void,
): Promise<{ readonly answers: readonly Answer[]; readonly isWhole: boolean }> {
  const call = request(`${up.planeUrl}/v1/vaults/${vault}/persons/tokenize/stream?from=${from}`, {
    method: 'POST',
    ca: readFileSync(up.authorityFile),
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/x-ndjson',
      'idempotency-key': 'load-1',
    },
  });
  call.on('error', () => undefined);
  call.end(input.slice(from).join(''));
  let text = '';
  const lines = () => text.split('\n').slice(0, -1);
  try {
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    answer.setEncoding('utf8');
    for await (const piece of answer) {
      text += piece;
      onAnswers(lines().length);
    }
    assert.equal(answer.statusCode, 200, text);
    return { answers: lines().map((line) => JSON.parse(line)), isWhole: true };
  } catch (thrown) {
    if (thrown instanceof assert.AssertionError) throw thrown;
    return { answers: lines().map((line) => JSON.parse(line)), isWhole: false };
  }
}

/** The plane's process, below `privet up`. */
function planePid(): number {
  const table = execFileSync('ps', ['-eo', 'pid=,args=']).toString().split('\n');
  const port = new URL(up.planeUrl).port;
  const pids = table.flatMap((line) => {
    const [, pid = '', args = ''] = /^\s*(\d+) (.*)$/u.exec(line) ?? [];
    if (!args.includes('plane/main.ts')) return [];
    return readFileSync(`/proc/${pid}/environ`).toString().includes(port) ? [Number(pid)] : [];
  });
  assert.equal(pids.length, 1, 'expected one plane of this installation');
  return pids[0] ?? 0;
}

test('kill -9 in the middle of a stream: going on gives each row exactly once', async (context) => {
  const answers: Answer[] = [];
  let kills = 0;
  let isWhole = false;
  for (let round = 0; round < 10 && !isWhole; round += 1) {
    const from = Math.floor(answers.length / BATCH) * BATCH;
    answers.length = from;
    const sent = await eventually(async () => {
      const got = await streamFrom(from, (count) => {
        if (kills >= KILLS || count < BATCH) return;
        kills += 1;
        process.kill(planePid(), 'SIGKILL');
      });
      if (!got.isWhole && got.answers.length === 0) throw new Error('the plane is away');
      return got;
    }, 60);
    answers.push(...sent.answers);
    ({ isWhole } = sent);
  }
  context.diagnostic(`${kills} planes were killed`);
  assert.equal(kills, KILLS);
  assert.equal(answers.length, ROWS);
  assert.deepEqual(
    answers.filter((one) => one.privet_error !== null),
    [],
  );
  const ids = new Set(answers.map((one) => one.skyflow_id));
  assert.equal(ids.size, ROWS);
  const there = new Set<string>();
  for (let more = true, after = ''; more;) {
    const path = `/v1/vaults/${vault}/persons?limit=5000&tokenization=true&after=${after}`;
    const { records } = await up.plane('GET', path);
    for (const { fields } of records) there.add(fields.skyflow_id);
    after = records.at(-1)?.fields.skyflow_id ?? '';
    more = records.length === 5_000;
  }
  assert.deepEqual(there.symmetricDifference(ids), new Set());
});

test('a row that was not written lies in the quarantine, sealed: what is listed says where and why, never what', async () => {
  const call = request(`${up.planeUrl}/v1/vaults/${vault}/persons/tokenize/stream`, {
    method: 'POST',
    ca: readFileSync(up.authorityFile),
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/x-ndjson',
      'idempotency-key': 'load-2',
    },
  });
  call.end('{"name":7}\n{"canary-4711"\n');
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  let text = '';
  for await (const piece of answer) text += String(piece);
  assert.equal(answer.statusCode, 200, text);
  assert.ok(!text.includes('canary'));
  const items = await eventually(async () => {
    const found = (await up.plane('GET', '/api/v1/quarantine?channel=vault')).items;
    if (found.length < 2) throw new Error('the rows are on their way');
    return found;
  });
  assert.deepEqual(
    items.map((one: Answer) => [one.channel, one.code]),
    [
      ['vault', 'invalid'],
      ['vault', 'invalid'],
    ],
  );
  assert.ok(!JSON.stringify(items).includes('canary'));
});

const cli = (...args: readonly string[]) =>
  execFileSync(PRIVET, args, {
    cwd: up.directory,
    env: { PATH: process.env['PATH'], PRIVET_HOME: join(up.directory, 'home') },
  }).toString();

test('the command line does the same with files, in both formats, and a file twice writes once', () => {
  const directory = mkdtempSync(join(tmpdir(), 'privet-bulk-'));
  const password = join(up.directory, 'home/admin-password');
  cli('login', 'admin', '--url', up.controlUrl, '--password-file', password);
  const [people, tokens, back] = ['people.csv', 'tokens.csv', 'back.csv'].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  writeFileSync(people, 'order,who\n1,"Ada, Invented"\n2,Bo\n');
  const tokenise = ['vault', 'tokenise', vault, 'persons', '--file', people, '--out', tokens];
  cli(...tokenise, '--columns', 'who:name');
  const first = readFileSync(tokens, 'utf8');
  cli(...tokenise, '--columns', 'who:name');
  assert.equal(readFileSync(tokens, 'utf8'), first);
  assert.doesNotMatch(first, /Ada/u);
  const level = ['--columns', 'who', '--redaction', 'PLAIN_TEXT'];
  cli('vault', 'detokenise', vault, '--file', tokens, '--out', back, ...level);
  const got = readFileSync(back, 'utf8').split('\r\n');
  assert.match(got[0] ?? '', /^skyflow_id,order,who,privet_error$/u);
  assert.match(got[1] ?? '', /,1,"Ada, Invented",$/u);
  assert.ok(!existsSync(`${back}.part`));
  const onto = [
    'vault',
    'detokenise',
    vault,
    '--file',
    tokens,
    '--out',
    `${directory}/./tokens.csv`,
  ];
  assert.throws(() => cli(...onto, ...level), /expected another file than/u);
  assert.equal(readFileSync(tokens, 'utf8'), first);
});

/** The command line as a process of its own, killed once the file has grown to that size; gives how it ended. */
async function begun(
  args: readonly string[],
  watched: { readonly file: string; readonly bytes: number; readonly kill: 'client' | 'plane' },
): Promise<number | null> {
  const child = spawn(PRIVET, args, {
    cwd: up.directory,
    env: { PATH: process.env['PATH'], PRIVET_HOME: join(up.directory, 'home') },
    stdio: 'ignore',
    detached: true,
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  let isKilled = false;
  const timer = setInterval(() => {
    if (isKilled || !existsSync(watched.file) || statSync(watched.file).size < watched.bytes)
      return;
    isKilled = true;
    if (watched.kill === 'plane') process.kill(planePid(), 'SIGKILL');
    else process.kill(-(child.pid ?? 0), 'SIGKILL');
  }, 2);
  const [code] = await ended;
  clearInterval(timer);
  return isKilled ? code : -1;
}

test('the command line moves a vault while it is written, through kill -9 of plane and client, and refuses an export that was changed', async (context) => {
  const file = join(up.directory, 'crm.export');
  const why = ['--purpose', 'move'];
  const { ID, recipient } = JSON.parse(cli('vault', 'import-open', ...why, '--json'));
  const key = cli('vault', 'export-key').trim();
  const out = ['vault', 'export', vault, '--recipient', recipient, '--out', file, ...why];
  const part = `${file}.part`;
  const first = await begun(out, { file: part, bytes: 200_000, kill: 'client' });
  context.diagnostic(`the client ended with ${first}, ${statSync(part).size} bytes`);
  // What is written now is not in it.
  const late = { records: [{ fields: { name: 'late' } }] };
  await up.plane('POST', `/v1/vaults/${vault}/persons`, late);
  const size = statSync(part).size;
  const second = await begun(out, { file: part, bytes: size + 100_000, kill: 'plane' });
  context.diagnostic(`with the plane killed, it ended with ${second}`);
  if (second !== 0) await eventually(async () => cli(...out), 60);
  assert.ok(existsSync(file) && !existsSync(part));
  assert.throws(() => cli('vault', 'export', vault, '--recipient', recipient, '--out', `${file}2`));
  const good = readFileSync(file);
  const bring = ['vault', 'import', ID, '--file', file, '--key', key, ...why, '--json'];
  // The name is in use while the vault is there.
  await eventually(async () => cli('vault', 'archive', vault, '--yes'), 60);
  writeFileSync(file, Buffer.from(new Uint8Array(good).with(9_000, (good[9_000] ?? 0) ^ 1)));
  assert.throws(() => cli(...bring));
  writeFileSync(file, good);
  assert.equal(JSON.parse(cli('vault', 'imports', '--json')).length, 1);
  assert.deepEqual(JSON.parse(cli('vault', 'exports', '--json')), []);
  const done = JSON.parse(cli(...bring));
  assert.equal(done.records, ROWS + 2);
  assert.equal(done.tokens, ROWS + 2);
});
