import { inWork, BY_ITSELF } from '#control/identity';
import type { Office } from '#control/identity';
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
import { readLineage } from './lineagegraph.ts';
import type { LineageGraph } from './lineagegraph.ts';
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
  /** Whether receivers may live on this machine. */
  readonly loopback: boolean;
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
  let read: Promise<LineageGraph> | undefined;
  const round = { ...desk, graph: () => (read ??= readLineage(desk.office.pool)) };
  const sent = await Promise.allSettled(rows.map((row) => send(round, claimedOf(row))));
  const failed = sent.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return rows.length;
}

/** Queues reminders of what nobody acknowledged. */
export async function remind({ office }: AlertDesk): Promise<void> {
  const { rows } = await office.pool.query<{ id: string }>(UNACKNOWLEDGED, [REMINDED_MAX]);
  for (const { id } of rows) await inWork(office, BY_ITSELF, (work) => queueReminders(work, id));
}

/** What is sent together, with what is read once for it. */
type Round = AlertDesk & { readonly graph: () => Promise<LineageGraph> };

async function send(round: Round, claimed: Claimed): Promise<void> {
  try {
    const content = claimed.content ?? (await fixed(round, claimed));
    if (content === null) return;
    await settle(round, claimed, await delivered(round, claimed, content));
  } catch (error) {
    // Whatever it is, the message is not lost: it is tried again as if the receiver had not been there.
    await settle(round, claimed, { code: 'refused', again: true, waitMs: 0 });
    throw error;
  }
}

async function delivered(
  { office, keys, loopback }: Round,
  claimed: Claimed,
  content: AlertContent,
): Promise<Delivery> {
  const secret = await channelSecret(office.pool, keys, claimed.channel).catch(() => null);
  if (secret === null) return { code: 'secret-refused', again: true, waitMs: 0 };
  return deliver(claimed.settings, { content, secret, nowMs: office.clock() }, { loopback });
}

/** Fixes what is said, so that every attempt says the same; null when there is nothing to say any more. */
function fixed(round: Round, claimed: Claimed): Promise<AlertContent | null> {
  const { id, incident, event, actor } = claimed;
  return inWork(round.office, BY_ITSELF, async (work) => {
    if (incident === null || !(await isDue(work.tx, claimed))) {
      await work.tx.query(SETTLE, [id, 'skipped', null, null, null]);
      return null;
    }
    const { linkBase, graph } = round;
    const subject = { alert: id, incident, event, actor, linkBase, graph };
    const full = await alertContent(work, subject);
    const content = claimed.settings.shows === 'ids' ? withoutNames(full) : full;
    await work.tx.query(KEEP_CONTENT, [id, JSON.stringify(content)]);
    return content;
  });
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
