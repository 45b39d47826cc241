import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { textOf } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { newId } from '#base/ids';
import { Problem } from '#base/problem';
import { secret } from '#base/secret';
import type { Fact } from '#boundary';
import { migrate } from '#platform/db';
import type { Pool } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openEgress } from '#plane/egress';
import type { Egress } from '#plane/egress';
import { openLedger } from '#plane/ledger';
import type { Ledger } from '#plane/ledger';
import { addressFrom } from '#plane/sources';
import type { SystemView } from '#plane/sources';
import { openTestOutbox, testDigest } from '../../../test/collector/outbox.ts';
import { openCollector } from './mod.ts';
import type { Collector } from './mod.ts';

const MIGRATIONS = new URL('../migrations/', import.meta.url);
const random = (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes));
const ada = { kind: 'subject', id: newId('sub', { nowMs: 0, random }) } as const;

let cluster: TestCluster;
let pool: Pool;
let ledger: Ledger;
let egress: Egress;
let folder: string;
before(async () => {
  cluster = await startTestCluster();
  ({ pool } = await cluster.createDatabase());
  await migrate(pool, MIGRATIONS);
  folder = mkdtempSync(join(tmpdir(), 'privet-collector-'));
  const clock = Date.now;
  ledger = await openLedger({ pool, plane: 'main', clock, headFile: join(folder, 'head') });
  egress = openEgress({ pool, ledger, clock, random, configured: {}, onFault: () => undefined });
});
after(async () => {
  await egress.close();
  await ledger.close();
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

type Stand = {
  readonly collector: Collector;
  readonly facts: Fact[];
  readonly owner: Pool;
  readonly address: (role: string) => string;
  /** What engines said, as it is handed to the quarantine. */
  readonly rejected: { readonly code: string; readonly content: Uint8Array }[];
  told<K extends Fact['kind']>(kind: K): Extract<Fact, { kind: K }>[];
  ran(monitor: string): Promise<void>;
};

let stands = 0;
/** A collector that works, a warehouse with orders, and every fact as it would lie in the outbox. */
async function stand(
  t: { after(work: () => Promise<void>): void },
  systems: readonly SystemView[] = [],
): Promise<Stand> {
  const { facts, border } = openTestOutbox();
  const rejected: Stand['rejected'] = [];
  const { pool: owner, name } = await cluster.createDatabase();
  const number = (stands += 1);
  await owner.query(`
    create role collect_${number} login password 'c'; create role read_${number} login password 'r';
    create schema privet_observe authorization collect_${number};
    create table public.orders (id integer, created_at timestamptz, status text, email text);
    insert into public.orders select i, now() - i * interval '1 hour', 'canary-status-' || i % 2, 'canary-' || i || '@example.com' from generate_series(1, 240) i;
    grant select on public.orders to collect_${number};
    revoke all on database ${name} from public; grant connect on database ${name} to collect_${number}, read_${number}`);
  const collector = await openCollector({
    pool,
    ledger,
    border,
    egress,
    sealer: { seal: async (_, plain) => plain.slice(), open: async (sealed) => sealed.slice() },
    sources: { list: async () => systems },
    digest: testDigest,
    clock: Date.now,
    random,
    sampleRowsMax: 100,
    duckdbDirectory: folder,
    jobsAtOnce: 2,
    onFault: () => undefined,
    onRejected: (one) => void rejected.push(one),
  });
  await collector.start();
  t.after(() => collector.stop());
  const found = /host=(?<host>[^&]+)&port=(?<port>\d+)/u.exec(cluster.url(name))?.groups;
  const where = `localhost/${name}?host=${found?.['host'] ?? ''}&port=${found?.['port'] ?? ''}`;
  return {
    collector,
    facts,
    owner,
    rejected,
    address: (role) => `postgresql://${role}@${where}`,
    told: (kind) => facts.filter((fact) => fact.kind === kind) as never,
    async ran(monitor) {
      const run = await collector.monitors.run(monitor);
      for (let waited = 0; waited < 15_000; waited += 25) {
        const [found] = await collector.runs(run);
        if (found?.state === 'done') return;
        if (found?.state === 'failed' || found?.state === 'retrying')
          assert.fail(found.problem ?? '');
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      assert.fail('the run did not end');
    },
  };
}

const orders = (warehouse: string, changes: object = {}) => ({
  apiVersion: 'privet/v1',
  kind: 'Monitor',
  name: `orders-${warehouse}`,
  warehouse,
  table: 'public.orders',
  timestamp: 'created_at',
  severity: 'high',
  owners: ['sales-data'],
  metrics: ['row_count', { category: 'status' }, { column: 'id', metrics: ['max', 'average'] }],
  tests: [
    { not_null: 'status' },
    { accepted_values: { column: 'status', values: ['canary-status-1'] } },
  ],
  ...changes,
});

const wish = (s: Stand, name: string, reader: boolean) => ({
  name,
  connection: s.address(`collect_${stands}`),
  password: secret('c'),
  authorities: null,
  path: null,
  results: null,
  elementary: false,
  reader: reader ? { user: `read_${stands}`, password: secret('r') } : null,
});

describe('collector', () => {
  test('a database that is a system is watched under the name of the system, and no other', async (t) => {
    const systems: SystemView[] = [];
    const s = await stand(t, systems);
    const at = addressFrom(s.address('somebody'));
    systems.push({ ...at, name: 'the-system' } as unknown as SystemView);
    const register = (name: string) => s.collector.warehouses.register(wish(s, name, false), ada);
    await assert.rejects(register('an-alias'), { code: 'conflict', message: /`the-system`/u });
    await register('the-system');
    systems.push({ ...at, database: 'elsewhere', name: 'other' } as unknown as SystemView);
    await assert.rejects(register('other'), { code: 'conflict', message: /another database/u });
  });

  test('what the engine says of a test that breaks is handed over whole, and told to nobody', async (t) => {
    const s = await stand(t);
    const name = 'shop-words';
    await s.collector.warehouses.register(wish(s, name, false), ada);
    const tests = [{ expression: 'email::integer > 0' }];
    const document = orders(name, { metrics: ['row_count'], tests });
    await s.collector.monitors.apply(
      { documents: [document], prune: false, mayReach: () => true },
      ada,
    );
    await s.ran(`orders-${name}`);
    const [result] = s.told('test-results').flatMap((fact) => fact.results);
    assert.deepEqual([result?.status, result?.fault], ['error', 'bad-value']);
    assert.ok(!JSON.stringify(s.facts).includes('canary'));
    assert.deepEqual(
      s.rejected.map(({ code }) => code),
      ['bad-value'],
    );
    assert.match(textOf(s.rejected[0]?.content ?? new Uint8Array()), /canary-\d+@example\.com/u);
  });

  for (const mode of ['push', 'pull'] as const) {
    test(`a run is measured, written to the warehouse and told once, in mode ${mode}`, async (t) => {
      const s = await stand(t);
      const name = `shop-${mode}`;
      const made = await s.collector.warehouses.register(wish(s, name, mode === 'pull'), ada);
      assert.equal(made.mode, mode);
      const applied = await s.collector.monitors.apply(
        { documents: [orders(name)], prune: false, mayReach: () => true },
        ada,
      );
      assert.deepEqual(applied.changed, [`orders-${name}`]);
      await s.ran(`orders-${name}`);
      const [series] = s.told('metric-series');
      assert.deepEqual(
        new Set(series?.series.map(({ metric }) => metric)),
        new Set([
          'row_count',
          'category_count',
          'category_other_count',
          'category_distinct_count',
          'max',
          'average',
        ]),
      );
      assert.deepEqual(series?.series[0]?.owners, ['sales-data']);
      const points = s.told('metric-points').flatMap((fact) => fact.points);
      assert.equal(
        new Set(points.map(({ series: of, endMs }) => `${of} ${endMs}`)).size,
        points.length,
      );
      const results = s.told('test-results').flatMap((fact) => fact.results);
      assert.deepEqual(
        results.map(({ status, failures }) => [status, failures]),
        [
          ['pass', 0],
          ['fail', 120],
        ],
      );
      const [run] = s.told('run-result');
      assert.deepEqual([run?.status, run?.counts.failed], ['warning', 1]);
      const [coverage] = s.told('coverage');
      assert.deepEqual(coverage?.tables, [
        {
          table: {
            database: coverage?.tables[0]?.table.database ?? '',
            schema: 'public',
            name: 'orders',
          },
          columns: 4,
          columnsTested: 1,
          monitors: 1,
          tests: 2,
        },
      ]);
      const before = s.told('metric-points').length;
      await s.ran(`orders-${name}`);
      assert.equal(s.told('coverage').length, 1);
      // Nothing changed but the points of a new hour, if one began: days that are complete are told once.
      assert.ok(s.told('metric-points').length <= before + 1);
      assert.equal(s.told('metric-series').length, 1);
      const text = s.facts.map((fact) => canonicalJson(fact as unknown as Json)).join('\n');
      assert.doesNotMatch(text, /canary/u);
      const kept = await s.owner.query('select row_json from privet_observe.failed_row');
      assert.match(JSON.stringify(kept.rows), /canary-status-0/u);
    });
  }

  test('roles that can reach more than they need are refused, by what the server says', async (t) => {
    const s = await stand(t);
    const refused = async (about: RegExp) => {
      await assert.rejects(
        s.collector.warehouses.register(wish(s, 'wide', true), ada),
        (thrown) => {
          assert.ok(thrown instanceof Problem);
          assert.equal(thrown.code, 'denied');
          assert.match(thrown.message, about);
          return true;
        },
      );
    };
    const grants: readonly (readonly [string, string, RegExp])[] = [
      [
        `grant select on public.orders to read_${stands}`,
        `revoke select on public.orders from read_${stands}`,
        /SELECT on relation `public.orders`/u,
      ],
      [
        `grant select (id) on public.orders to read_${stands}`,
        `revoke select (id) on public.orders from read_${stands}`,
        /SELECT on column `public.orders`/u,
      ],
      [
        `grant pg_read_all_data to read_${stands}`,
        `revoke pg_read_all_data from read_${stands}`,
        /MEMBER on role `pg_read_all_data`/u,
      ],
      [
        `alter role read_${stands} createrole`,
        `alter role read_${stands} nocreaterole`,
        /attribute `createrole`/u,
      ],
      [
        `alter role read_${stands} superuser`,
        `alter role read_${stands} nosuperuser`,
        /attribute `superuser`/u,
      ],
      [
        `grant create on schema public to read_${stands}`,
        `revoke create on schema public from read_${stands}`,
        /CREATE on schema `public`/u,
      ],
      [
        `create function public.peek() returns bigint language sql security definer as 'select count(*) from public.orders'`,
        'drop function public.peek()',
        /EXECUTE on function `public.peek`/u,
      ],
      [
        `grant update on public.orders to collect_${stands}`,
        `revoke update on public.orders from collect_${stands}`,
        /UPDATE on relation `public.orders`/u,
      ],
    ];
    for (const [give, take, about] of grants) {
      await s.owner.query(give);
      await refused(about);
      await s.owner.query(take);
    }
    const { pool: other } = await cluster.createDatabase();
    await other.query(
      'create table public.open (secret text); grant select on public.open to public',
    );
    await refused(/SELECT on relation `test_\d+: public.open`/u);
    await other.query('revoke select on public.open from public');
    await s.collector.warehouses.register(wish(s, 'wide', true), ada);
  });

  test('a reading role that comes to reach more is not used any more, and control hears of it', async (t) => {
    const s = await stand(t);
    await s.collector.warehouses.register(wish(s, 'drift', true), ada);
    await s.collector.monitors.apply(
      { documents: [orders('drift')], prune: false, mayReach: () => true },
      ada,
    );
    await s.ran('orders-drift');
    const before = s.told('metric-points').length;
    await s.owner.query(`grant select on privet_observe.failed_row to read_${stands}`);
    await s.ran('orders-drift');
    assert.equal(s.told('metric-points').length, before);
    const drifted = s.told('role-reach').at(-1);
    assert.deepEqual(
      [drifted?.state, drifted?.total, drifted?.beyond[0]?.name],
      ['drifted', 1, 'privet_observe.failed_row'],
    );
    assert.equal(s.told('warehouse-state').at(-1)?.state, 'refused');
    await s.owner.query(`revoke select on privet_observe.failed_row from read_${stands}`);
    await s.ran('orders-drift');
    // What was measured meanwhile is told now: nothing is lost.
    assert.equal(s.told('run-result').length, 3);
    assert.equal((await s.collector.warehouses.find('drift')).state, 'ok');
  });

  test('monitors are applied all or none, pruned, and refused with their place', async (t) => {
    const s = await stand(t);
    await s.collector.warehouses.register(wish(s, 'many', false), ada);
    const apply = (documents: readonly unknown[], prune = false) =>
      s.collector.monitors.apply({ documents, prune, mayReach: () => true }, ada);
    const bad: readonly (readonly [object, RegExp])[] = [
      [{ table: 'orders' }, /monitor.table/u],
      [{ bucket: '5 hours' }, /bucket/u],
      [{ schedule: '61 * * * *' }, /schedule/u],
      [{ timeZone: 'Mars/Base' }, /time zone/u],
      [{ warehouse: 'elsewhere' }, /no warehouse/u],
      [{ metrics: [{ column: 'id', metrics: ['median'] }] }, /monitor.metrics/u],
      [{ surprise: 1 }, /unknown key `surprise`/u],
      [{ timestamp: undefined, metrics: ['freshness'] }, /need a `timestamp`/u],
      [{ tests: [{ not_null: 'id' }, { not_null: 'id' }] }, /two tests/u],
      [
        { tests: [{ json_schema: { column: 'status', schema: { type: 'nothing' } } }] },
        /JSON Schema/u,
      ],
    ];
    for (const [changes, about] of bad) {
      await assert.rejects(
        apply([orders('many', { name: 'good' }), orders('many', changes)]),
        about,
      );
    }
    assert.deepEqual(
      (await s.collector.monitors.list()).filter(({ monitor }) => monitor.warehouse === 'many'),
      [],
    );
    await apply([orders('many', { name: 'one' }), orders('many', { name: 'two' })]);
    const again = await apply([orders('many', { name: 'one' })], true);
    assert.deepEqual(again, { changed: [], unchanged: ['one'], removed: ['two'] });
    const states = s
      .told('monitors')
      .flatMap(({ monitors }) => monitors.map(({ name, state }) => `${name} ${state}`));
    assert.deepEqual(states, ['one active', 'two active', 'two removed']);
  });

  test('a warehouse that is gone half-way fails the attempt, not the data', async (t) => {
    const s = await stand(t);
    await s.collector.warehouses.register(wish(s, 'away', false), ada);
    await s.collector.monitors.apply(
      { documents: [orders('away')], prune: false, mayReach: () => true },
      ada,
    );
    await s.owner.query(`alter role collect_${stands} nologin`);
    const run = await s.collector.monitors.run('orders-away');
    const state = async () => (await s.collector.runs(run))[0]?.state;
    for (let waited = 0; (await state()) !== 'retrying' && waited < 10_000; waited += 25) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    assert.equal(await state(), 'retrying');
    assert.deepEqual(s.told('test-results'), []);
    assert.equal(s.told('warehouse-state').at(-1)?.state, 'down');
    await s.owner.query(`alter role collect_${stands} login`);
    for (let waited = 0; (await state()) !== 'done' && waited < 10_000; waited += 25) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    assert.equal(s.told('run-result').length, 1);
    assert.equal(s.told('warehouse-state').at(-1)?.state, 'ok');
  });
});
