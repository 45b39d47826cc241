import type { Command } from 'commander';
import { z } from 'zod';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { listed, shown } from './output.ts';
import type { Output } from './output.ts';
import { printable } from './style.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

const PLANE: Flag = ['--plane <name>', 'which plane, when there are several'];
const OUTPUT = 'out_01k9v7mz3e8q2f6h4j5n7p9r1s';

const summaryShape = z.object({
  id: z.string(),
  grant: z.string(),
  operator: z.object({ id: z.string(), name: z.string().nullable() }),
  view: z.string(),
  rows: z.number(),
  at: z.string(),
  leaf: z.number(),
});
type Summary = z.infer<typeof summaryShape>;
const outputShape = summaryShape.extend({ digest: z.string(), text: z.string() });
const viewShape = z.object({ name: z.string(), doc: z.string() });
type Row = Readonly<Record<string, unknown>>;

/** `privet ops …`: how a plane does, for operators who were let in, and what they were shown of it. */
export function addOps(cli: Cli, program: Command): void {
  const ops = branch(
    program,
    'ops',
    'how a plane does: views for operators, and what they were shown',
  );
  leaf(cli, ops, {
    name: 'views',
    summary: 'list the views that operators may be let see',
    flags: [PLANE],
    options: z.object({ plane: z.string().optional() }),
    examples: ['privet ops views'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const shape = z.object({ items: z.array(viewShape) });
      const { items } = await plane.ask({ method: 'GET', path: pathOf('ops', 'views') }, shape);
      return listed(
        (style) => [
          {
            title: 'view',
            cell: (one: z.infer<typeof viewShape>) => one.name,
            mark: (text) => style.bold(text),
          },
          { title: 'tells', cell: (one) => one.doc },
        ],
        items,
        'no view',
      );
    },
  });
  addQuery(cli, ops);
  addOutputs(cli, ops);
}

function addQuery(cli: Cli, ops: Command): void {
  leaf(cli, ops, {
    name: 'query <view>',
    summary: 'read a view under a grant to observe; the customer can read what you were shown',
    flags: [
      ['-n, --lines <count>', 'rows, at most what the grant has left (default: 50)'],
      ['--grant <grant>', 'which of your grants, when there are several'],
      PLANE,
    ],
    options: z.object({
      lines: z.coerce.number().int().min(1).max(1_000).default(50),
      grant: z.string().optional(),
      plane: z.string().optional(),
    }),
    examples: ['privet ops query v1_outbox', 'privet ops query v1_statements -n 10 --json'],
    run: async ({ cli, args, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const body = {
        view: argument({ args }, 0),
        limit: options.lines,
        grant: options.grant ?? null,
      };
      const call = { method: 'POST', path: pathOf('ops', 'query'), body } as const;
      return rowsShown(await plane.ask(call, outputShape));
    },
  });
}

function addOutputs(cli: Cli, ops: Command): void {
  leaf(cli, ops, {
    name: 'outputs [output]',
    summary: 'list what operators were shown of the views, or show one of it, word for word',
    flags: [
      ['--grant <grant>', 'only under this grant'],
      ['-n, --lines <count>', 'how many (default: 100)'],
      PLANE,
    ],
    options: z.object({
      grant: z.string().optional(),
      lines: z.coerce.number().int().min(1).max(500).default(100),
      plane: z.string().optional(),
    }),
    examples: ['privet ops outputs', `privet ops outputs ${OUTPUT}`],
    run: async ({ cli, args: [id], options }) => {
      const plane = await cli.lines().plane(options.plane);
      if (id !== undefined) {
        const path = pathOf('ops', 'outputs', id);
        return rowsShown(await plane.ask({ method: 'GET', path }, outputShape));
      }
      const path = withQuery(pathOf('ops', 'outputs'), {
        grant: options.grant,
        limit: options.lines,
      });
      const shape = z.object({ items: z.array(summaryShape) });
      const { items } = await plane.ask({ method: 'GET', path }, shape);
      return listed(
        (style) => [
          { title: 'output', cell: (one: Summary) => one.id },
          { title: 'at', cell: (one) => one.at.slice(0, 19).replace('T', ' ') },
          {
            title: 'operator',
            cell: (one) => one.operator.name ?? one.operator.id,
            mark: (text) => style.bold(text),
          },
          { title: 'view', cell: (one) => one.view },
          { title: 'rows', cell: (one) => one.rows, align: 'right' },
          { title: 'leaf', cell: (one) => one.leaf, align: 'right' },
        ],
        items,
        'no operator was shown anything',
      );
    },
  });
}

function rowsShown(output: z.infer<typeof outputShape>): Output {
  const rows = z.array(z.record(z.string(), z.unknown())).parse(JSON.parse(output.text));
  return shown({ ...output, text: undefined, items: rows }, (style) => rowsText(rows, style));
}

function rowsText(rows: readonly Row[], style: Style): string {
  const columns = Object.keys(rows[0] ?? {}).map((title) => ({
    title,
    cell: (row: Row) => cellOf(row[title]),
    ...(typeof rows[0]?.[title] === 'number' ? { align: 'right' as const } : {}),
  }));
  return table(columns, rows, { style, none: 'no rows' });
}

function cellOf(value: unknown): string | number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? printable(value) : JSON.stringify(value);
}
