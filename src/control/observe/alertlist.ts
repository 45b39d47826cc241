import type { AlertDesk } from './alertdesk.ts';
import { newId } from '#base/ids';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { checkAlertContent } from './alertcontent.ts';
import type { AlertEvent } from './alertcontent.ts';
import { channelSecret, findChannel, noteChannel } from './channel.ts';
import { deliver } from './deliver.ts';
import type { DeliveryCode } from './deliver.ts';

const LIST = statement(import.meta.url, 'sql/list-alerts.sql');

export type AlertState = 'waiting' | 'sent' | 'skipped' | 'failed';

/** One message to one channel, as lists show it. */
export type AlertRecord = {
  readonly id: string;
  readonly incident: string | null;
  readonly channel: string;
  readonly event: AlertEvent;
  readonly rule: string | null;
  readonly state: AlertState;
  readonly createdAt: string;
  readonly dueAt: string;
  readonly sentAt: string | null;
  readonly attempts: number;
  readonly code: string | null;
};

export type AlertFilter = {
  readonly channel?: string | undefined;
  readonly incident?: string | undefined;
  readonly state?: AlertState | undefined;
  readonly limit: number;
};

/** Messages, newest first. */
export async function listAlerts(
  tx: Queryable,
  filter: AlertFilter,
): Promise<readonly AlertRecord[]> {
  const { channel = null, incident = null, state = null, limit } = filter;
  const { rows } = await tx.query<AlertRow>(LIST, [channel, incident, state, limit]);
  return rows.map(({ created_at, due_at, sent_at, ...row }) => ({
    ...row,
    createdAt: created_at.toISOString(),
    dueAt: due_at.toISOString(),
    sentAt: sent_at?.toISOString() ?? null,
  }));
}

/** Sends a trial to a channel at once and gives how that went; PagerDuty and Opsgenie open what has to be closed there. */
export async function tryChannel(
  { office, keys, loopback }: Omit<AlertDesk, 'linkBase'>,
  name: string,
): Promise<DeliveryCode> {
  const channel = await findChannel(office.pool, name);
  const nowMs = office.clock();
  const source = { nowMs, random: office.random };
  const content = checkAlertContent({
    format: 'privet-alert/v1',
    alert: newId('alr', source),
    event: 'trial',
    incident: newId('inc', source),
    severity: 'low',
    atMs: nowMs,
    openedAtMs: nowMs,
    plane: 'none',
    place: null,
    signals: [],
    signalCount: 0,
    owners: [],
    downstream: { tables: 0, exposures: 0 },
    actor: null,
    link: null,
  });
  const secret = await channelSecret(office.pool, keys, channel.id);
  const { code } = await deliver(channel.settings, { content, secret, nowMs }, { loopback });
  await noteChannel(office.pool, channel.id, { nowMs, code: code === 'ok' ? null : code });
  return code;
}

type AlertRow = Omit<AlertRecord, 'createdAt' | 'dueAt' | 'sentAt'> & {
  readonly created_at: Date;
  readonly due_at: Date;
  readonly sent_at: Date | null;
};
