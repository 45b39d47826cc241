import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { findSubject, lineOf, momentOf, recordAct } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { queueAlerts } from './alertqueue.ts';
import type { SignalKind } from './alertcontent.ts';
import { resolveIncident } from './incident.ts';
import { noteIncident } from './incidentevent.ts';
import type { IncidentEventKind } from './incidentevent.ts';
import type { Severity } from './severity.ts';

const LIST = statement(import.meta.url, 'sql/list-incidents.sql');
const SIGNALS = statement(import.meta.url, 'sql/incident-signals.sql');
const EVENTS = statement(import.meta.url, 'sql/incident-events.sql');
const ACKNOWLEDGE = statement(import.meta.url, 'sql/acknowledge-incident.sql');
const ASSIGN = statement(import.meta.url, 'sql/assign-incident.sql');

export type IncidentState = 'open' | 'acknowledged' | 'resolved';

/** One incident, as lists show it. */
export type IncidentSummary = {
  readonly id: Id<'inc'>;
  /** `<warehouse>.<schema>.<table>`. */
  readonly place: string;
  readonly plane: string;
  /** The source it is registered as. */
  readonly source: string | null;
  readonly severity: Severity;
  readonly state: IncidentState;
  readonly openedAt: string;
  readonly changedAt: string;
  readonly resolvedAt: string | null;
  readonly resolvedByItself: boolean | null;
  readonly acknowledgedBy: string | null;
  readonly assignee: string | null;
  readonly owners: readonly string[];
  readonly failing: number;
  /** What it began with: the worst of its signals. */
  readonly check: string;
  readonly kind: SignalKind;
};

export type IncidentSignal = {
  readonly key: string;
  readonly kind: SignalKind;
  readonly check: string;
  readonly column: string | null;
  readonly dimension: string | null;
  readonly severity: Severity;
  readonly state: 'ok' | 'failing';
  readonly failures: number | null;
  readonly since: string;
  readonly at: string;
};

export type IncidentEvent = {
  readonly at: string;
  readonly kind: IncidentEventKind;
  readonly actor: string;
  readonly check: string | null;
  readonly note: string;
};

export type Incident = IncidentSummary & {
  readonly signals: readonly IncidentSignal[];
  readonly events: readonly IncidentEvent[];
};

export type IncidentFilter = {
  readonly state?: IncidentState | 'unresolved' | undefined;
  readonly severity?: Severity | undefined;
  readonly assignee?: string | undefined;
  /** A table's full name. */
  readonly place?: string | undefined;
  readonly before?: string | undefined;
  readonly id?: string | undefined;
  readonly limit: number;
};

/** Incidents, newest first. */
export async function listIncidents(
  tx: Queryable,
  filter: IncidentFilter,
): Promise<readonly IncidentSummary[]> {
  const { rows } = await tx.query<IncidentRow>(LIST, [
    filter.id ?? null,
    filter.state ?? null,
    filter.severity ?? null,
    filter.assignee ?? null,
    filter.place ?? null,
    filter.before ?? null,
    filter.limit,
  ]);
  return rows.map(summaryOf);
}

/** One incident with what fails and what happened; throws `not-found`. */
export async function findIncident(tx: Queryable, id: string): Promise<Incident> {
  const [summary] = await listIncidents(tx, { id, limit: 1 });
  if (summary === undefined) {
    throw new Problem('not-found', 'no incident has that id', {
      hint: '`privet observe incidents` lists them',
    });
  }
  const signals = await tx.query<SignalRow>(SIGNALS, [id]);
  const events = await tx.query<EventRow>(EVENTS, [id]);
  return { ...summary, signals: signals.rows.map(signalOf), events: events.rows.map(eventOf) };
}

/** Says that somebody looks at it: reminders stop. Throws `conflict` when it is resolved. */
export async function acknowledge(work: Work, id: string, note: string): Promise<void> {
  await unresolved(work, id);
  await work.tx.query(ACKNOWLEDGE, [id, work.actor.name, momentOf(work)]);
  await noteIncident(work, { incident: id, kind: 'acknowledged', note: ownWords(note) });
  await queueAlerts(work, { incident: id, event: 'acknowledged' });
  await recordAct(work, { action: 'incident-changed', target: `${id} acknowledged` });
}

/** Gives it to a person, or to nobody (null). */
export async function assign(work: Work, id: string, assignee: string | null): Promise<void> {
  await unresolved(work, id);
  const subject = assignee === null ? null : await findSubject(work.tx, assignee);
  await work.tx.query(ASSIGN, [id, subject?.id ?? null, momentOf(work)]);
  const note = subject?.name ?? 'nobody';
  await noteIncident(work, { incident: id, kind: 'assigned', note });
  await recordAct(work, { action: 'incident-changed', target: `${id} assigned to ${note}` });
}

/** Closes it; what still fails opens another at its next failure. */
export async function resolve(work: Work, id: string, note: string): Promise<void> {
  await unresolved(work, id);
  if (note !== '') await noteIncident(work, { incident: id, kind: 'noted', note: ownWords(note) });
  await resolveIncident(work, id, false);
  await recordAct(work, { action: 'incident-changed', target: `${id} resolved` });
}

async function unresolved(work: Work, id: string): Promise<void> {
  const { state } = await findIncident(work.tx, id);
  if (state === 'resolved') throw new Problem('conflict', 'the incident is resolved already');
}

function ownWords(note: string): string {
  return note === '' ? '' : lineOf(note, 'note');
}

type IncidentRow = {
  readonly id: Id<'inc'>;
  readonly place: string;
  readonly plane: string;
  readonly source_id: string | null;
  readonly severity: Severity;
  readonly state: IncidentState;
  readonly opened_at: Date;
  readonly changed_at: Date;
  readonly resolved_at: Date | null;
  readonly resolved_by_itself: boolean | null;
  readonly acknowledged_by: string | null;
  readonly assignee: string | null;
  readonly owners: readonly string[];
  readonly failing: number;
  readonly check_name: string;
  readonly kind: SignalKind;
};

function summaryOf(row: IncidentRow): IncidentSummary {
  return {
    id: row.id,
    place: row.place,
    plane: row.plane,
    source: row.source_id,
    severity: row.severity,
    state: row.state,
    openedAt: row.opened_at.toISOString(),
    changedAt: row.changed_at.toISOString(),
    resolvedAt: row.resolved_at?.toISOString() ?? null,
    resolvedByItself: row.resolved_by_itself,
    acknowledgedBy: row.acknowledged_by,
    assignee: row.assignee,
    owners: row.owners,
    failing: row.failing,
    check: row.check_name,
    kind: row.kind,
  };
}

type SignalRow = {
  readonly key: string;
  readonly kind: SignalKind;
  readonly check_name: string;
  readonly column_name: string;
  readonly dimension: string | null;
  readonly severity: Severity;
  readonly state: 'ok' | 'failing';
  readonly failures: string | null;
  readonly since: Date;
  readonly at: Date;
};

function signalOf(row: SignalRow): IncidentSignal {
  return {
    key: row.key,
    kind: row.kind,
    check: row.check_name,
    column: row.column_name === '' ? null : row.column_name,
    dimension: row.dimension,
    severity: row.severity,
    state: row.state,
    failures: row.failures === null ? null : Number(row.failures),
    since: row.since.toISOString(),
    at: row.at.toISOString(),
  };
}

type EventRow = {
  readonly at: Date;
  readonly kind: IncidentEventKind;
  readonly actor: string;
  readonly check_name: string | null;
  readonly note: string;
};

function eventOf(row: EventRow): IncidentEvent {
  const { kind, actor, note } = row;
  return { at: row.at.toISOString(), kind, actor, check: row.check_name, note };
}
