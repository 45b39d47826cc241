import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checkFact } from '#boundary';
import type { Fact, FactBody } from '#boundary';
import type { Pool } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { Client } from 'pg';
import type { CollectorSettings } from '../context.ts';
import { postgresWarehouse } from './postgreswarehouse.ts';
import { tellViewLineage } from './viewlineage.ts';
import type { WarehouseRow } from './warehousetable.ts';

let cluster: TestCluster;
let pool: Pool;
let url: string;
before(async () => {
  cluster = await startTestCluster();
  const database = await cluster.createDatabase();
  ({ pool, url } = database);
  await pool.query(`
    create schema privet_observe;
    create view privet_observe.obs_v1_run as select 1 as one;
    create table public.people (id integer, email text, born date);
    create table public.orders (id integer, person integer, total numeric);
    create view public.spending (who, spent) as
      select lower(p.email), sum(o.total) from public.people p join public.orders o on o.person = p.id
      where p.email <> 'canary@example.test' group by 1;
    create materialized view public.adults as select id, case when born < '2001-02-03' then email end as mail from public.people;
    create view public.odd as select * from pg_catalog.generate_series(1, 3) as n`);
});
after(() => cluster.stop());

test('tellViewLineage tells names of columns only, hourly, and what is gone', async () => {
  const facts: Fact[] = [];
  let nowMs = Date.UTC(2026, 10, 21);
  const border = {
    wake: () => undefined,
    store: async (_: unknown, bodies: readonly FactBody[]) => {
      for (const body of bodies) {
        facts.push(
          checkFact({ ...body, format: 'privet-fact/v1', plane: 'main', number: facts.length + 1 }),
        );
      }
      return facts.length;
    },
  };
  const settings = { pool, border, clock: () => nowMs } as unknown as CollectorSettings;
  const connect = async () => {
    const client = new Client({ connectionString: url, options: '-c search_path=pg_catalog' });
    await client.connect();
    return client;
  };
  const row = { name: 'shop', results: 'privet_observe' } as WarehouseRow;
  const telling = { row, warehouse: postgresWarehouse(connect), database: 'shop' };
  const memory = new Map();
  assert.equal(await tellViewLineage(settings, memory, telling), true);
  const [fact] = facts;
  assert.ok(fact?.kind === 'lineage');
  const told = fact.relations.flatMap(({ table, columns, completeness }) =>
    columns.map(
      ({ name, from }) =>
        `${table.name}.${name} ${completeness}: ${from.map((one) => `${one.table.name}.${one.column}`).join(' ')}`,
    ),
  );
  assert.deepEqual(told, [
    'adults.id full: people.id',
    'adults.mail full: people.born people.email',
    'odd.n full: ',
    'spending.who full: people.email',
    'spending.spent full: orders.total',
  ]);
  assert.doesNotMatch(JSON.stringify(facts), /canary|2001/u);
  assert.equal(await tellViewLineage(settings, memory, telling), false, 'not again within an hour');
  nowMs += 3_600_000;
  await pool.query('drop view public.spending');
  await tellViewLineage(settings, memory, telling);
  const last = facts.at(-1);
  assert.ok(last?.kind === 'lineage');
  assert.deepEqual(last.removed, [{ database: 'shop', schema: 'public', name: 'spending' }]);
});
