import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { duckdbWarehouse } from '../warehouse/duckdbwarehouse.ts';
import { monitorFrom } from './monitor.ts';
import { postgresWarehouse } from '../warehouse/postgreswarehouse.ts';
import { readSamples } from '../sample.ts';
import { runMonitor } from '../run.ts';
import type { RunSummary } from '../runrecord.ts';
import type { Row, Session, Warehouse } from '../warehouse/warehouse.ts';

let cluster: TestCluster;
before(async () => {
  cluster = await startTestCluster();
});
after(() => cluster.stop());

const DAY = 86_400_000;
/** Noon of a Sunday in March: the day before clocks in Berlin go forward is in the history. */
const NOW = Date.UTC(2026, 3, 5, 12);
const digest = (texts: readonly string[]) =>
  Promise.resolve(texts.map((text) => createHmac('sha256', 'test').update(text).digest('hex')));

const ENGINES: Readonly<Record<string, () => Promise<Warehouse>>> = {
  postgresql: async () => {
    const { url } = await cluster.createDatabase();
    return postgresWarehouse(async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      return client;
    });
  },
  duckdb: () => duckdbWarehouse(':memory:'),
};

type Bench = {
  readonly warehouse: Warehouse;
  sql(text: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  run(document: object, at?: { runId?: string; nowMs?: number }): Promise<RunSummary>;
  points(metric: string, column?: string): Promise<readonly Row[]>;
};

let runs = 0;
async function bench(
  t: { after(work: () => Promise<void>): void },
  engine: string,
): Promise<Bench> {
  const warehouse = await (ENGINES[engine] ?? assert.fail())();
  t.after(() => warehouse.close());
  const inside = <T>(work: (session: Session) => Promise<T>) => warehouse.work(work);
  const sql = (text: string, parameters?: readonly unknown[]) =>
    inside((session) => session.query(text, parameters));
  await sql('create schema shop');
  return {
    warehouse,
    sql,
    run: (document, { runId = `run_${(runs += 1)}`, nowMs = NOW } = {}) =>
      runMonitor(
        {
          warehouse,
          place: { warehouse: 'shop', schema: 'privet_observe', runId, digest },
          clock: () => nowMs,
          signal: new AbortController().signal,
          report: async () => undefined,
        },
        monitorFrom({
          apiVersion: 'privet/v1',
          kind: 'Monitor',
          name: 'orders',
          warehouse: 'shop',
          table: 'shop.orders',
          ...document,
        }),
      ),
    points: (metric, column) =>
      sql(
        `select m.value, m.state, m.class, m.row_count, extract(epoch from m.bucket_end)::float8 as ends,
           s.category_digest from privet_observe.obs_v1_metric m join privet_observe.obs_v1_series s using (series)
         where s.metric = $1 and ($2::text is null or s.column_name = $2::text) order by m.bucket_end, s.category_digest`,
        [metric, column ?? null],
      ),
  };
}

/** Ten days of orders, 100 a day, on the hour from midnight UTC. */
async function fillOrders(b: Bench): Promise<void> {
  await b.sql(
    `create table shop.orders (id integer, created_at timestamptz, amount decimal(12,2), status text, paid boolean)`,
  );
  await b.sql(`insert into shop.orders
    select i, timestamptz '2026-03-26 00:00:00+00' + (i - i % 100) / 100 * interval '1 day' + (i % 24) * interval '1 hour',
      case when i % 10 = 0 then null else (i % 50) + 0.5 end, case i % 4 when 0 then 'open' when 1 then ' ' else 'shipped' end, i % 2 = 0
    from (select unnest(${b.warehouse.dialect.engine === 'duckdb' ? 'range(1000)' : 'array(select generate_series(0, 999))'}) as i) g`);
}

const numbers = (rows: readonly Row[]) => rows.map((row) => Number(row['value']));

for (const engine of Object.keys(ENGINES)) {
  describe(`monitor on ${engine}`, () => {
    test('one pass measures every metric, rounded by its class', async (t) => {
      const b = await bench(t, engine);
      await fillOrders(b);
      const summary = await b.run({
        timestamp: 'created_at',
        metrics: [
          'row_count',
          'freshness',
          {
            column: 'amount',
            metrics: [
              'null_count',
              'null_percent',
              'min',
              'max',
              'average',
              'sum',
              'standard_deviation',
              'quantile_50',
              'zero_count',
            ],
          },
          {
            column: 'status',
            metrics: ['missing_count', 'distinct_count', 'max_length', 'unique_percent'],
          },
          { column: 'paid', metrics: ['count_true', 'count_false'] },
          { custom: 'revenue', sql: 'sum(amount)', class: 'moment' },
        ],
      });
      assert.equal(summary.state, 'success');
      // The table begins on 26 March: days before it are no zeros. Today is not complete.
      assert.deepEqual(numbers(await b.points('row_count')), Array(10).fill(100));
      assert.deepEqual(numbers(await b.points('null_count', 'amount')), Array(10).fill(10));
      assert.deepEqual(numbers(await b.points('null_percent', 'amount')), Array(10).fill(10));
      assert.deepEqual(numbers(await b.points('missing_count', 'status')), Array(10).fill(25));
      assert.deepEqual(numbers(await b.points('distinct_count', 'status')), Array(10).fill(3));
      assert.deepEqual(numbers(await b.points('max_length', 'status')), Array(10).fill(7));
      assert.deepEqual(numbers(await b.points('count_true', 'paid')), Array(10).fill(50));
      assert.deepEqual(numbers(await b.points('count_false', 'paid')), Array(10).fill(50));
      assert.deepEqual(numbers(await b.points('freshness')), Array(10).fill(3_600));
      // Of 90 values from 1.5 to 49.5, each twice but the tens: a step of 5, for the spread is about 14.
      assert.deepEqual(numbers(await b.points('max', 'amount')), Array(10).fill(50));
      assert.deepEqual(numbers(await b.points('min', 'amount')), Array(10).fill(0));
      assert.deepEqual(numbers(await b.points('average', 'amount')), Array(10).fill(25.5));
      assert.deepEqual(numbers(await b.points('sum', 'amount')), Array(10).fill(2_295));
      assert.deepEqual(numbers(await b.points('custom')), Array(10).fill(2_295));
      const [deviation] = numbers(await b.points('standard_deviation', 'amount'));
      const amounts = Array.from({ length: 100 }, (_, i) => (i % 50) + 0.5).filter(
        (_, i) => i % 10 !== 0,
      );
      const squares = amounts.map((amount) => (amount - 25.5) ** 2);
      const exact = Math.sqrt(
        squares.reduce((sum, square) => sum + square, 0) / (amounts.length - 1),
      );
      assert.equal(deviation, Number(exact.toPrecision(4)));
    });

    test('a second run measures only what is missing or may still change', async (t) => {
      const b = await bench(t, engine);
      await fillOrders(b);
      const document = { timestamp: 'created_at', metrics: ['row_count'], backfill: '6 days' };
      await b.run(document, { runId: 'run_first', nowMs: NOW - 3 * DAY });
      await b.sql(
        `insert into shop.orders select 5000, timestamptz '2026-03-31 10:00:00+00', 1, 'open', true`,
      );
      await b.sql(
        `insert into shop.orders select 5001, timestamptz '2026-03-27 10:00:00+00', 1, 'open', true`,
      );
      await b.run(document, { runId: 'run_second' });
      // The late row of the 31st is within the back-fill; that of the 27th is not.
      assert.deepEqual(
        numbers(await b.points('row_count')),
        [100, 100, 100, 100, 100, 101, 100, 100, 100, 100],
      );
      const told = await b.sql(
        `select run_id, count(*) as n from privet_observe.obs_v1_metric group by 1 order by 1`,
      );
      // Days measured again that came out the same are not told again.
      assert.deepEqual(
        told.map((row) => [row['run_id'], Number(row['n'])]),
        [
          ['run_first', 6],
          ['run_second', 4],
        ],
      );
    });

    test('categories are told from enough rows on, under a digest, known ones also without any', async (t) => {
      const b = await bench(t, engine);
      await fillOrders(b);
      await b.sql(
        `insert into shop.orders select 9000, timestamptz '2026-03-28 10:00:00+00', 1, 'canary-rare', true`,
      );
      await b.sql(
        `delete from shop.orders where status = 'open' and created_at >= timestamptz '2026-04-04 00:00:00+00'`,
      );
      await b.run({ timestamp: 'created_at', metrics: [{ category: 'status' }] });
      const counts = await b.points('category_count', 'status');
      assert.equal(new Set(counts.map((row) => row['category_digest'])).size, 3);
      assert.deepEqual(
        [...new Set(numbers(counts))].toSorted((x, y) => x - y),
        [0, 25, 50],
      );
      const others = await b.points('category_other_count');
      assert.deepEqual(
        [...new Set(others.map((row) => row['state']))],
        ['measured', 'suppressed'].filter((state) => others.some((row) => row['state'] === state)),
      );
      assert.ok(others.some((row) => row['state'] === 'suppressed' && row['value'] === null));
      const kept = await b.sql('select value_json from privet_observe.category_value order by 1');
      assert.deepEqual(
        kept.map((row) => JSON.parse(String(row['value_json']))),
        [[' '], ['open'], ['shipped']],
      );
    });

    test('numbers over too few values are not told', async (t) => {
      const b = await bench(t, engine);
      await fillOrders(b);
      await b.sql(
        `delete from shop.orders where created_at >= timestamptz '2026-04-04 00:00:00+00' and id % 20 <> 1`,
      );
      await b.run({
        timestamp: 'created_at',
        metrics: [{ column: 'amount', metrics: ['average', 'max', 'null_count'] }],
      });
      const last = async (metric: string) => (await b.points(metric, 'amount')).at(-1);
      assert.deepEqual((await last('average'))?.['state'], 'suppressed');
      assert.deepEqual((await last('max'))?.['value'], null);
      assert.equal(Number((await last('null_count'))?.['value']), 0);
    });

    test('tests find what is wrong, and keep a few failed rows in the warehouse', async (t) => {
      const b = await bench(t, engine);
      await fillOrders(b);
      await b.sql('create table shop.customers (id integer, name text)');
      await b.sql(`insert into shop.customers values (1, 'Ann Example')`);
      await b.sql('alter table shop.orders add column customer_id integer');
      await b.sql('alter table shop.orders add column payload text');
      await b.sql(`update shop.orders set customer_id = 1, payload = '{"n": 1}'`);
      await b.sql(`update shop.orders set customer_id = 2 where id = 7`);
      await b.sql(`update shop.orders set payload = '{"n": "seven"}' where id = 7`);
      await b.sql(
        `insert into shop.orders (id, created_at, amount) values (7, timestamptz '2026-03-28 10:00:00+00', -4)`,
      );
      const summary = await b.run({
        timestamp: 'created_at',
        tests: [
          { not_null: 'amount' },
          { not_null: 'status', warnOver: 0, failOver: 10 },
          { unique: 'id' },
          { accepted_values: { column: 'status', values: ['open', 'shipped', ' '] } },
          { relationships: { column: 'customer_id', to: 'shop.customers', field: 'id' } },
          { expression: 'amount >= 0 -- a comment' },
          { expression: 'no_such_column > 0', name: 'misspelt' },
          { custom_sql: 'select * from shop.orders where amount > 1000' },
          {
            json_schema: {
              column: 'payload',
              schema: { type: 'object', properties: { n: { type: 'integer' } } },
            },
          },
          {
            exposure_validity: {
              exposure: 'weekly',
              columns: [{ name: 'id', type: 'integer' }, { name: 'gone' }],
            },
          },
          { row_count_match: { table: 'shop.customers', tolerancePercent: 50 } },
          { freshness: { errorAfter: '1 hour', warnAfter: '1 minute' } },
          { schema_changes: { baseline: ['id', 'created_at', 'amount', 'status', 'lost'] } },
          { volume_threshold: {} },
          { schema_changes: 'last' },
        ],
      });
      assert.equal(summary.state, 'warning');
      const results = await b.sql(
        'select test_name, status, failures, samples, fault from privet_observe.obs_v1_test_result',
      );
      const found = new Map(
        results.map((row) => [
          String(row['test_name']),
          [
            row['status'],
            row['failures'] === null ? null : Number(row['failures']),
            Number(row['samples']),
          ],
        ]),
      );
      assert.deepEqual(Object.fromEntries(found), {
        'not_null.amount': ['fail', 100, 5],
        'not_null.status': ['warn', null, 5],
        'unique.id': ['fail', null, 5],
        'accepted_values.status': ['pass', 0, 0],
        'relationships.customer_id': ['fail', null, 5],
        'expression.6': ['fail', null, 5],
        misspelt: ['error', null, 0],
        'custom_sql.8': ['pass', 0, 0],
        'json_schema.payload': ['fail', null, 5],
        'exposure_validity.weekly': ['fail', 1, 0],
        'row_count_match.customers': ['fail', 1_000, 0],
        freshness: ['fail', 47_000, 0],
        'schema_changes.baseline': ['fail', 1, 0],
        volume_threshold: ['pass', 0, 0],
        schema_changes: ['pass', 0, 0],
      });
      assert.equal(
        results.find((row) => row['test_name'] === 'misspelt')?.['fault'],
        'missing-column',
      );
      const [orphan] = await b.sql(
        `select result_id from privet_observe.test_result where test_name = 'relationships.customer_id'`,
      );
      const samples = await b.warehouse.work((session) =>
        readSamples(session, 'privet_observe', {
          resultId: String(orphan?.['result_id']),
          nowMs: NOW,
        }),
      );
      assert.deepEqual(
        [samples.length, samples[0]?.row['id'], samples[0]?.row['customer_id']],
        [1, 7, 2],
      );
    });

    test('small groups are told by nothing: not their counts, not when their rows came', async (t) => {
      const b = await bench(t, engine);
      await fillOrders(b);
      await b.sql(
        `insert into shop.orders values (5000, timestamptz '2026-04-04 03:04:05+00', 7, 'open', true)`,
      );
      // The conditions are one person's; all of it is what a small table would tell, too.
      await b.run({
        timestamp: 'created_at',
        where: 'id = 5000',
        metrics: [
          'row_count',
          'freshness',
          { event_freshness: 'created_at' },
          { column: 'paid', metrics: ['count_true', 'null_percent', 'distinct_count'] },
        ],
        tests: [
          { custom_sql: 'select * from shop.orders where id = 5000', name: 'one' },
          { custom_sql: 'select * from shop.orders where id < 537', name: 'many' },
          { expression: 'id <> 5000', name: 'not' },
        ],
      });
      const points = await b.sql(
        'select value, row_count, state from privet_observe.obs_v1_metric where row_count is null or row_count > 0',
      );
      assert.ok(points.length >= 6);
      for (const { value, row_count, state } of points) {
        assert.deepEqual([value, row_count, state], [null, null, 'suppressed']);
      }
      const results = await b.sql(
        'select test_name, status, failures, row_count, samples from privet_observe.obs_v1_test_result order by 1',
      );
      const number = (value: unknown) => (value === null ? null : Number(value));
      assert.deepEqual(
        results.map((row) => [
          row['test_name'],
          row['status'],
          number(row['failures']),
          number(row['row_count']),
          Number(row['samples']),
        ]),
        [
          ['many', 'fail', 540, null, 5],
          ['not', 'fail', null, null, 5],
          ['one', 'fail', null, null, 5],
        ],
      );
    });

    test('freshness is told to the minute and two digits', async (t) => {
      const b = await bench(t, engine);
      await fillOrders(b);
      await b.sql(
        `update shop.orders set created_at = created_at - interval '1 hour' + interval '83 seconds'`,
      );
      await b.run({ timestamp: 'created_at', metrics: ['freshness'] });
      const points = await b.points('freshness');
      // Four rows are all there is on the first day. From then on the latest is 58:37 before the end, on the last 1:58:37.
      assert.equal(points[0]?.['state'], 'suppressed');
      assert.deepEqual([...new Set(numbers(points.slice(1)))], [3_500, 7_100]);
    });

    test('a pattern of a schema that would stop V8 takes no time, and one that takes long is ended', async (t) => {
      const b = await bench(t, engine);
      await b.sql('create table shop.orders (id integer, created_at timestamptz, payload text)');
      await b.sql(`insert into shop.orders values (1, now(), '"${'a'.repeat(5_000)}!"')`);
      const evil = { type: 'string', pattern: '^(a+)+$' };
      // Each level is looked at twice by the one above it: 2 to the 40th.
      const definitions = Object.fromEntries(
        Array.from({ length: 40 }, (_, depth) => [
          `d${depth}`,
          depth === 0
            ? { type: 'number' }
            : {
                anyOf: [
                  { $ref: `#/definitions/d${depth - 1}` },
                  { $ref: `#/definitions/d${depth - 1}` },
                ],
              },
        ]),
      );
      const summary = await b.run({
        timeoutSeconds: 2,
        tests: [
          { json_schema: { column: 'payload', schema: evil }, name: 'evil' },
          {
            json_schema: { column: 'payload', schema: { definitions, $ref: '#/definitions/d39' } },
            name: 'slow',
          },
        ],
      });
      assert.equal(summary.state, 'warning');
      const results = await b.sql(
        'select test_name, status, fault from privet_observe.obs_v1_test_result order by 1',
      );
      assert.deepEqual(
        results.map((row) => [row['test_name'], row['status'], row['fault']]),
        [
          ['evil', 'fail', null],
          ['slow', 'error', 'timed-out'],
        ],
      );
    });

    test('labels of an enum do not show in a change of the schema', async (t) => {
      if (engine !== 'duckdb') return;
      const b = await bench(t, engine);
      await b.sql(`create table shop.orders (id integer, state enum('canary-a', 'canary-b'))`);
      await b.run({ tests: [{ schema_changes: 'last' }] });
      await b.sql(
        `alter table shop.orders alter state type enum('canary-a', 'canary-b', 'canary-c')`,
      );
      await b.run({ tests: [{ schema_changes: 'last' }] });
      const changes = await b.sql(
        'select what, before_text, after_text from privet_observe.obs_v1_schema_change',
      );
      assert.deepEqual(
        changes.map((row) => [row['what'], row['before_text'], row['after_text']]),
        [['type-changed', 'enum', 'enum']],
      );
    });

    test('what an operator writes is one statement that cannot write', async (t) => {
      const b = await bench(t, engine);
      await fillOrders(b);
      const hostile = [
        'select 1) as q; drop table shop.orders; select count(*) from (select 1',
        'delete from shop.orders returning id',
        'select 1; commit; drop table shop.orders',
      ];
      const tests = hostile.map((custom_sql, at) => ({ custom_sql, name: `hostile-${at}` }));
      await b.run({
        tests: [...tests, { expression: 'true); drop table shop.orders; select (1=1' }],
      });
      const results = await b.sql('select status from privet_observe.obs_v1_test_result');
      assert.deepEqual(
        results.map((row) => row['status']),
        Array(4).fill('error'),
      );
      assert.deepEqual(numbers(await b.sql('select count(*) as value from shop.orders')), [1_000]);
    });

    test('no samples where they are switched off, and none after their time', async (t) => {
      const b = await bench(t, engine);
      await fillOrders(b);
      await b.run({
        samples: { test_sample_row_count: 0 },
        tests: [{ not_null: 'amount', test_sample_row_count: 50 }],
      });
      assert.deepEqual(await b.sql('select 1 from privet_observe.failed_row'), []);
      await b.run({
        tests: [{ not_null: 'amount', test_sample_row_count: 2 }],
        samples: { keep: '1 hour' },
      });
      assert.equal((await b.sql('select 1 from privet_observe.failed_row')).length, 2);
      await b.run({}, { nowMs: NOW + 2 * 3_600_000 });
      assert.deepEqual(await b.sql('select 1 from privet_observe.failed_row'), []);
    });

    test('changes of the schema are told once; a renamed table is found, a missing one fails its run', async (t) => {
      const b = await bench(t, engine);
      await fillOrders(b);
      await b.run({ tests: [{ schema_changes: 'last' }] });
      await b.sql('alter table shop.orders add column note text');
      await b.sql('alter table shop.orders drop column paid');
      await b.sql('alter table shop.orders alter column id type bigint');
      await b.run({ tests: [{ schema_changes: 'last' }] });
      const changes = () =>
        b.sql(
          'select what, column_name, before_text, after_text from privet_observe.obs_v1_schema_change order by what, column_name',
        );
      assert.deepEqual(
        (await changes()).map((row) => [row['what'], row['column_name'], row['after_text']]),
        [
          ['column-added', 'note', engine === 'duckdb' ? 'varchar' : 'text'],
          ['column-removed', 'paid', null],
          ['type-changed', 'id', 'bigint'],
        ],
      );
      const [last] = await b.sql(
        `select status, failures from privet_observe.obs_v1_test_result order by failures desc limit 1`,
      );
      assert.deepEqual([last?.['status'], Number(last?.['failures'])], ['fail', 3]);
      await b.sql('alter table shop.orders rename to purchases');
      for (let twice = 0; twice < 2; twice++) {
        const summary = await b.run({});
        assert.deepEqual([summary.state, summary.fault], ['failed', 'missing-table']);
      }
      const renamed = (await changes()).filter((row) => String(row['what']).startsWith('table'));
      assert.deepEqual(
        renamed.map((row) => [row['what'], row['before_text'], row['after_text']]),
        [['table-renamed', 'orders', 'purchases']],
      );
    });

    test('an empty table gives no points and breaks no test', async (t) => {
      const b = await bench(t, engine);
      await b.sql('create table shop.orders (id integer, created_at timestamptz)');
      const summary = await b.run({
        timestamp: 'created_at',
        metrics: ['row_count', 'freshness', { columns: 'all' }],
        tests: [
          { not_null: 'id' },
          { unique: 'id' },
          { freshness: { errorAfter: '1 hour' } },
          { volume_threshold: {} },
        ],
      });
      assert.deepEqual([summary.state, summary.points], ['success', 0]);
    });

    test('days follow the wall clock of the zone, also in a column without one', async (t) => {
      const b = await bench(t, engine);
      await b.sql('create table shop.orders (id integer, placed_at timestamp)');
      const rows = engine === 'duckdb' ? 'range(96)' : 'array(select generate_series(0, 95))';
      // A row an hour of the wall clock, from the day before clocks go forward on 29 March.
      await b.sql(
        `insert into shop.orders select i, timestamp '2026-03-28 00:00:00' + i * interval '1 hour' from (select unnest(${rows}) as i) g`,
      );
      await b.run({ timestamp: 'placed_at', timeZone: 'Europe/Berlin', metrics: ['row_count'] });
      const points = await b.points('row_count');
      assert.deepEqual(numbers(points), [24, 24, 24, 24, 0, 0, 0, 0]);
      const ends = points.map((row) => Number(row['ends']) * 1_000);
      assert.deepEqual(
        ends.slice(0, 3).map((ms) => new Date(ms).toISOString()),
        ['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z', '2026-03-30T22:00:00.000Z'],
      );
    });

    test('a run that takes too long is a failed run, with what was measured before kept', async (t) => {
      const b = await bench(t, engine);
      await fillOrders(b);
      const slow =
        engine === 'duckdb'
          ? 'select count(*) from range(100000) a, range(1000000) b'
          : 'select pg_sleep(20)';
      const started = performance.now();
      const summary = await b.run({
        timeoutSeconds: 1,
        tests: [{ custom_sql: slow, name: 'slow' }],
      });
      assert.ok(performance.now() - started < 15_000);
      assert.equal(summary.state, 'warning');
      const [result] = await b.sql('select status, fault from privet_observe.obs_v1_test_result');
      assert.deepEqual([result?.['status'], result?.['fault']], ['error', 'timed-out']);
      assert.equal((await b.points('row_count')).length, 1);
    });
  });
}
