import { inWork, BY_ITSELF } from '#control/identity';
import type { Office, Work } from '#control/identity';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { checkAlertContent, withoutNames } from './alertcontent.ts';
import type { AlertContent, AlertEvent } from './alertcontent.ts';
import { alertContent } from './alertbuild.ts';
import { queueReminders } from './alertqueue.ts';
import { ATTEMPTS_MAX, waitMs } from './backoff.ts';
import { channelSecret, noteChannel } from './channel.ts';
import { channelSettingsShape } from './channelsettings.ts';
import type { ChannelSettings } from './channelsettings.ts';
import { deliver } from './deliver.ts';
import type { Delivery } from './deliver.ts';
import type { SecretKeys } from './seal.ts';

const CLAIM = statement(import.meta.url, 'sql/claim-alerts.sql');
const KEEP_CONTENT = statement(import.meta.url, 'sql/keep-alert-content.sql');
const SETTLE = statement(import.meta.url, 'sql/settle-alert.sql');
const TOLD_BEFORE = statement(import.meta.url, 'sql/told-before.sql');
const UNACKNOWLEDGED = statement(import.meta.url, 'sql/unacknowledged-incidents.sql');

/** Messages sent side by side: enough that one slow receiver holds nobody else up. */
const BATCH_MAX = 20;
/** Whoever claimed a message and died leaves it to others after this; longer than any one delivery takes. */
const LEASE_MS = 90_000;
const REMINDED_MAX = 1_000;

export type AlertDesk = {
  readonly office: Office;
  readonly keys: SecretKeys;
  /** Address of the console, for links; null where there is none. */
  readonly linkBase: string | null;
};

/** A message somebody claimed to send. */
type Claimed = {
  readonly id: string;
  readonly incident: string | null;
  readonly channel: string;
  readonly event: AlertEvent;
  readonly actor: string | null;
  readonly content: AlertContent | null;
  readonly attempts: number;
  readonly settings: ChannelSettings;
};

/**
 * Sends what is due, each at least once: a message is marked sent only after its receiver said so, and carries the same
 * id in every attempt. Messages of one incident to one channel go in order. Gives how many were tried.
 */
export async function sendDueAlerts(desk: AlertDesk): Promise<number> {
  const nowMs = desk.office.clock();
  const { rows } = await desk.office.pool.query<ClaimedRow>(CLAIM, [
    new Date(nowMs),
    new Date(nowMs + LEASE_MS),
    BATCH_MAX,
  ]);
  await Promise.all(rows.map((row) => send(desk, claimedOf(row))));
  return rows.length;
}

/** Queues reminders of what nobody acknowledged. */
export async function remind({ office }: AlertDesk): Promise<void> {
  const { rows } = await office.pool.query<{ id: string }>(UNACKNOWLEDGED, [REMINDED_MAX]);
  for (const { id } of rows) await inWork(office, BY_ITSELF, (work) => queueReminders(work, id));
}

async function send(desk: AlertDesk, claimed: Claimed): Promise<void> {
  const { office, keys } = desk;
  const content =
    claimed.content ?? (await inWork(office, BY_ITSELF, (work) => fix(desk, work, claimed)));
  if (content === null) return;
  const secret = await channelSecret(office.pool, keys, claimed.channel).catch(() => null);
  const delivery: Delivery =
    secret === null
      ? { code: 'secret-refused', again: true, waitMs: 0 }
      : await deliver(claimed.settings, { content, secret, nowMs: office.clock() });
  await settle(desk, claimed, delivery);
}

/** Fixes what is said, so that every attempt says the same; null when there is nothing to say any more. */
// oxlint-disable-next-line max-params
async function fix(desk: AlertDesk, work: Work, claimed: Claimed): Promise<AlertContent | null> {
  const { incident, event } = claimed;
  const full =
    incident === null || !(await isDue(work.tx, claimed))
      ? null
      : await alertContent(work, {
          alert: claimed.id,
          incident,
          event,
          actor: claimed.actor,
          linkBase: desk.linkBase,
        });
  if (full === null) {
    await work.tx.query(SETTLE, [claimed.id, 'skipped', null, null, null]);
    return null;
  }
  const content = claimed.settings.shows === 'ids' ? withoutNames(full) : full;
  await work.tx.query(KEEP_CONTENT, [claimed.id, JSON.stringify(content)]);
  return content;
}

/** An end is told only where the beginning was, and a beginning only while there is no end. */
async function isDue(tx: Queryable, claimed: Claimed): Promise<boolean> {
  const { rows } = await tx.query<{ told: boolean; state: string }>(TOLD_BEFORE, [
    claimed.incident,
    claimed.channel,
  ]);
  const { told = false, state = 'resolved' } = rows[0] ?? {};
  const isEnd = claimed.event === 'resolved' || claimed.event === 'acknowledged';
  return isEnd ? told : state !== 'resolved';
}

async function settle(desk: AlertDesk, claimed: Claimed, delivery: Delivery): Promise<void> {
  const { office } = desk;
  const nowMs = office.clock();
  const arrived = delivery.code === 'ok';
  const over = !delivery.again || claimed.attempts >= ATTEMPTS_MAX;
  const chance = (office.random(1)[0] ?? 0) / 255;
  const dueMs = nowMs + waitMs(claimed.attempts, chance, delivery.waitMs);
  await office.pool.query(SETTLE, [
    claimed.id,
    arrived ? 'sent' : over ? 'failed' : 'waiting',
    arrived ? new Date(nowMs) : null,
    arrived ? null : delivery.code,
    arrived || over ? null : new Date(dueMs),
  ]);
  await noteChannel(office.pool, claimed.channel, { nowMs, code: arrived ? null : delivery.code });
}

type ClaimedRow = {
  readonly id: string;
  readonly incident_id: string | null;
  readonly channel_id: string;
  readonly event: AlertEvent;
  readonly actor: string | null;
  readonly content: unknown;
  readonly attempts: number;
  readonly settings: unknown;
};

function claimedOf(row: ClaimedRow): Claimed {
  return {
    id: row.id,
    incident: row.incident_id,
    channel: row.channel_id,
    event: row.event,
    actor: row.actor,
    content: row.content === null ? null : checkAlertContent(row.content),
    attempts: row.attempts,
    settings: channelSettingsShape.parse(row.settings),
  };
}
