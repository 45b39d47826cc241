import type { Command } from 'commander';
import { z } from 'zod';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { listed, said } from './output.ts';

const tagShape = z.object({
  name: z.string(),
  description: z.string(),
  sensitive: z.boolean(),
  builtIn: z.boolean(),
  sources: z.number(),
  columns: z.number(),
});
type Tag = z.infer<typeof tagShape>;

/** `privet tag …`. */
export function addTags(cli: Cli, program: Command): void {
  const tag = branch(program, 'tag', 'the words policies find data by');
  leaf(cli, tag, {
    name: 'list [tag]',
    summary: 'list tags, or one and those below it, with how often each is used',
    examples: ['privet tag list', 'privet tag list PII'],
    run: async ({ cli, args }) => {
      const path = withQuery(pathOf('tags'), { under: args[0] });
      const shape = z.object({ items: z.array(tagShape) });
      const { items } = await cli.lines().control().ask({ method: 'GET', path }, shape);
      return listed(
        (style) => [
          { title: 'tag', cell: (one: Tag) => one.name, mark: (text) => style.bold(text) },
          {
            title: 'sensitive',
            cell: (one) => (one.sensitive ? 'yes' : null),
            mark: (text) => style.yellow(text),
          },
          { title: 'sources', cell: (one) => one.sources || null, align: 'right' },
          { title: 'columns', cell: (one) => one.columns || null, align: 'right' },
          { title: 'description', cell: (one) => one.description },
        ],
        items,
        'no tags',
      );
    },
  });
  leaf(cli, tag, {
    name: 'define <tag>',
    summary: 'make a tag known, or change what it says',
    details:
      'Tags are dotted: a policy on PII covers PII.Email. What carries a sensitive tag never gains visibility unasked.',
    flags: [
      ['--description <text>', 'what it marks'],
      ['--sensitive', 'ask before a policy shows more of it'],
      ['--not-sensitive', 'stop asking'],
    ],
    options: z.object({
      description: z.string().optional(),
      sensitive: z.boolean().optional(),
      notSensitive: z.boolean().optional(),
    }),
    examples: [
      'privet tag define PII.Email --sensitive --description "addresses people answer to"',
    ],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      const sensitive = options.notSensitive === true ? false : options.sensitive;
      const body = { description: options.description, sensitive };
      const call = { method: 'PUT', path: pathOf('tags', name), body } as const;
      const defined = await cli.lines().control().ask(call, tagShape);
      return said(`tag ${name} is known${defined.sensitive ? ' and sensitive' : ''}`, defined);
    },
  });
  leaf(cli, tag, {
    name: 'remove <tag>',
    summary: 'forget a tag that nothing carries',
    examples: ['privet tag remove PII.Fax'],
    run: async ({ cli, args }) => {
      const name = argument({ args }, 0);
      await cli
        .lines()
        .control()
        .tell({ method: 'DELETE', path: pathOf('tags', name) });
      return said(`forgot tag ${name}`, { name });
    },
  });
}
