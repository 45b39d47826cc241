import { lastDue, scheduleFrom } from '#base/schedule';
import type { FactOf } from '#boundary';
import { BY_ITSELF, inWork } from '#control/identity';
import type { Office, Work } from '#control/identity';
import { statement } from '#platform/db';
import type { Severity } from './severity.ts';
import { takeSignal } from './takesignal.ts';

const PUT_PRESENCE = statement(import.meta.url, 'sql/put-presence.sql');
const SCHEDULED = statement(import.meta.url, 'sql/scheduled-monitors.sql');

/** A plane whose heartbeats are further apart was away; what was due meanwhile it makes up for in its own time. */
const AWAY_SECONDS = 10 * 60;
const MINUTE_MS = 60_000;
/** How late a run may be: as long as from one to the next, within these bounds, and twice as long as one has taken. */
const LATE_MS_MIN = 30 * MINUTE_MS;
const LATE_MS_MAX = 6 * 60 * MINUTE_MS;

/** Notes through when a plane is heard. Facts come in order: what it had not told by then did not happen. */
export async function notePresence(work: Work, fact: FactOf<'heartbeat'>): Promise<void> {
  await work.tx.query(PUT_PRESENCE, [fact.plane, new Date(fact.timeMs), AWAY_SECONDS]);
}

/**
 * Says of every monitor with a schedule whether it does what the schedule says: one of which nothing is heard where something
 * was due opens an incident for its table, the next run clears it. Times are the plane's. Nothing is due while a monitor
 * is paused, its plane away (or what it tells held back), or its warehouse down, nor from before that was over.
 */
export async function watchSilence(office: Office): Promise<void> {
  const { rows } = await office.pool.query<MonitorRow>(SCHEDULED);
  for (const row of rows) {
    const silent = isSilent(row);
    if (silent === row.failing) continue;
    await inWork(office, BY_ITSELF, (work) => tell(work, row, silent));
  }
}

function isSilent(row: MonitorRow): boolean {
  if (row.state !== 'active' || row.schedule === null) return false;
  if (row.warehouse_state !== null && row.warehouse_state !== 'ok') return false;
  const afterMs = Math.max(
    row.active_since.getTime(),
    row.since.getTime(),
    row.warehouse_since?.getTime() ?? 0,
    row.started_at?.getTime() ?? 0,
  );
  const schedule = scheduleFrom(row.schedule);
  const throughMs = row.through.getTime();
  // A month's schedule has no second time within what is looked back: it may be as late as any.
  const last = lastDue(schedule, { afterMs: 0, throughMs });
  if (last === null) return false;
  const before = lastDue(schedule, { afterMs: 0, throughMs: last - MINUTE_MS });
  const stepMs = before === null ? LATE_MS_MAX : last - before;
  const lateMs = Math.min(LATE_MS_MAX, Math.max(LATE_MS_MIN, stepMs)) + 2_000 * row.longest_seconds;
  return lastDue(schedule, { afterMs, throughMs: throughMs - lateMs }) !== null;
}

function tell(work: Work, row: MonitorRow, silent: boolean): Promise<void> {
  return takeSignal(work, {
    plane: row.plane,
    key: row.key,
    kind: 'freshness',
    assetId: Number(row.asset_id),
    column: null,
    check: `monitor_${row.name}`,
    dimension: null,
    severity: row.severity,
    state: silent ? 'failing' : 'ok',
    failures: null,
    owners: row.owners,
    tags: row.tags,
    atMs: work.nowMs,
  });
}

type MonitorRow = {
  readonly plane: string;
  readonly warehouse: string;
  readonly name: string;
  readonly asset_id: string;
  readonly state: 'active' | 'paused' | 'removed';
  readonly schedule: string | null;
  readonly severity: Severity;
  readonly owners: readonly string[];
  readonly tags: readonly string[];
  readonly active_since: Date;
  readonly since: Date;
  readonly through: Date;
  readonly warehouse_state: string | null;
  readonly warehouse_since: Date | null;
  /** When the latest run that was heard of began. */
  readonly started_at: Date | null;
  readonly longest_seconds: number;
  /** Of its signal. */
  readonly key: string;
  readonly failing: boolean;
};
