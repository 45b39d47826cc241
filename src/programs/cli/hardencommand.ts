import type { Command } from 'commander';
import { z } from 'zod';
import { EXIT } from './exitcode.ts';
import { argument, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf } from './line.ts';
import { said } from './output.ts';
import { readSecret } from './secretinput.ts';
import { printable } from './style.ts';
import { findingsText, hardenShape } from './systemshape.ts';

const ADMINISTRATOR: readonly Flag[] = [
  ['--admin <role>', 'a role that may create roles and schemas, used once and kept nowhere'],
  ['--admin-password-file <file>', 'file with its password; left out, it is asked for'],
  ['--plane <name>', 'which plane, when there are several'],
];

const administratorOptions = z.object({
  admin: z.string().optional(),
  adminPasswordFile: z.string().optional(),
  plane: z.string().optional(),
});

/** `harden` and `unharden`, below `privet system` and, as people look for it there, `privet source`. */
export function addHarden(cli: Cli, parent: Command, noun: 'system' | 'source'): void {
  leaf(cli, parent, {
    name: 'harden <system>',
    summary: 'let PostgreSQL itself refuse every base table to the gateway',
    details:
      'Makes a role without any right on base tables and a schema for views, through which statements go from then on. While\n' +
      'something is open the system is not called hardened: what to revoke is listed (exit code 5), and the same command\n' +
      'after that completes it.',
    flags: ADMINISTRATOR,
    options: administratorOptions,
    examples: [`privet ${noun} harden demo`, `privet ${noun} harden shop --admin postgres`],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      const body = { administrator: await administratorOf(cli, options) };
      const plane = await cli.lines().plane(options.plane);
      const call = { method: 'POST', path: pathOf('systems', name, 'harden'), body } as const;
      const result = await cli.waiting(`hardening ${name}`, plane.ask(call, hardenShape));
      const hardened = result.outcome === 'hardened';
      return {
        value: result,
        text: (style) =>
          (hardened
            ? `${style.green('✓')} ${printable(name)} is hardened: statements go through role ${printable(result.role)}\n`
            : `${style.red('✗')} ${printable(name)} is not hardened yet: role ${printable(result.role)} could do this\n`) +
          findingsText(result.findings, style),
        exit: hardened ? EXIT.ok : EXIT.no,
      };
    },
  });
  leaf(cli, parent, {
    name: 'unharden <system>',
    summary: 'take the role and the views away again',
    flags: ADMINISTRATOR,
    options: administratorOptions,
    examples: [`privet ${noun} unharden demo`],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      const body = { administrator: await administratorOf(cli, options) };
      const plane = await cli.lines().plane(options.plane);
      const call = { method: 'POST', path: pathOf('systems', name, 'unharden'), body } as const;
      await cli.waiting(`unhardening ${name}`, plane.tell(call));
      return said(`${name} is protected by rewriting alone now`, { name });
    },
  });
}

async function administratorOf(
  cli: Cli,
  options: z.infer<typeof administratorOptions>,
): Promise<{ readonly user: string; readonly password: string } | null> {
  if (options.admin === undefined) return null;
  const password = await readSecret(cli.terminal, {
    label: `Password for ${options.admin}`,
    file: options.adminPasswordFile,
    variable: 'PRIVET_ADMIN_PASSWORD',
  });
  return { user: options.admin, password: password.reveal() };
}
