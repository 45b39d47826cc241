import type { Command } from 'commander';
import { z } from 'zod';
import { healthShape } from '#engines/report';
import { argument, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { listed, shown } from './output.ts';
import type { Output } from './output.ts';
import { printable } from './style.ts';
import type { Style } from './style.ts';
import { pairs, table } from './table.ts';

type Health = z.infer<typeof healthShape>;

/** `privet observe health`, `lineage`, `usage`. */
export function addHealth(cli: Cli, observe: Command): void {
  leaf(cli, observe, {
    name: 'health',
    summary: 'say how well the data is, by dimension and by table, and how far it is watched',
    flags: [['--limit <count>', 'at most so many tables, the least well first (default: 25)']],
    options: z.object({ limit: z.coerce.number().int().min(1).default(25) }),
    examples: ['privet observe health'],
    run: async ({ cli, options }) => {
      const path = pathOf('observe', 'health');
      const health = await cli.lines().control().ask({ method: 'GET', path }, healthShape);
      return shown(health, (style) => healthText(health, options.limit, style));
    },
  });
  addLineage(cli, observe);
  addUsage(cli, observe);
}

function healthText(health: Health, limit: number, style: Style): string {
  const { coverage } = health;
  const head = pairs(
    [
      ['health', style.bold(scoreText(health.score))],
      ...Object.entries(health.dimensions).map(([name, one]) => [name, scoreText(one)] as const),
      ['watched', `${coverage.watched} of ${coverage.tables} tables`],
      ['tested', `${coverage.columnsTested} of ${coverage.columns} columns`],
      ['owned', `${coverage.owned} of ${coverage.tables} tables`],
    ],
    style,
  );
  const worst = health.tables
    .toSorted((left, right) => (left.score ?? 200) - (right.score ?? 200))
    .slice(0, limit);
  const tables = table<Health['tables'][number]>(
    [
      { title: 'table', cell: (one) => one.place, mark: (text) => style.bold(text) },
      { title: 'health', cell: (one) => one.score, align: 'right' },
      {
        title: 'failing',
        cell: (one) => one.failing || null,
        align: 'right',
        mark: (text, one) => (one.failing > 0 ? style.red(text) : text),
      },
      { title: 'checks', cell: (one) => one.checks || null, align: 'right' },
      { title: 'owners', cell: (one) => one.owners.join(', ') || null },
    ],
    worst,
    { style, none: 'no table is known yet' },
  );
  return `${head}\n${tables}`;
}

function scoreText(one: number | null): string {
  return one === null ? '–' : String(one);
}

const lineageShape = z.object({
  table: z.string(),
  completeness: z.string().nullable(),
  nodes: z.array(z.object({ kind: z.string(), name: z.string(), distance: z.number() })),
  columns: z.array(
    z.object({ column: z.string(), from: z.array(z.string()), into: z.array(z.string()) }),
  ),
});
type Lineage = z.infer<typeof lineageShape>;

function addLineage(cli: Cli, observe: Command): void {
  leaf(cli, observe, {
    name: 'lineage <table>',
    summary: 'show what a table is made of and what is made of it, by table and by column',
    flags: [['--depth <steps>', 'so many steps each way (default: 3)']],
    options: z.object({ depth: z.coerce.number().int().min(1).max(20).default(3) }),
    examples: ['privet observe lineage demo.clinic.patients'],
    run: async ({ cli, args, options }) => {
      const query = { table: argument({ args }, 0), depth: options.depth };
      const path = withQuery(pathOf('observe', 'lineage'), query);
      const lineage = await cli.lines().control().ask({ method: 'GET', path }, lineageShape);
      return shown(lineage, (style) => lineageText(lineage, style));
    },
  });
}

function lineageText({ nodes, columns, completeness }: Lineage, style: Style): string {
  const rows = nodes
    .toSorted((left, right) => left.distance - right.distance)
    .map(({ name, distance, kind }) => {
      const text = `${'  '.repeat(Math.abs(distance))}${printable(name)}${kind === 'table' ? '' : ` (${kind})`}`;
      const sign = distance < 0 ? '←' : distance > 0 ? '→' : '●';
      return `${style.dim(sign)} ${distance === 0 ? style.bold(text) : text}\n`;
    });
  const edges = table<Lineage['columns'][number]>(
    [
      { title: 'column', cell: (one) => one.column, mark: (text) => style.bold(text) },
      { title: 'made of', cell: (one) => one.from.join(', ') || null },
      { title: 'goes into', cell: (one) => one.into.join(', ') || null },
    ],
    columns,
    { style, none: 'no column lineage is known' },
  );
  const how = completeness === null ? '' : `\n${style.dim(`columns of it: ${completeness}`)}\n`;
  return `${rows.join('')}\n${edges}${how}`;
}

const days = z.coerce.number().int().min(1).max(3_660).default(30);

function addUsage(cli: Cli, observe: Command): void {
  leaf(cli, observe, {
    name: 'usage [source]',
    summary: 'say what is used most, costs most and is not used; or who uses a source',
    flags: [
      ['--days <count>', 'over so many days (default: 30)'],
      ['--unused', 'only sources that nobody used'],
    ],
    options: z.object({ days, unused: z.boolean().default(false) }),
    examples: [
      'privet observe usage',
      'privet observe usage demo.clinic.patients',
      'privet observe usage --unused --days 90',
    ],
    run: async ({ cli, args, options }) =>
      args[0] === undefined ? usageOfAll(cli, options) : usageOfOne(cli, args[0], options.days),
  });
}

const usageShape = z.object({
  sources: z.array(
    z.object({
      source: z.string(),
      statements: z.number(),
      refused: z.number(),
      people: z.number(),
      rows: z.number(),
      seconds: z.number(),
      lastAt: z.string(),
    }),
  ),
  shapes: z.array(
    z.object({
      fingerprint: z.string(),
      sources: z.array(z.string()),
      statements: z.number(),
      seconds: z.number(),
      slowestMs: z.number(),
    }),
  ),
  unused: z.array(
    z.object({ source: z.string(), owners: z.array(z.string()), lastAt: z.string().nullable() }),
  ),
});
type Usage = z.infer<typeof usageShape>;

async function usageOfAll(
  cli: Cli,
  options: { readonly days: number; readonly unused: boolean },
): Promise<Output> {
  const path = withQuery(pathOf('observe', 'usage'), { days: options.days });
  const usage = await cli.lines().control().ask({ method: 'GET', path }, usageShape);
  if (!options.unused) return shown(usage, (style) => usageText(usage, style));
  return listed(
    (style) => [
      {
        title: 'source',
        cell: (one: Usage['unused'][number]) => one.source,
        mark: (text) => style.bold(text),
      },
      { title: 'last used', cell: (one) => one.lastAt?.slice(0, 10) ?? 'never' },
      { title: 'owners', cell: (one) => one.owners.join(', ') || null },
    ],
    usage.unused,
    'every source was used',
  );
}

function usageText(usage: Usage, style: Style): string {
  const sources = table<Usage['sources'][number]>(
    [
      { title: 'source', cell: (one) => one.source, mark: (text) => style.bold(text) },
      { title: 'statements', cell: (one) => one.statements, align: 'right' },
      { title: 'refused', cell: (one) => one.refused || null, align: 'right' },
      { title: 'people', cell: (one) => one.people, align: 'right' },
      { title: 'rows', cell: (one) => one.rows, align: 'right' },
      { title: 'seconds', cell: (one) => one.seconds, align: 'right' },
      { title: 'last', cell: (one) => one.lastAt.slice(0, 16).replace('T', ' ') },
    ],
    usage.sources,
    { style, none: 'nobody queried anything through the gateway' },
  );
  const shapes = table<Usage['shapes'][number]>(
    [
      { title: 'statements that cost most', cell: (one) => one.fingerprint },
      { title: 'times', cell: (one) => one.statements, align: 'right' },
      { title: 'seconds', cell: (one) => one.seconds, align: 'right' },
      { title: 'slowest ms', cell: (one) => one.slowestMs, align: 'right' },
      { title: 'reads', cell: (one) => one.sources.join(', ') },
    ],
    usage.shapes.slice(0, 10),
    { style, none: 'no statement yet' },
  );
  return `${sources}\n${shapes}\n${usage.unused.length} sources were not used; \`privet observe usage --unused\` lists them\n`;
}

async function usageOfOne(cli: Cli, source: string, overDays: number): Promise<Output> {
  const shape = z.object({
    people: z.array(
      z.object({
        subject: z.string(),
        statements: z.number(),
        rows: z.number(),
        lastAt: z.string(),
      }),
    ),
    columns: z.array(z.object({ column: z.string(), statements: z.number(), masked: z.number() })),
  });
  const path = withQuery(pathOf('observe', 'usage', source), { days: overDays });
  const usage = await cli.lines().control().ask({ method: 'GET', path }, shape);
  return shown(usage, (style) => {
    const people = table<(typeof usage.people)[number]>(
      [
        { title: 'who', cell: (one) => one.subject, mark: (text) => style.bold(text) },
        { title: 'statements', cell: (one) => one.statements, align: 'right' },
        { title: 'rows', cell: (one) => one.rows, align: 'right' },
        { title: 'last', cell: (one) => one.lastAt.slice(0, 16).replace('T', ' ') },
      ],
      usage.people,
      { style, none: 'nobody used it' },
    );
    const columns = table<(typeof usage.columns)[number]>(
      [
        { title: 'column', cell: (one) => one.column, mark: (text) => style.bold(text) },
        { title: 'statements', cell: (one) => one.statements || null, align: 'right' },
        { title: 'masked', cell: (one) => one.masked || null, align: 'right' },
      ],
      usage.columns,
      { style, none: 'no columns' },
    );
    return `${people}\n${columns}`;
  });
}
