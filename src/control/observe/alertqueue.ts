import { newId } from '#base/ids';
import { momentOf } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import { findAsset, assetName } from './asset.ts';
import { rulesFor, rulesInForce } from './alertrule.ts';
import type { AlertRule, Matter } from './alertrule.ts';
import type { AlertEvent, SignalKind } from './alertcontent.ts';
import { listMutes, mutedUntil } from './mute.ts';
import { quietUntil } from './quiethours.ts';
import { atLeast, worstOf } from './severity.ts';
import type { Severity } from './severity.ts';

const ABOUT = statement(import.meta.url, 'sql/alert-matter.sql');
const INSERT = statement(import.meta.url, 'sql/insert-alert.sql');
const REMIND = statement(import.meta.url, 'sql/insert-reminder.sql');
const SKIP = statement(import.meta.url, 'sql/skip-waiting-alerts.sql');

/** What fails together is told together: a batch of failing tests is one message. */
const GATHER_MS = 20_000;

export type AlertOccasion = {
  readonly incident: string;
  readonly event: Exclude<AlertEvent, 'trial'>;
};

/**
 * Queues one message for each channel that rules name for an incident as it now is, in the transaction of what it is
 * about: either both are kept or neither. Quiet hours and mutes only make a message wait.
 */
export async function queueAlerts(work: Work, occasion: AlertOccasion): Promise<void> {
  const matter = await matterOf(work, occasion.incident);
  const rules = rulesFor(await rulesInForce(work.tx), matter);
  const mutes = await listMutes(work.tx, work.nowMs);
  const gatheredMs = work.nowMs + (occasion.event === 'opened' ? GATHER_MS : 0);
  const unmutedMs = mutedUntil(mutes, { source: matter.place, checks: matter.checks }, gatheredMs);
  const told = new Set<string>();
  for (const rule of rules) {
    const severity = worstOf([matter.severity, rule.raise ?? 'low']);
    const dueMs = afterQuiet(rule, severity, unmutedMs);
    for (const channel of rule.channels.filter((name) => !told.has(name))) {
      told.add(channel);
      await work.tx.query(INSERT, [
        newId('alr', work),
        occasion.incident,
        channel,
        occasion.event,
        rule.name,
        work.actor.id === 'plane' ? null : work.actor.name,
        momentOf(work),
        new Date(dueMs),
      ]);
    }
  }
}

/** Queues another message where rules ask to remind of an incident that nobody acknowledged. */
export async function queueReminders(work: Work, incident: string): Promise<void> {
  const matter = await matterOf(work, incident);
  const mutes = await listMutes(work.tx, work.nowMs);
  const unmutedMs = mutedUntil(mutes, { source: matter.place, checks: matter.checks }, work.nowMs);
  for (const rule of rulesFor(await rulesInForce(work.tx), matter)) {
    if (rule.remindMinutes === null) continue;
    const dueMs = afterQuiet(rule, matter.severity, unmutedMs);
    for (const channel of rule.channels) {
      await work.tx.query(REMIND, [
        newId('alr', work),
        incident,
        channel,
        rule.name,
        momentOf(work),
        new Date(dueMs),
        momentOf(work, -rule.remindMinutes * 60_000),
      ]);
    }
  }
}

/** Takes back what was not yet sent about an incident: it is over. */
export async function dropWaitingAlerts(work: Work, incident: string): Promise<void> {
  await work.tx.query(SKIP, [incident]);
}

function afterQuiet(rule: AlertRule, severity: Severity, atMs: number): number {
  const { quietHours } = rule;
  if (quietHours === null || atLeast(severity, quietHours.except)) return atMs;
  return quietUntil(quietHours, atMs);
}

async function matterOf(
  work: Work,
  incident: string,
): Promise<Matter & { readonly place: string; readonly checks: readonly string[] }> {
  const { rows } = await work.tx.query<MatterRow>(ABOUT, [incident]);
  const row = rows[0];
  if (row === undefined) throw new Error('an incident that is being told of is gone');
  const asset = await findAsset(work.tx, Number(row.asset_id));
  return {
    severity: row.severity,
    kinds: row.kinds,
    checks: row.checks,
    tags: [...asset.tags, ...row.tags],
    owners: [...asset.owners, ...row.owners],
    system: asset.warehouse,
    place: assetName(asset),
  };
}

type MatterRow = {
  readonly asset_id: string;
  readonly severity: Severity;
  readonly kinds: readonly SignalKind[];
  readonly checks: readonly string[];
  readonly owners: readonly string[];
  readonly tags: readonly string[];
};
