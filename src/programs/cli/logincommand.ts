import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { problemFrom } from '#base/problem';
import { forget, writeMemory } from './home.ts';
import { leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { authorityOf, pathOf, readAuthority } from './line.ts';
import { said, shown } from './output.ts';
import { readSecret } from './secretinput.ts';
import { printable } from './style.ts';
import { pairs } from './table.ts';

const sessionShape = z.object({
  name: z.string(),
  secret: z.string(),
  expiresAt: z.string(),
  passwordTemporary: z.boolean(),
});

const whoShape = z.object({
  id: z.string(),
  name: z.string(),
  displayName: z.string(),
  kind: z.string(),
  groups: z.array(z.string()),
  attributes: z.record(z.string(), z.array(z.string())),
  permissions: z.array(z.string()),
  via: z.string(),
  passwordTemporary: z.boolean(),
});

/** `privet login`, `logout`, `whoami`, `password`. */
export function addLogin(cli: Cli, program: Command): void {
  addSignIn(cli, program);
  addSignOut(cli, program);
  addWhoAmI(cli, program);
  addPassword(cli, program);
}

function addSignIn(cli: Cli, program: Command): void {
  leaf(cli, program, {
    name: 'login [name]',
    summary: 'sign in, and remember the session',
    details:
      'The session is kept in a file only you can read; it ends after 12 hours, or after 8 unused. The certificate that\n' +
      'is believed now is pinned: later commands believe no other.',
    flags: [
      ['--url <url>', 'address of the control plane (default: https://127.0.0.1:7080)'],
      ['--ca <file>', 'certificate of the authority to believe (default: the one of `privet up`)'],
      ['--password-file <file>', 'file with the password; `-` reads standard input'],
    ],
    options: z.object({
      url: z.string().optional(),
      ca: z.string().optional(),
      passwordFile: z.string().optional(),
    }),
    examples: [
      'privet login ada.admin',
      'privet login ada.admin --url https://privet.example:7080 --ca ./ca.pem',
      'privet login admin --password-file .privet/admin-password',
    ],
    run: async ({ cli, args, options }) => {
      const { terminal } = cli;
      const lines = cli.lines();
      const authorityPem =
        options.ca === undefined
          ? authorityOf(terminal, lines.home, lines.memory)
          : readAuthority(resolve(terminal.directory, options.ca));
      const line = lines.open({
        authorityPem,
        ...(options.url === undefined ? {} : { url: options.url }),
      });
      const name = args[0] ?? (await terminal.ask('User name: ', 'plain'));
      const password = await readSecret(terminal, {
        label: `Password for ${name}`,
        file: options.passwordFile,
        variable: 'PRIVET_PASSWORD',
      });
      const body = { name, password: password.reveal(), kind: 'bearer' };
      const call = { method: 'POST', path: pathOf('sessions'), body } as const;
      const signed = await cli.waiting('signing in', line.ask(call, sessionShape));
      const { secret, expiresAt } = signed;
      const session = { name: signed.name, secret, expiresAt };
      writeMemory(lines.home, { url: line.url, authorityPem, session });
      const next = signed.passwordTemporary
        ? '. Your password was chosen by somebody else: choose your own with `privet password`'
        : '';
      return said(`signed in to ${line.url} as ${signed.name}${next}`, {
        name: signed.name,
        url: line.url,
        expiresAt,
        passwordTemporary: signed.passwordTemporary,
      });
    },
  });
}

function addSignOut(cli: Cli, program: Command): void {
  leaf(cli, program, {
    name: 'logout',
    summary: 'end the session and forget it',
    examples: ['privet logout'],
    run: async ({ cli }) => {
      const lines = cli.lines();
      if (lines.memory?.session == null) return said('nobody was signed in', { name: null });
      const { name } = lines.memory.session;
      try {
        await lines.control().tell({ method: 'DELETE', path: pathOf('session') });
      } catch (thrown) {
        // It had ended by itself: that is what was wanted.
        if (problemFrom(thrown).code !== 'unauthenticated') throw thrown;
      } finally {
        forget(lines.home);
      }
      return said(`${name} is signed out`, { name });
    },
  });
}

function addWhoAmI(cli: Cli, program: Command): void {
  leaf(cli, program, {
    name: 'whoami',
    summary: 'say who is signed in, and what they may do',
    examples: ['privet whoami', 'privet whoami --json'],
    run: async ({ cli }) => {
      const line = cli.lines().control();
      const who = await line.ask({ method: 'GET', path: pathOf('session') }, whoShape);
      const attributes = Object.entries(who.attributes).map(
        ([key, held]) => `${key}=${held.join(',')}`,
      );
      return shown({ ...who, url: line.url }, (style) =>
        pairs(
          [
            ['name', style.bold(printable(who.name))],
            ['kind', who.kind],
            ['groups', printable(who.groups.join(', ')) || 'none'],
            ['attributes', printable(attributes.join(' ')) || 'none'],
            ['permissions', who.permissions.join(', ') || 'none'],
            ['control', line.url],
            ['signed in by', who.via === 'token' ? 'token' : 'password'],
          ],
          style,
        ),
      );
    },
  });
}

function addPassword(cli: Cli, program: Command): void {
  leaf(cli, program, {
    name: 'password',
    summary: 'choose another password; every session ends',
    flags: [
      ['--current-file <file>', 'file with the password as it is'],
      ['--password-file <file>', 'file with the password to be'],
    ],
    options: z.object({ currentFile: z.string().optional(), passwordFile: z.string().optional() }),
    examples: ['privet password'],
    run: async ({ cli, options }) => {
      const { terminal } = cli;
      const current = await readSecret(terminal, {
        label: 'Password now',
        file: options.currentFile,
        variable: 'PRIVET_CURRENT_PASSWORD',
      });
      const next = await readSecret(terminal, {
        label: 'New password',
        file: options.passwordFile,
        variable: 'PRIVET_PASSWORD',
        twice: true,
      });
      const lines = cli.lines();
      const body = { current: current.reveal(), password: next.reveal() };
      await lines.control().tell({ method: 'PUT', path: pathOf('session', 'password'), body });
      forget(lines.home);
      return said('the password is changed; sign in again with `privet login`');
    },
  });
}
