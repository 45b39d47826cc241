import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import type { Fact } from '#boundary';
import { migrate } from '#platform/db';
import type { Pool } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestOutbox, testDigest } from '../../../../test/collector/outbox.ts';
import type { CollectorSettings } from '../context.ts';
import { syncElementary } from './elementary.ts';
import { classesOf, ELEMENTARY_TABLES } from './elementarycolumns.ts';
import { lookAtReach } from '../warehouse/reach.ts';
import { postgresWarehouse } from '../warehouse/postgreswarehouse.ts';
import type { WarehouseRow } from '../warehouse/warehousetable.ts';

let cluster: TestCluster;
let pool: Pool;
before(async () => {
  cluster = await startTestCluster();
  ({ pool } = await cluster.createDatabase());
  await migrate(pool, new URL('../../migrations/', import.meta.url));
});
after(() => cluster.stop());

const CANARY = 'canary 4111-1111';
const TIMESTAMPS = new Set([
  'created_at',
  'detected_at',
  'bucket_start',
  'bucket_end',
  'updated_at',
]);
const NUMBERS = new Set(['execution_time', 'max_loaded_at_time_ago_in_s', 'metric_value']);
const WHOLE = new Set([
  'failures',
  'failed_row_count',
  'rows_affected',
  'threads',
  'bucket_duration_hours',
]);

function typeOf(column: string): string {
  if (TIMESTAMPS.has(column)) return 'timestamp';
  if (NUMBERS.has(column)) return 'double precision';
  if (WHOLE.has(column)) return 'bigint';
  return column === 'full_refresh' ? 'boolean' : 'text';
}

/** Rows as the package writes them; what is not named here is a canary, in every column that holds text. */
const ROWS: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  dbt_models: [
    {
      unique_id: 'model.shop.orders',
      name: 'orders',
      alias: 'orders',
      database_name: 'db',
      schema_name: 'public',
      package_name: 'shop',
      materialization: 'table',
      access: 'protected',
      group_name: 'sales',
      tags: `["finance", "${CANARY} !"]`,
      owner: `["ada@example.com", "data-team", "${CANARY}"]`,
      depends_on_nodes: '["source.shop.raw.orders"]',
    },
  ],
  dbt_sources: [
    {
      unique_id: 'source.shop.raw.orders',
      name: 'orders',
      identifier: 'orders',
      database_name: 'db',
      schema_name: 'raw',
      source_name: 'raw',
      package_name: 'shop',
      freshness_warn_after: '{"count": 6, "period": "hour"}',
      freshness_error_after: 'null',
      tags: '[]',
      owner: '[]',
    },
  ],
  dbt_tests: [
    {
      unique_id: `test.shop.accepted_values_orders__${CANARY}.1`,
      parent_model_unique_id: 'model.shop.orders',
      name: `accepted_values_orders__${CANARY}`,
      test_column_name: 'status',
      severity: 'ERROR',
      test_namespace: null,
      test_original_name: 'accepted_values',
      type: 'generic',
      quality_dimension: 'validity',
      tags: '[]',
      model_owners: '[]',
      depends_on_nodes: '["model.shop.orders"]',
    },
  ],
  dbt_columns: [
    { parent_unique_id: 'model.shop.orders', name: 'status', data_type: 'text', tags: '["pii"]' },
  ],
  dbt_exposures: [
    {
      unique_id: 'exposure.shop.weekly',
      name: 'weekly',
      package_name: 'shop',
      maturity: 'high',
      type: 'dashboard',
      tags: '[]',
      owner_email: `${CANARY}@example.com`,
      owner_name: 'olga',
      depends_on_nodes: '["model.shop.orders"]',
    },
  ],
  dbt_invocations: [
    {
      invocation_id: '12345678-1234-1234-1234-123456789abc',
      project_name: 'shop',
      job_name: 'nightly',
      command: 'build',
      dbt_version: '1.8.2',
      full_refresh: false,
      target_name: 'prod',
      env: 'prod',
      orchestrator: 'airflow',
      dbt_user: CANARY,
      git_sha: CANARY,
      run_started_at: '2026-03-01T10:00:00',
      run_completed_at: '2026-03-01T10:05:00',
    },
  ],
  dbt_run_results: [
    {
      model_execution_id: 'a.model.shop.orders',
      unique_id: 'model.shop.orders',
      invocation_id: '12345678-1234-1234-1234-123456789abc',
      status: 'error',
      resource_type: 'model',
      materialization: 'table',
      message: `duplicate key value: ${CANARY}`,
      execution_time: 2.5,
      rows_affected: 7,
      execute_started_at: '2026-03-01T10:00:01',
      execute_completed_at: '2026-03-01T10:00:03',
      compile_started_at: null,
      compile_completed_at: null,
    },
  ],
  dbt_source_freshness_results: [
    {
      source_freshness_execution_id: 'f.1',
      unique_id: 'source.shop.raw.orders',
      invocation_id: 'manual',
      status: 'runtime error',
      max_loaded_at: null,
      snapshotted_at: null,
      max_loaded_at_time_ago_in_s: null,
      warn_after: '{"count": 6, "period": "hour"}',
      error_after: 'null',
    },
  ],
  elementary_test_results: [
    {
      id: 'r.1',
      test_unique_id: `test.shop.accepted_values_orders__${CANARY}.1`,
      model_unique_id: 'model.shop.orders',
      invocation_id: '12345678-1234-1234-1234-123456789abc',
      database_name: 'DB',
      schema_name: 'PUBLIC',
      table_name: 'ORDERS',
      column_name: 'status',
      test_type: 'dbt_test',
      test_sub_type: 'generic',
      severity: 'ERROR',
      status: 'fail',
      failures: 41,
      failed_row_count: 41,
      tags: '[]',
      owners: '["data-team"]',
    },
    {
      id: 'r.2',
      test_unique_id: 'test.shop.schema.2',
      model_unique_id: 'model.shop.orders',
      invocation_id: '12345678-1234-1234-1234-123456789abc',
      database_name: 'DB',
      schema_name: 'PUBLIC',
      table_name: 'ORDERS',
      column_name: 'note',
      test_type: 'schema_change',
      test_sub_type: 'column_added',
      severity: 'WARN',
      status: 'warn',
      failures: 1,
      failed_row_count: null,
      tags: '[]',
      owners: '[]',
    },
  ],
  data_monitoring_metrics: [
    {
      id: 'm.1',
      full_table_name: 'DB.PUBLIC.ORDERS',
      column_name: null,
      metric_name: 'row_count',
      metric_type: 'row_count',
      metric_value: 1234,
      bucket_start: '2026-02-28',
      bucket_end: '2026-03-01',
      bucket_duration_hours: 24,
      updated_at: '2026-03-01 10:00',
      dimension: null,
      dimension_value: null,
    },
    {
      id: 'm.2',
      full_table_name: 'DB.PUBLIC.ORDERS',
      column_name: 'amount',
      metric_name: 'max',
      metric_type: 'max',
      metric_value: 41_111_111,
      bucket_start: '2026-02-28',
      bucket_end: '2026-03-01',
      bucket_duration_hours: 24,
      updated_at: '2026-03-01 10:00',
      dimension: null,
      dimension_value: null,
    },
    {
      id: 'm.3',
      full_table_name: 'DB.PUBLIC.ORDERS',
      column_name: null,
      metric_name: 'dimension',
      metric_type: 'dimension',
      metric_value: 120,
      bucket_start: '2026-02-28',
      bucket_end: '2026-03-01',
      bucket_duration_hours: 24,
      updated_at: '2026-03-01 10:00',
      dimension: 'status',
      dimension_value: CANARY,
    },
    {
      id: 'm.4',
      full_table_name: 'DB.PUBLIC.ORDERS',
      column_name: null,
      metric_name: 'dimension',
      metric_type: 'dimension',
      metric_value: 2,
      bucket_start: '2026-02-28',
      bucket_end: '2026-03-01',
      bucket_duration_hours: 24,
      updated_at: '2026-03-01 10:00',
      dimension: 'status',
      dimension_value: `${CANARY} rare`,
    },
  ],
};

/** A schema as the package makes it, without the columns an older version lacks. */
async function elementarySchema(
  db: Pool,
  schema: string,
  lacking: ReadonlySet<string> = new Set(),
): Promise<void> {
  await db.query(`create schema ${schema}`);
  for (const table of ELEMENTARY_TABLES) {
    const known = [...classesOf(table).keys()].filter(
      (column) => !lacking.has(`${table}.${column}`),
    );
    const columns = known.map((column) => `"${column}" ${typeOf(column)}`).join(', ');
    await db.query(`create table ${schema}.${table} (${columns})`);
    for (const row of ROWS[table] ?? []) {
      await insert(db, { table: `${schema}.${table}`, columns: known }, row);
    }
  }
  await db.query(
    `create table ${schema}.test_result_rows (result_row text); insert into ${schema}.test_result_rows values ('${CANARY}')`,
  );
}

type Into = { readonly table: string; readonly columns: readonly string[] };

async function insert(
  db: Pool,
  { table, columns }: Into,
  row: Readonly<Record<string, unknown>>,
): Promise<void> {
  const full = columns.map((column) => {
    if (Object.hasOwn(row, column)) return row[column];
    if (column === 'created_at' || column === 'detected_at')
      return new Date(Date.UTC(2026, 2, 1, 11)).toISOString().slice(0, 19);
    return typeOf(column) === 'text' ? CANARY : null;
  });
  await db.query(
    `insert into ${table} (${columns.map((column) => `"${column}"`).join(', ')}) values (${columns.map((_, at) => `$${at + 1}`).join(', ')})`,
    full,
  );
}

async function opened(name: string, lacking?: ReadonlySet<string>) {
  const { facts, border } = openTestOutbox();
  const { pool: owner, url } = await cluster.createDatabase();
  await elementarySchema(owner, 'analytics_elementary', lacking);
  const connect = async () => {
    const client = new Client({ connectionString: url });
    await client.connect();
    return client;
  };
  const settings = {
    pool,
    ledger: { append: async () => 0 },
    border,
    digest: testDigest,
    clock: Date.now,
  } as unknown as CollectorSettings;
  await pool.query(
    `insert into collector.warehouse (name, engine, place, results, mode, registered_by, registered_at_ms, elementary) values ($1, 'postgresql', '{}', 'analytics_elementary', 'pull', 'x', 0, true)`,
    [name],
  );
  const row = { name, results: 'analytics_elementary' } as WarehouseRow;
  const warehouse = postgresWarehouse(connect);
  return { facts, owner, warehouse, sync: () => syncElementary(settings, row, warehouse) };
}

function items<T>(facts: readonly Fact[], pick: (fact: Fact) => readonly T[]): readonly T[] {
  return facts.flatMap(pick);
}

describe('elementary', () => {
  test('a schema of the package is told, and no canary of any of its columns', async () => {
    const { facts, sync } = await opened('full');
    await sync();
    const nodes = items(facts, (fact) => (fact.kind === 'dbt-nodes' ? fact.present : []));
    assert.deepEqual(nodes.map(({ node }) => node).toSorted(), [
      'exposure.shop.weekly',
      'model.shop.orders',
      'source.shop.raw.orders',
    ]);
    const orders = nodes.find(({ name }) => name === 'orders');
    assert.deepEqual(
      [orders?.columns, orders?.tags, orders?.materialized],
      [[{ name: 'status', type: 'text', description: '', tags: ['pii'] }], ['finance'], 'table'],
    );
    assert.ok(orders?.owners.includes('data-team'));
    const [definition] = items(facts, (fact) => (fact.kind === 'dbt-nodes' ? fact.tests : []));
    assert.deepEqual(
      [definition?.name, definition?.node],
      ['accepted_values.orders.status', 'model.shop.orders'],
    );
    const [run] = items(facts, (fact) => (fact.kind === 'run-result' ? [fact] : []));
    assert.deepEqual(
      [run?.command, run?.job, run?.orchestrator, run?.completedMs],
      ['build', 'nightly', 'airflow', Date.UTC(2026, 2, 1, 10, 5)],
    );
    const [model] = items(facts, (fact) => (fact.kind === 'node-runs' ? fact.runs : []));
    assert.deepEqual(
      [model?.status, model?.fault, model?.executionMs, model?.rowsAffected],
      ['error', 'duplicate-key', 2_500, 7],
    );
    const results = items(facts, (fact) => (fact.kind === 'test-results' ? fact.results : []));
    assert.deepEqual(
      results.map(({ check, status, failures }) => [check, status, failures]),
      [
        ['generic', 'fail', 41],
        ['schema_changes', 'warn', 1],
      ],
    );
    // The result and the definition of a dbt test are the same test.
    assert.equal(results[0]?.test, definition?.test);
    const [change] = items(facts, (fact) => (fact.kind === 'schema-changes' ? fact.changes : []));
    assert.deepEqual([change?.what, change?.column], ['column-added', 'note']);
    const points = items(facts, (fact) => (fact.kind === 'metric-points' ? fact.points : []));
    assert.deepEqual(
      points.map(({ kind, value, state }) => [kind, value, state]),
      [
        ['count', 1_234, 'measured'],
        ['extreme', null, 'suppressed'],
        ['count', 120, 'measured'],
        ['count', null, 'suppressed'],
      ],
    );
    const [fresh] = items(facts, (fact) => (fact.kind === 'source-freshness' ? fact.results : []));
    assert.deepEqual([fresh?.status, fresh?.warnAfterSeconds], ['runtime-error', 21_600]);
    const text = facts.map((fact) => canonicalJson(fact as unknown as Json)).join('\n');
    assert.doesNotMatch(text, /canary|4111|example\.com/u);
  });

  test('what was told is told once; what comes later or late is told then', async () => {
    const { facts, owner, sync } = await opened('again');
    await sync();
    const before = facts.length;
    await sync();
    assert.equal(facts.length, before);
    const late = {
      ...ROWS['elementary_test_results']?.[0],
      id: 'r.3',
      created_at: '2026-03-01 10:30',
    };
    const columns = [...classesOf('elementary_test_results').keys()];
    await insert(owner, { table: 'analytics_elementary.elementary_test_results', columns }, late);
    await owner.query(
      `update analytics_elementary.data_monitoring_metrics set metric_value = 1300, updated_at = '2026-03-01 12:00', created_at = '2026-03-01 12:00' where id = 'm.1'`,
    );
    await owner.query(`delete from analytics_elementary.dbt_exposures`);
    await sync();
    const told = facts.slice(before);
    assert.equal(
      items(told, (fact) => (fact.kind === 'test-results' ? fact.results : [])).length,
      1,
    );
    assert.deepEqual(
      items(told, (fact) =>
        fact.kind === 'metric-points' ? fact.points.map(({ value }) => value) : [],
      ),
      [1_300],
    );
    assert.deepEqual(
      items(told, (fact) => (fact.kind === 'dbt-nodes' ? fact.removed : [])),
      ['exposure.shop.weekly'],
    );
  });

  test('an older version without newer tables and columns is told as far as it goes', async () => {
    const lacking = new Set([
      'dbt_models.group_name',
      'dbt_tests.quality_dimension',
      'dbt_run_results.group_name',
      'elementary_test_results.created_at',
      'elementary_test_results.failed_row_count',
      'data_monitoring_metrics.metric_properties',
      'data_monitoring_metrics.created_at',
    ]);
    const { facts, owner, sync } = await opened('old', lacking);
    await owner.query(
      'drop table analytics_elementary.dbt_groups, analytics_elementary.dbt_columns, analytics_elementary.dbt_source_freshness_results',
    );
    await sync();
    const before = facts.length;
    await sync();
    assert.equal(facts.length, before);
    assert.equal(
      items(facts, (fact) => (fact.kind === 'test-results' ? fact.results : [])).length,
      2,
    );
    assert.equal(
      items(facts, (fact) => (fact.kind === 'metric-points' ? fact.points : [])).length,
      4,
    );
  });

  test('a role that reads the failed rows, or a table that comes later, can reach too much', async () => {
    const { owner } = await opened('reach');
    const { rows } = await owner.query<{ name: string }>('select current_database() as name');
    await owner.query(
      `create role edr_reader login; grant usage on schema analytics_elementary to edr_reader; grant select on all tables in schema analytics_elementary to edr_reader`,
    );
    const url = cluster.url(rows[0]?.name ?? '', 'edr_reader');
    const connect = async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      return client;
    };
    const allowed = { schema: 'analytics_elementary', relations: ELEMENTARY_TABLES };
    const look = () =>
      postgresWarehouse(connect).work((session) => lookAtReach(session, 'elementary', allowed));
    assert.deepEqual((await look()).beyond, [
      { kind: 'relation', name: 'analytics_elementary.test_result_rows', privilege: 'SELECT' },
    ]);
    await owner.query('revoke select on analytics_elementary.test_result_rows from edr_reader');
    assert.deepEqual((await look()).beyond, []);
    await owner.query(
      'create table analytics_elementary.test_abc__metrics (v text); grant select on analytics_elementary.test_abc__metrics to edr_reader',
    );
    assert.equal((await look()).beyond.length, 1);
  });
});
