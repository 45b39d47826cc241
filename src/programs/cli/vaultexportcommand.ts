import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { digestOf, openExportFile, openExportWriter } from './exportfile.ts';
import type { ExportFile, ExportWriter, SignedManifest } from './exportfile.ts';
import { goingOn } from './goingon.ts';
import { argument, leaf } from './leaf.ts';
import type { Cli, LeafCall } from './leaf.ts';
import type { Line } from './line.ts';
import { listed, said } from './output.ts';
import { headersOf, PLANE, planeOptions, reasons, REASONS, vaultId } from './vaultline.ts';
import { vaultPath } from './vaultline.ts';

const moveOptions = planeOptions.extend(reasons);
const exportOptions = moveOptions.extend({ recipient: z.string(), out: z.string() });
type ExportCall = LeafCall<z.output<typeof exportOptions>>;

const counts = z.object({
  records: z.number(),
  tokens: z.number(),
  transientTokens: z.number(),
  files: z.number(),
});
const openedShape = z.object({ ID: z.string(), records: z.number() });
const exportsShape = z.object({
  vaultExports: z.array(
    z.object({
      ID: z.string(),
      vaultID: z.string(),
      name: z.string(),
      recipient: z.string(),
      beganAtMs: z.number(),
      records: z.number(),
      done: z.number(),
      parts: z.number(),
    }),
  ),
});

/** Vaults on their way out. */
export function addVaultExports(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'export <vault>',
    summary:
      'write every record of a vault with its tokens and files into a file that one import can open',
    details:
      'Needs permission `vault-mover`, and says what it is for. The file is sealed for the key of an import (`privet vault import-open`\n' +
      'where it goes to). It is of the moment the export began, whatever is written meanwhile. A connection that breaks is made again; run\n' +
      'the same command again after a longer break, or when there was no room: it goes on where it stood.',
    flags: [
      ['--recipient <key>', 'key of the import'],
      ['--out <file>', 'where it goes; until all of it is there, beside it with .part'],
      ...REASONS,
      PLANE,
    ],
    options: exportOptions,
    examples: ['privet vault export crm --recipient 5dQ… --out crm.export --purpose move'],
    run: (call) => exportVault(call),
  });
  addExports(cli, vault);
  addExportEnd(cli, vault);
}

async function exportVault(call: ExportCall) {
  const { cli, options } = call;
  const out = resolve(cli.terminal.directory, options.out);
  const vault = await vaultId(cli, argument(call, 0));
  if (existsSync(out)) {
    throw new Problem('conflict', `\`${options.out}\` is there already`, {
      hint: 'name another file, or move it away',
    });
  }
  const writer = await openExportWriter(`${out}.part`);
  try {
    requireSame(writer.now(), { vault, call });
    const records = () => writer.now().parts.reduce((sum, part) => sum + part.records, 0);
    const progress = () => {
      const { start, end } = writer.now();
      const of = start === null ? '' : ` of about ${start.records}`;
      return `exporting: ${records()}${of} records, ${Math.round(end / 1024 / 1024)} MiB`;
    };
    const far = () => writer.now().end;
    await cli.waiting(
      progress,
      goingOn(() => readOn(call, vault, writer), far),
    );
  } finally {
    await writer.close();
  }
  await rename(`${out}.part`, out);
  return told(call, writer.now());
}

function told({ options }: ExportCall, { parts, manifest }: ExportFile) {
  const { records, tokens, transientTokens, files } = countsIn(manifest);
  const all = { parts: parts.length, records, tokens, transientTokens, files };
  const more = files === 0 ? '' : ` and ${files} files`;
  const what = `${records} records with ${tokens + transientTokens} tokens${more}`;
  return said(`${options.out}: ${what} in ${parts.length} parts`, { out: options.out, ...all });
}

function countsIn(manifest: SignedManifest | null): z.output<typeof counts> {
  return counts.parse(JSON.parse(manifest?.text ?? 'null'));
}

/** Throws `conflict` when what came so far is of another vault, or sealed for another import. */
function requireSame(
  { start }: ExportFile,
  { vault, call }: { readonly vault: string; readonly call: ExportCall },
): void {
  const { recipient, out } = call.options;
  if (start === null || (start.vault === vault && start.recipient === recipient)) return;
  throw new Problem('conflict', `\`${out}.part\` is of another export`, {
    hint: 'name another file, or remove it',
  });
}

/** Reads the export from where the file stands to its end, and ends it. */
async function readOn(call: ExportCall, vault: string, writer: ExportWriter): Promise<void> {
  const { cli, options } = call;
  const headers = headersOf(options);
  // Asked for anew each time: an export may take longer than a token lasts.
  const plane = await cli.lines().plane(options.plane);
  if (writer.now().manifest === null) {
    await writer.rewind();
    const { start, parts } = writer.now();
    const id = start?.export ?? (await begunExport(plane, call, vault));
    const query = new URLSearchParams({
      from: String(parts.length),
      ...(await lastOf(call, parts)),
    });
    const path = `${vaultPath('vault-exports', id, 'parts')}?${query.toString()}`;
    await writer.append(await plane.stream({ method: 'GET', path, headers }).catch(whenOver(call)));
  }
  const id = writer.now().start?.export ?? '';
  await plane
    .tell({ method: 'DELETE', path: vaultPath('vault-exports', id), headers })
    .catch((thrown: unknown) => {
      // It was ended before, and what it gave is here.
      if (!(thrown instanceof Problem) || thrown.code !== 'gone') throw thrown;
    });
}

/** An export that is over gives nothing more: what came of it is of no use. */
function whenOver({ options }: ExportCall): (thrown: unknown) => never {
  return (thrown) => {
    if (!(thrown instanceof Problem) || thrown.code !== 'gone') throw thrown;
    throw new Problem('gone', 'the export was ended before all of it was here', {
      hint: `remove \`${options.out}.part\` and run the same command again: it begins another`,
      cause: thrown,
    });
  };
}

async function lastOf(
  { cli, options }: ExportCall,
  parts: ExportFile['parts'],
): Promise<{ readonly last?: string }> {
  const last = parts.at(-1);
  if (last === undefined) return {};
  const file = await openExportFile(`${resolve(cli.terminal.directory, options.out)}.part`);
  try {
    return { last: await digestOf(file, last) };
  } finally {
    await file.close();
  }
}

/** The export of this vault for this import that is under way, or a new one. */
async function begunExport(plane: Line, { options }: ExportCall, vault: string): Promise<string> {
  const { recipient } = options;
  const list = { method: 'GET', path: vaultPath('vault-exports') } as const;
  const { vaultExports } = await plane.ask(list, exportsShape);
  const known = vaultExports.find((one) => one.vaultID === vault && one.recipient === recipient);
  if (known !== undefined) return known.ID;
  const path = vaultPath('vaults', vault, 'exports');
  const begin = { method: 'POST', path, body: { recipient }, headers: headersOf(options) } as const;
  return (await plane.ask(begin, openedShape)).ID;
}

function addExports(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'exports',
    summary: 'list the exports under way, with how far they are',
    details:
      'While an export is under way, what is written in its vault is kept as it was, too. One that nobody goes on with is ended by\n' +
      '`privet vault export-end`, or by itself after seven days.',
    flags: [PLANE],
    options: planeOptions,
    examples: ['privet vault exports'],
    run: async ({ cli: own, options }) => {
      const plane = await own.lines().plane(options.plane);
      const call = { method: 'GET', path: vaultPath('vault-exports') } as const;
      const { vaultExports } = await plane.ask(call, exportsShape);
      type Export = (typeof vaultExports)[number];
      return listed(
        (style) => [
          { title: 'export', cell: (one: Export) => one.ID, mark: (text) => style.bold(text) },
          { title: 'vault', cell: ({ name }) => name },
          { title: 'began', cell: ({ beganAtMs }) => new Date(beganAtMs).toISOString() },
          {
            title: 'records',
            cell: ({ done, records }) => `${done} of about ${records}`,
            align: 'right',
          },
        ],
        vaultExports,
        'no export is under way',
      );
    },
  });
}

function addExportEnd(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'export-end <export>',
    summary: 'end an export that nobody goes on with: nothing more of it is given',
    details:
      'Its key is destroyed, and what was kept for it. A file that is whole already stays good.',
    flags: [...REASONS, PLANE],
    options: moveOptions,
    examples: ['privet vault export-end exp_… --purpose move'],
    run: async (call) => {
      const { cli: own, options } = call;
      const id = argument(call, 0);
      const plane = await own.lines().plane(options.plane);
      const path = vaultPath('vault-exports', id);
      await plane.tell({ method: 'DELETE', path, headers: headersOf(options) });
      return said(`export ${id} is over`, { export: id });
    },
  });
}
