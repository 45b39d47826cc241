import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import { manualClock } from '#base/clock';
import type { ManualClock } from '#base/clock';
import { secret } from '#base/secret';
import { checkFact } from '#boundary';
import type { FactBody } from '#boundary';
import { migrate } from '#platform/db';
import type { Pool } from '#platform/db';
import { openEgress } from '#plane/egress';
import type { Egress } from '#plane/egress';
import { openLedger } from '#plane/ledger';
import type { Ledger } from '#plane/ledger';
import { createAuthority, issueCertificate } from '#platform/http/authority';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { checkVersion } from './introspect.ts';
import { addressFrom, faultOf, openSources } from './mod.ts';
import type { Fault, Registration, Sealer, Sources } from './mod.ts';

const MIGRATIONS = new URL('../migrations/', import.meta.url);
const ACTOR = 'sub_0123456789abcdefghjkmnpqrs';
const ADA = { kind: 'subject', id: ACTOR } as const;
const PASSWORD = 'canary-password-1';
const START_MS = 1_800_000_000_000;

let cluster: TestCluster;
let plane: TestCluster;
let folder: string;
let authorityPem = '';
let foreignPem = '';
let runs = 0;
const stages: Stage[] = [];
const ways: Egress[] = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'privet-sources-'));
  cluster = await startTestCluster({ tcp: true });
  plane = await startTestCluster();
  const authority = await createAuthority({ name: 'test', nowMs: Date.now() });
  const foreign = await createAuthority({ name: 'foreign', nowMs: Date.now() });
  const issued = await issueCertificate(authority, {
    name: 'db',
    nowMs: Date.now(),
    hosts: ['localhost'],
  });
  authorityPem = authority.certificatePem;
  foreignPem = foreign.certificatePem;
  const { uid, gid } = statSync(cluster.dataDirectory);
  for (const [name, text] of [
    ['server.crt', issued.certificatePem],
    ['server.key', issued.keyPem.reveal()],
  ] as const) {
    const path = join(cluster.dataDirectory, name);
    writeFileSync(path, text, { mode: 0o600 });
    chownSync(path, uid, gid);
  }
  await asSuperuser('postgres', 'alter system set ssl = on');
  await asSuperuser('postgres', 'select pg_reload_conf()');
  await asSuperuser('postgres', `create role reader login createrole password '${PASSWORD}'`);
  await asSuperuser('postgres', `create role poor login password '${PASSWORD}'`);
});
after(async () => {
  for (const { sources } of stages) await sources.stop();
  for (const egress of ways) await egress.close();
  for (const { ledger } of stages) await ledger.close();
  await cluster.stop();
  await plane.stop();
  rmSync(folder, { recursive: true });
});

async function asSuperuser(database: string, sql: string): Promise<readonly unknown[][]> {
  const client = new Client({ connectionString: cluster.url(database) });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows;
  } finally {
    await client.end();
  }
}

const SCHEMA = `
create schema clinic authorization reader;
set role reader;
create type clinic.mood as enum ('secret-label', 'other');
create domain clinic.ssn as text check (value ~ '^[0-9]');
create type clinic.pair as (a integer, b clinic.mood);
create table clinic.patient (
  id integer primary key, name varchar(40) not null default 'secret-default', mood clinic.mood,
  ssn clinic.ssn, tags text[], visits clinic.pair, gone integer
);
alter table clinic.patient drop column gone;
comment on table clinic.patient is 'people we treat';
comment on column clinic.patient.ssn is 'national id';
create table clinic.visit (
  id integer, day date, patient_id integer references clinic.patient (id), primary key (id, day)
) partition by range (day);
create table clinic.visit_2026 partition of clinic.visit for values from ('2026-01-01') to ('2027-01-01');
create view clinic.name as select name from clinic.patient where name <> 'secret-literal';
create materialized view clinic.count as select count(*) from clinic.patient;
create table clinic.child (extra integer) inherits (clinic.patient);
insert into clinic.patient values (1, 'canary-name', 'other', '123-45-6789');
reset role;
create schema other;
create table other.thing (id integer);
create table other.hidden (id integer);
grant usage on schema other to reader;
grant select on other.thing to reader;
`;

type Stage = {
  readonly sources: Sources;
  readonly ledger: Ledger;
  readonly pool: Pool;
  readonly clock: ManualClock;
  readonly facts: FactBody[];
  readonly told: FactBody[];
  readonly database: string;
  registration(changes?: Partial<Registration>): Registration;
  admin(sql: string): Promise<readonly unknown[][]>;
};

/** Seals by a key of its own, so that these tests need no key service; what is sealed must not be readable as it is. */
function xorSealer(): Sealer {
  const key = randomBytes(2_048);
  const mix = (bytes: Uint8Array) => bytes.map((byte, i) => byte ^ (key[i] ?? 0));
  const contexts = new Map<string, string>();
  return {
    async seal(_scope, plaintext, context) {
      const sealed = mix(plaintext);
      contexts.set(Buffer.from(sealed).toString('hex'), JSON.stringify(context));
      return sealed;
    },
    async open(sealed, context) {
      const known = contexts.get(Buffer.from(sealed).toString('hex'));
      assert.equal(known, JSON.stringify(context));
      return mix(sealed);
    },
  };
}

async function stage(schema = SCHEMA): Promise<Stage> {
  const { name: database, pool: superPool } = await cluster.createDatabase();
  await superPool.query(`grant create on database ${database} to reader`);
  await superPool.query(schema);
  const { pool } = await plane.createDatabase();
  await migrate(pool, MIGRATIONS);
  const clock = manualClock(START_MS);
  const headFile = join(folder, `head${++runs}`);
  const ledger = await openLedger({ pool, plane: 'plane-1', clock, headFile });
  const facts: FactBody[] = [];
  const told: FactBody[] = [];
  const border = {
    wake: () => undefined,
    tell: (body: FactBody) => void told.push(body),
    store: async (_tx: unknown, bodies: readonly FactBody[]) => facts.push(...bodies),
  };
  const random = (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes));
  const sealer = xorSealer();
  const egress = openEgress({
    pool,
    ledger,
    clock,
    random,
    configured: {},
    onFault: (problem) => assert.fail(problem),
  });
  ways.push(egress);
  const settings = { pool, ledger, border, egress, sealer, clock, random };
  const sources = openSources(settings);
  const scene: Stage = {
    sources,
    ledger,
    pool,
    clock,
    facts,
    told,
    database,
    registration: (changes = {}) => ({
      name: 'clinic',
      connection: `postgresql://reader@127.0.0.1:${cluster.port}/${database}?sslmode=disable`,
      password: secret(PASSWORD),
      ...changes,
    }),
    admin: (sql) => asSuperuser(database, sql),
  };
  stages.push(scene);
  settingsOf.set(scene, settings);
  return scene;
}

const dictionaries = (scene: Stage) => scene.facts.filter((fact) => fact.kind === 'dictionary');
const kinds = async (ledger: Ledger, beginning = 'source-') =>
  (await ledger.read({ from: 0, limit: 1_000 }))
    .map((stored) => stored.leaf.kind)
    .filter((kind) => kind.startsWith(beginning));

describe('register', () => {
  test('register keeps a system, seals its password, and tells control its dictionary', async () => {
    const scene = await stage();
    const view = await scene.sources.register(scene.registration(), ACTOR);
    assert.equal(view.name, 'clinic');
    assert.equal(view.mode, 'splice');
    assert.equal(view.registeredBy, ACTOR);
    assert.equal(view.version, 1);
    assert.deepEqual(await kinds(scene.ledger), ['source-registered']);
    // A way out is lent for the look and kept with the registration.
    const rule = 'egress-rule-added';
    assert.deepEqual((await kinds(scene.ledger, 'egress-')).slice(0, 3), [
      rule,
      'egress-opened',
      rule,
    ]);
    const [fact, ...more] = dictionaries(scene);
    assert.equal(more.length, 0);
    const checked = checkFact({ ...fact, format: 'privet-fact/v1', plane: 'plane-1', number: 1 });
    assert.ok(checked.kind === 'dictionary');
    const names = checked.relations.map((one) => `${one.schema}.${one.name} ${one.relation}`);
    assert.deepEqual(names, [
      'clinic.child table',
      'clinic.count materialized-view',
      'clinic.name view',
      'clinic.patient table',
      'clinic.visit partitioned',
      'clinic.visit_2026 table',
      'other.thing table',
    ]);
    const patient = checked.relations[3];
    assert.deepEqual(
      patient?.columns.map((column) => `${column.name} ${column.type} ${column.notNull}`),
      [
        'id integer true',
        'name character varying(40) true',
        'mood clinic.mood false',
        'ssn clinic.ssn false',
        'tags text[] false',
        'visits clinic.pair false',
      ],
    );
    assert.equal(patient?.description, 'people we treat');
    assert.equal(patient?.columns[3]?.description, 'national id');
    assert.deepEqual(patient?.primaryKey, ['id']);
    assert.deepEqual(checked.relations[4]?.primaryKey, ['id', 'day']);
    assert.deepEqual(checked.relations[4]?.foreignKeys, [
      { columns: ['patient_id'], schema: 'clinic', name: 'patient', references: ['id'] },
    ]);
    assert.deepEqual(checked.relations[5]?.parents, ['clinic.visit']);
    assert.deepEqual(checked.relations[0]?.parents, ['clinic.patient']);
  });

  test('nothing that was stored, logged or sent holds a password, a value, a default, a label or a view text', async () => {
    const scene = await stage();
    const view = await scene.sources.register(scene.registration(), ACTOR);
    const { rows } = await scene.pool.query('select * from sources.system');
    const leaves = await scene.ledger.read({ from: 0, limit: 100 });
    const everything = JSON.stringify(
      [rows, leaves, scene.facts, scene.told, view],
      (_key, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    assert.doesNotMatch(everything, /canary|secret-|123-45/u);
    assert.match(everything, /people we treat/u);
  });

  test('catalogOf gives the catalog the planner needs', async () => {
    const scene = await stage();
    await scene.sources.register(scene.registration(), ACTOR);
    const catalog = await scene.sources.catalogOf('clinic');
    const patient = catalog.relations.find((relation) => relation.name === 'patient');
    assert.ok(patient !== undefined);
    assert.equal(patient.comment, 'people we treat');
    assert.deepEqual(
      patient.columns.map((column) => column.attnum),
      [1, 2, 3, 4, 5, 6],
    );
    const year = catalog.relations.find((relation) => relation.name === 'visit_2026');
    const visit = catalog.relations.find((relation) => relation.name === 'visit');
    assert.deepEqual(year?.parents, [visit?.oid]);
    assert.deepEqual(catalog.types.map((type) => `${type.name} ${type.kind}`).sort(), [
      'mood enum',
      'pair composite',
      'ssn domain',
    ]);
    const pair = catalog.types.find((type) => type.name === 'pair');
    assert.deepEqual(
      pair?.attributes.map((attribute) => attribute.name),
      ['a', 'b'],
    );
    const mood = catalog.types.find((type) => type.name === 'mood');
    assert.equal(pair?.attributes[1]?.typeOid, mood?.oid);
    assert.ok((mood?.arrayOid ?? 0) > 0);
    assert.match(catalog.digest, /^[0-9a-f]{64}$/u);
    assert.equal((await scene.sources.catalogOf('clinic')).digest, catalog.digest);
  });

  test('register with schemas leaves the others out and says that the role sees more', async () => {
    const scene = await stage();
    const view = await scene.sources.register(scene.registration({ schemas: ['other'] }), ACTOR);
    assert.deepEqual(
      dictionaries(scene)[0]?.relations.map((relation) => relation.name),
      ['thing'],
    );
    assert.deepEqual(
      view.findings.map((finding) => finding.kind),
      ['sees-more'],
    );
  });

  test('register warns about roles that can do more than read', async () => {
    const scene = await stage();
    const writer = await scene.sources.register(scene.registration(), ACTOR);
    assert.deepEqual(
      writer.findings.map((finding) => finding.kind),
      ['writable'],
    );
    const trial = await scene.sources.trial(
      {
        access: {
          connection: `postgresql:///${scene.database}?host=${cluster.socketDirectory}&user=postgres&port=${cluster.port}`,
          password: null,
        },
        schemas: null,
      },
      ADA,
    );
    assert.deepEqual(trial.findings.map((finding) => finding.kind).sort(), [
      'bypass-rls',
      'replication',
      'superuser',
      'writable',
    ]);
    assert.equal(trial.relations, 8);
  });

  test('register refuses the same name and the same database twice', async () => {
    const scene = await stage();
    await scene.sources.register(scene.registration(), ACTOR);
    await assert.rejects(scene.sources.register(scene.registration(), ACTOR), {
      code: 'conflict',
      message: 'system `clinic` is registered already',
    });
    await assert.rejects(scene.sources.register(scene.registration({ name: 'again' }), ACTOR), {
      code: 'conflict',
      message: `\`127.0.0.1:${cluster.port}/${scene.database}\` is registered already, as \`clinic\``,
    });
    const both = ['x', 'y'].map((name) =>
      scene.sources.register(scene.registration({ name }), ACTOR).catch((error: unknown) => error),
    );
    for (const one of await Promise.all(both))
      assert.equal((one as { code: string }).code, 'conflict');
  });

  test('several systems are kept apart', async () => {
    const scene = await stage();
    const second = await stage(
      'create schema s; create table s.t (id integer); grant usage on schema s to reader; grant select on s.t to reader',
    );
    await scene.sources.register(scene.registration(), ACTOR);
    await scene.sources.register({ ...second.registration(), name: 'second' }, ACTOR);
    assert.deepEqual(
      (await scene.sources.list()).map((view) => view.name),
      ['clinic', 'second'],
    );
    assert.equal((await scene.sources.catalogOf('second')).relations.length, 1);
    assert.equal(await scene.sources.system('third'), undefined);
    await assert.rejects(scene.sources.catalogOf('third'), { code: 'not-found' });
  });
});

describe('faults', () => {
  async function fails(scene: Stage, changes: Partial<Registration>, fault: Fault): Promise<void> {
    const thrown: unknown = await scene.sources.register(scene.registration(changes), ACTOR).then(
      () => assert.fail(`expected ${fault}`),
      (error: unknown) => error,
    );
    const problem = thrown as { message: string; hint?: string };
    assert.equal(faultOf(thrown), fault, problem.message);
    assert.doesNotMatch(`${problem.message} ${problem.hint}`, /canary/u);
    assert.equal((await scene.sources.list()).length, 0);
  }
  const at = (scene: Stage, rest: string) =>
    `postgresql://reader@127.0.0.1:${cluster.port}/${scene.database}${rest}`;

  test('each way to fail has its own fault', async () => {
    const scene = await stage();
    const gone = scene.registration().connection.replace(`:${cluster.port}/`, ':1/');
    await fails(scene, { connection: gone }, 'unreachable');
    await fails(
      scene,
      { connection: gone.replace('127.0.0.1', 'no-such-host.invalid') },
      'unreachable',
    );
    await fails(scene, { password: secret('canary-wrong') }, 'bad-password');
    await fails(scene, { password: null }, 'bad-password');
    await fails(
      scene,
      { connection: scene.registration().connection.replace('reader', 'nobody-here') },
      'bad-password',
    );
    await fails(
      scene,
      { connection: scene.registration().connection.replace(scene.database, 'nowhere') },
      'missing-database',
    );
    await fails(scene, { schemas: ['nothing'] }, 'no-tables');
    await fails(
      scene,
      { connection: scene.registration().connection.replace('reader', 'poor') },
      'no-tables',
    );
    await scene.admin(`revoke connect on database ${scene.database} from public`);
    await fails(
      scene,
      { connection: scene.registration().connection.replace('reader', 'poor') },
      'missing-privilege',
    );
  });

  test('checkVersion takes 14 to 18 and says which side is wrong', () => {
    for (const version of [140_000, 150_018, 189_999]) checkVersion(version);
    for (const [version, fault] of [
      [130_022, 'server-too-old'],
      [90_624, 'server-too-old'],
      [190_000, 'server-too-new'],
    ] as const) {
      assert.throws(
        () => checkVersion(version),
        (thrown: unknown) => faultOf(thrown) === fault,
      );
    }
  });

  test('tls modes check what they say', async () => {
    const scene = await stage();
    const trial = (rest: string, authorities: string | null = null) =>
      scene.sources.trial(
        {
          access: { connection: at(scene, rest), password: secret(PASSWORD), authorities },
          schemas: null,
        },
        ADA,
      );
    const byName = (rest: string, authorities: string | null) =>
      scene.sources.trial(
        {
          access: {
            connection: at(scene, rest).replace('127.0.0.1', 'localhost'),
            password: secret(PASSWORD),
            authorities,
          },
          schemas: null,
        },
        ADA,
      );
    for (const mode of ['disable', 'prefer', 'require']) await trial(`?sslmode=${mode}`);
    await trial('?sslmode=verify-ca', authorityPem);
    await byName('?sslmode=verify-full', authorityPem);
    const refused = [
      () => trial('?sslmode=verify-ca'),
      () => trial('?sslmode=verify-ca', foreignPem),
      () => trial('?sslmode=verify-full', authorityPem),
      () => trial('', authorityPem),
      () => byName('', foreignPem),
    ];
    for (const one of refused) {
      const thrown: unknown = await one().then(
        () => assert.fail(),
        (error: unknown) => error,
      );
      assert.equal(faultOf(thrown), 'tls-failure', String(thrown));
    }
    await asSuperuser('postgres', 'alter system set ssl = off');
    await asSuperuser('postgres', 'select pg_reload_conf()');
    await trial('?sslmode=prefer');
    const without: unknown = await trial('?sslmode=require').catch((error: unknown) => error);
    assert.equal(faultOf(without), 'tls-failure');
    await asSuperuser('postgres', 'alter system set ssl = on');
    await asSuperuser('postgres', 'select pg_reload_conf()');
  });

  test('a server that says nothing, or nonsense, is unreachable', async () => {
    const scene = await stage();
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await fails(
      scene,
      { connection: `postgresql://reader@127.0.0.1:${port}/x?sslmode=disable` },
      'unreachable',
    );
    server.close();
  });
});

describe('addressFrom', () => {
  test('reads what libpq reads, with TLS verified unless somebody says otherwise', () => {
    assert.deepEqual(addressFrom('postgresql://Reader@DB.Example:6543/Clinic'), {
      host: 'db.example',
      port: 6543,
      database: 'Clinic',
      user: 'Reader',
      tls: 'verify-full',
    });
    assert.deepEqual(addressFrom('postgres:///clinic?host=/run/postgresql&user=a%20b'), {
      host: '/run/postgresql',
      port: 5432,
      database: 'clinic',
      user: 'a b',
      tls: 'disable',
    });
    assert.equal(addressFrom('postgresql://r@[::1]/x?sslmode=require').host, '::1');
  });
  test('refuses passwords with a hint and never repeats them', () => {
    for (const text of [
      'postgresql://reader:canary@db/x',
      'postgresql://reader@db/x?password=canary',
      'postgresql://reader@db/x?sslpassword=canary',
    ]) {
      assert.throws(
        () => addressFrom(text),
        (thrown: unknown) => {
          const { code, message, hint } = thrown as { code: string; message: string; hint: string };
          assert.equal(code, 'invalid');
          assert.match(message, /expected no password/u);
          assert.match(hint, /by file, by environment variable/u);
          assert.doesNotMatch(message + hint, /canary/u);
          return true;
        },
      );
    }
  });
  test('refuses what it does not understand', () => {
    for (const text of [
      '',
      'db.example',
      'mysql://r@db/x',
      'postgresql://db/x',
      'postgresql://r@db/',
      'postgresql://r@a,b/x',
      'postgresql://r@db/x?options=-csearch_path%3Dx',
      'postgresql://r@db/x?sslmode=maybe',
      'postgresql://r@db/x?sslmode=require&sslmode=disable',
      'postgresql://r@db:0/x',
      'postgresql://r@db/x?port=99999',
      'postgresql://r@db/%00',
      'postgresql://r@db/x?sslrootcert=/etc/passwd',
      'postgresql://r@../x?host=..%2F..',
    ]) {
      assert.throws(() => addressFrom(text), { code: 'invalid' }, text);
    }
  });
});

describe('refresh', () => {
  test('a changed dictionary gets a new version, a leaf and facts; anything else does not', async () => {
    const scene = await stage();
    await scene.sources.register(scene.registration(), ACTOR);
    const before = await scene.sources.catalogOf('clinic');
    await scene.admin('insert into clinic.patient values (2, $$x$$); analyze clinic.patient');
    assert.equal((await scene.sources.refresh('clinic')).version, 1);
    assert.equal(dictionaries(scene).length, 1);
    await scene.admin('alter table clinic.patient add column email text');
    scene.clock.advance(5_000);
    const view = await scene.sources.refresh('clinic');
    assert.equal(view.version, 2);
    assert.equal(view.refreshedAtMs, START_MS + 5_000);
    const facts = dictionaries(scene);
    assert.equal(facts.length, 2);
    assert.equal(facts[1]?.version, 2);
    assert.notEqual(facts[1]?.digest, facts[0]?.digest);
    assert.ok((await kinds(scene.ledger)).includes('source-refreshed'));
    const catalog = await scene.sources.catalogOf('clinic');
    assert.notEqual(catalog.digest, before.digest);
    await scene.admin('alter table clinic.patient rename column email to mail');
    await scene.admin('grant select on other.hidden to reader');
    assert.equal((await scene.sources.refresh('clinic')).version, 3);
    assert.ok(dictionaries(scene)[2]?.relations.some((relation) => relation.name === 'hidden'));
  });

  test('the timer finds changes by itself, and says when a source is down and up again', async () => {
    const scene = await stage();
    await scene.sources.register(scene.registration(), ACTOR);
    await scene.sources.catalogOf('clinic');
    const other = openSources({ ...contextOf(scene), refreshSeconds: 0.05 });
    other.start();
    await until(() => scene.told.some((fact) => fact.kind === 'health' && fact.code === 'ok'));
    await scene.admin(
      'create table clinic.fresh (id integer); alter table clinic.fresh owner to reader',
    );
    await until(() => dictionaries(scene).some((fact) => fact.version === 2));
    await scene.admin(`alter role reader password 'changed'`);
    await scene.admin('create table clinic.more (id integer)');
    await until(() =>
      scene.told.some((fact) => fact.kind === 'health' && fact.code === 'bad-password'),
    );
    await scene.admin(`alter role reader password '${PASSWORD}'`);
    await until(
      () => scene.told.filter((fact) => fact.kind === 'health' && fact.code === 'ok').length === 2,
    );
    await other.stop();
  });

  test('changeAccess takes effect only when it works; forget tells control', async () => {
    const scene = await stage();
    await scene.sources.register(scene.registration(), ACTOR);
    const { connection } = scene.registration();
    await assert.rejects(
      scene.sources.changeAccess('clinic', { connection, password: secret('wrong') }, ADA),
    );
    assert.equal((await scene.sources.address('clinic')).password?.reveal(), PASSWORD);
    await asSuperuser('postgres', `create role reader2 login in role reader password 'second'`);
    const access = {
      connection: connection.replace('reader@', 'reader2@'),
      password: secret('second'),
    };
    await scene.sources.changeAccess('clinic', access, ADA);
    const address = await scene.sources.address('clinic');
    assert.equal(address.user, 'reader2');
    assert.equal(address.password?.reveal(), 'second');
    const ways = async () => (await contextOf(scene).egress.rules.list()).length;
    assert.equal(await ways(), 1, 'the lent way of the failed attempt is closed');
    await scene.sources.forget('clinic', ADA);
    assert.equal(await ways(), 0);
    assert.equal(dictionaries(scene).at(-1)?.state, 'removed');
    assert.deepEqual(await kinds(scene.ledger), [
      'source-registered',
      'source-changed',
      'source-removed',
    ]);
    assert.equal(await scene.sources.system('clinic'), undefined);
  });
});

const settingsOf = new WeakMap<Stage, Parameters<typeof openSources>[0]>();
function contextOf(scene: Stage): Parameters<typeof openSources>[0] {
  return settingsOf.get(scene) ?? assert.fail();
}

async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!what()) {
    assert.ok(Date.now() < deadline, `waited in vain for ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
