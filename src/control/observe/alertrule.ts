import { z } from 'zod';
import { Problem } from '#base/problem';
import { momentOf, recordAct } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { SIGNAL_KINDS } from './alertcontent.ts';
import type { SignalKind } from './alertcontent.ts';
import { listChannels } from './channel.ts';
import { checkQuietHours } from './quiethours.ts';
import { atLeast, SEVERITIES } from './severity.ts';
import type { Severity } from './severity.ts';

const LIST = statement(import.meta.url, 'sql/list-alert-rules.sql');
const CLEAR = statement(import.meta.url, 'sql/clear-alert-rules.sql');
const INSERT = statement(import.meta.url, 'sql/insert-alert-rule.sql');

const RULES_MAX = 500;
const LIST_MAX = 100;
/** Reminding more often than this is noise; less often than a month, forgotten. */
const REMIND_MINUTES_MIN = 15;
const REMIND_MINUTES_MAX = 31 * 24 * 60;

const names = z.array(z.string().min(1).max(400)).max(LIST_MAX).default([]);

/** Who is told of which incidents. Every condition that is given must hold; an empty list asks nothing. */
export const alertRuleShape = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/u, 'expected 1 to 63 of `a-z 0-9 . _ -`'),
  severity: z.enum(SEVERITIES).default('normal').describe('at least this bad'),
  kinds: z.array(z.enum(SIGNAL_KINDS)).max(SIGNAL_KINDS.length).default([]),
  tags: names.describe('the table or a column of it carries one of these tags, or one below'),
  owners: names.describe('one of these people owns the table'),
  systems: names,
  channels: names.describe(
    'told in all of these; none: nobody is told, and no later rule is asked',
  ),
  raise: z.enum(SEVERITIES).nullable().default(null).describe('the incident is at least this bad'),
  remindMinutes: z
    .number()
    .int()
    .min(REMIND_MINUTES_MIN)
    .max(REMIND_MINUTES_MAX)
    .nullable()
    .default(null)
    .describe('told again this often while nobody acknowledged'),
  quietHours: z
    .strictObject({
      from: z.string(),
      until: z.string(),
      zone: z.string().max(64).default('UTC'),
      days: z.array(z.number().int().min(1).max(7)).max(7).default([]),
      except: z
        .enum(SEVERITIES)
        .default('critical')
        .describe('told even then, when at least this bad'),
    })
    .nullable()
    .default(null),
  goOn: z.boolean().default(false).describe('ask the rules after this one too'),
});
export type AlertRule = z.infer<typeof alertRuleShape>;

/** What rules look at. */
export type Matter = {
  readonly severity: Severity;
  readonly kinds: readonly SignalKind[];
  readonly tags: readonly string[];
  readonly owners: readonly string[];
  readonly system: string;
};

/** The rules that apply to a matter, in order: the first that fits, and those after one that goes on. */
export function rulesFor(rules: readonly AlertRule[], matter: Matter): readonly AlertRule[] {
  const fitting: AlertRule[] = [];
  for (const rule of rules) {
    if (!fits(rule, matter)) continue;
    fitting.push(rule);
    if (!rule.goOn) break;
  }
  return fitting;
}

function fits(rule: AlertRule, matter: Matter): boolean {
  const any = <T>(wanted: readonly T[], holds: (one: T) => boolean) =>
    wanted.length === 0 || wanted.some(holds);
  return (
    atLeast(matter.severity, rule.severity) &&
    any(rule.kinds, (kind) => matter.kinds.includes(kind)) &&
    any(rule.tags, (tag) => matter.tags.some((one) => one === tag || one.startsWith(`${tag}.`))) &&
    any(rule.owners, (owner) => matter.owners.includes(owner)) &&
    any(rule.systems, (system) => system === matter.system)
  );
}

/** The rules in the order they are asked. Without any, every active channel is told of all from `normal` on. */
export async function listAlertRules(tx: Queryable): Promise<readonly AlertRule[]> {
  const { rows } = await tx.query<{ rule: unknown }>(LIST);
  return rows.map(({ rule }) => alertRuleShape.parse(rule));
}

/** What is asked: the rules there are, or the one that holds while there is none. */
export async function rulesInForce(tx: Queryable): Promise<readonly AlertRule[]> {
  const rules = await listAlertRules(tx);
  if (rules.length > 0) return rules;
  const channels = (await listChannels(tx)).map((channel) => channel.name);
  return [alertRuleShape.parse({ name: 'everything', channels })];
}

/** Puts these rules in the place of all others; throws `invalid` for a channel there is not, or hours that are none. */
export async function replaceAlertRules(work: Work, rules: readonly AlertRule[]): Promise<void> {
  if (rules.length > RULES_MAX) throw new Problem('limit', `rules expected at most ${RULES_MAX}`);
  const known = new Set((await listChannels(work.tx)).map((channel) => channel.name));
  const taken = new Set<string>();
  for (const rule of rules) {
    if (taken.has(rule.name)) throw new Problem('invalid', `two rules are called \`${rule.name}\``);
    taken.add(rule.name);
    const stranger = rule.channels.find((name) => !known.has(name));
    if (stranger !== undefined) {
      throw new Problem('invalid', `rule \`${rule.name}\`: no channel is called \`${stranger}\``, {
        hint: '`privet observe channels list` shows them all',
      });
    }
    if (rule.quietHours !== null) checkQuietHours(rule.quietHours);
  }
  await work.tx.query(CLEAR);
  for (const [index, rule] of rules.entries()) {
    const row = [rule.name, index, JSON.stringify(rule), momentOf(work), work.actor.name];
    await work.tx.query(INSERT, row);
  }
  await recordAct(work, { action: 'setting-changed', target: 'alert rules', after: [...rules] });
}
