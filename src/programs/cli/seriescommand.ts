import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { listed, said, shown } from './output.ts';
import { printable } from './style.ts';
import { pairs, table } from './table.ts';

const seriesShape = z.object({
  id: z.number(),
  place: z.string(),
  column: z.string().nullable(),
  name: z.string(),
  points: z.number(),
  lastAt: z.string().nullable(),
  lastValue: z.number().nullable(),
  sentence: z.string().nullable(),
  failing: z.boolean(),
  settings: z.looseObject({ method: z.string() }).nullable(),
});
type Series = z.infer<typeof seriesShape>;

const alarmShape = z.object({ fromMs: z.number(), toMs: z.number(), points: z.number() });
const simulationShape = z.object({
  judged: z.number(),
  unjudged: z.number(),
  alarmsPerThousand: z.number(),
  alarms: z.array(alarmShape),
});
type Alarm = z.infer<typeof alarmShape>;

const SCORING_FLAGS = [
  ['--method <method>', 'privet or elementary'],
  ['--false-alarms <count>', 'of a thousand normal points, how many may raise an alarm'],
  ['--smallest-change <percent>', 'changes of less are never reported'],
  ['--direction <direction>', 'both, spike or drop'],
  ['--sensitivity <value>', 'elementary: how many standard deviations are too many'],
  ['--off', 'keep points and do not judge them'],
] as const;
const scoringOptions = z.object({
  method: z.enum(['privet', 'elementary']).optional(),
  falseAlarms: z.coerce.number().optional(),
  smallestChange: z.coerce.number().optional(),
  direction: z.enum(['both', 'spike', 'drop']).optional(),
  sensitivity: z.coerce.number().optional(),
  off: z.boolean().default(false),
});
type ScoringOptions = z.infer<typeof scoringOptions>;

/** `privet observe series …`. */
export function addSeries(cli: Cli, observe: Command): void {
  const series = branch(observe, 'series', 'metrics over time, and what is said of them');
  addLooking(cli, series);
  addTuning(cli, series);
  addFeedback(cli, series);
}

function addLooking(cli: Cli, series: Command): void {
  leaf(cli, series, {
    name: 'list',
    summary: 'list series with what is said of their newest point',
    flags: [
      ['--table <table>', 'only of this table'],
      ['--metric <name>', 'only this metric'],
      ['--failing', 'only what is out of the ordinary'],
      ['--limit <count>', 'at most so many (default: 50)'],
    ],
    options: z.object({
      table: z.string().optional(),
      metric: z.string().optional(),
      failing: z.boolean().default(false),
      limit: z.coerce.number().int().min(1).max(1_000).default(50),
    }),
    examples: [
      'privet observe series list --failing',
      'privet observe series list --metric row_count',
    ],
    run: async ({ cli, options: { table: place, metric, failing, limit } }) => {
      const query = { place, metric, failing: failing ? 'true' : undefined, limit };
      const path = withQuery(pathOf('observe', 'series'), query);
      const shape = z.object({ items: z.array(seriesShape) });
      const { items } = await cli.lines().control().ask({ method: 'GET', path }, shape);
      return listed(
        (style) => [
          { title: 'id', cell: (one: Series) => one.id, align: 'right' },
          { title: 'metric', cell: (one) => one.name, mark: (text) => style.bold(text) },
          { title: 'table', cell: (one) => one.place },
          { title: 'column', cell: (one) => one.column },
          { title: 'points', cell: (one) => one.points, align: 'right' },
          { title: 'last', cell: (one) => one.lastValue, align: 'right' },
          {
            title: 'state',
            cell: (one) => (one.failing ? 'anomaly' : one.sentence === null ? null : 'ok'),
            mark: (text, one) => (one.failing ? style.red(text) : text),
          },
        ],
        items,
        'no such series; monitors collect them',
      );
    },
  });
  addShowing(cli, series);
}

function addShowing(cli: Cli, series: Command): void {
  leaf(cli, series, {
    name: 'show <id>',
    summary: 'show a series and every alarm of its history',
    examples: ['privet observe series show 12'],
    run: async ({ cli, args }) => {
      const path = pathOf('observe', 'series', argument({ args }, 0));
      const shape = z.object({ series: seriesShape, history: simulationShape });
      const found = await cli.lines().control().ask({ method: 'GET', path }, shape);
      const { series: one, history } = found;
      return shown(found, (style) => {
        const head = pairs(
          [
            ['metric', style.bold(printable(one.name))],
            ['table', printable(one.place)],
            ['column', printable(one.column ?? '–')],
            ['points', String(one.points)],
            [
              'judged',
              `${history.judged}, ${history.alarmsPerThousand.toFixed(1)} alarms a thousand`,
            ],
            ['now', printable(one.sentence ?? 'not judged yet')],
          ],
          style,
        );
        const alarms = table<Alarm>(alarmColumns, history.alarms, { style, none: 'no alarm' });
        return `${head}\n${alarms}`;
      });
    },
  });
}

const alarmColumns = [
  { title: 'alarm from', cell: (one: Alarm) => momentOf(one.fromMs) },
  { title: 'to', cell: (one: Alarm) => momentOf(one.toMs) },
  { title: 'points', cell: (one: Alarm) => one.points, align: 'right' as const },
];

function momentOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

function addTuning(cli: Cli, series: Command): void {
  leaf(cli, series, {
    name: 'simulate <id>',
    summary: 'say what settings would have done to a series, without keeping them',
    flags: SCORING_FLAGS,
    options: scoringOptions,
    examples: ['privet observe series simulate 12 --false-alarms 0.5'],
    run: async ({ cli, args, options }) => {
      const id = argument({ args }, 0);
      const line = cli.lines().control();
      const ask = (scoring: object | null) =>
        line.ask(
          { method: 'POST', path: pathOf('observe', 'series', id, 'simulate'), body: { scoring } },
          simulationShape,
        );
      const [inForce, proposed] = [await ask(null), await ask(scoringOf(options))];
      return shown({ inForce, proposed }, (style) => {
        const sentence = `${inForce.alarms.length} alarms with the settings in force, ${proposed.alarms.length} with these, over ${proposed.judged} points`;
        const alarms = table<Alarm>(alarmColumns, proposed.alarms, { style, none: 'no alarm' });
        return `${sentence}\n\n${alarms}`;
      });
    },
  });
  leaf(cli, series, {
    name: 'set <id>',
    summary: 'give a series settings of its own, or (--default) those for all again',
    flags: [...SCORING_FLAGS, ['--default', 'what holds for all']],
    options: scoringOptions.extend({ default: z.boolean().default(false) }),
    examples: [
      'privet observe series set 12 --false-alarms 0.5 --direction drop',
      'privet observe series set 12 --default',
    ],
    run: async ({ cli, args, options: { default: byDefault, ...options } }) => {
      const id = argument({ args }, 0);
      const body = { scoring: byDefault ? null : scoringOf(options) };
      const path = pathOf('observe', 'series', id, 'settings');
      const one = await cli.lines().control().ask({ method: 'PUT', path, body }, seriesShape);
      const how = byDefault ? 'goes by the settings for all' : 'has settings of its own';
      return said(`${printable(`${one.name} of ${one.place}`)} ${how}`, one);
    },
  });
}

/** Settings as the interface takes them: what is not given has its default there. */
function scoringOf(options: ScoringOptions): object {
  const { method, falseAlarms, smallestChange, direction, sensitivity, off } = options;
  return {
    ...(off ? { state: 'off' } : {}),
    ...(method === undefined ? {} : { method }),
    ...(falseAlarms === undefined ? {} : { falseAlarmsPerThousand: falseAlarms }),
    ...(smallestChange === undefined ? {} : { smallestChangePercent: smallestChange }),
    ...(direction === undefined ? {} : { direction }),
    ...(sensitivity === undefined ? {} : { elementary: { sensitivity } }),
  };
}

function addFeedback(cli: Cli, series: Command): void {
  leaf(cli, series, {
    name: 'say <id> <what> <at> [until]',
    summary: 'say what points were: normal, anomalous, new-normal, or exclude',
    details:
      'normal: right as it was. anomalous: never learn from it. new-normal: from here on things are different. exclude: neither learn from nor judge what lies between two moments.',
    examples: [
      'privet observe series say 12 new-normal 2026-11-20T00:00:00Z',
      'privet observe series say 12 exclude 2026-11-01T00:00:00Z 2026-11-08T00:00:00Z',
    ],
    run: async ({ cli, args: [id = '', kind = '', at = '', until] }) => {
      if (kind === 'exclude' && until === undefined) {
        throw new Problem('invalid', '`exclude` expected two moments, got one');
      }
      const body = kind === 'exclude' ? { kind, from: at, to: until } : { kind, at };
      const path = pathOf('observe', 'series', id, 'feedback');
      await cli.lines().control().tell({ method: 'POST', path, body });
      return said(`noted; series ${id} is judged anew`, { series: id, ...body });
    },
  });
  leaf(cli, series, {
    name: 'unsay <id>',
    summary: 'take back the last thing that was said of a series',
    examples: ['privet observe series unsay 12'],
    run: async ({ cli, args }) => {
      const id = argument({ args }, 0);
      const path = pathOf('observe', 'series', id, 'feedback');
      await cli.lines().control().tell({ method: 'DELETE', path });
      return said(`taken back; series ${id} is judged anew`, { series: id });
    },
  });
}
