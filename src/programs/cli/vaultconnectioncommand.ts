import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { readDocument } from './vaultdocument.ts';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli, LeafCall } from './leaf.ts';
import type { Line } from './line.ts';
import { listed, said, shown } from './output.ts';
import { readSecret } from './secretinput.ts';
import { printable } from './style.ts';
import { confirm } from './usercommand.ts';
import { openVaultLine, PLANE, planeOptions, vaultPath } from './vaultline.ts';

const PLACES = { EGRESS: 'outboundRoutes', INGRESS: 'inboundRoutes' } as const;
type Mode = keyof typeof PLACES;

const connectionShape = z.looseObject({
  ID: z.string(),
  name: z.string(),
  mode: z.enum(['EGRESS', 'INGRESS']),
  baseURL: z.string(),
  authMode: z.string(),
  version: z.number(),
  connectionURL: z.string(),
  routes: z.array(z.looseObject({ method: z.string(), invocationURL: z.string() })),
});
type Connection = z.infer<typeof connectionShape>;
const madeShape = z.object({ ID: z.string(), connectionURL: z.string() });

/** `privet vault connection …`: calls in which tokens become values and values tokens. */
export function addVaultConnections(cli: Cli, vault: Command): void {
  const connection = branch(
    vault,
    'connection',
    'connections: call third parties with tokens, be called with values',
  );
  addList(cli, connection);
  addShow(cli, connection);
  addCreate(cli, connection);
  addChange(cli, connection);
  addSecret(cli, connection);
  addDelete(cli, connection);
}

function addList(cli: Cli, parent: Command): void {
  leaf(cli, parent, {
    name: 'list <vault>',
    summary: 'list the connections of a vault',
    flags: [PLANE],
    options: planeOptions,
    examples: ['privet vault connection list shop'],
    run: async (call) => {
      const { plane, vault } = await openVaultLine(call);
      return listed(
        (style) => [
          {
            title: 'connection',
            cell: (one: Connection) => one.name,
            mark: (text) => style.bold(text),
          },
          { title: 'mode', cell: (one) => one.mode },
          { title: 'target', cell: (one) => one.baseURL },
          { title: 'auth', cell: (one) => one.authMode },
          { title: 'routes', cell: (one) => one.routes.length, align: 'right' },
          { title: 'id', cell: (one) => one.ID },
        ],
        await connectionsOf(plane, vault),
        'the vault has no connection',
      );
    },
  });
}

function addShow(cli: Cli, parent: Command): void {
  leaf(cli, parent, {
    name: 'show <vault> <connection>',
    summary: 'show a connection and the addresses of its routes; its secret is shown to nobody',
    details: 'With --json, the document as `create` and `change` take it.',
    flags: [PLANE],
    options: planeOptions,
    examples: ['privet vault connection show shop psp'],
    run: async (call) => {
      const { found } = await openConnection(call);
      return shown(found, (style) =>
        [
          `${style.bold(printable(found.name))} ${found.mode} to ${printable(found.baseURL)}, version ${found.version}\n`,
          ...found.routes.map(
            ({ method, invocationURL }) => `${method.padEnd(6)} ${printable(invocationURL)}\n`,
          ),
        ].join(''),
      );
    },
  });
}

function addCreate(cli: Cli, parent: Command): void {
  leaf(cli, parent, {
    name: 'create <vault> <file>',
    summary: 'create a connection from a file',
    details:
      'The file is JSON or YAML as docs/formats/connection.md has it, or as Skyflow gives it; `mode` says the direction (EGRESS when\n' +
      'left out). Where it leads must be open in the egress: `privet egress add connections <host> --purpose connection`.',
    flags: [PLANE],
    options: planeOptions,
    examples: ['privet vault connection create shop ./psp.json'],
    run: async (call) => {
      const document = readDocument(call.cli, argument(call, 1));
      const { plane, vault } = await openVaultLine(call);
      const path = placeOf(document['mode']);
      const body = { ...document, vaultID: vault };
      const made = await plane.ask({ method: 'POST', path, body }, madeShape);
      return said(`created the connection ${made.ID} at ${made.connectionURL}`, made);
    },
  });
}

function addChange(cli: Cli, parent: Command): void {
  leaf(cli, parent, {
    name: 'change <vault> <connection> <file>',
    summary: 'put the document of a file in place of a connection',
    details: 'Its secret goes when the document leads to another origin or has another `authMode`.',
    flags: [PLANE],
    options: planeOptions,
    examples: ['privet vault connection change shop psp ./psp.json'],
    run: async (call) => {
      const document = readDocument(call.cli, argument(call, 2));
      const { plane, vault, found } = await openConnection(call);
      const body = { ...document, vaultID: vault };
      const path = placeOf(found.mode, found.ID);
      const made = await plane.ask({ method: 'PUT', path, body }, madeShape);
      return said(`changed ${printable(found.name)}`, made);
    },
  });
}

function addSecret(cli: Cli, parent: Command): void {
  leaf(cli, parent, {
    name: 'secret <vault> <connection>',
    summary: 'give a connection its secret, in place of the one it has; it is never given back',
    details:
      'A shared key is the whole value of the header, such as `Bearer …`: from a file (`-` is standard input),\n' +
      'PRIVET_CONNECTION_SECRET, or typed in. With --certificate, the secret is the private key of that certificate (PEM).',
    flags: [
      ['--secret-file <file>', 'file with the key, or `-`'],
      ['--certificate <file>', 'certificate chain (PEM) that the target is shown'],
      PLANE,
    ],
    options: planeOptions.extend({
      secretFile: z.string().optional(),
      certificate: z.string().optional(),
    }),
    examples: [
      'privet vault connection secret shop psp --secret-file ./psp.key',
      'privet vault connection secret shop bank --certificate ./bank.crt --secret-file ./bank.key',
    ],
    run: async (call) => {
      const { terminal } = call.cli;
      const { secretFile: file, certificate } = call.options;
      const { plane, found } = await openConnection(call);
      const variable = 'PRIVET_CONNECTION_SECRET';
      const secret = await readSecret(terminal, { label: 'secret', file, variable });
      const body =
        certificate === undefined
          ? { sharedKey: secret.reveal() }
          : {
              publicKey: (
                await readSecret(terminal, { label: 'certificate', file: certificate, variable })
              ).reveal(),
              privateKey: secret.reveal(),
            };
      const path = placeOf(found.mode, found.ID, 'secret');
      await plane.ask({ method: 'POST', path, body }, z.object({ ID: z.string() }));
      return said(`${printable(found.name)} has its secret`);
    },
  });
}

function addDelete(cli: Cli, parent: Command): void {
  leaf(cli, parent, {
    name: 'delete <vault> <connection>',
    summary: 'delete a connection with its secret',
    flags: [['--yes', 'do not ask'], PLANE],
    options: planeOptions.extend({ yes: z.boolean().default(false) }),
    examples: ['privet vault connection delete shop psp --yes'],
    run: async (call) => {
      const { plane, found } = await openConnection(call);
      const name = printable(found.name);
      await confirm(call.cli, `Delete ${name}? Whoever calls it is refused.`, call.options.yes);
      const path = placeOf(found.mode, found.ID);
      await plane.ask({ method: 'DELETE', path }, z.object({ ID: z.string() }));
      return said(`deleted ${name}`, { ID: found.ID });
    },
  });
}

function placeOf(mode: unknown, ...rest: readonly string[]): string {
  return vaultPath('gateway', mode === 'INGRESS' ? PLACES.INGRESS : PLACES.EGRESS, ...rest);
}

async function connectionsOf(plane: Line, vault: string): Promise<readonly Connection[]> {
  const shape = z.object({ ConnectionMappings: z.array(connectionShape) });
  const modes: readonly Mode[] = ['EGRESS', 'INGRESS'];
  const found = modes.map(async (mode) => {
    const path = `${placeOf(mode)}?vaultID=${encodeURIComponent(vault)}`;
    return (await plane.ask({ method: 'GET', path }, shape)).ConnectionMappings;
  });
  return (await Promise.all(found)).flat();
}

/** The plane, the vault and the connection that a command's first two arguments name. */
async function openConnection(call: LeafCall<{ readonly plane?: string | undefined }>) {
  const { plane, vault } = await openVaultLine(call);
  const name = argument(call, 1);
  const all = await connectionsOf(plane, vault);
  const found = all.find((one) => one.name === name || one.ID === name);
  if (found !== undefined) return { plane, vault, found };
  throw new Problem('not-found', `the vault has no connection \`${printable(name)}\``, {
    hint: '`privet vault connection list` shows them',
  });
}
