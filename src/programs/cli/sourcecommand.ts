import type { Command } from 'commander';
import { z } from 'zod';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { listed, said, shown } from './output.ts';
import { printable } from './style.ts';
import type { Style } from './style.ts';
import { pairs, table } from './table.ts';

const tagShape = z.object({
  name: z.string(),
  by: z.object({ kind: z.string(), name: z.string() }),
});

const summaryShape = z.object({
  id: z.string(),
  plane: z.string(),
  fullName: z.string(),
  kind: z.string(),
  state: z.enum(['active', 'disabled', 'removed']),
  description: z.string(),
  owners: z.array(z.string()),
  tags: z.array(tagShape),
  columnCount: z.number(),
  unreviewedCount: z.number(),
  reviewedAt: z.string().nullable(),
  reviewedBy: z.string().nullable(),
});
type Summary = z.infer<typeof summaryShape>;

const columnShape = z.object({
  name: z.string(),
  type: z.string(),
  notNull: z.boolean(),
  inKey: z.boolean(),
  description: z.string(),
  tags: z.array(tagShape),
});
type Column = z.infer<typeof columnShape>;

const foreignKeyShape = z.object({
  columns: z.array(z.string()),
  schema: z.string(),
  name: z.string(),
  references: z.array(z.string()),
});

const sourceShape = summaryShape.extend({
  columns: z.array(columnShape),
  foreignKeys: z.array(foreignKeyShape),
});
type Source = z.infer<typeof sourceShape>;

/** `privet source …`, without what only a plane can do. */
export function addSources(cli: Cli, program: Command): Command {
  const source = branch(program, 'source', 'tables and views: look, describe, tag, review');
  addList(cli, source);
  addShow(cli, source);
  addDescribe(cli, source);
  addTagging(cli, source);
  addOwners(cli, source);
  addReview(cli, source);
  addStates(cli, source);
  return source;
}

function addList(cli: Cli, source: Command): void {
  leaf(cli, source, {
    name: 'list [search]',
    summary: 'list sources; the words look into names, descriptions, columns and tags',
    flags: [
      ['--system <system>', 'only of this database'],
      ['--tag <tag>', 'only with this tag, or one below it'],
      ['--state <state>', 'active, disabled or removed'],
      ['--new', 'only with columns nobody has reviewed'],
    ],
    options: z.object({
      system: z.string().optional(),
      tag: z.string().optional(),
      state: z.string().optional(),
      new: z.boolean().default(false),
    }),
    examples: [
      'privet source list',
      'privet source list email --system demo',
      'privet source list --new',
    ],
    run: async ({ cli, args, options }) => {
      const { system, tag, state } = options;
      const all = await everySource(cli, { search: args[0], system, tag, state });
      const items = options.new ? all.filter((one) => one.unreviewedCount > 0) : all;
      return listed(
        (style) => [
          {
            title: 'source',
            cell: (one: Summary) => one.fullName,
            mark: (text) => style.bold(text),
          },
          { title: 'kind', cell: (one) => one.kind },
          {
            title: 'state',
            cell: (one) => one.state,
            mark: (text, one) => stateMark(style, text, one),
          },
          { title: 'columns', cell: (one) => one.columnCount, align: 'right' },
          {
            title: 'new',
            cell: (one) => one.unreviewedCount || null,
            align: 'right',
            mark: (text, one) => (one.unreviewedCount > 0 ? style.yellow(text) : text),
          },
          { title: 'owners', cell: (one) => one.owners.join(', ') },
          { title: 'tags', cell: (one) => one.tags.map((tag) => tag.name).join(', ') },
        ],
        items,
        'no source is like that, or none is for you to see here; `privet system register` makes a database known, and `\\dt *.*` at the gateway lists what you may query',
      );
    },
  });
}

function addShow(cli: Cli, source: Command): void {
  leaf(cli, source, {
    name: 'show <source>',
    summary: 'show a source with its columns',
    examples: ['privet source show demo.clinic.patients'],
    run: async ({ cli, args }) => {
      const path = pathOf('sources', argument({ args }, 0));
      const found = await cli.lines().control().ask({ method: 'GET', path }, sourceShape);
      return shown(found, (style) => sourceText(found, style));
    },
  });
}

function sourceText(source: Source, style: Style): string {
  const head = pairs(
    [
      ['source', style.bold(printable(source.fullName))],
      ['kind', source.kind],
      ['state', stateMark(style, source.state, source)],
      ['description', printable(source.description) || '–'],
      ['owners', printable(source.owners.join(', ')) || 'none'],
      ['tags', printable(tagText(source.tags)) || 'none'],
      [
        'reviewed',
        source.reviewedBy === null ? 'never' : `${source.reviewedAt} by ${source.reviewedBy}`,
      ],
      ['id', style.dim(source.id)],
    ],
    style,
  );
  const columns = table<Column>(
    [
      { title: 'column', cell: (one) => one.name, mark: (text) => style.bold(text) },
      { title: 'type', cell: (one) => one.type },
      { title: 'null', cell: (one) => (one.notNull ? 'no' : 'yes') },
      { title: 'key', cell: (one) => (one.inKey ? 'yes' : null) },
      {
        title: 'tags',
        cell: (one) => tagText(one.tags),
        mark: (text, one) => (isNew(one) ? style.yellow(text) : text),
      },
      { title: 'description', cell: (one) => one.description },
    ],
    source.columns,
    { style, none: 'no columns' },
  );
  const keys = source.foreignKeys.map(
    (key) =>
      `${printable(`${key.columns.join(', ')} → ${key.schema}.${key.name} (${key.references.join(', ')})`)}\n`,
  );
  return `${head}\n${columns}${keys.length > 0 ? `\n${keys.join('')}` : ''}`;
}

function addDescribe(cli: Cli, source: Command): void {
  leaf(cli, source, {
    name: 'describe <source> <text>',
    summary: 'say what a source or column is about; an empty text gives the comment back',
    flags: [['--column <column>', 'a column of the source']],
    options: z.object({ column: z.string().optional() }),
    examples: [
      'privet source describe demo.clinic.patients "one row a person we ever treated"',
      'privet source describe demo.clinic.patients "social security number" --column ssn',
    ],
    run: async ({ cli, args: [name = '', text = ''], options }) => {
      const path = placePath(name, options.column);
      await cli
        .lines()
        .control()
        .tell({ method: 'PATCH', path, body: { description: text } });
      return said(`described ${placeText(name, options.column)}`, { source: name, ...options });
    },
  });
}

function addTagging(cli: Cli, source: Command): void {
  leaf(cli, source, {
    name: 'tag <source> <tags...>',
    summary: 'put tags on a source, or on columns of it',
    flags: [
      ['--column <column>', 'a column of the source', 'many'],
      ['--define', 'make unknown tags known (governors)'],
    ],
    options: z.object({
      column: z.array(z.string()).default([]),
      define: z.boolean().default(false),
    }),
    examples: [
      'privet source tag demo.clinic.patients Domain.Clinic',
      'privet source tag demo.clinic.patients PII.NationalId --column ssn',
    ],
    run: async ({ cli, args: [name = '', ...tags], options }) => {
      const line = cli.lines().control();
      for (const place of placesOf(options.column)) {
        for (const tag of tags) {
          const path = `${placePath(name, place)}/tags/${encodeURIComponent(tag)}`;
          await line.tell({ method: 'PUT', path, body: { define: options.define } });
        }
      }
      return said(`tagged ${placesText(name, options.column)} with ${tags.join(', ')}`, {
        source: name,
        columns: options.column,
        tags,
      });
    },
  });
  leaf(cli, source, {
    name: 'untag <source> <tags...>',
    summary: 'take tags off a source, or off columns of it',
    details:
      'Policies that look for the tag no longer reach the place: who was masked by them sees it in clear. The act is in the ledger.',
    flags: [['--column <column>', 'a column of the source', 'many']],
    options: z.object({ column: z.array(z.string()).default([]) }),
    examples: ['privet source untag demo.clinic.patients PII.NationalId --column mrn'],
    run: async ({ cli, args: [name = '', ...tags], options }) => {
      const line = cli.lines().control();
      for (const place of placesOf(options.column)) {
        for (const tag of tags) {
          await line.tell({
            method: 'DELETE',
            path: `${placePath(name, place)}/tags/${encodeURIComponent(tag)}`,
          });
        }
      }
      return said(`took ${tags.join(', ')} off ${placesText(name, options.column)}`, {
        source: name,
        columns: options.column,
        tags,
      });
    },
  });
}

function addOwners(cli: Cli, source: Command): void {
  leaf(cli, source, {
    name: 'owner <source> <names...>',
    summary: 'make people owners of a source: they may describe, tag and review it',
    flags: [['--remove', 'take it from them']],
    options: z.object({ remove: z.boolean().default(false) }),
    examples: [
      'privet source owner demo.clinic.patients olga.owner',
      'privet source owner demo.clinic.patients olga.owner --remove',
    ],
    run: async ({ cli, args: [name = '', ...people], options }) => {
      const line = cli.lines().control();
      const method = options.remove ? 'DELETE' : 'PUT';
      for (const person of people) {
        await line.tell({ method, path: pathOf('sources', name, 'owners', person) });
      }
      const verb = options.remove ? 'no longer own' : 'own';
      return said(
        `${people.join(', ')} ${people.length === 1 && !options.remove ? `${verb}s` : verb} ${name}`,
        {
          source: name,
          owners: people,
        },
      );
    },
  });
}

function addReview(cli: Cli, source: Command): void {
  leaf(cli, source, {
    name: 'review <source>',
    summary: 'say that new columns were looked at: takes the tag `New` off',
    details: 'Columns tagged `New` are masked for everybody. Tag what is sensitive first.',
    flags: [['--column <column>', 'only this column', 'many']],
    options: z.object({ column: z.array(z.string()).optional() }),
    examples: [
      'privet source review demo.clinic.patients',
      'privet source review demo.clinic.patients --column email',
    ],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      const call = {
        method: 'POST',
        path: pathOf('sources', name, 'review'),
        body: options.column === undefined ? {} : { columns: options.column },
      } as const;
      const shape = z.object({ columns: z.array(z.string()) });
      const { columns } = await cli.lines().control().ask(call, shape);
      const words =
        columns.length === 0 ? 'no column was new' : `no longer new: ${columns.join(', ')}`;
      return said(`reviewed ${name}; ${printable(words)}`, { source: name, columns });
    },
  });
}

function addStates(cli: Cli, source: Command): void {
  for (const [verb, state, done] of [
    ['disable', 'disabled', 'is shut for everybody'],
    ['enable', 'active', 'is what policy says it is again'],
  ] as const) {
    leaf(cli, source, {
      name: `${verb} <source>`,
      summary: verb === 'disable' ? 'shut a source for everybody' : 'open a source to policy again',
      examples: [`privet source ${verb} demo.clinic.patients`],
      run: async ({ cli, args }) => {
        const name = argument({ args }, 0);
        const call = { method: 'PATCH', path: pathOf('sources', name), body: { state } } as const;
        await cli.lines().control().tell(call);
        return said(`${name} ${done}`, { source: name, state });
      },
    });
  }
}

const pageShape = z.object({ items: z.array(summaryShape), next: z.string().nullable() });

async function everySource(
  cli: Cli,
  query: Readonly<Record<string, string | undefined>>,
): Promise<readonly Summary[]> {
  const line = cli.lines().control();
  const all: Summary[] = [];
  let after: string | undefined;
  do {
    const path = withQuery(pathOf('sources'), { ...query, after, limit: 1_000 });
    const { items, next } = await cli.waiting(
      'reading the catalog',
      line.ask({ method: 'GET', path }, pageShape),
    );
    all.push(...items);
    after = next ?? undefined;
  } while (after !== undefined);
  return all;
}

function placesOf(columns: readonly string[]): readonly (string | undefined)[] {
  return columns.length === 0 ? [undefined] : columns;
}

function placePath(source: string, column: string | undefined): string {
  return column === undefined
    ? pathOf('sources', source)
    : pathOf('sources', source, 'columns', column);
}

function placeText(source: string, column: string | undefined): string {
  return column === undefined ? source : `${source}.${column}`;
}

function placesText(source: string, columns: readonly string[]): string {
  return columns.length === 0 ? source : `${source} (${columns.join(', ')})`;
}

function tagText(tags: Summary['tags']): string {
  return tags.map((tag) => tag.name).join(', ');
}

function isNew(column: Column): boolean {
  return column.tags.some((tag) => tag.name === 'New');
}

function stateMark(style: Style, text: string, source: Pick<Summary, 'state'>): string {
  return source.state === 'active' ? text : style.yellow(text);
}
