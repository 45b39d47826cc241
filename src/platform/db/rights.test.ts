import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { roleReport, refuseExcessRights } from './mod.ts';
import type { Right } from './mod.ts';
import { startTestCluster } from './testcluster/mod.ts';
import type { TestCluster } from './testcluster/mod.ts';

let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster();
  await asSuperuser('postgres', [
    'create role keeper login',
    'create role other login',
    'create database kept owner keeper',
    'create database others owner other',
    'revoke all on database kept, others, postgres from public',
  ]);
});
after(() => cluster.stop());

async function asSuperuser(database: string, statements: readonly string[]): Promise<void> {
  await using(cluster.url(database), async (client) => {
    for (const sql of statements) await client.query(sql);
  });
}

async function using<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const found = () =>
  using(cluster.url('kept', 'keeper'), async (client) => {
    const { blocking, warnings } = await roleReport(client);
    return { blocking: blocking.map(short), warnings: warnings.map(short) };
  });
const short = ({ kind, object, right }: Right) => `${kind} ${object} ${right}`;

test('roleReport finds nothing on a role that has its own database alone', async () => {
  await using(cluster.url('kept', 'keeper'), async (client) => {
    await client.query('create schema own; create table own.t (a int)');
    await client.query(
      'create function own.f() returns int language sql security definer as $$select 1$$',
    );
    await refuseExcessRights(client);
  });
  assert.deepEqual(await found(), { blocking: [], warnings: [] });
});

/** How a role came to have too much, what is told of it, and that the statement told of takes it away. */
const GRANTS: readonly (readonly [grant: string, told: string])[] = [
  ['alter role keeper superuser', 'attribute superuser superuser'],
  ['alter role keeper createrole', 'attribute createrole createrole'],
  ['alter role keeper bypassrls', 'attribute bypassrls bypassrls'],
  ['alter role keeper replication', 'attribute replication replication'],
  ['grant pg_read_all_data to keeper', 'membership pg_read_all_data member'],
  ['grant pg_execute_server_program to keeper', 'membership pg_execute_server_program member'],
  ['grant other to keeper', 'membership other member'],
  [
    'create schema if not exists shared; grant usage, create on schema shared to keeper',
    'schema shared create',
  ],
  [
    'create schema if not exists shared; create table if not exists shared.t (a int); grant usage on schema shared to keeper; grant update on shared.t to public',
    'relation shared.t update',
  ],
  [
    'create schema if not exists shared; grant usage on schema shared to keeper; create or replace function shared.up() returns int language sql security definer as $$select 1$$',
    'function shared.up() execute',
  ],
  ['grant execute on function pg_read_file(text) to keeper', 'function pg_read_file(text) execute'],
  [
    'create foreign data wrapper w; create server s foreign data wrapper w; grant usage on foreign server s to keeper',
    'foreign-server s usage',
  ],
];

for (const [grant, told] of GRANTS) {
  test(`roleReport tells of: ${told}`, async () => {
    await asSuperuser('kept', [grant]);
    const { blocking } = await found();
    assert.ok(blocking.includes(told), JSON.stringify(blocking));
    const statements = await using(cluster.url('kept', 'keeper'), async (client) => {
      await assert.rejects(refuseExcessRights(client), { code: 'invalid', message: /keeper/u });
      return (await roleReport(client)).blocking.map(({ takeAway }) => takeAway);
    });
    await asSuperuser('kept', statements);
    assert.deepEqual((await found()).blocking, []);
  });
}

test('roleReport warns of databases and rights on what is to come, and a need is no excess', async () => {
  await asSuperuser('kept', [
    'grant connect on database others to public',
    'alter default privileges for role other grant select on tables to public',
    'create schema if not exists shared; create table if not exists shared.n (a int)',
    'grant usage on schema shared to keeper; grant select on shared.n to keeper',
  ]);
  const { warnings } = await found();
  assert.deepEqual(warnings, ['database others connect', 'default any schema SELECT']);
  await using(cluster.url('kept', 'keeper'), async (client) => {
    const need = { kind: 'relation', object: 'shared.n', right: 'select' } as const;
    await refuseExcessRights(client, [need]);
    await assert.rejects(refuseExcessRights(client), /select of relation `shared.n`/u);
  });
});
