import type { Work } from '#control/identity';
import { ALERT_SIGNALS_MAX, checkAlertContent, checkNameOf } from './alertcontent.ts';
import type { AlertContent, AlertEvent } from './alertcontent.ts';
import { findAsset } from './asset.ts';
import { findIncident } from './incidentstate.ts';
import type { Incident } from './incidentstate.ts';
import { downstreamCount } from './lineagegraph.ts';
import type { LineageGraph } from './lineagegraph.ts';
import { statement } from '#platform/db';

const ASSET_OF = statement(import.meta.url, 'sql/incident-asset.sql');
/** People named in one message. */
const OWNERS_SHOWN_MAX = 20;

export type AlertSubject = {
  readonly alert: string;
  readonly incident: string;
  readonly event: AlertEvent;
  readonly actor: string | null;
  readonly linkBase: string | null;
  /** Lineage, read once for all that is sent together. */
  readonly graph: () => Promise<LineageGraph>;
};

/** What an alert says about an incident as it is now; checked field by field before anybody can send it. */
export async function alertContent(work: Work, subject: AlertSubject): Promise<AlertContent> {
  const incident = await findIncident(work.tx, subject.incident);
  const { rows } = await work.tx.query<{ asset_id: string }>(ASSET_OF, [subject.incident]);
  const asset = await findAsset(work.tx, Number(rows[0]?.asset_id));
  const failing = incident.signals.filter((signal) => signal.state === 'failing');
  return checkAlertContent({
    format: 'privet-alert/v1',
    alert: subject.alert,
    event: subject.event,
    incident: incident.id,
    severity: incident.severity,
    atMs: work.nowMs,
    openedAtMs: Date.parse(incident.openedAt),
    plane: asset.plane,
    place: { warehouse: asset.warehouse, schema: asset.schema, table: asset.table },
    signals: failing.slice(0, ALERT_SIGNALS_MAX).map(signalFact),
    signalCount: failing.length,
    owners: incident.owners.slice(0, OWNERS_SHOWN_MAX),
    downstream: downstreamCount(await subject.graph(), asset),
    actor: subject.actor,
    link: subject.linkBase === null ? null : `${subject.linkBase}/observe/incidents/${incident.id}`,
  });
}

function signalFact(signal: Incident['signals'][number]): AlertContent['signals'][number] {
  return {
    kind: signal.kind,
    check: checkNameOf(signal.check),
    column: signal.column,
    severity: signal.severity,
    failures: signal.failures,
    sinceMs: Date.parse(signal.since),
  };
}
