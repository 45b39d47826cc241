import type { Command } from 'commander';
import { z } from 'zod';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf } from './line.ts';
import { listed, shown } from './output.ts';
import { printable } from './style.ts';
import { confirm } from './usercommand.ts';

const PLANE: Flag = ['--plane <name>', 'which plane, when there are several'];

const keyShape = z.object({
  scope: z.string(),
  version: z.number(),
  provider: z.string(),
  state: z.enum(['newest', 'older']),
  createdAt: z.string(),
});
type Key = z.infer<typeof keyShape>;

/** `privet key …`: the data keys of a plane, by name only. */
export function addKeys(cli: Cli, program: Command): void {
  const key = branch(program, 'key', 'data keys of a plane: list, roll');
  leaf(cli, key, {
    name: 'list',
    summary: 'list data keys by what they are for; no key is ever shown',
    flags: [['--all', 'older versions, too'], PLANE],
    options: z.object({ all: z.boolean().default(false), plane: z.string().optional() }),
    examples: ['privet key list', 'privet key list --all'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const shape = z.object({ items: z.array(keyShape) });
      const { items } = await plane.ask({ method: 'GET', path: pathOf('keys') }, shape);
      return listed(
        (style) => [
          { title: 'scope', cell: (one: Key) => one.scope, mark: (text) => style.bold(text) },
          { title: 'version', cell: (one) => one.version, align: 'right' },
          {
            title: 'state',
            cell: (one) => one.state,
            mark: (text, one) => (one.state === 'newest' ? style.green(text) : style.dim(text)),
          },
          { title: 'created', cell: (one) => one.createdAt.slice(0, 19).replace('T', ' ') },
          { title: 'wrapped by', cell: (one) => one.provider },
        ],
        items.filter((one) => options.all || one.state === 'newest'),
        'no key was needed yet: the first masked value makes one',
      );
    },
  });
  leaf(cli, key, {
    name: 'roll <scope>',
    summary: 'make newer keys; older ones still decrypt',
    details:
      'A scope, or its beginning with `*`. Rolling a key of `consistent/` changes every hashed or format-preserved value it\n' +
      'makes from now on: what was joined on old ones no longer meets new ones.',
    flags: [['--yes', 'do not ask'], PLANE],
    options: z.object({ yes: z.boolean().default(false), plane: z.string().optional() }),
    examples: ['privet key roll "rolling/*"', 'privet key roll consistent/source/src_01… --yes'],
    run: async ({ cli, args, options }) => {
      const pattern = argument({ args }, 0);
      if (pattern.startsWith('consistent/') || pattern.startsWith('*')) {
        const what = `Roll ${pattern}? Masked values made from now on differ from older ones.`;
        await confirm(cli, what, options.yes);
      }
      const plane = await cli.lines().plane(options.plane);
      const call = { method: 'POST', path: pathOf('keys', 'roll'), body: { pattern } } as const;
      const shape = z.object({
        items: z.array(z.object({ scope: z.string(), version: z.number() })),
      });
      const { items } = await cli.waiting('rolling', plane.ask(call, shape));
      return shown(items, (style) =>
        items
          .map(
            (one) => `${style.green('✓')} ${printable(one.scope)} is at version ${one.version}\n`,
          )
          .join(''),
      );
    },
  });
}
