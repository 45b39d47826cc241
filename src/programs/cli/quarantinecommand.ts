import type { Command } from 'commander';
import { z } from 'zod';
import { branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { listed, said, shown } from './output.ts';
import { printable } from './style.ts';
import type { Style } from './style.ts';

const PLANE: Flag = ['--plane <name>', 'which plane, when there are several'];
const ITEM = 'qit_01k9v7mz3e8q2f6h4j5n7p9r1s';

const itemShape = z.object({
  id: z.string(),
  channel: z.string(),
  code: z.string(),
  at: z.string(),
  bytes: z.number(),
  cut: z.boolean(),
  leaf: z.number(),
});
type Item = z.infer<typeof itemShape>;
const revealedShape = itemShape.extend({
  text: z.string().nullable(),
  base64: z.string().nullable(),
});
type Revealed = z.infer<typeof revealedShape>;

/** `privet quarantine …`: rejected rows and events, which lie sealed in the plane. */
export function addQuarantine(cli: Cli, program: Command): void {
  const quarantine = branch(
    program,
    'quarantine',
    'rejected rows and events, sealed: list, reveal, discard',
  );
  addList(cli, quarantine);
  leaf(cli, quarantine, {
    name: 'reveal <items...>',
    summary: 'show items under a grant for break-glass; each is in the ledger first',
    details:
      'What is shown is data. It makes an incident with these very items (`privet incident show`).',
    flags: [['--grant <grant>', 'which of your grants, when there are several'], PLANE],
    options: z.object({ grant: z.string().optional(), plane: z.string().optional() }),
    examples: [`privet quarantine reveal ${ITEM}`],
    run: async ({ cli, args: items, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const body = { items, grant: options.grant ?? null };
      const path = pathOf('quarantine', 'reveal');
      const shape = z.object({ items: z.array(revealedShape) });
      const found = await plane.ask({ method: 'POST', path, body }, shape);
      return shown(found.items, (style) =>
        found.items.map((one) => itemText(one, style)).join('\n'),
      );
    },
  });
  leaf(cli, quarantine, {
    name: 'discard <items...>',
    summary: 'remove items for good',
    flags: [PLANE],
    options: z.object({ plane: z.string().optional() }),
    examples: [`privet quarantine discard ${ITEM}`],
    run: async ({ cli, args: items, options }) => {
      const plane = await cli.lines().plane(options.plane);
      await plane.tell({ method: 'POST', path: pathOf('quarantine', 'discard'), body: { items } });
      return said(`removed ${items.length}`, { removed: items });
    },
  });
}

function addList(cli: Cli, quarantine: Command): void {
  leaf(cli, quarantine, {
    name: 'list',
    summary: 'list what was rejected and why, the newest first; never what it was',
    flags: [
      ['--channel <channel>', 'only from there: border-fact, collector, gateway or vault'],
      ['-n, --lines <count>', 'how many (default: 100)'],
      PLANE,
    ],
    options: z.object({
      channel: z.string().optional(),
      lines: z.coerce.number().int().min(1).max(500).default(100),
      plane: z.string().optional(),
    }),
    examples: ['privet quarantine list', 'privet quarantine list --channel collector'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const path = withQuery(pathOf('quarantine'), {
        channel: options.channel,
        limit: options.lines,
      });
      const shape = z.object({ items: z.array(itemShape) });
      const { items } = await plane.ask({ method: 'GET', path }, shape);
      return listed(
        (style) => [
          { title: 'item', cell: (one: Item) => one.id },
          { title: 'from', cell: (one) => one.channel, mark: (text) => style.bold(text) },
          { title: 'why', cell: (one) => one.code },
          { title: 'at', cell: (one) => one.at.slice(0, 19).replace('T', ' ') },
          { title: 'bytes', cell: (one) => one.bytes, align: 'right' },
          { title: 'leaf', cell: (one) => one.leaf, align: 'right' },
        ],
        items,
        'nothing was rejected',
      );
    },
  });
}

function itemText(one: Revealed, style: Style): string {
  const head = `${style.bold(one.id)} ${one.channel} ${one.code} ${one.at}${one.cut ? ' (cut)' : ''}`;
  const content = one.text ?? `base64 ${one.base64 ?? ''}`;
  return `${head}\n${content.split('\n').map(printable).join('\n')}\n`;
}
