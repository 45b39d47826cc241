import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, leaf } from './leaf.ts';
import type { Cli, LeafCall } from './leaf.ts';
import type { Line } from './line.ts';
import { said, shown } from './output.ts';
import type { Output } from './output.ts';
import { unreadable } from './unreadable.ts';
import { headersOf, openVaultLine, PLANE, planeOptions, reasons, REASONS } from './vaultline.ts';
import { vaultPath } from './vaultline.ts';

const MAGIC = 'privet/vault-export/v1\n';
const HEAD_BYTES = 5;
const moveOptions = planeOptions.extend(reasons);
type MoveOptions = z.output<typeof moveOptions>;

const signed = z.object({ text: z.string(), signature: z.string() });
const opened = z.object({ ID: z.string(), recipient: z.string() });
const state = z.object({ parts: z.number(), there: z.array(z.number()) });
const finished = z.object({
  vaultID: z.string(),
  records: z.number(),
  tokens: z.number(),
  leftOut: z.number(),
});

/** Whole vaults, out of a plane and into another. */
export function addVaultMoves(cli: Cli, vault: Command): void {
  addExport(cli, vault);
  addKeys(cli, vault);
  addImportOpen(cli, vault);
  addImport(cli, vault);
  addImportAbandon(cli, vault);
}

function addExport(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'export <vault>',
    summary: 'write every record of a vault with its tokens into a file that one import can open',
    details:
      'Needs permission `vault-mover`, and says what it is for. The file is sealed for the key of an import (`privet vault import-open`\n' +
      'where it goes to). An export is of one moment: nobody may write the vault meanwhile. Files and transient tokens stay behind.',
    flags: [
      ['--recipient <key>', 'key of the import'],
      ['--out <file>', 'where it goes'],
      ...REASONS,
      PLANE,
    ],
    options: moveOptions.extend({ recipient: z.string(), out: z.string() }),
    examples: ['privet vault export crm --recipient 5dQ… --out crm.export --purpose move'],
    run: async (call) => {
      const { options } = call;
      const { plane, vault: id } = await openVaultLine(call);
      const out = resolve(call.cli.terminal.directory, options.out);
      const body = { recipient: options.recipient };
      const path = vaultPath('vaults', id, 'export');
      const asking = { method: 'POST', path, body, headers: headersOf(options) } as const;
      await call.cli.waiting('exporting', store(await plane.stream(asking), `${out}.part`));
      const { parts, manifest } = await readExport(`${out}.part`);
      await rename(`${out}.part`, out);
      const { records, tokens } = JSON.parse(manifest.text) as Record<string, number>;
      const told = { out: options.out, parts: parts.length, records, tokens };
      return said(
        `${options.out}: ${records} records with ${tokens} tokens in ${parts.length} parts`,
        told,
      );
    },
  });
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
      const list = await plane.ask(asking, signed);
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
      'is compared with it. Run the same command again after a break: parts that are in are left alone.',
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
  const id = argument(call, 0);
  const path = resolve(cli.terminal.directory, options.file);
  const { parts, manifest } = await readExport(path);
  const forgotten = options.forgotten === undefined ? null : readList(cli, options.forgotten);
  const plane = await cli.lines().plane(options.plane);
  const headers = headersOf(options);
  const at = (...rest: readonly string[]) => vaultPath('vault-imports', id, ...rest);
  const body = { key: options.key, manifest, forgotten };
  const begin = { method: 'PUT', path: at('manifest'), body, headers } as const;
  const { there } = await plane.ask(begin, state);
  const lacking = parts.map((part, number) => ({ ...part, number }));
  const file = await open(path, 'r');
  try {
    for (const { number, offset, sizeBytes } of lacking.filter(
      (one) => !there.includes(one.number),
    )) {
      const bytes = await readAt(file, offset, sizeBytes);
      const part = { method: 'PUT', path: at('parts', String(number)), headers } as const;
      await cli.waiting(`part ${number + 1} of ${parts.length}`, bring(plane, part, bytes));
    }
  } finally {
    await file.close();
  }
  const end = { method: 'POST', path: at('finish'), body: {}, headers } as const;
  const done = await plane.ask(end, finished);
  const left = done.leftOut === 0 ? '' : `; ${done.leftOut} of forgotten people were left out`;
  return said(
    `vault ${done.vaultID}: ${done.records} records with ${done.tokens} tokens${left}`,
    done,
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
  await plane.tell({ ...call, bytes: once() });
}

function readList(cli: Cli, file: string): z.output<typeof signed> {
  try {
    return signed.parse(JSON.parse(readFileSync(resolve(cli.terminal.directory, file), 'utf8')));
  } catch (cause) {
    throw new Problem('invalid', `\`${file}\` expected what \`privet vault forgotten\` prints`, {
      cause,
    });
  }
}

async function store(content: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for await (const piece of content) await file.writeFile(piece);
  } finally {
    await file.close();
  }
}

type Part = { readonly offset: number; readonly sizeBytes: number };

/** Where the parts of an export are, and its manifest; throws what went wrong while it was made. */
async function readExport(
  path: string,
): Promise<{ readonly parts: readonly Part[]; readonly manifest: z.output<typeof signed> }> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    const magic = await readAt(file, 0, MAGIC.length);
    if (Buffer.from(magic).toString() !== MAGIC) {
      throw new Problem('invalid', `\`${path}\` expected an export of a vault`);
    }
    const parts: Part[] = [];
    for (let at = MAGIC.length; ;) {
      const head = await readAt(file, at, HEAD_BYTES);
      const sizeBytes = Buffer.from(head).readUInt32BE(1);
      const offset = at + HEAD_BYTES;
      at = offset + sizeBytes;
      const kind = String.fromCharCode(head[0] ?? 0);
      if (kind === 'P') parts.push({ offset, sizeBytes });
      else {
        const text = Buffer.from(await readAt(file, offset, sizeBytes)).toString();
        if (kind === 'M') return { parts, manifest: signed.parse(JSON.parse(text)) };
        throw problemIn(text);
      }
    }
  } finally {
    await file.close();
  }
}

const told = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() });

function problemIn(text: string): Problem {
  const { message, hint } = told.parse(JSON.parse(text));
  return new Problem('conflict', `the export ended: ${message}`, hint === null ? {} : { hint });
}

async function readAt(file: FileHandle, position: number, sizeBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes);
  const { bytesRead } = await file.read(bytes, 0, sizeBytes, position);
  if (bytesRead === sizeBytes) return bytes;
  throw new Problem('invalid', 'the export did not come whole', { hint: 'export the vault again' });
}
