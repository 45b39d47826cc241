import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { secret } from '#base/secret';
import { openPool } from '#platform/db';
import type { Operator } from './operator.ts';
import { inForce, OLGA, OTTO, startTestOperators } from './testoperator.ts';
import type { OperatorSetup, TestOperators } from './testoperator.ts';
import { VIEWS } from './view.ts';

let operators: TestOperators;
before(async () => {
  operators = await startTestOperators();
});
after(() => operators.stop());

let roles = 0;
/** A role that can log in and nothing else, and how it connects. */
async function newRole({ database }: OperatorSetup): Promise<{ role: string; url: string }> {
  const role = `ops_${(roles += 1)}`;
  await database.pool.query(`create role ${role} login nosuperuser`);
  await database.pool.query(`revoke all on database ${database.name} from public`);
  return { role, url: database.url.replace('//postgres@', `//${role}@`) };
}

async function opened(
  setup: OperatorSetup,
): Promise<Operator & { readonly reader: string; readonly url: string }> {
  const { role: reader, url } = await newRole(setup);
  return { ...(await setup.another({ databaseUrl: secret(url) })), reader, url };
}

const watching = { capability: 'observe', scope: null, rowsMax: 500 } as const;

test('every view is read under a grant, kept word for word, and named by a leaf', async () => {
  const setup = await operators.setUp();
  const operator = await opened(setup);
  const grant = await inForce(operator, watching);
  for (const { name } of VIEWS) {
    const shown = await operator.ops.query({ view: name, limit: 20, grant: null }, OLGA);
    assert.ok(Array.isArray(JSON.parse(shown.text)), name);
    const kept = await operator.ops.output(shown.id);
    assert.equal(kept.text, shown.text);
    assert.equal(kept.grant, grant);
  }
  const leaves = await setup.ledger.read({ from: 0, kinds: ['ops-queried'], limit: 100 });
  const outputs = await operator.ops.outputs({ grant, before: null, limit: 100 });
  assert.equal(leaves.length, VIEWS.length);
  assert.equal(outputs.length, VIEWS.length);
  for (const { leaf, index } of leaves) {
    assert.ok(leaf.kind === 'ops-queried');
    const { text, leaf: at } = await operator.ops.output(leaf.output);
    assert.equal(hash('sha256', text), leaf.digest);
    assert.equal(at, index);
  }
});

test('the role of operators reads the views and can do nothing else', async () => {
  const setup = await operators.setUp();
  const operator = await opened(setup);
  assert.deepEqual((await operator.ops.role())?.blocking, []);
  const pool = openPool({ url: operator.url, name: 'operator-role', connectionsMax: 1 });
  try {
    await pool.query('select * from ops.v1_ledger');
    const { rows } = await setup.database.pool.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'v') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'ops')`,
    );
    assert.ok(rows.length > 30);
    for (const { name } of rows)
      await assert.rejects(pool.query(`select from ${name} limit 1`), { code: '42501' }, name);
    for (const text of [
      'create table mine (id integer)',
      'create schema mine',
      "select pg_read_file('postgresql.conf')",
      "select ledger.append('main', '{}', '{}')",
      'create or replace view ops.v1_ledger as select 1',
    ])
      await assert.rejects(pool.query(text), { code: '42501' }, text);
  } finally {
    await pool.end();
  }
});

test('a plane does not start with a role of operators that can do more, or that is its own', async () => {
  const setup = await operators.setUp();
  const { role, url } = await newRole(setup);
  await setup.database.pool.query(
    `grant usage on schema ledger to ${role}; grant select on ledger.leaf to ${role}`,
  );
  await assert.rejects(setup.another({ databaseUrl: secret(url) }), {
    code: 'invalid',
    message: /select of relation `ledger.leaf`/u,
  });
  await assert.rejects(setup.another({ databaseUrl: secret(setup.database.url) }), {
    code: 'invalid',
    message: /role of the plane itself/u,
  });
});

test('nobody but the present role of operators keeps a right at the views', async () => {
  const setup = await operators.setUp();
  const former = await opened(setup);
  const { pool } = setup.database;
  const column = (await newRole(setup)).role;
  await pool.query('create role "Odd ""name""" nologin');
  await pool.query(`grant usage on schema ops to "Odd ""name""", ${column}`);
  await pool.query('grant select on all tables in schema ops to "Odd ""name""" with grant option');
  await pool.query(`grant select (name) on ops.v1_tables to ${column}`);
  const present = await opened(setup);
  const reader = openPool({ url: former.url, name: 'operator-former', connectionsMax: 1 });
  try {
    await assert.rejects(reader.query('select from ops.v1_ledger'), { code: '42501' });
  } finally {
    await reader.end();
  }
  const { rows } = await pool.query<{ role: string }>(
    `select rolname as role from pg_roles where not rolsuper and rolname not like 'pg\\_%'
       and (has_schema_privilege(oid, 'ops', 'usage') or has_any_column_privilege(oid, 'ops.v1_tables', 'select'))`,
  );
  assert.deepEqual(rows, [{ role: present.reader }]);
  await inForce(present, watching);
  await present.ops.query({ view: 'v1_ledger', limit: 1, grant: null }, OLGA);
});

test('query shows nothing without a grant for that view, to its operator, within its rows', async () => {
  const setup = await operators.setUp();
  const operator = await opened(setup);
  const ask = (view: string, by = OLGA, limit = 2) =>
    operator.ops.query({ view, limit, grant: null }, by);
  await assert.rejects(ask('v1_tables'), { code: 'denied' });
  await inForce(operator);
  await assert.rejects(ask('v1_tables'), { code: 'denied' });
  await inForce(operator, { capability: 'observe', scope: ['v1_tables'], rowsMax: 5 });
  await assert.rejects(ask('v1_health'), { code: 'denied' });
  await assert.rejects(ask('v1_tables', OTTO), { code: 'denied' });
  await assert.rejects(ask('v1_tables; drop table x'), { code: 'not-found' });
  const tries = await Promise.allSettled(Array.from({ length: 6 }, () => ask('v1_tables')));
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 2);
  const outputs = await operator.ops.outputs({ grant: null, before: null, limit: 100 });
  assert.equal(outputs.length, 2);
});

test('no view shows where a source is, who connects to it, what was rejected, or a literal', async () => {
  const setup = await operators.setUp();
  const operator = await opened(setup);
  const { pool } = setup.database;
  await pool.query(
    `insert into sources.system (id, name, host, port, database, username, tls, registered_by, registered_at_ms, server_version,
       version, digest, refreshed_at_ms, findings)
     values ('sys_1', 'canary-name', 'canary-host', 5432, 'canary-database', 'canary-user', 'disable', 'canary-person', 0, 150000, 1, 'x', 0,
       '[{"message":"canary-finding"}]')`,
  );
  operator.quarantine.keep({
    channel: 'gateway',
    code: '22P02',
    content: new TextEncoder().encode('canary-row'),
  });
  await operator.quarantine.tend();
  await inForce(operator, watching);
  for (const { name } of VIEWS) {
    const { text } = await operator.ops.query({ view: name, limit: 200, grant: null }, OLGA);
    assert.ok(!text.includes('canary'), `${name}: ${text}`);
  }
});

test('an output that is not what its leaf tells of is not shown, and old ones go', async () => {
  const setup = await operators.setUp();
  const operator = await opened(setup);
  await inForce(operator, watching);
  const ask = () => operator.ops.query({ view: 'v1_ledger', limit: 1, grant: null }, OLGA);
  const [one, two] = [await ask(), await ask()];
  const { pool } = setup.database;
  await pool.query(
    'update operator.output set sealed = (select sealed from operator.output where id = $2) where id = $1',
    [one.id, two.id],
  );
  await assert.rejects(operator.ops.output(one.id), { code: 'corrupt' });
  setup.time.wallMs += 366 * 86_400_000;
  await operator.ops.tend();
  assert.deepEqual(await operator.ops.outputs({ grant: null, before: null, limit: 10 }), []);
});

test('without a role of operators no view is read', async () => {
  const setup = await operators.setUp();
  const operator = await setup.another();
  await inForce(operator, watching);
  const wish = { view: 'v1_health', limit: 1, grant: null };
  await assert.rejects(operator.ops.query(wish, OLGA), { code: 'unavailable' });
  assert.equal(await operator.ops.role(), null);
});
