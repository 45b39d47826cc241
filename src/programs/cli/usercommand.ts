import type { Command } from 'commander';
import { z } from 'zod';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { listed, said, shown } from './output.ts';
import { readSecret } from './secretinput.ts';
import { printable } from './style.ts';
import { pairs } from './table.ts';
import { Problem } from '#base/problem';

const subjectShape = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['person', 'service']),
  displayName: z.string(),
  state: z.enum(['active', 'locked', 'disabled']),
  groups: z.array(z.string()),
  attributes: z.record(z.string(), z.array(z.string())),
  permissions: z.array(z.string()),
  password: z.enum(['none', 'temporary', 'set']),
  createdAt: z.string(),
});
type Subject = z.infer<typeof subjectShape>;

/** What the two kinds of subjects are called on the command line. */
type Noun = { readonly command: 'user' | 'service'; readonly kind: Subject['kind'] };

const ENTITLEMENTS: readonly Flag[] = [
  ['--group <group>', 'put into this group', 'many'],
  ['--attribute <key=value>', 'give this attribute value', 'many'],
];

const entitlementOptions = z.object({
  group: z.array(z.string()).default([]),
  attribute: z.array(z.string()).default([]),
});

/** `privet user …` and `privet service …`. */
export function addUsers(cli: Cli, program: Command): void {
  const user = branch(program, 'user', 'people: add, lock, entitle');
  addPerson(cli, user);
  addShared(cli, user, { command: 'user', kind: 'person' });
  addUserPassword(cli, user);
  addPermissions(cli, user, 'user');
  const service = branch(
    program,
    'service',
    'service accounts: programs that query or call the API',
  );
  addService(cli, service);
  addShared(cli, service, { command: 'service', kind: 'service' });
  addPermissions(cli, service, 'service');
}

function addPerson(cli: Cli, parent: Command): void {
  leaf(cli, parent, {
    name: 'add <name>',
    summary: 'add a person',
    details:
      'The password is temporary: they must choose their own at first sign-in, and the SQL gateway takes it only then.\n' +
      'Without a password they cannot sign in until one is set with `privet user password`.',
    flags: [
      ['--display-name <text>', 'name shown on screen'],
      ['--password-file <file>', 'file with a first password; `-` reads standard input'],
      ['--permanent', 'the password may stay'],
      ...ENTITLEMENTS,
      [
        '--permission <permission>',
        'governor, data-owner, user-admin, auditor, operator or vault-mover',
        'many',
      ],
    ],
    options: entitlementOptions.extend({
      displayName: z.string().optional(),
      passwordFile: z.string().optional(),
      permanent: z.boolean().default(false),
      permission: z.array(z.string()).default([]),
    }),
    examples: [
      'privet user add nia.north --group Analysts --attribute region=north',
      'privet user add gus.governor --permission governor --password-file ./first-password',
    ],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      const password = await firstPassword(cli, name, options.passwordFile);
      const body = {
        name,
        kind: 'person',
        displayName: options.displayName,
        password,
        temporary: !options.permanent,
        groups: options.group,
        attributes: attributesOf(options.attribute),
        permissions: options.permission,
      };
      const call = { method: 'POST', path: pathOf('users'), body } as const;
      const subject = await cli.lines().control().ask(call, subjectShape);
      const then =
        subject.password === 'none'
          ? `, without a password: \`privet user password ${name}\` sets one`
          : '';
      return said(`added ${subject.name}${then}`, subject);
    },
  });
}

function addService(cli: Cli, parent: Command): void {
  leaf(cli, parent, {
    name: 'add <name>',
    summary: 'add a service account',
    details: 'It has no password: `privet token create` makes what it signs in with.',
    flags: ENTITLEMENTS,
    options: entitlementOptions,
    examples: [
      'privet service add etl --group Loaders',
      'privet token create --for etl --label nightly',
    ],
    run: async ({ cli, args, options }) => {
      const body = {
        name: argument({ args }, 0),
        kind: 'service',
        groups: options.group,
        attributes: attributesOf(options.attribute),
      };
      const call = { method: 'POST', path: pathOf('users'), body } as const;
      const subject = await cli.lines().control().ask(call, subjectShape);
      return said(
        `added ${subject.name}; \`privet token create --for ${subject.name}\` gives it a token`,
        subject,
      );
    },
  });
}

function addShared(cli: Cli, parent: Command, noun: Noun): void {
  addList(cli, parent, noun);
  addShow(cli, parent, noun);
  for (const [verb, state, done] of [
    ['lock', 'locked', 'cannot sign in until unlocked'],
    ['unlock', 'active', 'can sign in again'],
    ['disable', 'disabled', 'cannot sign in, and every token is revoked'],
  ] as const) {
    leaf(cli, parent, {
      name: `${verb} <name>`,
      summary: `${verb} an account`,
      examples: [`privet ${noun.command} ${verb} nia.north`],
      run: async ({ cli, args }) => {
        const name = argument({ args }, 0);
        const call = { method: 'PATCH', path: pathOf('users', name), body: { state } } as const;
        const subject = await cli.lines().control().ask(call, subjectShape);
        return said(`${name} ${done}`, subject);
      },
    });
  }
  addRemove(cli, parent, noun);
  addAttribute(cli, parent, noun);
}

function addList(cli: Cli, parent: Command, noun: Noun): void {
  leaf(cli, parent, {
    name: 'list',
    summary: noun.kind === 'person' ? 'list people' : 'list service accounts',
    examples: [`privet ${noun.command} list`, `privet ${noun.command} list --json`],
    run: async ({ cli }) => {
      const items = await everySubject(cli, noun.kind);
      return listed(
        (style) => [
          { title: 'name', cell: (one: Subject) => one.name, mark: (text) => style.bold(text) },
          {
            title: 'state',
            cell: (one) => one.state,
            mark: (text, one) => (one.state === 'active' ? text : style.yellow(text)),
          },
          { title: 'groups', cell: (one) => one.groups.join(', ') },
          { title: 'attributes', cell: attributeText },
          { title: 'permissions', cell: (one) => one.permissions.join(', ') },
        ],
        items,
        `no ${noun.command} yet; \`privet ${noun.command} add\` makes one`,
      );
    },
  });
}

function addShow(cli: Cli, parent: Command, noun: Noun): void {
  leaf(cli, parent, {
    name: 'show <name>',
    summary: 'show an account',
    examples: [`privet ${noun.command} show nia.north`],
    run: async ({ cli, args }) => {
      const path = pathOf('users', argument({ args }, 0));
      const one = await cli.lines().control().ask({ method: 'GET', path }, subjectShape);
      return shown(one, (style) =>
        pairs(
          [
            ['name', style.bold(printable(one.name))],
            ['display name', printable(one.displayName) || '–'],
            ['kind', one.kind],
            ['state', one.state],
            ['groups', printable(one.groups.join(', ')) || 'none'],
            ['attributes', printable(attributeText(one)) || 'none'],
            ['permissions', one.permissions.join(', ') || 'none'],
            ['password', one.password],
            ['created', one.createdAt],
            ['id', style.dim(one.id)],
          ],
          style,
        ),
      );
    },
  });
}

function addRemove(cli: Cli, parent: Command, noun: Noun): void {
  leaf(cli, parent, {
    name: 'remove <name>',
    summary: 'remove an account for good',
    details:
      'What it did stays in the ledger. To keep the name from being taken again, disable it instead.',
    flags: [['--yes', 'do not ask']],
    options: z.object({ yes: z.boolean().default(false) }),
    examples: [`privet ${noun.command} remove nia.north`],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      await confirm(cli, `Remove ${name} for good?`, options.yes);
      await cli
        .lines()
        .control()
        .tell({ method: 'DELETE', path: pathOf('users', name) });
      return said(`removed ${name}`, { name });
    },
  });
}

function addAttribute(cli: Cli, parent: Command, noun: Noun): void {
  leaf(cli, parent, {
    name: 'attribute <name> <key> [values...]',
    summary: 'make an attribute hold exactly these values; none removes it',
    examples: [
      `privet ${noun.command} attribute nia.north region north east`,
      `privet ${noun.command} attribute nia.north region`,
    ],
    run: async ({ cli, args: [name = '', key = '', ...values] }) => {
      const path = pathOf('users', name, 'attributes', key);
      await cli.lines().control().tell({ method: 'PUT', path, body: { values } });
      return said(
        values.length === 0
          ? `${name} has no ${key} any more`
          : `${name} has ${key}=${values.join(',')}`,
        { name, key, values },
      );
    },
  });
}

function addUserPassword(cli: Cli, parent: Command): void {
  leaf(cli, parent, {
    name: 'password <name>',
    summary: 'give somebody a new password; their sessions end',
    flags: [
      ['--password-file <file>', 'file with the password; `-` reads standard input'],
      ['--permanent', 'they need not choose another'],
    ],
    options: z.object({
      passwordFile: z.string().optional(),
      permanent: z.boolean().default(false),
    }),
    examples: ['privet user password nia.north'],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      const password = await readSecret(cli.terminal, {
        label: `New password for ${name}`,
        file: options.passwordFile,
        variable: 'PRIVET_PASSWORD',
        twice: true,
      });
      const body = { password: password.reveal(), temporary: !options.permanent };
      const path = pathOf('users', name, 'password');
      await cli.lines().control().tell({ method: 'PUT', path, body });
      return said(`${name} has a new password`, { name });
    },
  });
}

function addPermissions(cli: Cli, parent: Command, command: string): void {
  for (const [verb, method, done] of [
    ['grant', 'PUT', 'has'],
    ['revoke', 'DELETE', 'no longer has'],
  ] as const) {
    leaf(cli, parent, {
      name: `${verb} <name> <permission>`,
      summary: verb === 'grant' ? 'give a permission' : 'take a permission away',
      details: 'Permissions: governor, data-owner, user-admin, auditor, operator.',
      examples: [`privet ${command} ${verb} gus.governor governor`],
      run: async ({ cli, args: [name = '', permission = ''] }) => {
        const path = pathOf('users', name, 'permissions', permission);
        await cli.lines().control().tell({ method, path });
        return said(`${name} ${done} permission ${permission}`, { name, permission });
      },
    });
  }
}

const pageShape = z.object({ items: z.array(subjectShape), next: z.string().nullable() });

async function everySubject(cli: Cli, kind: Subject['kind']): Promise<readonly Subject[]> {
  const line = cli.lines().control();
  const all: Subject[] = [];
  let after: string | undefined;
  do {
    const path = withQuery(pathOf('users'), { kind, after, limit: 1_000 });
    const { items, next } = await line.ask({ method: 'GET', path }, pageShape);
    all.push(...items);
    after = next ?? undefined;
  } while (after !== undefined);
  return all;
}

async function firstPassword(
  cli: Cli,
  name: string,
  file: string | undefined,
): Promise<string | undefined> {
  const variable = 'PRIVET_PASSWORD';
  const { env } = cli.terminal;
  if (file === undefined && !env[variable] && !env[`${variable}_FILE`]) return undefined;
  const label = `Password for ${name}`;
  return (await readSecret(cli.terminal, { label, file, variable, twice: true })).reveal();
}

/** `key=value` pairs as lists of values by key; throws `invalid` for anything else. */
export function attributesOf(
  pairs: readonly string[],
): Readonly<Record<string, readonly string[]>> {
  const entries = pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at > 0) return { key: pair.slice(0, at), value: pair.slice(at + 1) };
    throw new Problem('invalid', `\`--attribute\` expected \`key=value\`, got \`${pair}\``);
  });
  const byKey = Map.groupBy(entries, (entry) => entry.key);
  return Object.fromEntries([...byKey].map(([key, held]) => [key, held.map((one) => one.value)]));
}

/** Asks before something that cannot be undone; throws `invalid` when the answer is not yes. */
export async function confirm(cli: Cli, question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!cli.terminal.interactive) {
    throw new Problem('invalid', 'this asks first, and nobody is there to answer', {
      hint: 'give `--yes` when you mean it',
    });
  }
  const answer = await cli.terminal.ask(`${question} [y/N] `, 'plain');
  if (!/^y(?:es)?$/iu.test(answer.trim())) throw new Problem('invalid', 'nothing was done');
}

function attributeText(one: Subject): string {
  return Object.entries(one.attributes)
    .map(([key, held]) => `${key}=${held.join(',')}`)
    .join(' ');
}
