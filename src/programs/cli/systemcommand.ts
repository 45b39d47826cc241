import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf, readAuthority } from './line.ts';
import { listed, said, shown } from './output.ts';
import type { Output } from './output.ts';
import { readSecret } from './secretinput.ts';
import { printable } from './style.ts';
import { addHarden } from './hardencommand.ts';
import { findingsText, modeText, serverText, systemShape, trialShape } from './systemshape.ts';
import type { System } from './systemshape.ts';
import { pairs } from './table.ts';
import { unreadable } from './unreadable.ts';
import { confirm } from './usercommand.ts';

const PLANE_FLAG: Flag = ['--plane <name>', 'which plane, when there are several'];

const ACCESS: readonly Flag[] = [
  [
    '--connection <url>',
    'postgresql://user@host:port/database?sslmode=verify-full, without password',
  ],
  ['--connection-file <file>', 'file with that URL'],
  ['--password-file <file>', 'file with the password; `-` reads standard input'],
  ['--no-password', 'the server asks for none'],
  ['--ca <file>', 'certificates of the authorities to believe for the database'],
  ['--schema <schema>', 'govern only this schema', 'many'],
];

const accessOptions = z.object({
  connection: z.string().optional(),
  connectionFile: z.string().optional(),
  passwordFile: z.string().optional(),
  password: z.boolean().default(true),
  ca: z.string().optional(),
  schema: z.array(z.string()).optional(),
  plane: z.string().optional(),
});
type AccessOptions = z.infer<typeof accessOptions>;

/** `privet system …`: the databases a plane governs. Their passwords go to the plane, and never to control. */
export function addSystems(cli: Cli, program: Command): void {
  const system = branch(program, 'system', 'databases: register, test, refresh, harden');
  addRegister(cli, system);
  addList(cli, system);
  addShow(cli, system);
  addTest(cli, system);
  addRefresh(cli, system);
  addChange(cli, system);
  addHarden(cli, system, 'system');
  addForget(cli, system);
}

function addRegister(cli: Cli, system: Command): void {
  leaf(cli, system, {
    name: 'register <name>',
    summary: 'register a database; its name is what clients give as database name',
    details:
      'The password is asked for, or read from a file or PRIVET_SOURCE_PASSWORD; it goes to the plane, is sealed there, and is\n' +
      'never seen by control. Nobody can see any of it until a subscription policy says so.',
    flags: [...ACCESS, PLANE_FLAG],
    options: accessOptions,
    examples: [
      'privet system register shop --connection postgresql://reader@db.example:5432/shop?sslmode=verify-full',
      'privet system register shop --connection-file ./url --password-file ./password --schema public',
    ],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      const body = { name, ...(await accessBody(cli, options)) };
      const plane = await cli.lines().plane(options.plane);
      const call = { method: 'POST', path: pathOf('systems'), body } as const;
      const made = await cli.waiting(
        `reading the dictionary of ${name}`,
        plane.ask(call, systemShape),
      );
      return shown(
        made,
        (style) =>
          `${style.green('✓')} registered ${printable(name)}: ${serverText(made.serverVersion)} at ${printable(made.host)}\n` +
          `  ${modeText(made)}\n` +
          findingsText(made.findings, style) +
          style.dim(
            `nobody can see any of it yet: tag it (\`privet source list --system ${name}\`), then write a subscription policy\n`,
          ),
      );
    },
  });
}

function addList(cli: Cli, system: Command): void {
  leaf(cli, system, {
    name: 'list',
    summary: 'list the registered databases',
    flags: [PLANE_FLAG],
    options: z.object({ plane: z.string().optional() }),
    examples: ['privet system list'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const shape = z.object({ items: z.array(systemShape) });
      const { items } = await plane.ask({ method: 'GET', path: pathOf('systems') }, shape);
      return listed(
        (style) => [
          { title: 'system', cell: (one: System) => one.name, mark: (text) => style.bold(text) },
          {
            title: 'health',
            cell: (one) => one.health,
            mark: (text, one) => (one.health === 'ok' ? style.green(text) : style.yellow(text)),
          },
          { title: 'mode', cell: (one) => one.mode },
          { title: 'server', cell: (one) => serverText(one.serverVersion) },
          {
            title: 'address',
            cell: (one) => `${one.user}@${one.host}:${one.port}/${one.database}`,
          },
          { title: 'tls', cell: (one) => one.tls },
          { title: 'findings', cell: (one) => one.findings.length || null, align: 'right' },
        ],
        items,
        'no database is registered; `privet system register` does that',
      );
    },
  });
}

function addShow(cli: Cli, system: Command): void {
  leaf(cli, system, {
    name: 'show <system>',
    summary: 'show a database with what should be looked at',
    flags: [PLANE_FLAG],
    options: z.object({ plane: z.string().optional() }),
    examples: ['privet system show demo'],
    run: async ({ cli, args, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const path = pathOf('systems', argument({ args }, 0));
      return systemOutput(await plane.ask({ method: 'GET', path }, systemShape));
    },
  });
}

function addTest(cli: Cli, system: Command): void {
  leaf(cli, system, {
    name: 'test [system]',
    summary: 'connect and look: at a registered database, or at one before registering it',
    flags: [...ACCESS, PLANE_FLAG],
    options: accessOptions,
    examples: [
      'privet system test demo',
      'privet system test --connection postgresql://reader@db.example/shop --password-file ./password',
    ],
    run: async ({ cli, args: [name], options }) => {
      if (name !== undefined) return refreshed(cli, name, options.plane);
      const body = await accessBody(cli, options);
      const plane = await cli.lines().plane(options.plane);
      const call = { method: 'POST', path: pathOf('systems', 'trial'), body } as const;
      const found = await cli.waiting('connecting', plane.ask(call, trialShape));
      const what = `${found.relations} tables and views, ${found.columns} columns`;
      return shown(
        found,
        (style) =>
          `${style.green('✓')} ${serverText(found.serverVersion)}: ${what}\n${findingsText(found.findings, style)}`,
      );
    },
  });
}

function addRefresh(cli: Cli, system: Command): void {
  leaf(cli, system, {
    name: 'refresh <system>',
    summary: 'read the dictionary again now',
    details:
      'Planes look by themselves every few seconds. Columns that are new or changed are masked until reviewed.',
    flags: [PLANE_FLAG],
    options: z.object({ plane: z.string().optional() }),
    examples: ['privet system refresh demo'],
    run: ({ cli, args, options }) => refreshed(cli, argument({ args }, 0), options.plane),
  });
}

async function refreshed(cli: Cli, name: string, planeName: string | undefined): Promise<Output> {
  const plane = await cli.lines().plane(planeName);
  const call = { method: 'POST', path: pathOf('systems', name, 'refresh') } as const;
  return systemOutput(
    await cli.waiting(`reading the dictionary of ${name}`, plane.ask(call, systemShape)),
  );
}

function addChange(cli: Cli, system: Command): void {
  leaf(cli, system, {
    name: 'change <system>',
    summary: 'change how a database is reached: address, role or password',
    details: 'The new way is tried first; if it does not work, the old one stays.',
    flags: [...ACCESS.filter(([flag]) => !flag.startsWith('--schema')), PLANE_FLAG],
    options: accessOptions,
    examples: ['privet system change shop --connection postgresql://reader@new.example/shop'],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      const { connection, password, authorities } = await accessBody(cli, options);
      const plane = await cli.lines().plane(options.plane);
      const body = { connection, password, authorities };
      const call = { method: 'PUT', path: pathOf('systems', name, 'access'), body } as const;
      return systemOutput(await cli.waiting('connecting', plane.ask(call, systemShape)));
    },
  });
}

function addForget(cli: Cli, system: Command): void {
  leaf(cli, system, {
    name: 'forget <system>',
    summary: 'forget a database and its password; nobody can query it any more',
    flags: [['--yes', 'do not ask'], PLANE_FLAG],
    options: z.object({ yes: z.boolean().default(false), plane: z.string().optional() }),
    examples: ['privet system forget shop'],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      await confirm(cli, `Forget ${name} and its password?`, options.yes);
      const plane = await cli.lines().plane(options.plane);
      await plane.tell({ method: 'DELETE', path: pathOf('systems', name) });
      return said(`forgot ${name}`, { name });
    },
  });
}

function systemOutput(system: System): Output {
  return shown(
    system,
    (style) =>
      pairs(
        [
          ['system', style.bold(printable(system.name))],
          ['health', system.health === 'ok' ? style.green('ok') : style.yellow(system.health)],
          ['mode', modeText(system)],
          ['server', serverText(system.serverVersion)],
          ['address', printable(`${system.user}@${system.host}:${system.port}/${system.database}`)],
          ['tls', system.tls],
          ['schemas', system.schemas === null ? 'all' : printable(system.schemas.join(', '))],
          ['registered', system.registeredAt],
          ['read', `${system.refreshedAt}, version ${system.version}`],
        ],
        style,
      ) + findingsText(system.findings, style),
  );
}

async function accessBody(cli: Cli, options: AccessOptions) {
  const connection = connectionOf(cli, options);
  const password = options.password
    ? await readSecret(cli.terminal, {
        label: 'Password for the database',
        file: options.passwordFile,
        variable: 'PRIVET_SOURCE_PASSWORD',
      })
    : null;
  const authorities =
    options.ca === undefined ? null : readAuthority(resolve(cli.terminal.directory, options.ca));
  return {
    connection,
    password: password === null ? null : password.reveal(),
    authorities,
    schemas: options.schema ?? null,
  };
}

/** The connection string; one with a password on the command line is refused, since others can read it there. */
function connectionOf(cli: Cli, options: AccessOptions): string {
  if (options.connectionFile !== undefined) {
    return readFileText(resolve(cli.terminal.directory, options.connectionFile));
  }
  if (options.connection === undefined) {
    throw new Problem('invalid', '`--connection` expected a URL, got none', {
      hint: 'such as `--connection postgresql://reader@db.example:5432/shop?sslmode=verify-full`',
    });
  }
  if ((URL.parse(options.connection)?.password ?? '') !== '') {
    throw new Problem('invalid', 'a password does not belong on the command line', {
      hint: 'leave it out of the URL: it is asked for, or read with `--password-file`. Change it, it may have been seen',
    });
  }
  return options.connection;
}

function readFileText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}
