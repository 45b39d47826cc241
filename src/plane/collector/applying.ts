import { Problem } from '#base/problem';
import type { FactBody, FactOf } from '#boundary';
import { transaction } from '#platform/db';
import type { Transaction } from '#platform/db';
import type { CollectorSettings, Person } from './context.ts';
import { MONITORS_MAX } from './monitor/document.ts';
import { compiled } from './json/jsonschema.ts';
import { monitorFrom } from './monitor/monitor.ts';
import type { Monitor } from './monitor/monitor.ts';
import { deleteMonitors, listMonitors, putMonitor } from './monitor/monitortable.ts';
import { reachOf } from './reachofwords.ts';
import type { MayReach } from './reachofwords.ts';
import { testText } from './runrecord.ts';
import { pieces } from './tell.ts';
import { databaseOf } from './tellrun.ts';
import { findWarehouse } from './warehouse/warehousetable.ts';
import type { WarehouseRow } from './warehouse/warehousetable.ts';

/** What applying documents did, by names of monitors. */
export type Applied = {
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
  readonly removed: readonly string[];
};

type MonitorItem = FactOf<'monitors'>['monitors'][number];
/** Monitors in one fact. */
const TOLD_MAX = 50;
/** Names in one leaf. */
const NAMED_MAX = 200;

export type MonitorsWish = {
  readonly documents: readonly unknown[];
  /** Whether monitors of the same warehouses that are not among the documents go. */
  readonly prune: boolean;
  readonly mayReach: MayReach;
};

/**
 * Puts monitors in place, all or none. Throws `invalid` naming what is wrong in which, `not-found` for a warehouse that is
 * not registered, `denied` for words that reach further than whoever brings them may.
 */
export async function applyMonitors(
  settings: CollectorSettings,
  wish: MonitorsWish,
  actor: Person,
): Promise<Applied> {
  if (wish.documents.length > MONITORS_MAX) {
    throw new Problem('limit', `expected at most ${MONITORS_MAX} monitors`);
  }
  const monitors = wish.documents.map(monitorFrom);
  checkTogether(monitors);
  const warehouses = new Map<string, WarehouseRow>();
  for (const { warehouse } of monitors) {
    if (!warehouses.has(warehouse))
      warehouses.set(warehouse, await findWarehouse(settings.pool, warehouse));
  }
  await checkReach(settings, monitors, wish.mayReach);
  const applied = await transaction(settings.pool, async (tx) => {
    const by = { person: actor.id, nowMs: settings.clock() };
    const changed: Monitor[] = [];
    for (const monitor of monitors) if (await putMonitor(tx, monitor, by)) changed.push(monitor);
    const surplus = wish.prune ? await surplusOf(tx, monitors, [...warehouses.keys()]) : [];
    const removed = await deleteMonitors(tx, surplus);
    await tellMonitors(settings, tx, { changed, removed, warehouses });
    await note(settings, tx, { actor, changed, removed });
    return { changed, removed };
  });
  settings.border.wake();
  const changed = applied.changed.map(({ name }) => name);
  return {
    changed,
    unchanged: monitors.map(({ name }) => name).filter((name) => !changed.includes(name)),
    removed: applied.removed.map(({ name }) => name),
  };
}

/** Removes monitors by name; throws `not-found` when none of them is there. */
export async function removeMonitors(
  settings: CollectorSettings,
  names: readonly string[],
  actor: Person,
): Promise<readonly string[]> {
  const removed = await transaction(settings.pool, async (tx) => {
    const gone = await deleteMonitors(tx, names);
    if (gone.length === 0) throw new Problem('not-found', 'no monitor has this name');
    const warehouses = new Map<string, WarehouseRow>();
    for (const { warehouse } of gone) warehouses.set(warehouse, await findWarehouse(tx, warehouse));
    await tellMonitors(settings, tx, { changed: [], removed: gone, warehouses });
    await note(settings, tx, { actor, changed: [], removed: gone });
    return gone;
  });
  settings.border.wake();
  return removed.map(({ name }) => name);
}

function checkTogether(monitors: readonly Monitor[]): void {
  const names = new Set<string>();
  for (const monitor of monitors) {
    if (names.has(monitor.name)) {
      throw new Problem('invalid', `two monitors are called \`${monitor.name}\``);
    }
    names.add(monitor.name);
    for (const { subject } of monitor.tests) {
      if (subject.kind === 'json_schema') compiled(subject.schema);
    }
  }
}

/** A monitor that stays as it is was somebody's who might; whoever applies the others need not be. */
async function checkReach(
  settings: CollectorSettings,
  monitors: readonly Monitor[],
  mayReach: MayReach,
): Promise<void> {
  const kept = new Map(
    (await listMonitors(settings.pool)).map(({ monitor, document }) => [monitor.name, document]),
  );
  for (const monitor of monitors) {
    if (kept.get(monitor.name) === monitor.text) continue;
    const reach = await reachOf(monitor);
    if (reach.kind === 'none' || mayReach(monitor.warehouse, reach)) continue;
    const tables =
      reach.kind === 'warehouse'
        ? 'any table of the warehouse'
        : reach.tables.map(({ schema, name }) => `\`${schema}.${name}\``).join(', ');
    throw new Problem(
      'denied',
      `monitor \`${monitor.name}\` has conditions, values or SQL of its own over ${tables}`,
      {
        hint: 'its counts can answer questions about single rows: an owner of each table must apply it; for a table that is no source, or that nobody owns, permission `data-owner`',
      },
    );
  }
}

async function surplusOf(
  tx: Transaction,
  monitors: readonly Monitor[],
  warehouses: readonly string[],
): Promise<readonly string[]> {
  const wanted = new Set(monitors.map(({ name }) => name));
  const names: string[] = [];
  for (const warehouse of warehouses) {
    const kept = await listMonitors(tx, { warehouse });
    names.push(...kept.map(({ monitor }) => monitor.name).filter((name) => !wanted.has(name)));
  }
  return names;
}

type Change = {
  readonly changed: readonly Monitor[];
  readonly removed: readonly Monitor[];
  readonly warehouses: ReadonlyMap<string, WarehouseRow>;
};

async function tellMonitors(
  settings: CollectorSettings,
  tx: Transaction,
  change: Change,
): Promise<void> {
  const facts: FactBody<'monitors'>[] = [];
  for (const [warehouse, row] of change.warehouses) {
    const items: MonitorItem[] = [];
    for (const [monitors, removed] of [
      [change.changed, false],
      [change.removed, true],
    ] as const) {
      for (const monitor of monitors) {
        if (monitor.warehouse === warehouse)
          items.push(await itemOf(settings, row, { monitor, removed }));
      }
    }
    for (const piece of pieces(items, TOLD_MAX)) {
      facts.push({ kind: 'monitors', timeMs: settings.clock(), warehouse, monitors: piece });
    }
  }
  if (facts.length > 0) await settings.border.store(tx, facts);
}

async function itemOf(
  settings: CollectorSettings,
  row: WarehouseRow,
  { monitor, removed }: { readonly monitor: Monitor; readonly removed: boolean },
): Promise<MonitorItem> {
  const { name, table, state, schedule, tests, metrics, severity, owners, tags } = monitor;
  const ids = await settings.digest(tests.map((test) => testText(row.name, monitor, test)));
  return {
    name,
    table: { database: databaseOf(row), ...table },
    state: removed ? 'removed' : state,
    schedule,
    checks: tests.map((test, at) => ({
      test: ids[at] ?? '',
      name: test.name,
      check: test.subject.kind,
    })),
    metrics: metrics.length,
    severity,
    owners,
    tags,
  };
}

async function note(
  settings: CollectorSettings,
  tx: Transaction,
  of: {
    readonly actor: Person;
    readonly changed: readonly Monitor[];
    readonly removed: readonly Monitor[];
  },
): Promise<void> {
  const names = (monitors: readonly Monitor[]) =>
    monitors.slice(0, NAMED_MAX).map(({ name }) => name);
  if (of.changed.length + of.removed.length === 0) return;
  await settings.ledger.append(tx, {
    kind: 'monitors-applied',
    actor: of.actor,
    applied: names(of.changed),
    removed: names(of.removed),
    count: of.changed.length + of.removed.length,
  });
}
