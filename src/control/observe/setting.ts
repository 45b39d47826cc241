import { z } from 'zod';
import { momentOf, recordAct } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { SCORING_DEFAULTS, scoringShape } from './scoringsettings.ts';
import type { Scoring } from './scoringsettings.ts';

const READ = statement(import.meta.url, 'sql/read-setting.sql');
const WRITE = statement(import.meta.url, 'sql/write-setting.sql');

const DAYS_MAX = 3_660;
const days = (fallback: number, min = 1) =>
  z.number().int().min(min).max(DAYS_MAX).default(fallback);

/** How long each category is kept, in days. Series need a history to be judged by, so it cannot be shorter than a month. */
export const retentionShape = z.strictObject({
  points: days(400, 31).describe('points of series and what was found anomalous in them'),
  results: days(400).describe('results of tests, runs and their steps, changes of schemas'),
  incidents: days(730).describe('resolved incidents with what happened'),
  alerts: days(90).describe('messages that were sent'),
  usage: days(400).describe('who used which table and column'),
});
export type Retention = z.infer<typeof retentionShape>;

export type Setting = { readonly scoring: Scoring; readonly retention: Retention };

const DEFAULTS: Setting = { scoring: SCORING_DEFAULTS, retention: retentionShape.parse({}) };

/** What holds for everything that has no settings of its own. */
export async function readSetting(tx: Queryable): Promise<Setting> {
  const { rows } = await tx.query<{ scoring: unknown; retention: unknown }>(READ);
  const row = rows[0];
  if (row === undefined) return DEFAULTS;
  return {
    scoring: scoringShape.parse(row.scoring),
    retention: retentionShape.parse(row.retention),
  };
}

/** Changes what is given of it. */
export async function changeSetting(work: Work, change: Partial<Setting>): Promise<Setting> {
  const setting = { ...(await readSetting(work.tx)), ...change };
  await work.tx.query(WRITE, [
    JSON.stringify(setting.scoring),
    JSON.stringify(setting.retention),
    momentOf(work),
    work.actor.name,
  ]);
  await recordAct(work, { action: 'setting-changed', target: 'observe', after: setting });
  return setting;
}
