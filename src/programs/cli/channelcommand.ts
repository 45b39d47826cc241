import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf } from './line.ts';
import { listed, said } from './output.ts';
import { readSecret } from './secretinput.ts';
import { unreadable } from './unreadable.ts';
import { confirm } from './usercommand.ts';

const channelShape = z.object({
  name: z.string(),
  kind: z.string(),
  state: z.string(),
  settings: z.looseObject({ shows: z.string() }),
  secretSetAt: z.string(),
  lastSentAt: z.string().nullable(),
  lastFailure: z.string().nullable(),
});
type Channel = z.infer<typeof channelShape>;

/** What each kind's secret is, as it is asked for. */
const SECRETS: Readonly<Record<string, string>> = {
  slack: 'Address of the incoming webhook',
  teams: 'Address of the Workflows webhook',
  pagerduty: 'Routing key',
  opsgenie: 'API key',
  email: 'Password',
  webhook: 'Signing key (whsec_…)',
};

const SECRET_FLAG = [
  '--secret-file <path>',
  'file with the secret, `-` for standard input (else PRIVET_CHANNEL_SECRET, else asked)',
] as const;

/** `privet observe channels …`. */
export function addChannels(cli: Cli, observe: Command): void {
  const channels = branch(observe, 'channels', 'where alerts go');
  addListing(cli, channels);
  addAdding(cli, channels);
  addChanging(cli, channels);
}

function addListing(cli: Cli, channels: Command): void {
  leaf(cli, channels, {
    name: 'list',
    summary: 'list the channels, and how the last message went',
    examples: ['privet observe channels list'],
    run: async ({ cli }) => {
      const shape = z.object({ items: z.array(channelShape) });
      const call = { method: 'GET', path: pathOf('observe', 'channels') } as const;
      const { items } = await cli.lines().control().ask(call, shape);
      return listed(
        (style) => [
          { title: 'channel', cell: (one: Channel) => one.name, mark: (text) => style.bold(text) },
          { title: 'kind', cell: (one) => one.kind },
          { title: 'state', cell: (one) => one.state },
          { title: 'shows', cell: (one) => one.settings.shows },
          {
            title: 'last sent',
            cell: (one) => one.lastSentAt?.slice(0, 16).replace('T', ' ') ?? null,
          },
          { title: 'trouble', cell: (one) => one.lastFailure, mark: (text) => style.red(text) },
        ],
        items,
        'no channel yet; `privet observe channels add` adds one',
      );
    },
  });
}

function addAdding(cli: Cli, channels: Command): void {
  leaf(cli, channels, {
    name: 'add <name>',
    summary: 'add a channel; its secret is asked for and never shown again',
    details:
      'Kinds: slack, teams, pagerduty, opsgenie, email, webhook. The address of a Slack or Teams webhook is its secret.',
    flags: [
      ['--kind <kind>', 'which service'],
      ['--url <url>', 'webhook: where it is received'],
      ['--origin <url>', 'pagerduty, opsgenie: another address of the service, such as its EU one'],
      ['--host <host>', 'email: the mail server'],
      ['--port <port>', 'email: its port (default: 465)'],
      ['--security <how>', 'email: tls or starttls (default: tls)'],
      ['--user <name>', 'email: account at the mail server'],
      ['--from <address>', 'email: who it is from'],
      ['--to <address>', 'email: who gets it', 'many'],
      ['--ca <path>', 'file with a certificate to believe beside the system’s'],
      ['--ids-only', 'show no names of tables, columns or people there'],
      SECRET_FLAG,
    ],
    options: z.object({
      kind: z.string(),
      url: z.string().optional(),
      origin: z.string().optional(),
      host: z.string().optional(),
      port: z.coerce.number().int().optional(),
      security: z.string().optional(),
      user: z.string().optional(),
      from: z.string().optional(),
      to: z.array(z.string()).optional(),
      ca: z.string().optional(),
      idsOnly: z.boolean().default(false),
      secretFile: z.string().optional(),
    }),
    examples: [
      'privet observe channels add oncall --kind pagerduty --secret-file routing-key.txt',
      'privet observe channels add team --kind slack --secret-file webhook-address.txt',
      'privet observe channels add mail --kind email --host smtp.example.com --user privet --from privet@example.com --to oncall@example.com',
      'privet observe channels add hook --kind webhook --url https://hooks.example.com/privet --secret-file signing-key.txt',
    ],
    run: async ({ cli, args, options: { ca, idsOnly, secretFile, ...settings } }) => {
      const name = argument({ args }, 0);
      const secret = await readSecret(cli.terminal, {
        label: SECRETS[settings.kind] ?? 'Secret',
        file: secretFile,
        variable: 'PRIVET_CHANNEL_SECRET',
      });
      const common = {
        shows: idsOnly ? 'ids' : 'names',
        authorityPem: ca === undefined ? null : textOf(resolve(cli.terminal.directory, ca)),
      };
      const body = { name, settings: { ...settings, ...common }, secret: secret.reveal() };
      const call = { method: 'POST', path: pathOf('observe', 'channels'), body } as const;
      const made = await cli.lines().control().ask(call, channelShape);
      return said(`added ${name}; try it with \`privet observe channels try ${name}\``, made);
    },
  });
}

function addChanging(cli: Cli, channels: Command): void {
  leaf(cli, channels, {
    name: 'secret <name>',
    summary: 'give a channel a new secret',
    flags: [SECRET_FLAG],
    options: z.object({ secretFile: z.string().optional() }),
    examples: ['privet observe channels secret oncall --secret-file routing-key.txt'],
    run: async ({ cli, args, options }) => {
      const secret = await readSecret(cli.terminal, {
        label: 'Secret',
        file: options.secretFile,
        variable: 'PRIVET_CHANNEL_SECRET',
      });
      return change(cli, argument({ args }, 0), {
        body: { secret: secret.reveal() },
        done: 'has a new secret',
      });
    },
  });
  for (const [name, state, done] of [
    ['pause', 'paused', 'is told nothing until it is resumed; what waits is kept'],
    ['resume', 'active', 'is told again'],
  ] as const) {
    leaf(cli, channels, {
      name: `${name} <name>`,
      summary: state === 'paused' ? 'tell a channel nothing for now' : 'tell a channel again',
      examples: [`privet observe channels ${name} oncall`],
      run: ({ cli, args }) => change(cli, argument({ args }, 0), { body: { state }, done }),
    });
  }
  leaf(cli, channels, {
    name: 'try <name>',
    summary: 'send a message that says that nothing is wrong',
    details: 'PagerDuty and Opsgenie open something for it, which has to be closed there.',
    examples: ['privet observe channels try team'],
    run: async ({ cli, args }) => {
      const name = argument({ args }, 0);
      const path = pathOf('observe', 'channels', name, 'trial');
      const shape = z.object({ code: z.string() });
      const { code } = await cli.lines().control().ask({ method: 'POST', path }, shape);
      if (code === 'ok') return said(`${name} took it`, { name, code });
      throw new Problem('unavailable', `\`${name}\` did not take it: ${code}`, {
        hint: 'docs/tasks/get-alerts.md says what each of these words means',
      });
    },
  });
  leaf(cli, channels, {
    name: 'remove <name>',
    summary: 'forget a channel with its secret and what waits for it',
    flags: [['--yes', 'do not ask']],
    options: z.object({ yes: z.boolean().default(false) }),
    examples: ['privet observe channels remove team --yes'],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      await confirm(cli, `Forget channel ${name}?`, options.yes);
      const path = pathOf('observe', 'channels', name);
      await cli.lines().control().tell({ method: 'DELETE', path });
      return said(`forgot ${name}`, { name });
    },
  });
}

async function change(
  cli: Cli,
  name: string,
  { body, done }: { readonly body: object; readonly done: string },
) {
  const call = { method: 'PATCH', path: pathOf('observe', 'channels', name), body } as const;
  return said(`${name} ${done}`, await cli.lines().control().ask(call, channelShape));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}
