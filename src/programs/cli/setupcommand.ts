import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf } from './line.ts';
import { said } from './output.ts';
import { readSecret } from './secretinput.ts';

/** `privet setup`: the first account, for whoever holds the set-up token. */
export function addSetup(cli: Cli, program: Command): void {
  leaf(cli, program, {
    name: 'setup <name>',
    summary: 'make the first account, with every permission',
    details:
      'Needs the one-time set-up token, which control writes to the file `setup-token` in its directory at first start.\n' +
      '`privet up` has done this already: its summary says where the administrator’s password is.',
    flags: [
      ['--token-file <file>', 'file with the set-up token; `-` reads standard input'],
      ['--password-file <file>', 'file with the password to be; left out, it is asked for'],
    ],
    options: z.object({ tokenFile: z.string().optional(), passwordFile: z.string().optional() }),
    examples: [
      'privet setup ada.admin --token-file /var/lib/privet/control/setup-token',
      'PRIVET_PASSWORD_FILE=./password privet setup ada.admin',
    ],
    run: async ({ cli, args: [name = ''], options }) => {
      const lines = cli.lines();
      const local = join(lines.home.directory, '..', 'control', 'setup-token');
      const token = await readSecret(cli.terminal, {
        label: 'Set-up token',
        file: options.tokenFile ?? (existsSync(local) ? local : undefined),
        variable: 'PRIVET_SETUP_TOKEN',
      });
      const password = await readSecret(cli.terminal, {
        label: `Password for ${name}`,
        file: options.passwordFile,
        variable: 'PRIVET_PASSWORD',
        twice: true,
      });
      const body = { token: token.reveal().trim(), name, password: password.reveal() };
      await lines.open().tell({ method: 'POST', path: pathOf('setup'), body });
      return said(`${name} can sign in now: \`privet login ${name}\``, { name });
    },
  });
}
