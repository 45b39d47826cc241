import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { cpSync, createReadStream, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { checkFact } from '#boundary';
import type { Fact, FactBody } from '#boundary';
import { migrate } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openCollector } from '#plane/collector';
import type { Collector } from '#plane/collector';

const run = promisify(execFile);
const PROJECT = new URL('../dbt/', import.meta.url).pathname;
const MIGRATIONS = new URL('../../src/plane/migrations/', import.meta.url);
const VERSIONS = ['dbt-core==1.11.16', 'dbt-postgres==1.10.2'];
const VENV = join(tmpdir(), `privet-dbt-${VERSIONS.join('-').replaceAll(/[^\w.-]/gu, '')}`);

/** dbt from PyPI in a virtual environment of its own, kept between runs; says why when it cannot be had. */
async function installDbt(): Promise<string | null> {
  const dbt = join(VENV, 'bin', 'dbt');
  if (existsSync(dbt)) return null;
  try {
    await run('python3', ['-m', 'venv', VENV]);
    await run(join(VENV, 'bin', 'pip'), ['install', '-q', ...VERSIONS], { timeout: 240_000 });
    return existsSync(dbt) ? null : 'dbt was not installed';
  } catch (thrown) {
    rmSync(VENV, { recursive: true, force: true });
    return `dbt cannot be installed from PyPI: ${String(thrown).slice(0, 300)}`;
  }
}

const missing = await installDbt();

/** A real project, run by a real dbt on a real PostgreSQL, with canaries wherever a value may hide. */
describe('dbt', { skip: missing ?? false }, () => {
  let cluster: TestCluster;
  let collector: Collector;
  let folder: string;
  const facts: Fact[] = [];

  before(async () => {
    cluster = await startTestCluster();
    const { pool } = await cluster.createDatabase();
    await migrate(pool, MIGRATIONS);
    const warehouse = await cluster.createDatabase();
    await warehouse.pool.query(`create schema raw;
      create table raw.orders as select i as id, 1 + i % 4 as customer_id, case when i % 50 = 0 then 'lost' else 'open' end as status,
        now() - i * interval '2 hours' as created_at from generate_series(1, 400) i`);
    folder = mkdtempSync(join(tmpdir(), 'privet-dbt-project-'));
    cpSync(PROJECT, folder, { recursive: true });
    const profile = {
      shop: {
        target: 'prod',
        outputs: {
          prod: {
            type: 'postgres',
            host: cluster.socketDirectory,
            port: cluster.port,
            user: cluster.superuser,
            password: '',
            dbname: warehouse.name,
            schema: 'public',
            threads: 2,
          },
        },
      },
    };
    writeFileSync(join(folder, 'profiles.yml'), JSON.stringify(profile));
    collector = await openCollector({
      pool,
      ledger: { append: async () => 0, write: async () => 0 },
      border: {
        wake: () => undefined,
        current: () => ({ kind: 'none' }),
        store: async (_: unknown, bodies: readonly FactBody[]) => {
          for (const body of bodies) {
            facts.push(
              checkFact({
                ...body,
                format: 'privet-fact/v1',
                plane: 'main',
                number: facts.length + 1,
              }),
            );
          }
          return facts.length;
        },
      },
      digest: async (texts: readonly string[]) =>
        texts.map((text) => createHmac('sha256', 'k').update(text).digest('hex')),
      clock: Date.now,
      random: (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes)),
      sources: { list: async () => [] },
      sampleRowsMax: 5,
      duckdbDirectory: '',
      jobsAtOnce: 1,
      onFault: () => undefined,
    } as unknown as Parameters<typeof openCollector>[0]);
  });
  after(async () => {
    await collector.stop();
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** dbt ends with 1 when a model or test failed, which some are meant to. */
  async function dbt(...words: string[]): Promise<void> {
    const env = {
      ...process.env,
      DBT_PROFILES_DIR: folder,
      DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
      DO_NOT_TRACK: '1',
    };
    await run(join(VENV, 'bin', 'dbt'), [...words], { cwd: folder, env, timeout: 120_000 }).catch(
      (thrown: { code?: number; stdout?: string }) => {
        if (thrown.code !== 1) throw new Error(`dbt ${words.join(' ')}: ${thrown.stdout ?? ''}`);
      },
    );
  }

  async function load(
    artifact: 'manifest' | 'run-results' | 'catalog' | 'sources',
    file: string,
  ): Promise<Fact[]> {
    const from = facts.length;
    const job = { environment: 'ci', job: null, orchestrator: null, commit: null };
    const bytes = createReadStream(join(folder, 'target', file));
    const loaded = await collector.load(
      { target: 'shop', artifact, bytes, descriptions: false, job },
      { kind: 'subject', id: `sub_${'0'.repeat(26)}` },
    );
    assert.equal(loaded.state, 'loaded');
    return facts.slice(from);
  }

  test(
    'artifacts of a build, a freshness check and a catalog are loaded, and no canary leaves',
    { timeout: 300_000 },
    async () => {
      await dbt('build');
      const manifest = await load('manifest', 'manifest.json');
      const nodes = manifest.flatMap((fact) => (fact.kind === 'dbt-nodes' ? fact.present : []));
      assert.deepEqual(nodes.map(({ node }) => node).toSorted(), [
        'exposure.shop.weekly',
        'model.shop.broken',
        'model.shop.daily',
        'model.shop.orders',
        'seed.shop.customers',
        'source.shop.raw.orders',
      ]);
      const orders = nodes.find(({ node }) => node === 'model.shop.orders');
      assert.deepEqual(orders?.dependsOn.toSorted(), [
        'seed.shop.customers',
        'source.shop.raw.orders',
      ]);
      assert.deepEqual(
        [orders?.table?.schema, orders?.materialized, orders?.tags],
        ['public', 'table', ['finance']],
      );
      const tests = manifest.flatMap((fact) => (fact.kind === 'dbt-nodes' ? fact.tests : []));
      assert.deepEqual(tests.map(({ name }) => name).toSorted(), [
        'accepted_values.orders.status',
        'few_orders',
        'not_null.orders.id',
        'relationships.orders.customer_id',
        'unique.customers.ssn',
        'unique.orders.id',
      ]);

      const build = await load('run-results', 'run_results.json');
      const results = build.flatMap((fact) => (fact.kind === 'test-results' ? fact.results : []));
      const failed = results
        .filter(({ status }) => status === 'fail')
        .map(({ name, failures }) => [name, failures]);
      // dbt skips what is built on what failed, so the orders are only tested where their seed's test does not stop them.
      assert.deepEqual(
        failed.find(([name]) => name === 'unique.customers.ssn'),
        // One row is too few to be told.
        ['unique.customers.ssn', null],
      );
      const summary = build.find((fact) => fact.kind === 'run-result');
      assert.deepEqual(
        [summary?.status, summary?.command, summary?.environment, summary?.toolVersion],
        ['failed', 'build', 'ci', '1.11.16'],
      );

      await dbt('run');
      const second = await load('run-results', 'run_results.json');
      const runs = second.flatMap((fact) => (fact.kind === 'node-runs' ? fact.runs : []));
      const broken = runs.find(({ node }) => node === 'model.shop.broken');
      assert.deepEqual([broken?.status, broken?.fault], ['error', 'bad-value']);
      assert.equal(runs.find(({ node }) => node === 'model.shop.orders')?.status, 'success');
      const compiled = await load('manifest', 'manifest.json');
      const made = compiled
        .flatMap((fact) => (fact.kind === 'lineage' ? fact.relations : []))
        .flatMap(({ table, columns }) =>
          columns.map(({ name, from }) =>
            [`${table.name}.${name}`, ...from.map((one) => `${one.table.name}.${one.column}`)].join(
              ' ',
            ),
          ),
        );
      for (const edge of ['orders.customer_id orders.customer_id', 'daily.day orders.created_at']) {
        assert.ok(made.includes(edge), made.join('\n'));
      }
      await dbt('test');
      const third = await load('run-results', 'run_results.json');
      const again = third.flatMap((fact) => (fact.kind === 'test-results' ? fact.results : []));
      assert.equal(
        again.find(({ name }) => name === 'accepted_values.orders.status')?.status,
        'fail',
      );

      await dbt('source', 'freshness');
      const [fresh] = (await load('sources', 'sources.json')).flatMap((fact) =>
        fact.kind === 'source-freshness' ? fact.results : [],
      );
      assert.deepEqual(
        [fresh?.node, fresh?.status, fresh?.warnAfterSeconds],
        ['source.shop.raw.orders', 'warn', 3_600],
      );

      await dbt('docs', 'generate');
      const catalog = (await load('catalog', 'catalog.json')).flatMap((fact) =>
        fact.kind === 'dbt-nodes' ? fact.present : [],
      );
      const typed = catalog.find(({ node }) => node === 'model.shop.orders');
      assert.deepEqual(
        typed?.columns.find(({ name }) => name === 'created_at')?.type,
        'timestamp with time zone',
      );

      const text = facts.map((fact) => canonicalJson(fact as unknown as Json)).join('\n');
      assert.doesNotMatch(text, /canary|example\.com/u);
    },
  );
});
