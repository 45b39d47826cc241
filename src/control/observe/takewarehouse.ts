import type { FactOf } from '#boundary';
import { momentOf } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import { assetIds, assetKey, WHOLE_WAREHOUSE } from './asset.ts';
import { clearSignals } from './signalend.ts';
import { takeSignal } from './takesignal.ts';

const PUT_COVERAGE = statement(import.meta.url, 'sql/put-coverage.sql');
const REMOVE_ASSETS = statement(import.meta.url, 'sql/remove-assets.sql');
const PUT_MONITORS = statement(import.meta.url, 'sql/put-monitors.sql');
const REMOVE_TESTS = statement(import.meta.url, 'sql/remove-tests-but.sql');
const PUT_REACH = statement(import.meta.url, 'sql/put-role-reach.sql');
const PUT_WAREHOUSE = statement(import.meta.url, 'sql/put-warehouse.sql');

/** How far tables are watched; what is gone fails no longer. */
export async function takeCoverage(work: Work, fact: FactOf<'coverage'>): Promise<void> {
  const tables = [...fact.tables.map(({ table }) => table), ...fact.removed];
  const ids = await assetIds(work.tx, fact, tables);
  const rows = fact.tables.map((one) => ({
    id: ids.get(assetKey(one.table)),
    columns: one.columns,
    columns_tested: one.columnsTested,
    monitors: one.monitors,
    tests: one.tests,
  }));
  await work.tx.query(PUT_COVERAGE, [JSON.stringify(rows)]);
  const gone = fact.removed.map((table) => ids.get(assetKey(table)) ?? 0);
  await work.tx.query(REMOVE_ASSETS, [gone, momentOf(work)]);
  await clearSignals(work, { assetIds: gone });
}

/** Monitors as the plane has them; a check that a monitor no longer makes fails no longer. */
export async function takeMonitors(work: Work, fact: FactOf<'monitors'>): Promise<void> {
  const tables = fact.monitors.flatMap(({ table }) => (table === null ? [] : [table]));
  const ids = await assetIds(work.tx, fact, tables);
  const rows = fact.monitors.map((one) => ({
    name: one.name,
    asset_id: one.table === null ? null : ids.get(assetKey(one.table)),
    state: one.state,
    schedule: one.schedule,
    checks: one.checks.length,
    metrics: one.metrics,
    tests: one.state === 'removed' ? [] : one.checks.map(({ test }) => test),
    severity: one.severity,
    owners: one.owners,
    tags: one.tags,
  }));
  const atMs = new Date(fact.timeMs);
  await work.tx.query(PUT_MONITORS, [fact.plane, fact.warehouse, JSON.stringify(rows), atMs]);
  for (const { name, tests } of rows) {
    const values = [fact.plane, fact.warehouse, name, tests, momentOf(work)];
    const { rows: gone } = await work.tx.query<{ test: string }>(REMOVE_TESTS, values);
    await clearSignals(work, { plane: fact.plane, keys: gone.map(({ test }) => `test:${test}`) });
  }
}

/** What a role can reach; more than it should is critical, because it is the promise itself that is broken. */
export async function takeRoleReach(work: Work, fact: FactOf<'role-reach'>): Promise<void> {
  await work.tx.query(PUT_REACH, [
    fact.plane,
    fact.warehouse,
    fact.role,
    fact.use,
    fact.state,
    fact.digest,
    JSON.stringify(fact.beyond),
    fact.total,
    new Date(fact.timeMs),
  ]);
  await takeSignal(work, {
    plane: fact.plane,
    key: `grants:${JSON.stringify([fact.warehouse, fact.use, fact.role])}`,
    kind: 'grants',
    assetId: await wholeWarehouse(work, fact),
    column: null,
    check: `role_${fact.role}`,
    dimension: null,
    severity: 'critical',
    state: fact.state === 'narrow' ? 'ok' : 'failing',
    failures: fact.total,
    owners: [],
    tags: [],
    atMs: fact.timeMs,
  });
}

/** Whether the collector reaches a warehouse at all. */
export async function takeWarehouseState(
  work: Work,
  fact: FactOf<'warehouse-state'>,
): Promise<void> {
  const { plane, warehouse, engine, mode, state } = fact;
  const row = [plane, warehouse, engine, mode, state, fact.fault, new Date(fact.timeMs)];
  await work.tx.query(PUT_WAREHOUSE, row);
  await takeSignal(work, {
    plane,
    key: `warehouse:${warehouse}`,
    kind: 'run',
    assetId: await wholeWarehouse(work, fact),
    column: null,
    check: 'warehouse_reachable',
    dimension: null,
    severity: 'high',
    state: state === 'ok' || state === 'removed' ? 'ok' : 'failing',
    failures: null,
    owners: [],
    tags: [],
    atMs: fact.timeMs,
  });
}

async function wholeWarehouse(
  work: Work,
  fact: { readonly plane: string; readonly warehouse: string },
): Promise<number> {
  const ids = await assetIds(work.tx, fact, [WHOLE_WAREHOUSE]);
  return ids.get(assetKey(WHOLE_WAREHOUSE)) ?? 0;
}
