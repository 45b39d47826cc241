import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { EXIT } from './exitcode.ts';
import { argument, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import type { Line } from './line.ts';
import { listed, said } from './output.ts';
import type { Output } from './output.ts';
import { printable } from './style.ts';
import { readDocument } from './vaultdocument.ts';
import { openVaultLine, PLANE, planeOptions, vaultPath } from './vaultline.ts';
import { pendingText, vaultShape } from './vaultshape.ts';
import type { Vault } from './vaultshape.ts';

/** `privet vault change` and `passes`: schemas that change, and the looks at every record that some changes take. */
export function addVaultChanges(cli: Cli, vault: Command): void {
  addChange(cli, vault);
  addPasses(cli, vault);
}

function addChange(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'change <vault> <file>',
    summary: 'change the schema of a vault: add, rename, retype, index',
    details:
      'The file holds `changes`, a list such as `- { kind: rename-column, table: persons, column: ssn, to: social }`; the kinds are\n' +
      'in docs/formats/vault-api.md. Policies are bound to ids: renaming moves no protection. An index, a unique constraint and\n' +
      'another type take a pass over all records, which runs by itself: `privet vault passes` tells how far it is, and what forbids it.',
    flags: [PLANE],
    options: planeOptions,
    examples: ['privet vault change crm ./rename.yaml'],
    run: async (call) => {
      const body = readDocument(call.cli, argument(call, 1));
      const { plane, vault: id } = await openVaultLine(call);
      const change = { method: 'PATCH', path: vaultPath('vaults', id), body } as const;
      const { vault: changed } = await plane.ask(change, z.object({ vault: vaultShape }));
      return changedOutput(changed);
    },
  });
}

function changedOutput(changed: Vault): Output {
  const pending = changed.tables.flatMap((table) =>
    table.columns.flatMap((column) =>
      column.pending === null ? [] : [`${table.name}.${column.name} (${pendingText(column)})`],
    ),
  );
  const name = printable(changed.name);
  const under = `; under way: ${pending.join(', ')}, see \`privet vault passes ${name}\``;
  return said(
    `${name} is at version ${changed.version}${pending.length === 0 ? '' : under}`,
    changed,
  );
}

const WAIT_MS = 500;

const passShape = z.object({
  number: z.number(),
  table: z.string(),
  column: z.string().nullable(),
  kind: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  records: z.number(),
  report: z.array(z.array(z.string())),
});
type Pass = z.infer<typeof passShape>;

function addPasses(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'passes <vault>',
    summary: 'list passes over all records that changes asked for, and what stands in their way',
    details:
      'A unique constraint fails where several records have one value, another type where a value is none of it: the ids of such\n' +
      'records are told. Change or delete them, and ask for the change again.',
    flags: [
      ['--wait', 'wait until none runs any more; exit code 5 when the last one failed'],
      PLANE,
    ],
    options: planeOptions.extend({ wait: z.boolean().default(false) }),
    examples: ['privet vault passes crm', 'privet vault passes crm --wait'],
    run: async (call) => {
      const { plane, vault: id } = await openVaultLine(call);
      const { wait } = call.options;
      const passes = await call.cli.waiting('passes run', passesOf(plane, { id, wait }));
      const named = await namesIn(plane, id);
      const output = listed(
        (style) => [
          { title: 'pass', cell: (one: Pass) => one.number, align: 'right' },
          { title: 'column', cell: named, mark: (text) => style.bold(text) },
          { title: 'for', cell: (one) => one.kind },
          { title: 'state', cell: (one) => one.state },
          { title: 'looked at', cell: (one) => one.records, align: 'right' },
          { title: 'in the way', cell: inTheWay },
        ],
        passes,
        'no change asked for a pass',
      );
      return wait && passes[0]?.state === 'failed' ? { ...output, exit: EXIT.no } : output;
    },
  });
}

/** The passes of a vault, the newest first. */
async function passesOf(
  plane: Line,
  { id, wait }: { readonly id: string; readonly wait: boolean },
): Promise<readonly Pass[]> {
  const asking = { method: 'GET', path: vaultPath('vaults', id, 'passes') } as const;
  const shape = z.object({ passes: z.array(passShape) });
  for (;;) {
    const { passes } = await plane.ask(asking, shape);
    if (!wait || passes.every(({ state }) => state !== 'running')) return passes;
    await sleep(WAIT_MS);
  }
}

/** Gives the name of what a pass is about; what is no more keeps its id. */
async function namesIn(plane: Line, id: string): Promise<(pass: Pass) => string> {
  const asking = { method: 'GET', path: vaultPath('vaults', id) } as const;
  const { vault } = await plane.ask(asking, z.object({ vault: vaultShape }));
  return (pass) => {
    const table = vault.tables.find((one) => one.id === pass.table);
    const column = table?.columns.find((one) => one.id === pass.column);
    const name = table?.name ?? pass.table;
    return pass.column === null ? name : `${name}.${column?.name ?? pass.column}`;
  };
}

/** Records that share a value stand together; of many, the first are named. */
function inTheWay({ report }: Pass): string {
  const first = report.slice(0, 3).map((ids) => ids.join(' = '));
  return report.length > first.length ? `${first.join('; ')}; …` : first.join('; ');
}
