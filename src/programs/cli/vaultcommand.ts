import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { listed, said, shown } from './output.ts';
import { printable } from './style.ts';
import { confirm } from './usercommand.ts';
import { addVaultAccounts } from './vaultaccountcommand.ts';
import { addVaultChanges } from './vaultchangecommand.ts';
import { readDocument } from './vaultdocument.ts';
import { addVaultConnections } from './vaultconnectioncommand.ts';
import { openVaultLine, PLANE, planeOptions, vaultPath } from './vaultline.ts';
import { addVaultQuery } from './vaultquerycommand.ts';
import { addVaultMoves } from './vaultmovecommand.ts';
import { addVaultRecords } from './vaultrecordcommand.ts';
import { addVaultTokenise } from './vaultstreamcommand.ts';
import { addVaultRoles } from './vaultrolecommand.ts';
import { foundBy, pendingText, vaultShape } from './vaultshape.ts';
import type { Vault, VaultColumn } from './vaultshape.ts';

/** `privet vault …`: vaults of a plane, who may call them, and what is in them. */
export function addVaults(cli: Cli, program: Command): void {
  const vault = branch(
    program,
    'vault',
    'the data privacy vault: schemas, accounts, roles, records, tokens',
  );
  addCreate(cli, vault);
  addList(cli, vault);
  addShow(cli, vault);
  addVaultChanges(cli, vault);
  addTemplates(cli, vault);
  addArchive(cli, vault);
  addVaultAccounts(cli, vault);
  addVaultRoles(cli, vault);
  addVerify(cli, vault);
  addVaultMoves(cli, vault);
  addVaultTokenise(cli, vault);
  addVaultRecords(cli, vault);
  addVaultQuery(cli, vault);
  addVaultConnections(cli, vault);
}

function addCreate(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'create <name>',
    summary: 'create a vault, from a template or from a file',
    details:
      'The file is YAML or JSON: `tables` as docs/formats/vault-api.md has them, or `vaultSchema` as Skyflow writes it.\n' +
      'Nobody can read any of it until a role or a policy says so.',
    flags: [
      ['--template <name>', 'payments, patients, customers or employees'],
      ['--schema <file>', 'file with the tables'],
      ['--description <text>', 'what it is for'],
      PLANE,
    ],
    options: planeOptions.extend({
      template: z.string().optional(),
      schema: z.string().optional(),
      description: z.string().default(''),
    }),
    examples: [
      'privet vault create crm --template customers',
      'privet vault create shop --schema ./shop.yaml',
    ],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      const { template, schema, description } = options;
      if ((template === undefined) === (schema === undefined)) {
        throw new Problem('invalid', 'expected either `--template` or `--schema`');
      }
      const tables = schema === undefined ? { templateID: template } : readDocument(cli, schema);
      const plane = await cli.lines().plane(options.plane);
      const body = { ...tables, name, description };
      const call = { method: 'POST', path: vaultPath('vaults'), body } as const;
      const made = await plane.ask(call, z.object({ ID: z.string() }));
      const isHeard = await cli.waiting('telling control of it', untilHeard(cli, made.ID));
      const next = isHeard
        ? `nobody can read it yet: \`privet vault role give ${printable(name)} <role> <account>\`, and policy`
        : 'control has not heard of it yet: roles and accounts have to wait for that';
      return shown(made, (style) =>
        [
          `${style.green('✓')} created the vault ${printable(name)}: ${made.ID}\n`,
          style.dim(`${next}\n`),
        ].join(''),
      );
    },
  });
}

/** Control is told by the plane; commands about roles and accounts come soon after, and ask there. */
const HEARD_MS_MAX = 10_000;

async function untilHeard(cli: Cli, id: string): Promise<boolean> {
  const call = { method: 'GET', path: '/api/v1/vaults' } as const;
  const shape = z.object({ items: z.array(z.object({ id: z.string() })) });
  for (const endMs = Date.now() + HEARD_MS_MAX; Date.now() < endMs; await sleep(200)) {
    const { items } = await cli.lines().control().ask(call, shape);
    if (items.some((one) => one.id === id)) return true;
  }
  return false;
}

const verified = z.object({
  records: z.number(),
  findings: z.array(z.object({ table: z.string(), record: z.string(), what: z.string() })),
  missing: z.number(),
});

function addVerify(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'verify <vault>',
    summary: 'compare every record with the ledger; 1 when something is not as it says',
    details:
      'Finds records that were changed in the database, put back as they once were, or are there again after they were deleted,\n' +
      'and tells how many are missing that nobody deleted here.\n' +
      'Each is an alarm. Every plane does it by itself each night (`vault.verifyCron`).',
    flags: [PLANE],
    options: planeOptions,
    examples: ['privet vault verify crm'],
    run: async (call) => {
      const { plane, vault: id } = await openVaultLine(call);
      const asking = { method: 'POST', path: vaultPath('vaults', id, 'verify'), body: {} } as const;
      const answer = await call.cli.waiting('comparing', plane.ask(asking, verified));
      const { records, findings, missing } = answer;
      const isSound = findings.length + missing === 0;
      const output = shown(answer, (style) =>
        [
          isSound ? `${style.green('✓')} ${records} records are as the ledger has them\n` : '',
          ...findings.map(
            ({ table, record, what }) => `${style.red(what)}  ${printable(table)} ${record}\n`,
          ),
          missing === 0
            ? ''
            : `${style.red('missing')}  ${missing} records that nobody deleted here\n`,
        ].join(''),
      );
      return isSound ? output : { ...output, exit: 1 };
    },
  });
}

function addList(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'list',
    summary: 'list the vaults in which you have a role or a right',
    flags: [PLANE],
    options: planeOptions,
    examples: ['privet vault list'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const shape = z.object({ vaults: z.array(vaultShape) });
      const { vaults } = await plane.ask({ method: 'GET', path: vaultPath('vaults') }, shape);
      return listed(
        (style) => [
          { title: 'vault', cell: (one: Vault) => one.name, mark: (text) => style.bold(text) },
          { title: 'id', cell: (one) => one.ID },
          { title: 'version', cell: (one) => one.version, align: 'right' },
          { title: 'tables', cell: (one) => one.tables.map(({ name }) => name).join(', ') },
        ],
        vaults,
        'there is no vault in which you have a role or a right; `privet vault create` makes one',
      );
    },
  });
}

function addShow(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'show <vault>',
    summary: 'show the tables and columns of a vault',
    flags: [PLANE],
    options: planeOptions,
    examples: ['privet vault show crm'],
    run: async (call) => {
      const { plane, vault: id } = await openVaultLine(call);
      const shape = z.object({ vault: vaultShape });
      const { vault: found } = await plane.ask(
        { method: 'GET', path: vaultPath('vaults', id) },
        shape,
      );
      const rows = found.tables.flatMap((table) =>
        table.columns.map((column) => ({ table: table.name, column })),
      );
      return {
        ...listed(
          (style) => [
            {
              title: 'column',
              cell: ({ table, column }: { table: string; column: VaultColumn }) =>
                `${table}.${column.name}`,
              mark: (text) => style.bold(text),
            },
            { title: 'type', cell: ({ column }) => column.type },
            { title: 'default', cell: ({ column }) => column.redaction },
            {
              title: 'tokens',
              cell: ({ column }) =>
                column.tokens
                  .map((one) => `${one.deterministic ? 'deterministic ' : ''}${one.shape.kind}`)
                  .join(', '),
            },
            { title: 'found by', cell: ({ column }) => foundBy(column) },
            { title: 'under way', cell: ({ column }) => pendingText(column) },
          ],
          rows,
          'the vault has no table',
        ),
        value: found,
      };
    },
  });
}

function addTemplates(cli: Cli, vault: Command): void {
  const shape = z.object({
    vaultTemplates: z.array(
      z.object({ ID: z.string(), tables: z.array(z.object({ name: z.string() })) }),
    ),
  });
  leaf(cli, vault, {
    name: 'templates',
    summary: 'list the templates vaults can be made from',
    flags: [PLANE],
    options: planeOptions,
    examples: ['privet vault templates'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const call = { method: 'GET', path: vaultPath('vault-templates') } as const;
      const { vaultTemplates } = await plane.ask(call, shape);
      type Template = (typeof vaultTemplates)[number];
      return listed(
        (style) => [
          { title: 'template', cell: (one: Template) => one.ID, mark: (text) => style.bold(text) },
          { title: 'tables', cell: (one) => one.tables.map(({ name }) => name).join(', ') },
        ],
        vaultTemplates,
        'there is no template',
      );
    },
  });
}

function addArchive(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'archive <vault>',
    summary: 'take a vault out of use; it answers nothing from then on',
    flags: [['--yes', 'do not ask'], PLANE],
    options: planeOptions.extend({ yes: z.boolean().default(false) }),
    examples: ['privet vault archive crm'],
    run: async (call) => {
      const name = argument(call, 0);
      await confirm(
        call.cli,
        `Archive ${name}? Its tokens answer nothing any more.`,
        call.options.yes,
      );
      const { plane, vault: id } = await openVaultLine(call);
      await plane.tell({ method: 'DELETE', path: vaultPath('vaults', id) });
      return said(`archived ${name}`, { ID: id });
    },
  });
}
