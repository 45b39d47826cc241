import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { authorityOf, pathOf } from './line.ts';
import type { Lines } from './line.ts';
import { shown } from './output.ts';
import { runChild } from './programcommand.ts';

/** Where `privet up` puts the gateway. */
const GATEWAY_PORT = '5439';

/** `privet psql`: psql at the SQL gateway, with the right address and certificate. */
export function addPsql(cli: Cli, program: Command): void {
  leaf(cli, program, {
    name: 'psql [system] [psql-arguments...]',
    summary: 'open psql at the SQL gateway',
    details:
      'The system is the database’s name in Privet. Everything after `--` goes to psql. The gateway is on the host of the\n' +
      'plane, port 5439, unless --host, --port or PRIVET_GATEWAY (host:port) say otherwise. psql asks for the password;\n' +
      'with a token, give `--user <name>+<token id>` and the token as password.',
    flags: [
      ['--user <name>', 'who to be (default: whoever is signed in)'],
      ['--host <host>', 'host of the gateway'],
      ['--port <port>', 'port of the gateway'],
      ['--plane <name>', 'which plane, when there are several'],
      ['--print', 'print the command instead of running it'],
    ],
    options: z.object({
      user: z.string().optional(),
      host: z.string().optional(),
      port: z.string().optional(),
      plane: z.string().optional(),
      print: z.boolean().default(false),
    }),
    examples: [
      'privet psql demo',
      'privet psql demo -- -c "select count(*) from clinic.patients"',
      'privet psql demo --user nia.north --print',
    ],
    run: async ({ cli, args: [system, ...rest], options }) => {
      const lines = cli.lines();
      const at = await gatewayAt(cli, lines, options);
      const target = [
        `host=${at.host}`,
        `port=${at.port}`,
        `dbname=${system ?? (await onlySystem(lines))}`,
        `user=${options.user ?? (await ownName(lines))}`,
        ...trustOf(cli, lines),
      ].join(' ');
      const command = ['psql', target, ...rest];
      if (options.print) {
        const quoted = command.map((word) => (/[\s"']/u.test(word) ? `"${word}"` : word)).join(' ');
        return shown({ command }, () => `${quoted}\n`);
      }
      const exit = await runChild('psql', command.slice(1), process.env);
      return { value: { exit }, text: () => '', exit };
    },
  });
}

type Where = {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly plane?: string | undefined;
};

async function gatewayAt(cli: Cli, lines: Lines, where: Where) {
  const named = /^(?<host>.+):(?<port>\d+)$/u.exec(
    cli.terminal.env['PRIVET_GATEWAY'] ?? '',
  )?.groups;
  const port = where.port ?? named?.['port'] ?? GATEWAY_PORT;
  const host = where.host ?? named?.['host'];
  if (host !== undefined) return { host, port };
  const shape = z.object({ items: z.array(z.object({ name: z.string(), url: z.string() })) });
  const call = { method: 'GET', path: pathOf('planes') } as const;
  const { items } = await lines.control().ask(call, shape);
  const wanted = items.filter((one) => where.plane === undefined || one.name === where.plane);
  const [plane, other] = wanted;
  if (plane === undefined) throw new Problem('not-found', 'there is no such plane');
  if (other !== undefined) {
    throw new Problem('invalid', 'there are several planes', { hint: 'name one with `--plane`' });
  }
  return { host: new URL(plane.url).hostname, port };
}

async function ownName(lines: Lines): Promise<string> {
  const call = { method: 'GET', path: pathOf('session') } as const;
  return (await lines.control().ask(call, z.object({ name: z.string() }))).name;
}

async function onlySystem(lines: Lines): Promise<string> {
  const shape = z.object({ items: z.array(z.object({ name: z.string() })) });
  const call = { method: 'GET', path: pathOf('systems') } as const;
  const { items } = await lines.control().ask(call, shape);
  if (items.length === 1 && items[0] !== undefined) return items[0].name;
  throw new Problem('invalid', 'which system? several or none are registered', {
    hint: 'name it: `privet psql <system>`',
  });
}

/** psql reads the certificate from a file: the pinned one is written beside the session. */
function trustOf(cli: Cli, lines: Lines): readonly string[] {
  const pem = authorityOf(cli.terminal, lines.home, lines.memory);
  if (pem === null) return ['sslmode=verify-full', 'sslrootcert=system'];
  const path = join(lines.home.directory, 'gateway-ca.pem');
  mkdirSync(lines.home.directory, { recursive: true, mode: 0o700 });
  writeFileSync(path, pem, { mode: 0o644 });
  return ['sslmode=verify-full', `sslrootcert=${path}`];
}
