import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { monitorFrom } from './monitor.ts';
import type { Monitor } from './monitor.ts';

const LIST = statement(import.meta.url, '../sql/list-monitors.sql');
const PUT = statement(import.meta.url, '../sql/put-monitor.sql');
const DELETE = statement(import.meta.url, '../sql/delete-monitors.sql');
const ADVANCE = statement(import.meta.url, '../sql/advance-monitor.sql');

/** A monitor with what became of it. */
export type KeptMonitor = {
  readonly monitor: Monitor;
  readonly document: string;
  /** The last moment of its schedule that was taken care of. */
  readonly dueThroughMs: number;
  readonly lastRunId: string | null;
  readonly appliedBy: string;
  readonly appliedAtMs: number;
};

type Row = {
  readonly name: string;
  readonly document: string;
  readonly due_through_ms: string;
  readonly last_run_id: string | null;
  readonly applied_by: string;
  readonly applied_at_ms: string;
};

export async function listMonitors(
  db: Queryable,
  of: { readonly name?: string; readonly warehouse?: string } = {},
): Promise<readonly KeptMonitor[]> {
  const { rows } = await db.query<Row>(LIST, [of.name ?? null, of.warehouse ?? null]);
  return rows.map((row) => ({
    monitor: monitorFrom(JSON.parse(row.document)),
    document: row.document,
    dueThroughMs: Number(row.due_through_ms),
    lastRunId: row.last_run_id,
    appliedBy: row.applied_by,
    appliedAtMs: Number(row.applied_at_ms),
  }));
}

/** One monitor; throws `not-found`. */
export async function findMonitor(db: Queryable, name: string): Promise<KeptMonitor> {
  const [found] = await listMonitors(db, { name });
  if (found !== undefined) return found;
  throw new Problem('not-found', `no monitor is called \`${name.slice(0, 63)}\``, {
    hint: '`privet observe monitor list` shows those there are',
  });
}

/** Puts a monitor in place of the one of its name; gives whether that changed anything. */
export async function putMonitor(
  db: Queryable,
  monitor: Monitor,
  by: { readonly person: string; readonly nowMs: number },
): Promise<boolean> {
  const { name, warehouse, text } = monitor;
  const { rowCount } = await db.query(PUT, [name, warehouse, text, by.nowMs, by.person]);
  return rowCount === 1;
}

/** Deletes monitors; gives those that were there. */
export async function deleteMonitors(
  db: Queryable,
  names: readonly string[],
): Promise<readonly Monitor[]> {
  const { rows } = await db.query<{ document: string }>(DELETE, [names]);
  return rows.map((row) => monitorFrom(JSON.parse(row.document)));
}

/** Notes through which moment a schedule was followed, and the run that came of it. */
export async function advanceMonitor(
  db: Queryable,
  name: string,
  to: { readonly throughMs: number; readonly runId: string | null },
): Promise<void> {
  await db.query(ADVANCE, [name, to.throughMs, to.runId]);
}
