import { newId } from '#base/ids';
import type { Id } from '#base/ids';
import { momentOf } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import { dropWaitingAlerts, queueAlerts } from './alertqueue.ts';
import { noteIncident } from './incidentevent.ts';
import { atLeast } from './severity.ts';
import type { Severity } from './severity.ts';
import type { Signal } from './signal.ts';

const FIND_OPEN = statement(import.meta.url, 'sql/find-open-incident.sql');
const HOLDING = statement(import.meta.url, 'sql/incidents-holding.sql');
const FIND_RECENT = statement(import.meta.url, 'sql/find-recent-incident.sql');
const INSERT = statement(import.meta.url, 'sql/insert-incident.sql');
const REOPEN = statement(import.meta.url, 'sql/reopen-incident.sql');
const JOIN = statement(import.meta.url, 'sql/join-incident.sql');
const RAISE = statement(import.meta.url, 'sql/raise-incident.sql');
const RESOLVE = statement(import.meta.url, 'sql/resolve-incident.sql');
const COUNT_FAILING = statement(import.meta.url, 'sql/count-failing.sql');

/** What fails again so soon after it got well by itself is the same trouble, not another. */
const REOPEN_HOURS = 6;

type Open = { readonly id: Id<'inc'>; readonly severity: Severity };

/** Opens an incident for the table of a failing signal, or has it join the one that is open. */
export async function incidentFails(work: Work, signal: Signal): Promise<void> {
  const open = await openIncident(work, signal.assetId);
  const incident = open ?? (await reopened(work, signal)) ?? (await opened(work, signal));
  const about = { incident: incident.id, signalKey: signal.key };
  const { rowCount } = await work.tx.query(JOIN, [incident.id, signal.plane, signal.key]);
  if (open !== null && rowCount === 1) await noteIncident(work, { ...about, kind: 'joined' });
  if (atLeast(incident.severity, signal.severity)) return;
  await work.tx.query(RAISE, [incident.id, signal.severity, momentOf(work)]);
  await noteIncident(work, { ...about, kind: 'raised' });
  await queueAlerts(work, { incident: incident.id, event: 'raised' });
}

/** Takes note that a signal is well again; the last one of an incident resolves it. */
export async function incidentCleared(
  work: Work,
  signal: Pick<Signal, 'plane' | 'key'>,
): Promise<void> {
  const { rows: holding } = await work.tx.query<{ id: string }>(HOLDING, [
    signal.plane,
    signal.key,
  ]);
  for (const { id } of holding) {
    await noteIncident(work, { incident: id, kind: 'cleared', signalKey: signal.key });
    const { rows } = await work.tx.query<{ failing: number }>(COUNT_FAILING, [id]);
    if ((rows[0]?.failing ?? 0) === 0) await resolveIncident(work, id, true);
  }
}

/** Closes an incident; `byItself` when everything in it is well again. */
export async function resolveIncident(work: Work, id: string, byItself: boolean): Promise<void> {
  await work.tx.query(RESOLVE, [id, momentOf(work), byItself]);
  await noteIncident(work, { incident: id, kind: 'resolved' });
  await dropWaitingAlerts(work, id);
  await queueAlerts(work, { incident: id, event: 'resolved' });
}

async function openIncident(work: Work, assetId: number): Promise<Open | null> {
  const { rows } = await work.tx.query<Open>(FIND_OPEN, [assetId]);
  return rows[0] ?? null;
}

async function reopened(work: Work, signal: Signal): Promise<Open | null> {
  const since = momentOf(work, -REOPEN_HOURS * 3_600_000);
  const values = [signal.assetId, signal.plane, signal.key, since];
  const { rows } = await work.tx.query<Open>(FIND_RECENT, values);
  const recent = rows[0];
  if (recent === undefined) return null;
  await work.tx.query(REOPEN, [recent.id, signal.severity, momentOf(work)]);
  const about = { incident: recent.id, kind: 'reopened', signalKey: signal.key } as const;
  await noteIncident(work, about);
  await queueAlerts(work, { incident: recent.id, event: 'opened' });
  return { id: recent.id, severity: signal.severity };
}

async function opened(work: Work, signal: Signal): Promise<Open> {
  const id = newId('inc', work);
  await work.tx.query(INSERT, [id, signal.assetId, signal.severity, momentOf(work)]);
  await noteIncident(work, { incident: id, kind: 'opened', signalKey: signal.key });
  await queueAlerts(work, { incident: id, event: 'opened' });
  return { id, severity: signal.severity };
}
