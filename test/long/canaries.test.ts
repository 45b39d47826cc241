import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { Agent, request } from 'undici';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { startUp } from '../readme/running.ts';
import type { Running } from '../readme/running.ts';

/**
 * Raw values, literals, passwords and hostile names, each beginning with `canary-`, are put into a source and into every kind of mistake
 * and refusal there is, through the real programs. Afterwards none of them may be found in either database, in the outbox, the ledger, the
 * logs, the metrics, any file of the home, or in an answer to somebody who may not see it.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PRIVET = join(root, 'bin/privet');
const CANARY = /canary-[a-z0-9-]+/gu;
const run = promisify(execFile);

const SCHEMA = `
create role reader login password 'canary-source-password';
create schema ward;
create type ward.mood as enum ('canary-enum', 'calm');
create table ward.people (
  id integer primary key, name text not null default 'canary-default', ssn text, note text, region text,
  extra jsonb, mood ward.mood, constraint note_check check (note <> 'canary-check')
);
insert into ward.people
select n, 'canary-name-' || n, 'canary-ssn-' || n, 'canary-note-' || n,
  case when n % 2 = 0 then 'north' else 'canary-region' end, jsonb_build_object('canary-key', 'canary-json-' || n), 'canary-enum'
from generate_series(1, 200) n;
create view ward.calm as select * from ward.people where note <> 'canary-view-literal';
create index on ward.people ((ssn || 'canary-index'));
create function ward.boom(text) returns integer language plpgsql as $$
begin
  raise exception 'canary-exception %', $1 using detail = 'canary-detail', hint = 'canary-hint';
end $$;
create function ward.chatty(text) returns text language plpgsql as $$
begin raise warning 'canary-notice %', $1; return $1; end $$;
create view ward.failing as select id, ward.boom(ssn) as boom from ward.people;
grant usage on schema ward to reader;
grant select on all tables in schema ward to reader;
`;

const POLICIES = `
apiVersion: privet/v1
kind: SubscriptionPolicy
name: ward
target: { sources: [clinic.ward.people, clinic.ward.calm] }
combine: shared
allow: { groups: [doctors, clerks] }
---
apiVersion: privet/v1
kind: SubscriptionPolicy
name: failing
target: { sources: [clinic.ward.failing] }
combine: shared
allow: { groups: [doctors] }
---
apiVersion: privet/v1
kind: DataPolicy
name: hidden
mask:
  columns: { names: [name, note, extra, mood] }
  with: 'null'
  for: { groups: [clerks] }
  otherwise:
    - with: clear
---
apiVersion: privet/v1
kind: DataPolicy
name: ssn
mask:
  columns: { names: [ssn] }
  with: { kind: reversible }
  for: { groups: [clerks] }
  otherwise:
    - with: clear
---
apiVersion: privet/v1
kind: DataPolicy
name: north
target: { sources: [clinic.ward.people, clinic.ward.calm] }
rows:
  keep: { sql: "region = 'north'" }
  for: { groups: [clerks] }
  otherwise:
    - keep: all
`;

/** What a clerk, who sees masks and half of the rows, tries; a doctor, who sees all, does the same. */
const STATEMENTS: readonly string[] = [
  'select * from ward.people order by id limit 5',
  'select * from ward.calm order by id limit 5',
  'select ssn::integer from ward.people',
  'select note::date from ward.people',
  'select name::integer from ward.people',
  'select id / (id - id) from ward.people',
  'select extra::text::integer from ward.people',
  'select boom from ward.failing',
  'select ward.boom(ssn) from ward.people',
  'select ward.chatty(ssn) from ward.people',
  `select * from ward.people where ssn = 'canary-literal'`,
  `select * from ward.people where note = $$canary-dollar$$`,
  `select * from ward.people where id = 'canary-typed'`,
  `select 'canary-cast'::integer`,
  `select now() + 'canary-interval'::interval`,
  `select extra ->> 'canary-path' from ward.people limit 1`,
  `selec 'canary-syntax'`,
  `select 'canary-unfinished`,
  `select * from ward.nothing where x = 'canary-nothing'`,
  `select * from "canary-relation"`,
  `select "canary-column" from ward.people`,
  `select id as "canary-alias" from ward.people limit 1`,
  `with "canary-cte" as (select 1) select * from "canary-cte"`,
  `select "canary-function"(1)`,
  `insert into ward.people values (1, 'canary-insert')`,
  `update ward.people set note = 'canary-check'`,
  `delete from ward.people where ssn = 'canary-delete'`,
  `copy (select * from ward.people where ssn = 'canary-copy') to stdout`,
  `copy ward.people from '/tmp/canary-file'`,
  `copy ward.people to program 'canary-program'`,
  `explain (verbose, analyze) select * from ward.people where note = 'canary-explain'`,
  `prepare p(text) as select * from ward.people where ssn = $1; execute p('canary-execute')`,
  `prepare "canary-statement" as select 1`,
  `begin; declare "canary-cursor" cursor for select * from ward.people where note = 'canary-declared'; commit`,
  `begin; savepoint "canary-savepoint"; rollback`,
  `set application_name = 'canary-application'`,
  `set "canary.setting" = 'canary-value'`,
  `show "canary-shown"`,
  `set role "canary-role"`,
  `listen "canary-channel"`,
  `notify channel, 'canary-payload'`,
  `do $$ begin raise exception 'canary-do'; end $$`,
  `-- canary-comment\nselect 1`,
  `/* canary-block */ select count(*) from ward.people`,
  `select 1; select 'canary-second' + 1`,
  `select '${'canary-long '.repeat(30_000)}'`,
  `select ${'('.repeat(20_000)}'canary-deep'${')'.repeat(20_000)}`,
  `select ${Array.from({ length: 3_000 }, () => `'canary-many'`).join(' || ')}`,
  `select pg_sleep('canary-sleep')`,
  `select current_setting('canary-current')`,
  `select pg_read_file('canary-read')`,
  `select lo_import('canary-lo')`,
  `select query_to_xml('select ''canary-xml''', true, true, '')`,
  `select * from pg_stat_activity where query like '%canary-activity%'`,
  `select set_config('application_name', 'canary-config', false)`,
];

let base: string;
let home: string;
let cluster: TestCluster;
let up: Running;
let ca: string;
const answers = new Map<string, string>();

before(async () => {
  base = mkdtempSync(join(tmpdir(), 'privet-birds-'));
  chmodSync(base, 0o755);
  home = join(base, '.privet');
  cluster = await startTestCluster({ tcp: true });
  const { pool } = await cluster.createDatabase();
  await pool.query(SCHEMA);
  const { rows } = await pool.query<{ name: string }>('select current_database() as name');
  const database = rows[0]?.name ?? '';
  up = await startUp(root, base);
  ca = readFileSync(join(home, 'tls/ca.pem'), 'utf8');
  for (const [name, text] of [
    ['source', 'canary-source-password'],
    ['wrong', 'canary-wrong-password'],
    ['doctor', 'brook stapler violet 19'],
    ['clerk', 'lantern gravel mosaic 88'],
  ] as const) {
    writeFileSync(join(base, `${name}-password`), text, { mode: 0o600 });
  }
  const connection = `postgresql://reader@127.0.0.1:${cluster.port}/${database}?sslmode=disable`;
  await privet('login', 'admin', '--password-file', join(home, 'admin-password'));
  await privet(
    'system',
    'register',
    'clinic',
    '--connection',
    connection,
    '--password-file',
    'source-password',
  );
  for (const name of ['doctor', 'clerk']) {
    await privet('group', 'add', `${name}s`);
    await privet(
      'user',
      'add',
      name,
      '--group',
      `${name}s`,
      '--password-file',
      `${name}-password`,
      '--permanent',
    );
  }
  writeFileSync(join(base, 'policies.yaml'), POLICIES);
  for (const deadline = Date.now() + 30_000; ; await sleep(200)) {
    if ((await privet('source', 'show', 'clinic.ward.people')).code === 0) break;
    assert.ok(Date.now() < deadline, 'control hears of the source');
  }
  const applied = await privet(
    'policy',
    'apply',
    'policies.yaml',
    '--yes',
    '--message',
    'for the ward',
  );
  assert.equal(applied.code, 0, applied.text);
  await sleep(2_500);
});
after(async () => {
  await up.stop();
  await cluster.stop();
  rmSync(base, { recursive: true, force: true });
});

async function privet(...args: readonly string[]): Promise<{ code: number; text: string }> {
  const env = {
    PATH: process.env['PATH'],
    PRIVET_HOME: home,
    PRIVET_CONTROL_URL: `https://127.0.0.1:${up.ports.control}`,
  };
  try {
    const { stdout, stderr } = await run(PRIVET, args, { cwd: base, env, timeout: 60_000 });
    return { code: 0, text: stdout + stderr };
  } catch (thrown) {
    const { code, stdout, stderr } = thrown as { code: number; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : 1, text: `${stdout ?? ''}${stderr ?? ''}` };
  }
}

function clientOf(user: string, password: string, more: object = {}): Client {
  const client = new Client({
    host: '127.0.0.1',
    port: up.ports.gateway,
    user,
    password,
    database: 'clinic',
    ssl: { ca },
    ...more,
  });
  client.on('error', () => undefined);
  return client;
}

/** Runs a statement on a connection of its own and gives all that came back, words of the client itself excepted. */
async function tryStatement(
  client: Client,
  sql: string,
  values?: readonly unknown[],
): Promise<string> {
  const notices: unknown[] = [];
  client.on('notice', ({ message, detail, hint }) => notices.push({ message, detail, hint }));
  try {
    const result = await client.query(
      values === undefined ? sql : { text: sql, values: [...values] },
    );
    return JSON.stringify([result, notices]);
  } catch (thrown) {
    const { message } = thrown as Error;
    return JSON.stringify([{ ...(thrown as object), message }, notices]);
  }
}

async function tryAll(user: string, password: string): Promise<void> {
  for (const sql of STATEMENTS) {
    const client = clientOf(user, password);
    await client.connect();
    answers.set(`${user}: ${sql}`, await tryStatement(client, sql));
    await client.end().catch(() => undefined);
  }
  const client = clientOf(user, password);
  await client.connect();
  for (const sql of [
    'select $1::integer',
    'select * from ward.people where ssn = $1 and id = 1 / 0',
    'select $1::date',
  ]) {
    await tryStatement(client, sql, ['canary-bound']);
  }
  await client.end().catch(() => undefined);
}

/** Canaries that somebody typed are theirs to read again in the answer; those of the source are not. */
const OF_SOURCE =
  /canary-(?:enum|default|name|ssn|note|region|key|json|check|view-literal|index|exception|detail|hint|notice|source-password)/u;

test('nothing that must not be seen is found anywhere', { timeout: 240_000 }, async () => {
  await tryAll('clerk', 'lantern gravel mosaic 88');
  for (const [asked, answer] of answers) {
    const typed = /insert|update/u.test(asked) ? answer.replaceAll('canary-check', '') : answer;
    assert.doesNotMatch(
      typed,
      OF_SOURCE,
      `a clerk sees a raw value: ${asked.slice(0, 100)}\n${answer.slice(0, 600)}`,
    );
  }
  await tryAll('doctor', 'brook stapler violet 19');
  await badLogIns();
  await badRequests();
  await badCommands();
  await badBytes();
  // A plane that dies in the middle of it leaves nothing behind either.
  process.kill(await pidOfPlane(), 'SIGKILL');
  await untilUp();
  // The source goes away while people use it, and what is scheduled goes on failing for a while.
  const client = clientOf('clerk', 'lantern gravel mosaic 88');
  await client.connect();
  const running = tryStatement(client, `select pg_sleep(20), 'canary-running' from ward.people`);
  await sleep(500);
  await cluster.stop();
  await running;
  await client.end().catch(() => undefined);
  await privet('system', 'refresh', 'clinic');
  await tryAll('clerk', 'lantern gravel mosaic 88').catch(() => undefined);
  await sleep(12_000);

  const metrics = await Promise.all([metricsOf(up.ports.control), metricsOf(up.ports.plane)]);
  const tables = await dumpTables();
  const outbox = await privet('outbox', 'list', '--json', '-n', '1000');
  // What is looked at must hold what is known to be there, or the search would prove nothing.
  assert.match(tables, /clinic/u);
  assert.match(tables, /"kind": ?"dictionary"/u);
  assert.match(tables, /statement-refused/u);
  assert.match(outbox.text, /clinic/u);
  assert.match(metrics.join(''), /privet_/u);
  found('metrics', metrics.join('\n'));
  found('outbox', outbox.text);
  found('tables of both databases', tables);
  found('what privet up says', up.said());
  await up.stop();
  const files = filesOfHome();
  assert.ok(files.some((path) => path.endsWith('plane.log')) && files.length > 100);
  for (const path of files) found(path, readFileSync(join(home, path)).toString('latin1'));
});

function filesOfHome(): readonly string[] {
  return readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(home, path)).isFile(),
  );
}

function found(where: string, text: string): void {
  const birds = [...new Set(text.match(CANARY) ?? [])];
  const at =
    birds[0] === undefined
      ? ''
      : text.slice(Math.max(0, text.indexOf(birds[0]) - 300), text.indexOf(birds[0]) + 80);
  assert.deepEqual(birds, [], `${where}: ${at}`);
}

async function badLogIns(): Promise<void> {
  const wishes: readonly (readonly [string, string, object])[] = [
    ['canary-user', 'canary-password', {}],
    ['clerk', 'canary-password', {}],
    ['clerk+canary-token', 'canary-token', {}],
    ['clerk', 'lantern gravel mosaic 88', { database: 'canary-database' }],
    ['clerk', 'lantern gravel mosaic 88', { application_name: 'canary-program' }],
    ['clerk', 'lantern gravel mosaic 88', { options: '-c canary.option=canary-option' }],
    ['clerk', 'lantern gravel mosaic 88', { options: '--canary-flag' }],
    ['canary-plain', 'canary-plain', { ssl: false }],
  ];
  for (const [user, password, more] of wishes) {
    const client = clientOf(user, password, more);
    await client.connect().catch(() => undefined);
    await client.end().catch(() => undefined);
  }
}

async function badRequests(): Promise<void> {
  const dispatcher = new Agent({ connect: { ca } });
  for (const port of [up.ports.control, up.ports.plane]) {
    for (const path of [
      '/canary-nowhere',
      '/api/v1/systems/canary-name',
      '/api/v1/sources/canary-source',
      '/api/v1/canary-path?canary=canary-query',
      '/api/v1/ledger/leaves?kinds=canary-kind',
      '/v1/vaults/canary-vault/canary-table',
    ]) {
      for (const headers of [
        {},
        {
          authorization: 'Bearer canary-bearer',
          'x-canary': 'canary-header',
          cookie: 'a=canary-cookie',
        },
      ]) {
        const url = `https://127.0.0.1:${port}${path}`;
        await request(url, { dispatcher, headers }).then(({ body }) => body.dump());
      }
    }
    for (const body of [
      '{"name":"canary-body"',
      '{"password":"canary-password","name":7}',
      'canary-raw',
      '[]',
    ]) {
      for (const path of [
        '/api/v1/sessions',
        '/api/v1/setup',
        '/api/v1/systems',
        '/api/v1/unmask',
        '/api/v1/planes/main/facts',
      ]) {
        const headers = {
          'content-type': 'application/json',
          authorization: 'Bearer canary-bearer',
        };
        await request(`https://127.0.0.1:${port}${path}`, {
          dispatcher,
          method: 'POST',
          headers,
          body,
        }).then((answer) => answer.body.dump());
      }
    }
  }
  await dispatcher.close();
}

async function badCommands(): Promise<void> {
  const at = `127.0.0.1:${cluster.port}`;
  const tries: readonly (readonly string[])[] = [
    [
      'system',
      'test',
      '--connection',
      `postgresql://reader@${at}/clinic?sslmode=disable`,
      '--password-file',
      'wrong-password',
    ],
    [
      'system',
      'register',
      'other',
      '--connection',
      `postgresql://reader@${at}/clinic?sslmode=disable`,
      '--password-file',
      'wrong-password',
    ],
    [
      'system',
      'register',
      'other',
      '--connection',
      `postgresql://reader:canary-in-url@${at}/clinic`,
    ],
    [
      'system',
      'register',
      'other',
      '--connection',
      `postgresql://reader@${at}/clinic?sslpassword=canary-in-url`,
    ],
    [
      'system',
      'register',
      'other',
      '--connection',
      'canary-no-url',
      '--password-file',
      'wrong-password',
    ],
    ['unmask', 'clinic.ward.people', 'ssn', 'canary-masked', '--reason', 'a test'],
    ['unmask', 'clinic.ward.people', 'canary-column', 'canary-masked', '--reason', 'a test'],
    ['login', 'canary-person', '--password-file', 'wrong-password'],
  ];
  for (const args of tries) await privet(...args);
  await privet('login', 'clerk', '--password-file', 'clerk-password');
  await privet('unmask', 'clinic.ward.people', 'ssn', 'canary-masked', '--reason', 'a test');
  for (const args of [['ledger', 'tail'], ['outbox', 'list'], ['status'], ['source', 'list']]) {
    const { text } = await privet(...args);
    assert.doesNotMatch(text, CANARY, args.join(' '));
  }
  await privet('login', 'admin', '--password-file', join(home, 'admin-password'));
}

/** Bytes that are no message of any protocol spoken here. */
async function badBytes(): Promise<void> {
  for (const port of Object.values(up.ports)) {
    for (const bytes of [
      'canary-garbage\r\n\r\n',
      'GET /canary-plain HTTP/1.1\r\nHost: canary-host\r\n\r\n',
      Buffer.concat([
        Buffer.from([0, 0, 0, 60, 0, 3, 0, 0]),
        Buffer.from('user\0canary-startup\0canary-parameter\0canary-value\0\0'),
      ]),
      Buffer.concat([
        Buffer.from([22, 3, 1, 0, 40, 1, 0, 0, 36]),
        Buffer.from('canary-hello'.repeat(3)),
      ]),
    ]) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.end(bytes);
      await Promise.race([once(socket, 'close').catch(() => undefined), sleep(300)]);
      socket.destroy();
    }
  }
}

async function metricsOf(port: number): Promise<string> {
  const dispatcher = new Agent({ connect: { ca } });
  const { body } = await request(`https://127.0.0.1:${port}/metrics`, { dispatcher });
  const text = await body.text();
  await dispatcher.close();
  return text;
}

/** Every row of every table of both databases, as text. */
async function dumpTables(): Promise<string> {
  const pidFile = filesOfHome().find((path) => path.endsWith('postmaster.pid')) ?? '';
  const [, , , port, directory] = readFileSync(join(home, pidFile), 'utf8').split('\n');
  const parts: string[] = [];
  for (const database of ['privet_control', 'privet_plane']) {
    const password = readFileSync(join(home, `secrets/database-${database}`), 'utf8').trim();
    const client = new Client({
      host: directory,
      port: Number(port),
      user: database,
      password,
      database,
    });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    for (const { name } of rows) {
      const { rows: held } = await client.query<{ text: string }>(
        `select t::text as text from ${name} t`,
      );
      parts.push(name, ...held.map(({ text }) => text.replaceAll('""', '"')));
    }
    await client.end();
  }
  return parts.join('\n');
}

/** The data plane of this test, by the home in its environment. */
async function pidOfPlane(): Promise<number> {
  const { stdout } = await run('pgrep', ['-f', 'programs/plane/main']);
  const mine = stdout
    .trim()
    .split('\n')
    .find((pid) => {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`PRIVET_HOME=${home}\0`);
    });
  return Number(mine ?? assert.fail('the plane runs'));
}

async function untilUp(): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; await sleep(200)) {
    const client = clientOf('clerk', 'lantern gravel mosaic 88');
    const well = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end().catch(() => undefined);
    if (well) return;
    assert.ok(Date.now() < deadline, 'the plane comes back');
  }
}
