import type { FactOf } from '#boundary';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import { assetIds, assetKey, WHOLE_WAREHOUSE } from './asset.ts';
import { milder } from './severity.ts';
import { takeSignal } from './takesignal.ts';

const PUT_RESULTS = statement(import.meta.url, 'sql/put-test-results.sql');
const PUT_TESTS = statement(import.meta.url, 'sql/put-tests.sql');
const PUT_CHANGES = statement(import.meta.url, 'sql/put-schema-changes.sql');

type TestResult = FactOf<'test-results'>['results'][number];

/** Keeps results and lets failing ones open incidents; a skipped test says nothing. */
export async function takeTestResults(work: Work, fact: FactOf<'test-results'>): Promise<void> {
  const tables = fact.results.map(({ table }) => table ?? WHOLE_WAREHOUSE);
  const ids = await assetIds(work.tx, fact, tables);
  const assetOf = (one: TestResult) => ids.get(assetKey(one.table ?? WHOLE_WAREHOUSE)) ?? 0;
  const inTime = fact.results.toSorted((left, right) => left.atMs - right.atMs);
  await work.tx.query(PUT_TESTS, [
    fact.plane,
    JSON.stringify(inTime.map((one) => ({ ...testRow(one), asset_id: assetOf(one) }))),
  ]);
  await work.tx.query(PUT_RESULTS, [fact.plane, JSON.stringify(inTime.map(resultRow))]);
  for (const one of inTime) {
    if (one.status === 'skipped') continue;
    await takeSignal(work, {
      plane: fact.plane,
      key: `test:${one.test}`,
      kind: kindOf(one),
      assetId: assetOf(one),
      column: one.column,
      check: one.name,
      dimension: one.dimension === 'none' ? null : one.dimension,
      severity: one.status === 'warn' ? milder(one.severity) : one.severity,
      state: one.status === 'pass' ? 'ok' : 'failing',
      failures: one.failures,
      owners: one.owners,
      tags: one.tags,
      atMs: one.atMs,
    });
  }
}

/** Keeps what changed in schemas; whether that is wrong, a test of the schema says. */
export async function takeSchemaChanges(work: Work, fact: FactOf<'schema-changes'>): Promise<void> {
  const ids = await assetIds(
    work.tx,
    fact,
    fact.changes.map(({ table }) => table),
  );
  const rows = fact.changes.map((one) => ({
    change: one.change,
    asset_id: ids.get(assetKey(one.table)),
    column_name: one.column ?? '',
    what: one.what,
    before: one.before,
    after: one.after,
    against: one.against,
    at: new Date(one.atMs).toISOString(),
  }));
  await work.tx.query(PUT_CHANGES, [fact.plane, JSON.stringify(rows)]);
}

/** A test that could not be run is a trouble of the pipeline, not of the data. */
function kindOf(one: TestResult): 'test' | 'run' | 'freshness' | 'schema' | 'anomaly' {
  if (one.status === 'error') return 'run';
  if (one.check === 'freshness' || one.check === 'sla') return 'freshness';
  if (one.check === 'schema_changes') return 'schema';
  return one.check === 'anomaly' ? 'anomaly' : 'test';
}

function testRow(one: TestResult) {
  return {
    test: one.test,
    name: one.name,
    check_kind: one.check,
    dimension: one.dimension,
    column_name: one.column ?? '',
    node: one.node,
    severity: one.severity,
    owners: one.owners,
    tags: one.tags,
    status: one.status,
    at: new Date(one.atMs).toISOString(),
  };
}

function resultRow(one: TestResult) {
  return {
    result: one.result,
    test: one.test,
    at: new Date(one.atMs).toISOString(),
    status: one.status,
    fault: one.fault,
    failures: one.failures,
    rows: one.rows,
    duration_ms: one.durationMs,
    samples: one.samples,
    run: one.run,
  };
}
