import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { listed, said, shown } from './output.ts';
import { printable } from './style.ts';

const alertShape = z.object({
  id: z.string(),
  incident: z.string().nullable(),
  channel: z.string(),
  event: z.string(),
  rule: z.string().nullable(),
  state: z.string(),
  dueAt: z.string(),
  sentAt: z.string().nullable(),
  attempts: z.number(),
  code: z.string().nullable(),
});
type Alert = z.infer<typeof alertShape>;

const muteShape = z.object({
  id: z.string(),
  source: z.string().nullable(),
  check: z.string().nullable(),
  until: z.string(),
  reason: z.string(),
  by: z.string(),
});
type Mute = z.infer<typeof muteShape>;

const rulesShape = z.object({ items: z.array(z.looseObject({ name: z.string() })) });

/** `privet observe alerts`, `rules …`, `mutes …`. */
export function addAlerts(cli: Cli, observe: Command): void {
  leaf(cli, observe, {
    name: 'alerts',
    summary: 'list messages that were sent or wait to be, newest first',
    flags: [
      ['--channel <name>', 'only to this channel'],
      ['--incident <id>', 'only about this incident'],
      ['--state <state>', 'waiting, sent, skipped or failed'],
      ['--limit <count>', 'at most so many (default: 50)'],
    ],
    options: z.object({
      channel: z.string().optional(),
      incident: z.string().optional(),
      state: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(50),
    }),
    examples: ['privet observe alerts', 'privet observe alerts --state failed'],
    run: async ({ cli, options }) => {
      const path = withQuery(pathOf('observe', 'alerts'), options);
      const shape = z.object({ items: z.array(alertShape) });
      const { items } = await cli.lines().control().ask({ method: 'GET', path }, shape);
      return listed(
        (style) => [
          { title: 'alert', cell: (one: Alert) => one.id },
          { title: 'channel', cell: (one) => one.channel, mark: (text) => style.bold(text) },
          { title: 'event', cell: (one) => one.event },
          { title: 'incident', cell: (one) => one.incident },
          {
            title: 'state',
            cell: (one) => one.state,
            mark: (text, one) => (one.state === 'failed' ? style.red(text) : text),
          },
          { title: 'due', cell: (one) => (one.sentAt ?? one.dueAt).slice(0, 19).replace('T', ' ') },
          { title: 'tries', cell: (one) => one.attempts, align: 'right' },
          { title: 'trouble', cell: (one) => one.code },
        ],
        items,
        'no alert yet',
      );
    },
  });
  addRules(cli, observe);
  addMutes(cli, observe);
}

function addRules(cli: Cli, observe: Command): void {
  const rules = branch(observe, 'rules', 'who is told of what');
  leaf(cli, rules, {
    name: 'show',
    summary: 'show the rules as YAML, in the order they are asked',
    examples: ['privet observe rules show > alert-rules.yaml'],
    run: async ({ cli }) => {
      const path = pathOf('observe', 'alert-rules');
      const { items } = await cli.lines().control().ask({ method: 'GET', path }, rulesShape);
      const none = '[] # no rules: every channel is told of everything from severity normal on\n';
      return shown(items, () => (items.length === 0 ? none : stringify(items)));
    },
  });
  leaf(cli, rules, {
    name: 'apply <file>',
    summary: 'put the rules of a YAML file in the place of all others',
    examples: ['privet observe rules apply alert-rules.yaml'],
    run: async ({ cli, args }) => {
      const file = argument({ args }, 0);
      const items = rulesIn(resolve(cli.terminal.directory, file));
      const call = {
        method: 'PUT',
        path: pathOf('observe', 'alert-rules'),
        body: { items },
      } as const;
      const kept = await cli.lines().control().ask(call, rulesShape);
      return said(
        `${kept.items.length} rules are in force: ${printable(kept.items.map(({ name }) => name).join(', '))}`,
        kept.items,
      );
    },
  });
}

function rulesIn(path: string): unknown {
  try {
    return (parse(readFileSync(path, 'utf8')) as unknown) ?? [];
  } catch (cause) {
    throw new Problem('invalid', `\`${path}\` expected a list of rules in yaml`, {
      hint: '`privet observe rules show` prints one',
      cause,
    });
  }
}

function addMutes(cli: Cli, observe: Command): void {
  const mutes = branch(observe, 'mutes', 'silence about something until a moment');
  leaf(cli, mutes, {
    name: 'list',
    summary: 'list the silences in force',
    examples: ['privet observe mutes list'],
    run: async ({ cli }) => {
      const shape = z.object({ items: z.array(muteShape) });
      const call = { method: 'GET', path: pathOf('observe', 'mutes') } as const;
      const { items } = await cli.lines().control().ask(call, shape);
      return listed(
        (style) => [
          { title: 'mute', cell: (one: Mute) => one.id },
          { title: 'source', cell: (one) => one.source, mark: (text) => style.bold(text) },
          { title: 'check', cell: (one) => one.check },
          { title: 'until', cell: (one) => one.until.slice(0, 16).replace('T', ' ') },
          { title: 'by', cell: (one) => one.by },
          { title: 'reason', cell: (one) => one.reason },
        ],
        items,
        'nothing is muted',
      );
    },
  });
  leaf(cli, mutes, {
    name: 'add',
    summary: 'keep quiet; what fails meanwhile is told afterwards if it still does',
    flags: [
      ['--source <source>', 'about this source'],
      ['--check <name>', 'about this check'],
      ['--hours <count>', 'for so long'],
      ['--reason <text>', 'why'],
    ],
    options: z.object({
      source: z.string().optional(),
      check: z.string().optional(),
      hours: z.coerce.number().positive(),
      reason: z.string(),
    }),
    examples: [
      'privet observe mutes add --source demo.clinic.patients --hours 4 --reason "moving servers"',
    ],
    run: async ({ cli, options: { hours, ...rest } }) => {
      const until = new Date(cli.terminal.nowMs() + hours * 3_600_000).toISOString();
      const body = { ...rest, until };
      const call = { method: 'POST', path: pathOf('observe', 'mutes'), body } as const;
      const made = await cli
        .lines()
        .control()
        .ask(call, z.object({ id: z.string() }));
      return said(`quiet until ${until.slice(0, 16).replace('T', ' ')} UTC (${made.id})`, made);
    },
  });
  leaf(cli, mutes, {
    name: 'remove <id>',
    summary: 'end a silence',
    examples: ['privet observe mutes remove mut_01k9v7mz3e8q2f6h4j5n7p9r1s'],
    run: async ({ cli, args }) => {
      const id = argument({ args }, 0);
      await cli
        .lines()
        .control()
        .tell({ method: 'DELETE', path: pathOf('observe', 'mutes', id) });
      return said('it is told again', { id });
    },
  });
}
