import type { Command } from 'commander';
import { z } from 'zod';
import { branch, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf } from './line.ts';
import { said, shown } from './output.ts';
import { pairs } from './table.ts';

const settingShape = z.object({
  scoring: z.looseObject({
    state: z.string(),
    method: z.string(),
    falseAlarmsPerThousand: z.number(),
    smallestChangePercent: z.number(),
    confirmations: z.number(),
    holidays: z.array(z.string()),
  }),
  retention: z.record(z.string(), z.number()),
});
type Setting = z.infer<typeof settingShape>;

const SCORING_FLAGS = [
  ['--method <method>', 'privet or elementary'],
  ['--false-alarms <count>', 'of a thousand normal points, how many may raise an alarm'],
  ['--smallest-change <percent>', 'changes of less are never reported'],
  [
    '--holiday <day>',
    'a day that is not like others, such as 2026-12-25; takes the place of those before',
    'many',
  ],
] as const;
const scoringOptions = z.object({
  method: z.string().optional(),
  falseAlarms: z.coerce.number().optional(),
  smallestChange: z.coerce.number().optional(),
  holiday: z.array(z.string()).optional(),
});
const CATEGORIES = ['points', 'results', 'incidents', 'alerts', 'usage'] as const;
const days = z.coerce.number().int().optional();

/** `privet observe settings …`: what holds for everything that has no settings of its own. */
export function addSettings(cli: Cli, observe: Command): void {
  const settings = branch(observe, 'settings', 'how series are judged, and how long what is kept');
  leaf(cli, settings, {
    name: 'show',
    summary: 'show them',
    examples: ['privet observe settings show'],
    run: async ({ cli }) => {
      const setting = await read(cli);
      return shown(setting, (style) => {
        const { scoring, retention } = setting;
        const kept = CATEGORIES.map(
          (one) => [`${one} kept`, `${retention[one] ?? 0} days`] as const,
        );
        return pairs(
          [
            ['judged', scoring.state === 'on' ? `by ${scoring.method}` : 'not at all'],
            ['false alarms', `${scoring.falseAlarmsPerThousand} of a thousand normal points`],
            ['smallest change', `${scoring.smallestChangePercent} %`],
            ['new level after', `${scoring.confirmations} points`],
            ['holidays', scoring.holidays.join(', ') || 'none'],
            ...kept,
          ],
          style,
        );
      });
    },
  });
  addScoring(cli, settings);
  leaf(cli, settings, {
    name: 'keep',
    summary: 'change how many days each category is kept',
    flags: CATEGORIES.map((one) => [`--${one} <days>`, `days ${one} are kept`] as const),
    options: z.object({ points: days, results: days, incidents: days, alerts: days, usage: days }),
    examples: ['privet observe settings keep --alerts 30 --usage 180'],
    run: async ({ cli, options }) => {
      const { retention } = await read(cli);
      const changed = await write(cli, { retention: { ...retention, ...given(options) } });
      return said('changed; what is older goes within the hour', changed.retention);
    },
  });
}

function addScoring(cli: Cli, settings: Command): void {
  leaf(cli, settings, {
    name: 'simulate',
    summary:
      'say how many alarms settings would have raised, beside those in force; nothing is kept',
    flags: SCORING_FLAGS,
    options: scoringOptions,
    examples: ['privet observe settings simulate --false-alarms 0.2'],
    run: async ({ cli, options }) => {
      const scoring = { ...(await read(cli)).scoring, ...scoringOf(options) };
      const path = pathOf('observe', 'settings', 'simulate');
      const shape = z.object({
        series: z.number(),
        points: z.number(),
        alarmsNow: z.number(),
        alarmsThen: z.number(),
      });
      const found = await cli
        .lines()
        .control()
        .ask({ method: 'POST', path, body: { scoring } }, shape);
      const sentence = `${found.alarmsNow} alarms with the settings in force, ${found.alarmsThen} with these, over ${found.points} points of ${found.series} series\n`;
      return shown(found, () => sentence);
    },
  });
  leaf(cli, settings, {
    name: 'judge',
    summary: 'change how every series is judged that has no settings of its own',
    flags: SCORING_FLAGS,
    options: scoringOptions,
    examples: ['privet observe settings judge --false-alarms 0.5 --holiday 2026-12-25'],
    run: async ({ cli, options }) => {
      const scoring = { ...(await read(cli)).scoring, ...scoringOf(options) };
      const changed = await write(cli, { scoring });
      return said('changed; new points are judged so', changed.scoring);
    },
  });
}

function scoringOf(options: z.infer<typeof scoringOptions>): object {
  const { method, falseAlarms, smallestChange, holiday } = options;
  return given({
    method,
    falseAlarmsPerThousand: falseAlarms,
    smallestChangePercent: smallestChange,
    holidays: holiday,
  });
}

/** What was given, without what was not. */
function given(values: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function read(cli: Cli): Promise<Setting> {
  const call = { method: 'GET', path: pathOf('observe', 'settings') } as const;
  return cli.lines().control().ask(call, settingShape);
}

function write(cli: Cli, change: object): Promise<Setting> {
  const call = { method: 'PUT', path: pathOf('observe', 'settings'), body: change } as const;
  return cli.lines().control().ask(call, settingShape);
}
