import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Client } from 'pg';
import postgres from 'postgres';
import { selfSigned } from '../../src/plane/gateway/testgateway.ts';
import { fixtureText, policyText } from '../attempts/attempt.ts';
import { openStand, type Stand } from '../stand/stand.ts';

const run = promisify(execFile);
const CLIENTS = new URL('../clients/', import.meta.url).pathname;
const CACHE = join(tmpdir(), 'privet-clients');
const JDBC = 'postgresql-42.7.8';
const PYTHON = ['psycopg[binary]==3.3.9', 'sqlalchemy==2.1.9'];
const CANARY = /CANARY|7731\d{4}|1931-|771-3\d-/u;

/** Everyone sees everything. */
const OPEN = `
apiVersion: privet/v1
kind: SubscriptionPolicy
name: all
target: { all: true }
allow: { anyone: true }
`;

/** Everyone's usual programs, before the same gateway: each logs in over TLS, finds its tables, asks, and is shown no canary. */
describe('clients', () => {
  let stand: Stand;
  let ca: string;
  const target = () => ({ host: 'localhost', port: String(stand.gateway.address.port) });

  before(async () => {
    const certificate = await selfSigned();
    ca = join(mkdtempSync(join(tmpdir(), 'privet-ca-')), 'ca.pem');
    writeFileSync(ca, certificate.certificate);
    stand = await openStand({
      mode: 'splice',
      systems: { shopdb: fixtureText() },
      policy: policyText(),
      people: { mallory: { region: ['EU'] } },
      certificate,
    });
  });
  after(() => stand.stop());

  const environment = () => ({
    ...process.env,
    PGPASSWORD: stand.password,
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: ca,
  });

  test('psql lists and describes what there is, and nothing else', async () => {
    const { stdout } = await psql([
      '\\dn',
      '\\dt shop.*',
      '\\d shop.customers',
      '\\d shop.orders',
      '\\dv shop.*',
      '\\df shop.*',
      '\\l',
      '\\du',
      '\\dT shop.*',
      '\\conninfo',
      '\\dp shop.*',
      '\\di shop.*',
    ]);
    assert.doesNotMatch(stdout, CANARY);
    assert.match(stdout, /customers/u);
    assert.doesNotMatch(stdout, /payroll|profile|customer_names|peek/u);
    assert.match(stdout, /"customers_pkey" PRIMARY KEY|customers_pkey/u);
  });

  test('psql asks, copies and is refused', async () => {
    const { stdout, stderr } = await psql([
      'select id, name, salary from shop.customers order by id limit 2',
      '\\copy (select id, name from shop.customers order by id) to stdout csv header',
      'select * from secret.payroll',
    ]);
    assert.doesNotMatch(stdout, CANARY);
    assert.match(stdout, /1\|C\*+\|0/u);
    assert.match(stdout, /^id,name$/mu);
    assert.match(stderr, /relation .secret\.payroll. does not exist/u);
  });

  test('pgbench reads by every protocol', async () => {
    const script = join(mkdtempSync(join(tmpdir(), 'privet-bench-')), 'read.sql');
    writeFileSync(
      script,
      '\\set id random(1, 6)\nselect name, contact from shop.customers where id = :id;\n',
    );
    for (const protocol of ['simple', 'extended', 'prepared']) {
      const { stdout } = await run(
        'pgbench',
        [
          '-n',
          '-M',
          protocol,
          '-c',
          '4',
          '-t',
          '50',
          '-f',
          script,
          '-h',
          target().host,
          '-p',
          target().port,
          '-U',
          'mallory',
          'shopdb',
        ],
        { env: environment() },
      );
      assert.match(stdout, /number of transactions actually processed: 200\/200/u, protocol);
    }
  });

  test('pg_dump writes the schema for one who may see all of it', async () => {
    const open = await openStand({
      mode: 'splice',
      systems: { shopdb: fixtureText() },
      policy: OPEN,
      people: { olivia: {} },
    });
    try {
      const { stdout } = await run(
        'pg_dump',
        [
          '--schema-only',
          '-h',
          '127.0.0.1',
          '-p',
          String(open.gateway.address.port),
          '-U',
          'olivia',
          'shopdb',
        ],
        { env: { ...process.env, PGPASSWORD: open.password } },
      );
      for (const table of ['shop.customers', 'shop.events', 'secret.payroll']) {
        assert.ok(stdout.includes(`CREATE TABLE ${table} (`), table);
      }
      assert.doesNotMatch(stdout, /CANARY/u);
    } finally {
      await open.stop();
    }
  });

  test('pg asks in text and in binary, with parameters', async () => {
    const client = new Client({
      host: 'localhost',
      port: Number(target().port),
      user: 'mallory',
      password: stand.password,
      database: 'shopdb',
      ssl: { ca: readFileSync(ca, 'utf8') },
    });
    await client.connect();
    for (const binary of [false, true]) {
      const query = {
        text: 'select id, name, contact, salary from shop.customers where id = $1',
        values: [2],
        binary,
      };
      const answer = await client.query(query);
      assert.equal(answer.rowCount, 1);
      assert.doesNotMatch(JSON.stringify(answer.rows), CANARY);
    }
    await client.end();
  });

  test('postgres (npm) asks with named statements and by cursor', async () => {
    const sql = postgres({
      host: 'localhost',
      port: Number(target().port),
      user: 'mallory',
      password: stand.password,
      database: 'shopdb',
      ssl: { ca: readFileSync(ca, 'utf8') },
      max: 2,
    });
    const rows: unknown[] = [
      ...(await sql`select id, name, contact, tier::text as tier from shop.customers where id > ${2} order by id`),
    ];
    assert.equal(rows.length, 4);
    for await (const batch of sql`select id, contact from shop.customers order by id`.cursor(2))
      rows.push(...batch);
    assert.equal(rows.length, 10);
    assert.doesNotMatch(JSON.stringify(rows), CANARY);
    await sql.end();
  });

  test('the JDBC driver finds tables, columns and keys, prepares, and reads by cursor', async (context) => {
    const reason = await prepareJdbc();
    if (reason !== null) return context.skip(reason);
    const { host, port } = target();
    const { stdout } = await run(
      'java',
      [
        '-cp',
        `${CACHE}:${join(CACHE, `${JDBC}.jar`)}`,
        'Jdbc',
        `jdbc:postgresql://${host}:${port}/shopdb`,
        'mallory',
        'sslmode=verify-full',
        `sslrootcert=${ca}`,
      ],
      { env: environment() },
    );
    assert.doesNotMatch(stdout, CANARY);
    for (const line of [
      'schema shop',
      'table customers TABLE',
      'column name text 0',
      'key id 1',
      'imported customers customer_id',
      'index orders_customer customer_id',
      'refused 42P01',
    ]) {
      assert.ok(stdout.includes(`${line}\n`), `${line} expected in:\n${stdout}`);
    }
    assert.equal(stdout.match(/^prepared /gmu)?.length, 6);
    assert.equal(stdout.match(/^cursor /gmu)?.length, 6);
    assert.doesNotMatch(stdout, /schema secret|profile|payroll/u);
  });

  test('psycopg and SQLAlchemy ask in both formats, by cursor, by COPY, in a pipeline, and reflect', async (context) => {
    const reason = await preparePython();
    if (reason !== null) return context.skip(reason);
    const { host, port } = target();
    const { stdout } = await run(
      join(CACHE, 'venv/bin/python'),
      [join(CLIENTS, 'python_clients.py'), host, port, 'shopdb', 'mallory', ca],
      { env: environment() },
    );
    assert.doesNotMatch(stdout, CANARY);
    for (const line of ['tls True', 'refused 42P01', 'schemas shop', "key ['id']", 'orders 24']) {
      assert.ok(stdout.includes(`${line}\n`), `${line} expected in:\n${stdout}`);
    }
    assert.equal(stdout.match(/^copy /gmu)?.length, 6);
    assert.doesNotMatch(stdout, /profile|payroll/u);
  });

  function psql(commands: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    return run(
      'psql',
      [
        '-X',
        '-A',
        '-t',
        '-h',
        target().host,
        '-p',
        target().port,
        '-U',
        'mallory',
        ...commands.flatMap((command) => ['-c', command]),
        'shopdb',
      ],
      {
        env: environment(),
      },
    ).catch((failed: { stdout: string; stderr: string }) => failed);
  }
});

async function prepareJdbc(): Promise<string | null> {
  mkdirSync(CACHE, { recursive: true });
  try {
    if (!existsSync(join(CACHE, `${JDBC}.jar`))) {
      const artifact = `-Dartifact=org.postgresql:postgresql:${JDBC.slice('postgresql-'.length)}`;
      await run('mvn', ['-q', '-B', 'dependency:copy', artifact, `-DoutputDirectory=${CACHE}`]);
    }
    copyFileSync(join(CLIENTS, 'Jdbc.java'), join(CACHE, 'Jdbc.java'));
    await run('javac', ['-d', CACHE, join(CACHE, 'Jdbc.java')]);
    return null;
  } catch {
    return 'the JDBC driver, javac or Maven cannot be had here';
  }
}

async function preparePython(): Promise<string | null> {
  mkdirSync(CACHE, { recursive: true });
  try {
    if (!existsSync(join(CACHE, 'venv/ready'))) {
      await run('python3', ['-m', 'venv', join(CACHE, 'venv')]);
      await run(join(CACHE, 'venv/bin/pip'), [
        'install',
        '-q',
        '--disable-pip-version-check',
        ...PYTHON,
      ]);
      writeFileSync(join(CACHE, 'venv/ready'), '');
    }
    return null;
  } catch {
    return 'psycopg or SQLAlchemy cannot be had here';
  }
}
