import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { listed, said, shown } from './output.ts';
import type { Output } from './output.ts';
import { printable } from './style.ts';
import { vaultId, vaultPath } from './vaultline.ts';

const OUT: Flag = [
  '--out <file>',
  'write the credentials to this new file (mode 0600), not to the screen',
];

const accountShape = z.object({
  serviceAccount: z.object({ ID: z.string(), name: z.string(), status: z.string() }),
  clientConfiguration: z.object({
    enforceContextID: z.boolean(),
    enforceSignedDataTokens: z.boolean(),
    singleUseAssertions: z.boolean(),
  }),
  ipAllowlist: z.object({ status: z.string(), cidrBlocks: z.array(z.string()) }),
});
type Account = z.infer<typeof accountShape>;

/** What an SDK reads; everything in it is kept, whatever it is. */
const credentialsShape = z.looseObject({ clientID: z.string(), clientName: z.string() });

const KINDS = { key: 'keys', 'api-key': 'apikey', 'signing-key': 'signedtokenkey' } as const;
const kind = z.enum(['key', 'api-key', 'signing-key']).default('key');
const KIND: Flag = ['--kind <kind>', 'key (default), api-key or signing-key'];

/** `privet vault account …`: service accounts and what they prove themselves with. */
export function addVaultAccounts(cli: Cli, vault: Command): void {
  const account = branch(
    vault,
    'account',
    'service accounts: create, list, rotate and revoke keys, allow networks',
  );
  addCreate(cli, account);
  addList(cli, account);
  addRules(cli, account);
  addKeyList(cli, account);
  addMoreKeys(cli, account);
  addRotate(cli, account);
  addRevoke(cli, account);
}

function addCreate(cli: Cli, account: Command): void {
  leaf(cli, account, {
    name: 'create <name>',
    summary: 'create a service account; its private key or API key is shown this once',
    details:
      'The file is what the SDKs call `credentials.json`. Control keeps the public key only.',
    flags: [
      ['--vault <vault>', 'the vault it is for, where there are several planes'],
      ['--api-key', 'an API key instead of a key pair'],
      OUT,
    ],
    options: z.object({
      vault: z.string().optional(),
      apiKey: z.boolean().default(false),
      out: z.string().optional(),
    }),
    examples: ['privet vault account create shop.backend --out ./credentials.json'],
    run: async ({ cli, args, options }) => {
      const { vault, apiKey } = options;
      const resource =
        vault === undefined ? {} : { resource: { ID: await vaultId(cli, vault), type: 'VAULT' } };
      const body = { ...resource, serviceAccount: { name: argument({ args }, 0) }, apiKey };
      const call = { method: 'POST', path: vaultPath('serviceAccounts'), body } as const;
      const made = await cli.lines().control().ask(call, credentialsShape);
      return handedOver(cli, made, options.out);
    },
  });
}

/** Credentials on the screen or in a file of their own, never in one that is there already. */
function handedOver(
  cli: Cli,
  made: z.infer<typeof credentialsShape>,
  out: string | undefined,
): Output {
  const text = `${JSON.stringify(made, null, 2)}\n`;
  if (out === undefined) {
    return {
      ...shown(made, () => text),
      note: (style) => style.dim('this is shown once: keep it where nobody else can read it\n'),
    };
  }
  try {
    writeFileSync(resolve(cli.terminal.directory, out), text, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    // The key is made: it must not be lost because a file could not be written.
    cli.terminal.out(text);
    throw new Problem('invalid', `\`${out}\` cannot be written, or is there already`, {
      hint: 'the credentials were printed instead',
      cause,
    });
  }
  const { clientID, clientName } = made;
  return said(`${printable(clientName)} (${clientID}): credentials are in ${printable(out)}`, {
    clientID,
    file: out,
  });
}

function addList(cli: Cli, account: Command): void {
  leaf(cli, account, {
    name: 'list',
    summary: 'list service accounts and how they must prove themselves',
    examples: ['privet vault account list'],
    run: async ({ cli }) => {
      const shape = z.object({ serviceAccounts: z.array(accountShape) });
      const call = { method: 'GET', path: `${vaultPath('serviceAccounts')}?limit=1000` } as const;
      const { serviceAccounts } = await cli.lines().control().ask(call, shape);
      return listed(
        (style) => [
          {
            title: 'account',
            cell: (one: Account) => one.serviceAccount.name,
            mark: (text) => style.bold(text),
          },
          { title: 'id', cell: (one) => one.serviceAccount.ID },
          { title: 'status', cell: (one) => one.serviceAccount.status },
          { title: 'must', cell: (one) => mustsOf(one).join(', ') },
          {
            title: 'networks',
            cell: (one) =>
              one.ipAllowlist.status === 'INACTIVE' ? 'any' : one.ipAllowlist.cidrBlocks.join(', '),
          },
        ],
        serviceAccounts,
        'there is no service account; `privet vault account create` makes one',
      );
    },
  });
}

function mustsOf({ clientConfiguration: rules }: Account): readonly string[] {
  return [
    ...(rules.enforceContextID ? ['give a context'] : []),
    ...(rules.enforceSignedDataTokens ? ['sign tokens'] : []),
    ...(rules.singleUseAssertions ? ['use assertions once'] : []),
  ];
}

function addRules(cli: Cli, account: Command): void {
  const toggle = z.enum(['on', 'off']).optional();
  const flag = (text: 'on' | 'off' | undefined) => (text === undefined ? undefined : text === 'on');
  leaf(cli, account, {
    name: 'rules <account>',
    summary: 'say how a service account must prove itself, and from where',
    flags: [
      ['--context <on|off>', 'every assertion must carry a context'],
      ['--signed <on|off>', 'detokenise takes signed tokens only'],
      ['--single-use <on|off>', 'an assertion is good once'],
      ['--network <cidr>', 'calls may come from here only', 'many'],
      ['--any-network', 'calls may come from anywhere'],
    ],
    options: z.object({
      context: toggle,
      signed: toggle,
      singleUse: toggle,
      network: z.array(z.string()).optional(),
      anyNetwork: z.boolean().default(false),
    }),
    examples: ['privet vault account rules shop.backend --network 10.1.0.0/16 --context on'],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      const networks = options.anyNetwork
        ? { status: 'INACTIVE' }
        : options.network && { status: 'ACTIVE_ALL', cidrBlocks: options.network };
      const body = {
        clientConfiguration: {
          enforceContextID: flag(options.context),
          enforceSignedDataTokens: flag(options.signed),
          singleUseAssertions: flag(options.singleUse),
        },
        ipAllowlist: networks,
      };
      const call = { method: 'PATCH', path: vaultPath('serviceAccounts', name), body } as const;
      return said(`changed ${name}`, await cli.lines().control().ask(call, accountShape));
    },
  });
}

const keyShape = z.object({
  keyID: z.string(),
  status: z.string(),
  keyValidAfterTime: z.string(),
  keyValidBeforeTime: z.string(),
});
type Key = z.infer<typeof keyShape>;

function keyPath(name: string, of: z.infer<typeof kind>, ...more: readonly string[]): string {
  return vaultPath('serviceAccounts', name, KINDS[of], ...more);
}

function addKeyList(cli: Cli, account: Command): void {
  leaf(cli, account, {
    name: 'keys <account>',
    summary: 'list the keys of a service account, never the keys themselves',
    flags: [KIND],
    options: z.object({ kind }),
    examples: ['privet vault account keys shop.backend'],
    run: async ({ cli, args, options }) => {
      const call = { method: 'GET', path: keyPath(argument({ args }, 0), options.kind) } as const;
      const { keys } = await cli
        .lines()
        .control()
        .ask(call, z.object({ keys: z.array(keyShape) }));
      return listed(
        (style) => [
          { title: 'key', cell: (one: Key) => one.keyID, mark: (text) => style.bold(text) },
          { title: 'state', cell: (one) => one.status },
          { title: 'made', cell: (one) => one.keyValidAfterTime.slice(0, 10) },
          { title: 'ends', cell: (one) => one.keyValidBeforeTime.slice(0, 10) },
        ],
        keys,
        'the account has no such key',
      );
    },
  });
}

function addMoreKeys(cli: Cli, account: Command): void {
  leaf(cli, account, {
    name: 'add-key <account>',
    summary: 'make one more key of a service account',
    flags: [KIND, OUT],
    options: z.object({ kind, out: z.string().optional() }),
    examples: ['privet vault account add-key shop.backend --kind signing-key --out ./signing.json'],
    run: async ({ cli, args, options }) => {
      const call = {
        method: 'POST',
        path: keyPath(argument({ args }, 0), options.kind),
        body: {},
      } as const;
      const made = await cli.lines().control().ask(call, credentialsShape);
      return handedOver(cli, made, options.out);
    },
  });
}

function addRotate(cli: Cli, account: Command): void {
  leaf(cli, account, {
    name: 'rotate <account> <key>',
    summary: 'put a new key in the place of another',
    flags: [
      KIND,
      ['--overlap <hours>', 'how long the old one works on; at once over by default'],
      OUT,
    ],
    options: z.object({
      kind,
      overlap: z.coerce.number().int().min(0).default(0),
      out: z.string().optional(),
    }),
    examples: [
      'privet vault account rotate shop.backend key_01… --overlap 24 --out ./credentials.json',
    ],
    run: async ({ cli, args, options }) => {
      const [name, id] = [argument({ args }, 0), argument({ args }, 1)];
      const body = { overlapHours: options.overlap };
      const call = {
        method: 'POST',
        path: keyPath(name, options.kind, id, 'rotate'),
        body,
      } as const;
      const made = await cli.lines().control().ask(call, credentialsShape);
      return handedOver(cli, made, options.out);
    },
  });
}

function addRevoke(cli: Cli, account: Command): void {
  leaf(cli, account, {
    name: 'revoke <account> <key>',
    summary: 'end a key at once, with every bearer token it brought',
    flags: [KIND],
    options: z.object({ kind }),
    examples: ['privet vault account revoke shop.backend key_01…'],
    run: async ({ cli, args, options }) => {
      const [name, id] = [argument({ args }, 0), argument({ args }, 1)];
      await cli
        .lines()
        .control()
        .tell({ method: 'DELETE', path: keyPath(name, options.kind, id) });
      return said(`revoked ${id}`, { keyID: id });
    },
  });
}
