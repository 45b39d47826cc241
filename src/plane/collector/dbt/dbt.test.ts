import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import type { Fact } from '#boundary';
import { migrate } from '#platform/db';
import type { Pool } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import * as fc from 'fast-check';
import { openTestOutbox, testDigest } from '../../../../test/collector/outbox.ts';
import { createArtifactReader } from './artifactreader.ts';
import type { CollectorSettings } from '../context.ts';
import { loadArtifact } from './dbtload.ts';
import type { Artifact } from './dbtload.ts';

let cluster: TestCluster;
let pool: Pool;
before(async () => {
  cluster = await startTestCluster();
  ({ pool } = await cluster.createDatabase());
  await migrate(pool, new URL('../../migrations/', import.meta.url));
});
after(() => cluster.stop());

const ada = { kind: 'subject', id: `sub_${'0'.repeat(26)}` } as const;
const { facts, border } = openTestOutbox();
const settings = {
  get pool() {
    return pool;
  },
  ledger: { append: async () => 0, write: async () => 0 },
  border,
  digest: testDigest,
  clock: () => Date.UTC(2026, 3, 1),
} as unknown as CollectorSettings;

const NO_JOB = { environment: null, job: null, orchestrator: null, commit: null };

type File = { readonly target: string; readonly artifact: Artifact };

function load(target: string, artifact: Artifact, document: unknown) {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return loadBytes({ target, artifact }, Buffer.from(text));
}

function loadBytes({ target, artifact }: File, bytes: Uint8Array) {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 700) chunks.push(bytes.subarray(at, at + 700));
  const upload = {
    target,
    artifact,
    bytes: Readable.from(chunks),
    descriptions: false,
    job: NO_JOB,
  };
  return loadArtifact(settings, upload, ada);
}

const CANARY = 'canary 4111-1111';
const metadata = (changes: object = {}) => ({
  dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v12.json',
  dbt_version: '1.11.0',
  generated_at: '2026-03-01T10:00:00.000000Z',
  invocation_id: '12345678-1234-1234-1234-123456789abc',
  project_name: 'shop',
  adapter_type: 'postgres',
  env: { SECRET: CANARY },
  ...changes,
});

/** A manifest with a canary in everything that may hold a value. */
function manifestOf(changes: { nodes?: object; generated?: string } = {}) {
  return {
    surprise: { nested: [CANARY] },
    metadata: metadata(changes.generated === undefined ? {} : { generated_at: changes.generated }),
    nodes: {
      'model.shop.orders': {
        unique_id: 'model.shop.orders',
        resource_type: 'model',
        name: 'orders',
        alias: 'orders',
        package_name: 'shop',
        database: 'db',
        schema: 'public',
        description: CANARY,
        raw_code: `select '${CANARY}'`,
        compiled_code: `select '${CANARY}'`,
        tags: ['finance', `${CANARY} !`],
        meta: { owner: 'ada@example.com, data-team', note: CANARY },
        config: { materialized: 'table', tags: [], meta: { secret: CANARY } },
        columns: {
          id: {
            name: 'id',
            description: CANARY,
            data_type: 'integer',
            tags: ['key'],
            meta: { x: CANARY },
          },
        },
        depends_on: { nodes: ['source.shop.raw.orders'], macros: ['macro.x'] },
      },
      'test.shop.accepted_values_orders_status__canary.abc123': {
        unique_id: `test.shop.accepted_values_orders_status__${CANARY}.abc123`,
        resource_type: 'test',
        name: `accepted_values_orders_status__${CANARY}`,
        package_name: 'shop',
        column_name: 'status',
        attached_node: 'model.shop.orders',
        test_metadata: {
          name: 'accepted_values',
          namespace: null,
          kwargs: { values: [CANARY], column_name: 'status' },
        },
        config: { severity: 'ERROR', where: `status <> '${CANARY}'`, warn_if: CANARY },
        depends_on: { nodes: ['model.shop.orders'] },
        compiled_code: CANARY,
      },
      'unit_test.shop.orders.x': {
        unique_id: 'unit_test.shop.orders.x',
        resource_type: 'unit_test',
        given: [{ rows: [CANARY] }],
      },
      ...changes.nodes,
    },
    macros: { 'macro.x': { macro_sql: CANARY } },
    sources: {
      'source.shop.raw.orders': {
        unique_id: 'source.shop.raw.orders',
        resource_type: 'source',
        name: 'orders',
        identifier: 'orders_v1',
        package_name: 'shop',
        database: 'db',
        schema: 'raw',
        loaded_at_query: CANARY,
        freshness: {
          warn_after: { count: 6, period: 'hour' },
          error_after: { count: null, period: null },
          filter: CANARY,
        },
        columns: {},
      },
    },
    exposures: {
      'exposure.shop.weekly': {
        unique_id: 'exposure.shop.weekly',
        resource_type: 'exposure',
        name: 'weekly',
        package_name: 'shop',
        type: 'dashboard',
        url: `https://bi.example/${CANARY}`,
        owner: { name: 'olga', email: 'olga@example.com' },
        maturity: 'high',
        label: CANARY,
        depends_on: { nodes: ['model.shop.orders'] },
      },
    },
    child_map: { [CANARY]: [CANARY] },
  };
}

const RESULTS = {
  metadata: metadata(),
  results: [
    {
      unique_id: 'model.shop.orders',
      status: 'error',
      message: `duplicate key value violates unique constraint: Key (ssn)=(${CANARY}) already exists`,
      timing: [
        {
          name: 'compile',
          started_at: '2026-03-01T09:59:00.000000Z',
          completed_at: '2026-03-01T09:59:01.500000Z',
        },
        {
          name: 'execute',
          started_at: '2026-03-01T09:59:02Z',
          completed_at: '2026-03-01T09:59:12Z',
        },
      ],
      execution_time: 10.25,
      adapter_response: { _message: CANARY, rows_affected: 12, query_id: CANARY },
      failures: null,
      compiled_code: `select '${CANARY}'`,
      relation_name: CANARY,
    },
    {
      unique_id: `test.shop.accepted_values_orders_status__${CANARY}.abc123`,
      status: 'fail',
      message: `Got 3127 results: ${CANARY}`,
      failures: 3_127,
      execution_time: 0.5,
      timing: [],
      compiled_code: CANARY,
    },
    { unique_id: 'model.shop.later', status: 'a word of tomorrow' },
  ],
  elapsed_time: 12.5,
  args: {
    which: 'build',
    vars: { password: CANARY },
    select: [CANARY],
    target: 'prod',
    full_refresh: true,
  },
};

const since = (from: number) => facts.slice(from);
const textOf = (some: readonly Fact[]) =>
  some.map((fact) => canonicalJson(fact as unknown as Json)).join('\n');

describe('artifacts', () => {
  test('a manifest is told as what it holds, and nothing of its texts', async () => {
    const from = facts.length;
    const loaded = await load('shop', 'manifest', manifestOf());
    assert.equal(loaded.state, 'loaded');
    const told = since(from).filter((fact) => fact.kind === 'dbt-nodes');
    const nodes = told.flatMap(({ present }) => present);
    assert.deepEqual(nodes.map(({ node }) => node).toSorted(), [
      'exposure.shop.weekly',
      'model.shop.orders',
      'source.shop.raw.orders',
    ]);
    const orders = nodes.find(({ node }) => node === 'model.shop.orders');
    assert.deepEqual(orders?.table, { database: 'db', schema: 'public', name: 'orders' });
    assert.deepEqual(orders?.tags, ['finance']);
    assert.match(orders?.owners.join(' ') ?? '', /^@[0-9a-f]{16} data-team$/u);
    assert.deepEqual(nodes.find(({ resource }) => resource === 'source')?.freshness, {
      warnAfterSeconds: 21_600,
      errorAfterSeconds: null,
    });
    assert.deepEqual(nodes.find(({ resource }) => resource === 'exposure')?.owners.slice(0, 1), [
      'olga',
    ]);
    const [definition] = told.flatMap(({ tests }) => tests);
    assert.deepEqual(
      [definition?.name, definition?.check, definition?.dimension, definition?.severity],
      ['accepted_values.orders.status', 'accepted_values', 'validity', 'high'],
    );
    assert.doesNotMatch(textOf(since(from)), /canary|4111|example\.com/u);
  });

  test('run results are told under the tests of the manifest, faults in place of messages', async () => {
    const from = facts.length;
    await loadBytes({ target: 'shop', artifact: 'run-results' }, gzipSync(JSON.stringify(RESULTS)));
    const told = since(from);
    const [run] = told.filter((fact) => fact.kind === 'run-result');
    assert.deepEqual(
      [run?.status, run?.command, run?.target, run?.fullRefresh, run?.counts],
      [
        'failed',
        'build',
        'prod',
        true,
        { total: 2, succeeded: 0, warned: 0, failed: 2, skipped: 0 },
      ],
    );
    assert.equal(run?.startedMs, Date.UTC(2026, 2, 1, 9, 59, 47, 500));
    const [node] = told.flatMap((fact) => (fact.kind === 'node-runs' ? fact.runs : []));
    assert.deepEqual(
      [node?.fault, node?.executionMs, node?.compileMs, node?.rowsAffected],
      ['duplicate-key', 10_250, 1_500, 12],
    );
    const [result] = told.flatMap((fact) => (fact.kind === 'test-results' ? fact.results : []));
    assert.deepEqual(
      [result?.name, result?.status, result?.failures, result?.node, result?.fault],
      ['accepted_values.orders.status', 'fail', 3_100, 'model.shop.orders', null],
    );
    assert.doesNotMatch(textOf(told), /canary|4111/u);
  });

  test('catalog and sources add sizes, types and freshness', async () => {
    const from = facts.length;
    await load('shop', 'catalog', {
      metadata: metadata(),
      nodes: {
        'model.shop.orders': {
          metadata: {
            type: 'BASE TABLE',
            schema: 'public',
            name: 'orders',
            owner: CANARY,
            comment: CANARY,
          },
          columns: {
            id: { type: 'bigint', index: 1, name: 'id', comment: CANARY },
            status: { type: 'text', index: 2, name: 'status' },
          },
          stats: {
            row_count: { id: 'row_count', value: 42.0 },
            bytes: { id: 'bytes', value: '8192' },
            has_stats: { value: true },
          },
        },
      },
      sources: {},
      errors: [CANARY],
    });
    const [node] = since(from).flatMap((fact) => (fact.kind === 'dbt-nodes' ? fact.present : []));
    assert.deepEqual(
      [node?.rows, node?.bytes, node?.columns.map(({ name, type }) => `${name} ${type}`)],
      [42, 8_192, ['id integer', 'status text']],
    );
    await load('shop', 'sources', {
      metadata: metadata(),
      results: [
        {
          unique_id: 'source.shop.raw.orders',
          status: 'warn',
          max_loaded_at: '2026-03-01T00:00:00+00:00',
          snapshotted_at: '2026-03-01T10:00:00+00:00',
          max_loaded_at_time_ago_in_s: 36_000.4,
          criteria: { warn_after: { count: 6, period: 'hour' }, error_after: {}, filter: CANARY },
        },
        {
          unique_id: 'source.shop.raw.other',
          status: 'runtime error',
          error: `permission denied for ${CANARY}`,
        },
      ],
    });
    const results = since(from).flatMap((fact) =>
      fact.kind === 'source-freshness' ? fact.results : [],
    );
    assert.deepEqual(
      results.map(({ status, ageSeconds, fault }) => [status, ageSeconds, fault]),
      [
        ['warn', 36_000, null],
        ['runtime-error', null, 'missing-privilege'],
      ],
    );
    assert.doesNotMatch(textOf(since(from)), /canary|4111/u);
  });

  test('the same file changes nothing, an older manifest neither, a newer one tells what changed', async () => {
    const from = facts.length;
    assert.equal((await load('shop', 'manifest', manifestOf())).state, 'known');
    assert.equal(
      (await load('shop', 'manifest', manifestOf({ generated: '2025-12-01T10:00:00Z' }))).state,
      'stale',
    );
    assert.equal(facts.length, from);
    const newer = manifestOf({ generated: '2026-03-02T10:00:00Z' });
    const { 'model.shop.orders': _orders, ...left } = newer.nodes;
    await load('shop', 'manifest', { ...newer, nodes: left });
    const told = since(from).filter((fact) => fact.kind === 'dbt-nodes');
    assert.deepEqual(
      told.map(({ present, removed, revision }) => [present.length, removed, revision]),
      [[0, ['model.shop.orders'], 3]],
    );
  });

  test('broken files are refused whole, with nothing of them in the message', async () => {
    const from = facts.length;
    const whole = JSON.stringify(manifestOf({ generated: '2026-03-09T10:00:00Z' }));
    const broken = [
      whole.slice(0, whole.length - 40),
      whole.slice(0, 900),
      `${whole} {}`,
      whole.replace('"nodes":', '"nodes"'),
      '[]',
      '',
      'null',
      `{"nodes":{"a":{"x":${'['.repeat(300)}`,
      `{"nodes":{"a":tru}}`,
      '<html>502 Bad Gateway</html>',
    ];
    for (const text of broken) {
      await assert.rejects(
        load('broken', 'manifest', text),
        (thrown: Error & { code?: string }) => {
          assert.equal(thrown.code, 'invalid', text.slice(-60));
          assert.doesNotMatch(thrown.message, /canary|4111/u);
          return true;
        },
      );
    }
    await assert.rejects(
      loadBytes({ target: 'broken', artifact: 'manifest' }, gzipSync(whole).subarray(0, 500)),
      { code: 'invalid' },
    );
    assert.equal(facts.length, from);
    // Missing keys, null members and sections of another type are no faults: versions differ.
    const sparse = {
      nodes: { a: null, b: { unique_id: 'model.p.b', resource_type: 'model', name: 'b' } },
      sources: null,
      exposures: [],
    };
    assert.equal((await load('sparse', 'manifest', sparse)).state, 'loaded');
  });
});

describe('lineage from compiled SQL', () => {
  const node = (kind: string, name: string, rest: object = {}) => ({
    unique_id: `${kind}.shop.${name}`,
    resource_type: kind,
    name,
    package_name: 'shop',
    database: 'db',
    schema: kind === 'source' ? 'raw' : 'marts',
    ...rest,
  });
  const staged = {
    depends_on: { nodes: ['source.shop.people'] },
    compiled_code: `select id, email, '${CANARY}' as note from "db"."raw"."people" where email <> '${CANARY}'`,
  };
  const people = {
    // In the manifest before what it is made of, as dbt may write it.
    'model.shop.contacts': node('model', 'contacts', {
      depends_on: { nodes: ['model.shop.staged'] },
      compiled_code: `with s as (select * from "db"."marts"."staged") select s.id, lower(s.email) as address from s`,
    }),
    'model.shop.staged': node('model', 'staged', staged),
    'model.shop.jinja': node('model', 'jinja', {
      depends_on: { nodes: ['model.shop.staged'] },
      compiled_code: 'select $$ from `staged`',
    }),
    'model.shop.uncompiled': node('model', 'uncompiled', {}),
  };
  const sources = { 'source.shop.people': node('source', 'people') };
  const manifest = (nodes: object, generated: string) =>
    load('lineage', 'manifest', {
      metadata: metadata({ generated_at: generated }),
      nodes,
      sources,
    });
  const lineageSince = (from: number) => since(from).filter((fact) => fact.kind === 'lineage');

  test('columns are told by their names, through models, and what cannot be read by its tables', async () => {
    const from = facts.length;
    await manifest(people, '2026-03-01T10:00:00Z');
    const told = lineageSince(from);
    assert.deepEqual(
      new Map(
        told
          .flatMap(({ relations }) => relations)
          .map(({ table, completeness, tables, columns }) => [
            table.name,
            [
              completeness,
              tables.map(({ schema, name }) => `${schema}.${name}`),
              columns.map((one) => [
                one.name,
                ...one.from.map((origin) => `${origin.table.name}.${origin.column}`),
              ]),
            ],
          ]),
      ),
      new Map([
        [
          'staged',
          ['partial', ['raw.people'], [['id', 'people.id'], ['email', 'people.email'], ['note']]],
        ],
        [
          'contacts',
          [
            'full',
            ['marts.staged'],
            [
              ['id', 'staged.id'],
              ['address', 'staged.email'],
            ],
          ],
        ],
        ['jinja', ['none', ['marts.staged'], []]],
      ]),
    );
    assert.doesNotMatch(textOf(told), /canary|4111/u);
  });

  test('what did not change is not told again, what a catalog adds and what is gone is', async () => {
    const from = facts.length;
    await manifest(people, '2026-03-01T11:00:00Z');
    assert.deepEqual(lineageSince(from), []);
    await load('lineage', 'catalog', {
      metadata: metadata(),
      nodes: {},
      sources: {
        'source.shop.people': {
          columns: {
            name: { name: 'name', type: 'text', index: 3 },
            email: { name: 'email', type: 'text', index: 2 },
            id: { name: 'id', type: 'integer', index: 1 },
          },
        },
      },
    });
    const { 'model.shop.jinja': _gone, ...left } = people;
    const nodes = {
      ...left,
      'model.shop.staged': node('model', 'staged', {
        ...staged,
        compiled_code: 'select * from "db"."raw"."people"',
      }),
    };
    await manifest(nodes, '2026-03-01T12:00:00Z');
    const told = lineageSince(from);
    assert.deepEqual(
      told.flatMap(({ removed }) => removed.map(({ name }) => name)),
      ['jinja'],
    );
    const relations = new Map(
      told.flatMap((fact) => fact.relations.map((one) => [one.table.name, one])),
    );
    assert.deepEqual(
      relations.get('staged')?.columns.map(({ name }) => name),
      ['id', 'email', 'name'],
    );
    assert.equal(relations.get('staged')?.completeness, 'full');
    // A manifest that was parsed and not compiled says nothing of lineage.
    const parsed = Object.fromEntries(
      Object.entries(nodes).map(([key, value]) => [key, { ...value, compiled_code: null }]),
    );
    const before = facts.length;
    await manifest(parsed, '2026-03-01T13:00:00Z');
    assert.deepEqual(lineageSince(before), []);
  });
});

test('small files that unpack to much, or hold many items, are refused', async () => {
  const from = facts.length;
  const file = { target: 'bomb', artifact: 'sources' } as const;
  // As much as may be unpacked whatever it came from, and then some: zeros pack to a thousandth.
  const spaces = Buffer.alloc(24 * 1024 * 1024, ' ');
  await assert.rejects(loadBytes(file, gzipSync(Buffer.concat([Buffer.from('{'), spaces]))), {
    code: 'limit',
    message: /times its own size/u,
  });
  const many = `{"results":[${'0,'.repeat(250_001)}0]}`;
  for (const artifact of ['sources', 'run-results'] as const) {
    const packed = gzipSync(many);
    assert.ok(packed.length < 5_000);
    await assert.rejects(loadBytes({ ...file, artifact }, packed), {
      code: 'limit',
      message: /at most 250000 items/u,
    });
  }
  assert.equal(facts.length, from);
});

test('createArtifactReader gives what JSON.parse gives, however the bytes are cut', () => {
  const wanted = { whole: 'whole', members: 'members', items: 'items' } as const;
  const json = fc.jsonValue({ maxDepth: 4 });
  const document = fc.record({
    skipped: json,
    whole: json,
    members: fc.dictionary(fc.string(), json),
    items: fc.array(json),
    tail: json,
  });
  fc.assert(
    fc.property(
      document,
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(0, 2),
      (value, cut, indent) => {
        const bytes = Buffer.from(JSON.stringify(value, null, indent));
        const reader = createArtifactReader(wanted);
        const found = [];
        for (let at = 0; at < bytes.length; at += cut)
          found.push(...reader.push(bytes.subarray(at, at + cut)));
        reader.end();
        const plain = JSON.parse(bytes.toString()) as typeof value;
        assert.deepEqual(
          found.filter(({ top }) => top === 'whole').map((piece) => piece.value),
          [plain.whole],
        );
        assert.deepEqual(
          found.filter(({ top }) => top === 'items').map((piece) => piece.value),
          plain.items,
        );
        const members = found
          .filter(({ top }) => top === 'members')
          .map(({ key, value: inner }) => [key, inner] as const);
        assert.deepEqual(members, Object.entries(plain.members as object));
      },
    ),
  );
});
