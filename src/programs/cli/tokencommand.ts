import type { Command } from 'commander';
import { z } from 'zod';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import type { Line } from './line.ts';
import { pathOf } from './line.ts';
import { listed, said } from './output.ts';

const tokenShape = z.object({
  id: z.string(),
  subject: z.string(),
  label: z.string(),
  state: z.enum(['live', 'expired', 'revoked']),
  createdAt: z.string(),
  expiresAt: z.string(),
  lastUsedAt: z.string().nullable(),
});
type Token = z.infer<typeof tokenShape>;

const newTokenShape = z.object({
  id: z.string(),
  subject: z.string(),
  text: z.string(),
  expiresAt: z.string(),
});

const FOR = ['--for <name>', 'whose token (default: yours)'] as const;

/** `privet token …`. */
export function addTokens(cli: Cli, program: Command): void {
  const token = branch(
    program,
    'token',
    'personal access tokens: for programs, and as gateway passwords',
  );
  addCreate(cli, token);
  addList(cli, token);
  addRevoke(cli, token);
}

function addCreate(cli: Cli, token: Command): void {
  leaf(cli, token, {
    name: 'create',
    summary: 'make a token; its text is shown once',
    details:
      'Use it as PRIVET_TOKEN for this command line, as bearer token for the API, and as password at the SQL gateway, where\n' +
      'the user name is then `<name>+<token id>`.',
    flags: [
      FOR,
      ['--label <text>', 'what it is for'],
      ['--days <days>', 'how long it lives, at most 366 (default: 90)'],
    ],
    options: z.object({
      for: z.string().optional(),
      label: z.string().default('command line'),
      days: z.coerce.number().int().optional(),
    }),
    examples: [
      'privet token create --label laptop --days 30',
      'privet token create --for etl --label nightly --json',
    ],
    run: async ({ cli, options }) => {
      const line = cli.lines().control();
      const path = pathOf('users', await nameOr(line, options.for), 'tokens');
      const body = { label: options.label, days: options.days };
      const made = await line.ask({ method: 'POST', path, body }, newTokenShape);
      return {
        value: made,
        text: () => `${made.text}\n`,
        note: (style) =>
          `${style.dim(
            `token ${made.id} of ${made.subject}, until ${made.expiresAt}; it is not shown again\n` +
              `at the SQL gateway: user name ${made.subject}+${made.id}, the token as password`,
          )}\n`,
      };
    },
  });
}

function addList(cli: Cli, token: Command): void {
  leaf(cli, token, {
    name: 'list',
    summary: 'list tokens',
    flags: [FOR],
    options: z.object({ for: z.string().optional() }),
    examples: ['privet token list', 'privet token list --for etl'],
    run: async ({ cli, options }) => {
      const line = cli.lines().control();
      const path = pathOf('users', await nameOr(line, options.for), 'tokens');
      const shape = z.object({ items: z.array(tokenShape) });
      const { items } = await line.ask({ method: 'GET', path }, shape);
      return listed(
        (style) => [
          { title: 'id', cell: (one: Token) => one.id },
          { title: 'label', cell: (one) => one.label },
          {
            title: 'state',
            cell: (one) => one.state,
            mark: (text, one) => (one.state === 'live' ? style.green(text) : style.dim(text)),
          },
          { title: 'until', cell: (one) => one.expiresAt.slice(0, 10) },
          {
            title: 'last used',
            cell: (one) => one.lastUsedAt?.slice(0, 16).replace('T', ' ') ?? null,
          },
        ],
        items,
        'no tokens; `privet token create` makes one',
      );
    },
  });
}

function addRevoke(cli: Cli, token: Command): void {
  leaf(cli, token, {
    name: 'revoke <id>',
    summary: 'revoke a token at once',
    flags: [FOR],
    options: z.object({ for: z.string().optional() }),
    examples: ['privet token revoke tok_01… --for etl'],
    run: async ({ cli, args, options }) => {
      const id = argument({ args }, 0);
      const line = cli.lines().control();
      const path = pathOf('users', await nameOr(line, options.for), 'tokens', id);
      await line.tell({ method: 'DELETE', path });
      return said(`revoked ${id}`, { id });
    },
  });
}

/** The name given, or else whoever is signed in. */
async function nameOr(line: Line, name: string | undefined): Promise<string> {
  if (name !== undefined) return name;
  const call = { method: 'GET', path: pathOf('session') } as const;
  return (await line.ask(call, z.object({ name: z.string() }))).name;
}
