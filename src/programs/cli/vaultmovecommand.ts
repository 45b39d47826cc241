import { readFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { openExportFile, readExportFile, readPart, signedShape } from './exportfile.ts';
import type { ExportedPart, SignedManifest } from './exportfile.ts';
import { goingOn } from './goingon.ts';
import { argument, leaf } from './leaf.ts';
import type { Cli, LeafCall } from './leaf.ts';
import type { Line } from './line.ts';
import { listed, said, shown } from './output.ts';
import type { Output } from './output.ts';
import { addVaultExports } from './vaultexportcommand.ts';
import { headersOf, openVaultLine, PLANE, planeOptions, reasons, REASONS } from './vaultline.ts';
import { vaultPath } from './vaultline.ts';

/** The last piece of a large file is written whole before it is answered. */
const PART_MS_MAX = 10 * 60 * 1_000;
const moveOptions = planeOptions.extend(reasons);
type MoveOptions = z.output<typeof moveOptions>;

const opened = z.object({ ID: z.string(), recipient: z.string() });
const state = z.object({ parts: z.number(), there: z.array(z.number()) });
const finished = z.object({
  vaultID: z.string(),
  records: z.number(),
  tokens: z.number(),
  files: z.number(),
  leftOut: z.number(),
});

/** Whole vaults, out of a plane and into another. */
export function addVaultMoves(cli: Cli, vault: Command): void {
  addVaultExports(cli, vault);
  addKeys(cli, vault);
  addImportOpen(cli, vault);
  addImport(cli, vault);
  addImports(cli, vault);
  addImportAbandon(cli, vault);
}

function addKeys(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'export-key',
    summary: 'show the public key that a plane signs exports with',
    flags: [PLANE],
    options: planeOptions,
    examples: ['privet vault export-key'],
    run: async ({ cli: own, options }) => {
      const plane = await own.lines().plane(options.plane);
      const call = { method: 'GET', path: vaultPath('vault-export-key') } as const;
      const answer = await plane.ask(call, z.object({ key: z.string() }));
      return shown(answer, () => `${answer.key}\n`);
    },
  });
  leaf(cli, vault, {
    name: 'forgotten <vault>',
    summary: 'print the signed list of who was forgotten at a vault, as digests, for an import',
    flags: [PLANE],
    options: planeOptions,
    examples: ['privet vault forgotten crm > forgotten.json'],
    run: async (call) => {
      const { plane, vault: id } = await openVaultLine(call);
      const asking = { method: 'GET', path: vaultPath('vaults', id, 'forgotten') } as const;
      const list = await plane.ask(asking, signedShape);
      return shown(list, () => `${JSON.stringify(list)}\n`);
    },
  });
}

function addImportOpen(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'import-open',
    summary: 'open an import: its key is what an export is sealed for',
    flags: [...REASONS, PLANE],
    options: moveOptions,
    examples: ['privet vault import-open --purpose move'],
    run: async ({ cli: own, options }) => {
      const plane = await own.lines().plane(options.plane);
      const path = vaultPath('vault-imports');
      const asking = { method: 'POST', path, body: {}, headers: headersOf(options) } as const;
      const made = await plane.ask(asking, opened);
      return shown(made, () => `import    ${made.ID}\nrecipient ${made.recipient}\n`);
    },
  });
}

function addImport(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'import <import>',
    summary: 'bring an exported vault in; nobody sees it until all of it is here',
    details:
      'The manifest is believed when the key you name has signed it: ask whoever runs the other plane (`privet vault export-key`). Each part\n' +
      'is compared with it. A connection that breaks is made again; run the same command again after a longer break: parts that are in\n' +
      'are left alone.',
    flags: [
      ['--file <file>', 'the export'],
      ['--key <key>', 'public key of the plane it comes from'],
      [
        '--forgotten <file>',
        'signed list of who was forgotten there since (`privet vault forgotten`)',
      ],
      ...REASONS,
      PLANE,
    ],
    options: moveOptions.extend({
      file: z.string(),
      key: z.string(),
      forgotten: z.string().optional(),
    }),
    examples: ['privet vault import imp_… --file crm.export --key 7hX… --purpose move'],
    run: (call) => importFile(call),
  });
}

const importsShape = z.object({
  vaultImports: z.array(
    z.object({
      ID: z.string(),
      name: z.string().nullable(),
      openedAtMs: z.number(),
      parts: z.number(),
      there: z.number(),
      records: z.number(),
    }),
  ),
});

function addImports(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'imports',
    summary: 'list the imports that are not over, with how far they are',
    details:
      'Go on with one by the same `privet vault import`, or take it back with `privet vault import-abandon`.',
    flags: [PLANE],
    options: planeOptions,
    examples: ['privet vault imports'],
    run: async ({ cli: own, options }) => {
      const plane = await own.lines().plane(options.plane);
      const call = { method: 'GET', path: vaultPath('vault-imports') } as const;
      const { vaultImports } = await plane.ask(call, importsShape);
      type Import = (typeof vaultImports)[number];
      return listed(
        (style) => [
          { title: 'import', cell: (one: Import) => one.ID, mark: (text) => style.bold(text) },
          { title: 'vault', cell: ({ name }) => name ?? '(no manifest yet)' },
          { title: 'opened', cell: ({ openedAtMs }) => new Date(openedAtMs).toISOString() },
          { title: 'parts', cell: ({ there, parts }) => `${there} of ${parts}`, align: 'right' },
          { title: 'records', cell: ({ records }) => records, align: 'right' },
        ],
        vaultImports,
        'no import is open',
      );
    },
  });
}

function addImportAbandon(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'import-abandon <import>',
    summary: 'take back an import that will not be finished, with all that was brought in',
    details:
      'Its key is destroyed, and the vault it was making with its keys: the export opens nowhere any more. A finished import stays as it\n' +
      'is; archive its vault instead.',
    flags: [...REASONS, PLANE],
    options: moveOptions,
    examples: ['privet vault import-abandon imp_… --purpose move'],
    run: async (call) => {
      const { cli: own, options } = call;
      const id = argument(call, 0);
      const plane = await own.lines().plane(options.plane);
      const path = vaultPath('vault-imports', id);
      await plane.tell({ method: 'DELETE', path, headers: headersOf(options) });
      return said(`import ${id} is abandoned: nothing of it is left`, { import: id });
    },
  });
}

async function importFile(
  call: LeafCall<
    MoveOptions & {
      readonly file: string;
      readonly key: string;
      readonly forgotten?: string | undefined;
    }
  >,
): Promise<Output> {
  const { cli, options } = call;
  const path = resolve(cli.terminal.directory, options.file);
  const forgotten = options.forgotten === undefined ? null : readList(cli, options.forgotten);
  const file = await openExportFile(path);
  try {
    const { parts, manifest } = await readExportFile(file);
    if (manifest === null) {
      throw new Problem('invalid', `\`${options.file}\` is not whole`, {
        hint: 'run `privet vault export` again: it goes on where it stood',
      });
    }
    const begin = { key: options.key, manifest, forgotten };
    const done = await bringAll(call, { file, parts, begin });
    const left = done.leftOut === 0 ? '' : `; ${done.leftOut} of forgotten people were left out`;
    const files = done.files === 0 ? '' : ` and ${done.files} files`;
    const what = `${done.records} records with ${done.tokens} tokens${files}`;
    return said(`vault ${done.vaultID}: ${what}${left}`, done);
  } finally {
    await file.close();
  }
}

async function bringAll(
  { cli, args, options }: LeafCall<MoveOptions>,
  what: {
    readonly file: FileHandle;
    readonly parts: readonly ExportedPart[];
    readonly begin: object;
  },
): Promise<z.output<typeof finished>> {
  const { file, parts, begin } = what;
  const at = (...rest: readonly string[]) =>
    vaultPath('vault-imports', argument({ args }, 0), ...rest);
  const headers = headersOf(options);
  let there = 0;
  const bringing = async () => {
    // Asked for anew each time: an import may take longer than a token lasts.
    const plane = await cli.lines().plane(options.plane);
    const beginning = { method: 'PUT', path: at('manifest'), body: begin, headers } as const;
    const inThere = new Set((await plane.ask(beginning, state)).there);
    there = inThere.size;
    for (const [number, part] of parts.entries()) {
      if (inThere.has(number)) continue;
      const path = at('parts', String(number));
      await bring(plane, { method: 'PUT', path, headers }, await readPart(file, part));
      there += 1;
    }
    const end = { method: 'POST', path: at('finish'), body: {}, headers } as const;
    return plane.ask(end, finished);
  };
  const progress = () => `part ${Math.min(there + 1, parts.length)} of ${parts.length}`;
  return cli.waiting(
    progress,
    goingOn(bringing, () => there),
  );
}

type PartCall = {
  readonly method: 'PUT';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
};

async function bring(plane: Line, call: PartCall, bytes: Uint8Array): Promise<void> {
  async function* once() {
    yield bytes;
  }
  await plane.tell({ ...call, bytes: once(), timeoutMs: PART_MS_MAX });
}

function readList(cli: Cli, file: string): SignedManifest {
  try {
    return signedShape.parse(
      JSON.parse(readFileSync(resolve(cli.terminal.directory, file), 'utf8')),
    );
  } catch (cause) {
    throw new Problem('invalid', `\`${file}\` expected what \`privet vault forgotten\` prints`, {
      cause,
    });
  }
}
