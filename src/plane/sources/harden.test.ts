import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { manualClock } from '#base/clock';
import type { ManualClock } from '#base/clock';
import type { Problem } from '#base/problem';
import { secret } from '#base/secret';
import type { FactBody } from '#boundary';
import type { Barrier } from '#engines/sql';
import { migrate } from '#platform/db';
import { openEgress } from '#plane/egress';
import { openLedger } from '#plane/ledger';
import type { Ledger } from '#plane/ledger';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openSources } from './mod.ts';
import type { Sources } from './mod.ts';

const MIGRATIONS = new URL('../migrations/', import.meta.url);
const ACTOR = 'sub_0123456789abcdefghjkmnpqrs';
const ADA = { kind: 'subject', id: ACTOR } as const;
const PASSWORD = 'canary-password-1';
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
const MAJORS = [15, 18] as const;

let folder: string;
let plane: TestCluster;
const ends: (() => Promise<void>)[] = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'privet-harden-'));
  plane = await startTestCluster();
});
after(async () => {
  for (const end of ends.toReversed()) await end();
  await plane.stop();
  rmSync(folder, { recursive: true });
});

type Stage = {
  readonly sources: Sources;
  readonly ledger: Ledger;
  readonly clock: ManualClock;
  readonly facts: FactBody[];
  readonly database: string;
  admin(sql: string): Promise<readonly unknown[][]>;
  /** Runs SQL as whoever statements of people run as. */
  asPeople(sql: string): Promise<readonly unknown[][]>;
};

async function run(client: Client, sql: string): Promise<readonly unknown[][]> {
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows;
  } finally {
    await client.end();
  }
}

const clusters = new Map<number, TestCluster>();

async function clusterOf(major: number): Promise<TestCluster> {
  const known = clusters.get(major);
  if (known !== undefined) return known;
  const cluster = await startTestCluster({ tcp: true, major });
  clusters.set(major, cluster);
  ends.push(() => cluster.stop());
  await run(
    new Client({ connectionString: cluster.url() }),
    `create role reader login createrole password '${PASSWORD}'`,
  );
  return cluster;
}

/** A database whose owner is not the registered role, as is usual. */
const SCHEMA = `
create schema clinic;
create table clinic.patient (id integer primary key, name text, region text);
insert into clinic.patient values (1, 'canary-one', 'north'), (2, 'canary-two', 'south');
create view clinic.name as select name from clinic.patient;
create sequence clinic.number;
create function clinic.peek() returns text language sql security definer as 'select name from clinic.patient limit 1';
grant usage on schema clinic to reader;
grant select on all tables in schema clinic to reader;
revoke create on schema public from public;
`;

async function stage(major: number, schema = SCHEMA): Promise<Stage> {
  const cluster = await clusterOf(major);
  const { name: database } = await cluster.createDatabase();
  const admin = (sql: string) => run(new Client({ connectionString: cluster.url(database) }), sql);
  await admin(`grant create on database ${database} to reader; ${schema}`);
  const { pool } = await plane.createDatabase();
  await migrate(pool, MIGRATIONS);
  const clock = manualClock(1_800_000_000_000);
  const headFile = join(folder, database + String(major));
  const ledger = await openLedger({ pool, plane: 'plane-1', clock, headFile });
  const facts: FactBody[] = [];
  const random = (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes));
  const onFault = (problem: Problem) => assert.fail(problem);
  const egress = openEgress({ pool, ledger, clock, random, configured: {}, onFault });
  const sources = openSources({
    pool,
    ledger,
    egress,
    clock,
    border: {
      wake: () => undefined,
      tell: (body) => void facts.push(body),
      store: async (_tx, bodies) => facts.push(...bodies),
    },
    sealer: {
      seal: async (_scope, plaintext) => plaintext.map((byte) => byte ^ 0xff),
      open: async (sealed) => sealed.map((byte) => byte ^ 0xff),
    },
    random,
  });
  ends.push(
    () => ledger.close(),
    () => egress.close(),
  );
  const name = `s${database}`;
  await sources.register(
    {
      name,
      connection: `postgresql://reader@127.0.0.1:${cluster.port}/${database}?sslmode=disable`,
      password: secret(PASSWORD),
    },
    ACTOR,
  );
  return {
    sources,
    ledger,
    clock,
    facts,
    admin,
    database: name,
    async asPeople(sql) {
      const { host, port, user, password } = await sources.address(name);
      return run(new Client({ host, port, user, database, password: password?.reveal() }), sql);
    },
  };
}

function barrierOf(definition: string, relation: number): Barrier {
  const digest = createHash('sha256').update(definition).digest('hex').slice(0, 40);
  const name = `v_${digest}`;
  const create = `CREATE VIEW "privet_policy"."${name}" WITH (security_barrier = true) AS ${definition}`;
  return { name, schema: 'privet_policy', definition, create, relation };
}

const NORTH = barrierOf(`SELECT id, name FROM "clinic"."patient" WHERE region = 'north'`, 1);
const SOUTH = barrierOf(`SELECT id, name FROM "clinic"."patient" WHERE region = 'south'`, 1);

for (const major of MAJORS) {
  test(`harden gives a role that the server itself refuses every base table (PostgreSQL ${major})`, async () => {
    const scene = await stage(major);
    const { sources, database } = scene;
    const result = await sources.harden(database, null, ADA);
    assert.equal(result.outcome, 'hardened');
    assert.equal(result.role, `privet_gate_${database}`);
    assert.deepEqual(
      result.findings.map((finding) => `${finding.severity} ${finding.kind}`),
      ['warning temporary'],
    );
    assert.equal((await sources.find(database)).mode, 'hardened');
    assert.equal((await sources.address(database)).user, result.role);
    assert.equal((await sources.upstreamOf(database, 'splice')).user, 'reader');
    assert.deepEqual(await scene.asPeople('show default_transaction_read_only'), [['on']]);
    assert.deepEqual(await scene.asPeople('show search_path'), [['pg_catalog']]);
    for (const sql of [
      'select * from clinic.patient',
      'select * from clinic.name',
      'select clinic.peek()',
      "select query_to_xml('select * from clinic.patient', true, true, '')",
      "select lo_import('/etc/passwd')",
      "select pg_read_file('/etc/passwd')",
      'set default_transaction_read_only = off; create schema mine',
      'set default_transaction_read_only = off; create table public.mine (a int)',
      'set role reader',
    ]) {
      await assert.rejects(scene.asPeople(sql), { code: /^(?:42501|25006)$/u }, sql);
    }
    const stats = await scene.asPeople(`select * from pg_stats where schemaname = 'clinic'`);
    assert.deepEqual(stats, []);
    const last = scene.facts.findLast((fact) => fact.kind === 'dictionary');
    assert.equal(last?.mode, 'hardened');
    assert.equal(last?.version, 2);
  });

  test(`install makes views once, whoever asks, and people read through them (PostgreSQL ${major})`, async () => {
    const scene = await stage(major);
    const { sources, database } = scene;
    await assert.rejects(sources.install(database, [NORTH]), { code: 'conflict' });
    await sources.harden(database, null, ADA);
    const many = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        sources.install(database, i % 2 === 0 ? [NORTH] : [NORTH, SOUTH]),
      ),
    );
    for (const oids of many) assert.ok((oids.get(NORTH.name) ?? 0) > 0);
    const read = (barrier: Barrier) =>
      scene.asPeople(`select * from privet_policy.${barrier.name}`);
    assert.deepEqual(await read(NORTH), [[1, 'canary-one']]);
    assert.deepEqual(await read(SOUTH), [[2, 'canary-two']]);
    const [[oid] = []] = await scene.admin(
      `select '"privet_policy"."${NORTH.name}"'::regclass::oid::bigint`,
    );
    assert.equal(many[0]?.get(NORTH.name), Number(oid));
    const leaves = await scene.ledger.read({ from: 0, limit: 100 });
    const made = leaves.flatMap(({ leaf }) =>
      leaf.kind === 'barriers-installed' ? leaf.names : [],
    );
    assert.deepEqual([...made].sort(), [NORTH.name, SOUTH.name].sort());
    await scene.admin(`revoke select on privet_policy.${NORTH.name} from privet_gate_${database}`);
    await sources.refresh(database);
    await sources.install(database, [NORTH]);
    assert.deepEqual(
      await read(NORTH),
      [[1, 'canary-one']],
      'a view without its grant is made anew',
    );
    await scene.admin('drop table clinic.patient cascade');
    await scene.admin(
      'create table clinic.patient (id int, name text, region text); grant select on clinic.patient to reader',
    );
    await sources.refresh(database);
    await sources.install(database, [NORTH]);
    assert.deepEqual(await read(NORTH), [], 'views go with their table and come back with it');
  });

  test(`unharden removes role, schema and views (PostgreSQL ${major})`, async () => {
    const scene = await stage(major);
    const { sources, database } = scene;
    await sources.harden(database, null, ADA);
    await sources.install(database, [NORTH]);
    await assert.rejects(sources.forget(database, ADA), { code: 'conflict' });
    await sources.unharden(database, null, ADA);
    assert.equal((await sources.find(database)).mode, 'splice');
    assert.equal((await sources.address(database)).user, 'reader');
    assert.deepEqual(
      await scene.admin(`select from pg_roles where rolname = 'privet_gate_${database}'`),
      [],
    );
    assert.deepEqual(
      await scene.admin(`select from pg_namespace where nspname = 'privet_policy'`),
      [],
    );
    await assert.rejects(sources.unharden(database, null, ADA), { code: 'conflict' });
    assert.equal((await sources.harden(database, null, ADA)).outcome, 'hardened');
  });
}

test('harden refuses while PUBLIC has rights, and the statements it lists settle that', async () => {
  const scene = await stage(
    15,
    `${SCHEMA}
    grant select on clinic.patient to public;
    grant usage on sequence clinic.number to public;
    create table clinic."o""dd" (a text, b text);
    grant select (b), update (a, b) on clinic."o""dd" to public;
    grant create on schema public to public;
    grant usage on schema clinic to public;
    create procedure clinic.act(a integer) language sql as 'select 1';
    grant execute on function pg_read_file(text) to public;`,
  );
  const { sources, database } = scene;
  const refused = await sources.harden(database, null, ADA);
  assert.equal(refused.outcome, 'refused');
  assert.equal((await sources.find(database)).mode, 'splice');
  assert.equal((await sources.address(database)).user, 'reader');
  const shown = refused.findings.map(
    (finding) => `${finding.severity} ${finding.kind} ${finding.statement}`,
  );
  assert.deepEqual(shown.sort(), [
    'blocking creates REVOKE CREATE ON SCHEMA "public" FROM PUBLIC;',
    'blocking readable REVOKE ALL ON SEQUENCE "clinic"."number" FROM PUBLIC;',
    'blocking readable REVOKE ALL ON TABLE "clinic"."patient" FROM PUBLIC;',
    'blocking readable REVOKE SELECT ("b") ON TABLE "clinic"."o""dd" FROM PUBLIC;',
    'blocking readable REVOKE UPDATE ("a", "b") ON TABLE "clinic"."o""dd" FROM PUBLIC;',
    'blocking system-function REVOKE EXECUTE ON FUNCTION "pg_catalog"."pg_read_file"(text) FROM PUBLIC;',
    'warning definer-function REVOKE EXECUTE ON FUNCTION "clinic"."peek"() FROM PUBLIC;',
    'warning function REVOKE EXECUTE ON PROCEDURE "clinic"."act"(IN a integer) FROM PUBLIC;',
    `warning temporary REVOKE TEMPORARY ON DATABASE "${database.slice(1)}" FROM PUBLIC;`,
  ]);
  for (const finding of refused.findings) await scene.admin(finding.statement);
  const tight = await sources.harden(database, null, ADA);
  assert.deepEqual(tight, { outcome: 'hardened', role: refused.role, findings: [] });
  const leaves = await scene.ledger.read({ kinds: ['source-hardened'], from: 0 });
  assert.deepEqual(
    leaves.map(({ leaf }) => leaf.kind === 'source-hardened' && leaf.outcome),
    ['refused', 'hardened'],
  );
  await scene.admin('grant select on clinic.patient to public');
  const view = await sources.refresh(database);
  assert.equal(view.findings[0]?.severity, 'blocking', 'a later grant shows at the next look');
});

test('harden says once that functions of an extension may be called, with no statement that would break its types', async () => {
  const { sources, database } = await stage(15, `${SCHEMA} create extension citext;`);
  const { findings, outcome } = await sources.harden(database, null, ADA);
  assert.equal(outcome, 'hardened');
  const about = findings.filter(({ message }) => message.includes('citext'));
  assert.equal(about.length, 1);
  assert.match(about[0]?.message ?? '', /may call \d+ functions of extension `citext`/u);
  assert.equal(about[0]?.statement, '');
});

test('harden refuses a role that is a member of others, or somebody else’s role or schema', async () => {
  const scene = await stage(15);
  const { sources, database } = scene;
  const role = `privet_gate_${database}`;
  await scene.admin(`create role ${role} login`);
  await assert.rejects(sources.harden(database, null, ADA), {
    code: 'conflict',
    message: /is not this system’s/u,
  });
  await scene.admin(`drop role ${role}; create schema privet_policy`);
  await assert.rejects(sources.harden(database, null, ADA), {
    code: 'conflict',
    message: /somebody else’s/u,
  });
  await scene.admin('drop schema privet_policy');
  assert.equal((await sources.harden(database, null, ADA)).outcome, 'hardened');
  await scene.admin(`grant pg_read_all_data to ${role}`);
  const again = await sources.harden(database, null, ADA);
  assert.equal(again.outcome, 'refused');
  assert.equal(again.findings[0]?.statement, `REVOKE "pg_read_all_data" FROM "${role}";`);
});

test('harden says what the registered role lacks, and an administrator can do it once', async () => {
  const scene = await stage(15);
  const { sources, database } = scene;
  const cluster = await clusterOf(15);
  await scene.admin(
    `create role humble login password '${PASSWORD}'; create role boss superuser login password 'boss-password'`,
  );
  await scene.admin(
    'grant usage on schema clinic to humble; grant select on all tables in schema clinic to humble',
  );
  const connection = `postgresql://humble@127.0.0.1:${cluster.port}/${database.slice(1)}?sslmode=disable`;
  await sources.changeAccess(database, { connection, password: secret(PASSWORD) }, ADA);
  await assert.rejects(sources.harden(database, null, ADA), {
    code: 'denied',
    message: '`humble` may not make the gate role or its schema',
  });
  const boss = { user: 'boss', password: secret('boss-password') };
  assert.equal((await sources.harden(database, boss, ADA)).outcome, 'hardened');
  await sources.install(database, [NORTH]);
  assert.deepEqual(await scene.asPeople(`select * from privet_policy.${NORTH.name}`), [
    [1, 'canary-one'],
  ]);
  await sources.unharden(database, boss, ADA);
});

test('collectBarriers drops only what nobody asked for in a week', async () => {
  const scene = await stage(15);
  const { sources, database, clock } = scene;
  await sources.harden(database, null, ADA);
  await sources.install(database, [NORTH, SOUTH]);
  clock.advance(WEEK_MS - 1_000);
  await sources.install(database, [SOUTH]);
  assert.deepEqual(await sources.collectBarriers(database), []);
  clock.advance(2_000);
  assert.deepEqual(await sources.collectBarriers(database), [NORTH.name]);
  await assert.rejects(scene.asPeople(`select from privet_policy.${NORTH.name}`), {
    code: '42P01',
  });
  assert.equal((await scene.asPeople(`select from privet_policy.${SOUTH.name}`)).length, 1);
  await sources.install(database, [NORTH]);
  assert.equal((await scene.asPeople(`select from privet_policy.${NORTH.name}`)).length, 1);
});

test('the server’s log never holds the gate role’s password, even when it logs every statement', async () => {
  const scene = await stage(15);
  const { sources, database } = scene;
  const cluster = await clusterOf(15);
  for (const sql of ["alter system set log_statement = 'all'", 'select pg_reload_conf()']) {
    await scene.admin(sql);
  }
  await sources.harden(database, null, ADA);
  const password = (await sources.address(database)).password?.reveal() ?? assert.fail();
  assert.equal(Buffer.from(password, 'base64url').length, 32);
  const log = readFileSync(join(cluster.socketDirectory, 'log'), 'utf8');
  assert.match(
    log,
    /create role "privet_gate_/u,
    'the statement is in the log, so the test can fail',
  );
  assert.ok(!log.includes(password));
  const leaves = JSON.stringify(await scene.ledger.read({ from: 0, limit: 100 }));
  assert.ok(!leaves.includes(password) && !JSON.stringify(scene.facts).includes(password));
});
