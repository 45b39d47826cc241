/**
 * What a pass of the collector costs beside hand-written SQL for the same metrics, on PostgreSQL and DuckDB, and what a
 * large manifest of dbt costs in time and memory. The servers run without fsync. `node --expose-gc bench/collector.ts
 * [rows] [manifest MB]` prints a table; 10 million rows take a gigabyte in the temporary directory.
 */
import { createHmac } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Client } from 'pg';
import { migrate } from '#platform/db';
import { startTestCluster } from '../src/platform/db/testcluster/mod.ts';
import type { CollectorSettings } from '../src/plane/collector/context.ts';
import { loadArtifact } from '../src/plane/collector/dbt/dbtload.ts';
import { duckdbWarehouse } from '../src/plane/collector/warehouse/duckdbwarehouse.ts';
import { monitorFrom } from '../src/plane/collector/monitor/monitor.ts';
import { postgresWarehouse } from '../src/plane/collector/warehouse/postgreswarehouse.ts';
import { runMonitor } from '../src/plane/collector/run.ts';
import type { Warehouse } from '../src/plane/collector/warehouse/warehouse.ts';

const ROWS = Number(process.argv[2] ?? 10_000_000);
const MANIFEST_MB = Number(process.argv[3] ?? 100);
const DAYS = 30;
const SAMPLES = 3;
const NOW = Date.UTC(2026, 3, 1, 1);
const digest = async (texts: readonly string[]) =>
  texts.map((text) => createHmac('sha256', 'bench').update(text).digest('hex'));

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}

function median(values: readonly number[]): number {
  return (
    values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
  );
}

const COLUMN = {
  amount: [
    'null_count',
    'null_percent',
    'min',
    'max',
    'average',
    'sum',
    'standard_deviation',
    'variance',
    'zero_count',
    'zero_percent',
  ],
  status: [
    'null_count',
    'missing_count',
    'missing_percent',
    'min_length',
    'max_length',
    'average_length',
  ],
  paid: ['count_true', 'count_false', 'null_count'],
};
const HEAVY = {
  amount: ['quantile_05', 'quantile_25', 'quantile_50', 'quantile_75', 'quantile_95'],
  status: ['distinct_count'],
};

/** The same metrics as somebody would write them. */
const HAND = `count(*), max(created_at), count(amount), 100.0 * (count(*) - count(amount)) / count(*), min(amount), max(amount),
  avg(amount), sum(amount), stddev_samp(amount), var_samp(amount), count(*) filter (where coalesce(amount, 0) = 0),
  count(status), count(*) filter (where status is null or trim(status) = '' or lower(trim(status)) = 'null'),
  min(length(status)), max(length(status)), avg(length(status)), count(*) filter (where paid), count(paid)`;
const HAND_HEAVY: Readonly<Record<string, string>> = {
  postgresql: `percentile_cont(array[0.05, 0.25, 0.5, 0.75, 0.95]) within group (order by amount), count(distinct status)`,
  duckdb: `quantile_cont(amount, [0.05, 0.25, 0.5, 0.75, 0.95]), count(distinct status)`,
};

async function measure(warehouse: Warehouse): Promise<void> {
  const { engine } = warehouse.dialect;
  const series =
    engine === 'duckdb' ? `range(${ROWS}) g(i)` : `generate_series(0, ${ROWS - 1}) g(i)`;
  const filled = await seconds(() =>
    warehouse.work(async (session) => {
      await session.query(`create table orders as select i::bigint as id,
        timestamptz '2026-03-02 00:00:00+00' + i * interval '1 second' * ${(DAYS * 86_400) / ROWS} as created_at,
        case when i % 17 = 0 then null else (i % 100000) / 7.0::float8 end as amount,
        case i % 4 when 0 then 'open' when 1 then 'paid' when 2 then 'shipped' else 'returned' end as status,
        i % 3 = 0 as paid from ${series}`);
    }),
  );
  if (engine === 'postgresql') await warehouse.work((session) => session.query('analyze orders'));
  console.log(`${engine}: ${ROWS.toLocaleString('en')} rows in ${filled.toFixed(1)} s`);
  const schema = engine === 'duckdb' ? 'main' : 'public';
  const cases = [
    { name: 'light', metrics: COLUMN, hand: HAND },
    {
      name: 'with quantiles and distinct',
      metrics: {
        ...COLUMN,
        amount: [...COLUMN.amount, ...HEAVY.amount],
        status: [...COLUMN.status, ...HEAVY.status],
      },
      hand: `${HAND}, ${HAND_HEAVY[engine] ?? ''}`,
    },
  ];
  for (const { name, metrics, hand } of cases) {
    const [byHand, byUs]: [number[], number[]] = [[], []];
    let points = 0;
    for (let sample = 0; sample < SAMPLES; sample++) {
      byHand.push(
        await seconds(() =>
          warehouse.work((session) =>
            session.query(
              `select date_trunc('day', created_at) as day, ${hand} from orders group by 1`,
            ),
          ),
        ),
      );
      const monitor = monitorFrom({
        apiVersion: 'privet/v1',
        kind: 'Monitor',
        name: `bench-${sample}-${name.length}`,
        warehouse: 'bench',
        table: `${schema}.orders`,
        timestamp: 'created_at',
        history: '29 days',
        timeoutSeconds: 3_600,
        metrics: [
          'row_count',
          'freshness',
          ...Object.entries(metrics).map(([column, some]) => ({ column, metrics: some })),
        ],
      });
      const place = {
        warehouse: 'bench',
        schema: 'privet_observe',
        runId: `run-${engine}-${sample}-${name.length}`,
        digest,
      };
      byUs.push(
        await seconds(async () => {
          const run = await runMonitor(
            {
              warehouse,
              place,
              clock: () => NOW,
              signal: new AbortController().signal,
              report: async () => undefined,
            },
            monitor,
          );
          if (run.state !== 'success') throw new Error(`run ${run.state} ${run.fault ?? ''}`);
          points = run.points;
        }),
      );
    }
    const [theirs, ours] = [median(byHand), median(byUs)];
    console.log(
      `  ${name}: by hand ${theirs.toFixed(2)} s, collector ${ours.toFixed(2)} s (${(ours / theirs).toFixed(2)} ×), ${points} points, ${Math.round(points / ours)} points/s, ${((ROWS / ours) * 1e-6).toFixed(2)} M rows/s`,
    );
  }
}

/** A manifest of about that size: models with compiled SQL and columns, four tests each. */
async function writeManifest(path: string): Promise<number> {
  const file = createWriteStream(path);
  const write = (text: string) =>
    file.write(text)
      ? Promise.resolve()
      : new Promise<void>((resolve) => file.once('drain', () => resolve()));
  await write(
    '{"metadata":{"project_name":"bench","generated_at":"2026-03-01T00:00:00Z"},"nodes":{',
  );
  const sql = `select ${Array.from({ length: 200 }, (_, at) => `column_${at} as renamed_${at}`).join(', ')} from source`;
  let nodes = 0;
  for (let bytes = 0; bytes < MANIFEST_MB * 1024 * 1024;) {
    const model = nodes;
    const entry = (id: string, value: object) =>
      `${nodes++ === 0 ? '' : ','}${JSON.stringify(id)}:${JSON.stringify(value)}`;
    const columns = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [
        `column_${at}`,
        {
          name: `column_${at}`,
          description: 'a column '.repeat(5),
          data_type: 'text',
          tags: [],
          meta: {},
        },
      ]),
    );
    let text = entry(`model.bench.m${model}`, {
      unique_id: `model.bench.m${model}`,
      resource_type: 'model',
      name: `m${model}`,
      schema: 'public',
      database: 'db',
      package_name: 'bench',
      raw_code: sql,
      compiled_code: sql,
      columns,
      tags: ['bench'],
      config: { materialized: 'table' },
      depends_on: { nodes: [] },
    });
    for (let at = 0; at < 4; at++) {
      const id = `test.bench.not_null_m${model}_column_${at}.${model}`;
      text += entry(id, {
        unique_id: id,
        resource_type: 'test',
        name: id,
        column_name: `column_${at}`,
        attached_node: `model.bench.m${model}`,
        test_metadata: { name: 'not_null', kwargs: { column_name: `column_${at}` } },
        config: { severity: 'error' },
        depends_on: { nodes: [`model.bench.m${model}`] },
        compiled_code: sql.slice(0, 500),
      });
    }
    bytes += text.length;
    await write(text);
  }
  await write('},"macros":{},"sources":{}}');
  await new Promise<void>((resolve) => file.end(() => resolve()));
  return nodes;
}

async function load(path: string, pool: CollectorSettings['pool']): Promise<void> {
  let facts = 0;
  const settings = {
    pool,
    ledger: { append: async () => 0 },
    border: {
      wake: () => undefined,
      current: () => ({ kind: 'none' }),
      store: async (_: unknown, bodies: readonly unknown[]) => (facts += bodies.length),
    },
    digest,
    clock: () => NOW,
  } as unknown as CollectorSettings;
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
  const job = { environment: null, job: null, orchestrator: null, commit: null };
  const took = await seconds(() =>
    loadArtifact(
      settings,
      {
        target: 'bench',
        artifact: 'manifest',
        bytes: createReadStream(path),
        descriptions: false,
        job,
      },
      { kind: 'subject', id: `sub_${'0'.repeat(26)}` },
    ),
  );
  clearInterval(timer);
  const megabytes = (bytes: number) => Math.round(bytes / 1024 / 1024);
  console.log(
    `manifest: ${megabytes(statSync(path).size)} MB loaded in ${took.toFixed(1)} s, ${facts} facts, memory grew by at most ${megabytes(most - before)} MB`,
  );
  globalThis.gc?.();
  const start = process.memoryUsage().rss;
  const parsing = await seconds(async () => JSON.parse(readFileSync(path, 'utf8')) as unknown);
  console.log(
    `  JSON.parse of the whole file alone: ${parsing.toFixed(1)} s, memory grew by ${megabytes(process.memoryUsage().rss - start)} MB`,
  );
}

const cluster = await startTestCluster();
const folder = mkdtempSync(join(tmpdir(), 'privet-bench-collector-'));
try {
  const manifest = join(folder, 'manifest.json');
  const nodes = await writeManifest(manifest);
  console.log(`manifest of ${nodes} nodes and tests written`);
  const { pool } = await cluster.createDatabase();
  await migrate(pool, new URL('../src/plane/migrations/', import.meta.url));
  await load(manifest, pool);
  rmSync(manifest);
  const { url } = await cluster.createDatabase();
  await measure(
    postgresWarehouse(async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      return client;
    }),
  );
  const duck = await duckdbWarehouse(':memory:');
  await measure(duck);
  await duck.close();
} finally {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
}
