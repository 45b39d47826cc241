import { momentOf } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';

const INSERT = statement(import.meta.url, 'sql/insert-incident-event.sql');

/** What can happen to an incident. */
export type IncidentEventKind =
  | 'opened'
  | 'joined'
  | 'raised'
  | 'cleared'
  | 'acknowledged'
  | 'assigned'
  | 'resolved'
  | 'reopened'
  | 'noted';

export type IncidentNote = {
  readonly incident: string;
  readonly kind: IncidentEventKind;
  readonly signalKey?: string;
  /** A person's own words, or whom it was assigned to. */
  readonly note?: string;
};

/** Writes down what happened to an incident, as whoever `work` is done for. */
export async function noteIncident(work: Work, note: IncidentNote): Promise<void> {
  const { incident, kind, signalKey = null } = note;
  const actor = work.actor.id === 'plane' ? 'privet' : work.actor.name;
  const row = [incident, momentOf(work), kind, actor, signalKey, note.note ?? ''];
  await work.tx.query(INSERT, row);
}
