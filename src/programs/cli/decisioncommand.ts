import type { Command } from 'commander';
import { z } from 'zod';
import { branch, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { listed } from './output.ts';

const decisionShape = z.object({
  at: z.string(),
  subject: z.string(),
  project: z.string().nullable(),
  purpose: z.string().nullable(),
  door: z.string(),
  operation: z.string(),
  requests: z.number(),
  effect: z.string(),
  rows: z.number(),
  durationMicros: z.number(),
  sources: z.array(
    z.object({
      source: z.string(),
      decision: z.string(),
      filtered: z.boolean(),
      columns: z.array(z.object({ name: z.string(), show: z.string() })),
    }),
  ),
});
type Decision = z.infer<typeof decisionShape>;

const actShape = z.object({
  number: z.number(),
  at: z.string(),
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  address: z.string(),
});
type Act = z.infer<typeof actShape>;

const LIMIT = ['--limit <count>', 'at most so many (default: 20)'] as const;
const limit = z.coerce.number().int().min(1).max(1_000).default(20);

/** `privet decision …` and `privet acts`: what was read, and what was changed. */
export function addDecisions(cli: Cli, program: Command): void {
  const decision = branch(program, 'decision', 'what was read, by whom, as planes report it');
  leaf(cli, decision, {
    name: 'list',
    summary: 'list decisions, newest first: everybody’s for auditors, your own otherwise',
    flags: [
      ['--user <name>', 'only of this person'],
      ['--source <source>', 'only about this source'],
      ['--effect <effect>', 'allow, deny, refused or failed'],
      LIMIT,
    ],
    options: z.object({
      user: z.string().optional(),
      source: z.string().optional(),
      effect: z.string().optional(),
      limit,
    }),
    examples: ['privet decision list', 'privet decision list --effect deny --user nia.north'],
    run: async ({ cli, options }) => {
      const { user, ...rest } = options;
      const path = withQuery(pathOf('decisions'), { subject: user, ...rest });
      const shape = z.object({ items: z.array(decisionShape) });
      const { items } = await cli.lines().control().ask({ method: 'GET', path }, shape);
      return listed(
        (style) => [
          { title: 'at', cell: (one: Decision) => one.at.slice(0, 19).replace('T', ' ') },
          { title: 'who', cell: (one) => one.subject, mark: (text) => style.bold(text) },
          {
            title: 'effect',
            cell: (one) => one.effect,
            mark: (text, one) => (one.effect === 'allow' ? style.green(text) : style.red(text)),
          },
          { title: 'what', cell: (one) => one.operation },
          {
            title: 'sources',
            cell: (one) => one.sources.map((source) => source.source).join(', '),
          },
          { title: 'masked', cell: maskedCount, align: 'right' },
          { title: 'times', cell: (one) => one.requests, align: 'right' },
          { title: 'rows', cell: (one) => one.rows, align: 'right' },
          { title: 'ms', cell: (one) => (one.durationMicros / 1000).toFixed(1), align: 'right' },
          { title: 'decision', cell: (one) => one.sources[0]?.decision ?? null },
        ],
        items,
        'nothing like that was reported yet; refused statements are in `privet ledger tail --kind statement-refused`',
      );
    },
  });
  addActs(cli, program);
}

function addActs(cli: Cli, program: Command): void {
  leaf(cli, program, {
    name: 'acts',
    summary: 'list what people did to the control plane, newest first',
    details: 'Each is also a leaf in the ledger of every plane.',
    flags: [
      ['--user <name>', 'only of this person'],
      ['--action <action>', 'only this action, such as policy-applied'],
      LIMIT,
    ],
    options: z.object({ user: z.string().optional(), action: z.string().optional(), limit }),
    examples: ['privet acts', 'privet acts --action permission-granted'],
    run: async ({ cli, options }) => {
      const { user, ...rest } = options;
      const path = withQuery(pathOf('acts'), { actor: user, ...rest });
      const shape = z.object({ items: z.array(actShape) });
      const { items } = await cli.lines().control().ask({ method: 'GET', path }, shape);
      return listed(
        (style) => [
          { title: 'no', cell: (one: Act) => one.number, align: 'right' },
          { title: 'at', cell: (one) => one.at.slice(0, 19).replace('T', ' ') },
          { title: 'who', cell: (one) => one.actor, mark: (text) => style.bold(text) },
          { title: 'action', cell: (one) => one.action },
          { title: 'target', cell: (one) => one.target },
          { title: 'from', cell: (one) => one.address },
        ],
        items,
        'nothing happened',
      );
    },
  });
}

function maskedCount(one: Decision): number | null {
  const columns = one.sources.flatMap((source) => source.columns);
  return columns.filter((column) => column.show === 'mask').length || null;
}
