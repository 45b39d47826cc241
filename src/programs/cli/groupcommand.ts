import type { Command } from 'commander';
import { z } from 'zod';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf } from './line.ts';
import { listed, said, shown } from './output.ts';
import { printable } from './style.ts';
import { pairs } from './table.ts';
import { confirm } from './usercommand.ts';

const groupShape = z.object({
  name: z.string(),
  description: z.string(),
  members: z.array(z.string()),
});
type Group = z.infer<typeof groupShape>;

/** `privet group …`. */
export function addGroups(cli: Cli, program: Command): void {
  const group = branch(program, 'group', 'groups of people and service accounts');
  addMaking(cli, group);
  addLooking(cli, group);
  addMembers(cli, group);
}

function addMaking(cli: Cli, group: Command): void {
  leaf(cli, group, {
    name: 'add <name>',
    summary: 'add a group',
    flags: [['--description <text>', 'what it is for']],
    options: z.object({ description: z.string().optional() }),
    examples: ['privet group add Analysts --description "read masked data"'],
    run: async ({ cli, args, options }) => {
      const body = { name: argument({ args }, 0), ...options };
      const call = { method: 'POST', path: pathOf('groups'), body } as const;
      const made = await cli.lines().control().ask(call, groupShape);
      return said(`added group ${made.name}`, made);
    },
  });
  leaf(cli, group, {
    name: 'remove <name>',
    summary: 'remove a group; its members stay',
    flags: [['--yes', 'do not ask']],
    options: z.object({ yes: z.boolean().default(false) }),
    examples: ['privet group remove Analysts'],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      await confirm(cli, `Remove group ${name}?`, options.yes);
      await cli
        .lines()
        .control()
        .tell({ method: 'DELETE', path: pathOf('groups', name) });
      return said(`removed group ${name}`, { name });
    },
  });
}

function addLooking(cli: Cli, group: Command): void {
  leaf(cli, group, {
    name: 'list',
    summary: 'list groups',
    examples: ['privet group list'],
    run: async ({ cli }) => {
      const shape = z.object({ items: z.array(groupShape) });
      const call = { method: 'GET', path: pathOf('groups') } as const;
      const { items } = await cli.lines().control().ask(call, shape);
      return listed(
        (style) => [
          { title: 'name', cell: (one: Group) => one.name, mark: (text) => style.bold(text) },
          { title: 'members', cell: (one) => one.members.length, align: 'right' },
          { title: 'description', cell: (one) => one.description },
        ],
        items,
        'no group yet; `privet group add` makes one',
      );
    },
  });
  leaf(cli, group, {
    name: 'show <name>',
    summary: 'show a group with its members',
    examples: ['privet group show Analysts'],
    run: async ({ cli, args }) => {
      const path = pathOf('groups', argument({ args }, 0));
      const one = await cli.lines().control().ask({ method: 'GET', path }, groupShape);
      return shown(one, (style) =>
        pairs(
          [
            ['name', style.bold(printable(one.name))],
            ['description', printable(one.description) || '–'],
            ['members', printable(one.members.join(', ')) || 'none'],
          ],
          style,
        ),
      );
    },
  });
}

function addMembers(cli: Cli, group: Command): void {
  for (const [verb, method, done] of [
    ['join', 'PUT', 'is in'],
    ['leave', 'DELETE', 'is no longer in'],
  ] as const) {
    leaf(cli, group, {
      name: `${verb} <group> <names...>`,
      summary: verb === 'join' ? 'put people into a group' : 'take people out of a group',
      examples: [`privet group ${verb} Analysts nia.north`],
      run: async ({ cli, args: [team = '', ...names] }) => {
        const line = cli.lines().control();
        for (const name of names) {
          await line.tell({ method, path: pathOf('groups', team, 'members', name) });
        }
        return said(`${names.join(', ')} ${done} ${team}`, { group: team, members: names });
      },
    });
  }
}
