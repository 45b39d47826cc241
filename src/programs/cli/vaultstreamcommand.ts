import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, realpath, rename } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem, problemFrom } from '#base/problem';
import { EXIT } from './exitcode.ts';
import { argument, leaf } from './leaf.ts';
import type { Cli, Flag, LeafCall } from './leaf.ts';
import type { Asking, Line } from './line.ts';
import { said, shown } from './output.ts';
import type { Output } from './output.ts';
import { printable } from './style.ts';
import { unreadable } from './unreadable.ts';
import { headersOf, openVaultLine, PLANE, planeOptions } from './vaultline.ts';
import { reasons, REASONS, vaultPath } from './vaultline.ts';
import { tallyFor } from './vaultrowtally.ts';
import type { RowTally, Tallied } from './vaultrowtally.ts';

const MEDIA: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.ndjson': 'application/x-ndjson',
  '.jsonl': 'application/x-ndjson',
  '.arrows': 'application/vnd.apache.arrow.stream',
};
/** A last row, with the longest message there is. */
const TAIL_BYTES = 8_192;
const STOPPED = /stopped: after row (?<row>\d+): (?<why>[^"\r\n]*)/u;
/** The same in a stream of Arrow: the last text of the last batch, filled up to eight bytes, before the mark of the end. */
const STOPPED_ARROW = /stopped: after row (?<row>\d+): (?<why>[^\0\uFFFD]*)\0{0,7}\uFFFD{4}\0{4}$/u;

const FILES: readonly Flag[] = [
  [
    '--file <file>',
    'rows: a .csv with a line of names, .ndjson with an object a line, or an .arrows stream',
  ],
  ['--out <file>', 'where the answers go, row by row, in the same format'],
];
const files = { file: z.string(), out: z.string() };
const columns = z.string().optional();

/** `privet vault tokenise`: files of rows through the vault. */
export function addVaultTokenise(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'tokenise <vault> <table>',
    summary: 'make a record of each row of a file, and write the rows back with tokens',
    details:
      'Columns that are not kept are passed through; values that are kept never come back. A row that cannot be written says why in\n' +
      '`privet_error`; exit code 5 when there are such. Run the same command again after it broke off: within a day, nothing is\n' +
      'written twice.',
    flags: [
      ...FILES,
      ['--columns <list>', 'columns to keep, as name or name:column, with commas; all without it'],
      ['--upsert <column>', 'change the record that has the value of this unique column already'],
      [
        '--key <key>',
        'what names this input; without it, a digest of the file and of these options',
      ],
      ...REASONS,
      PLANE,
    ],
    options: planeOptions.extend({
      ...files,
      columns,
      upsert: z.string().optional(),
      key: z.string().optional(),
      ...reasons,
    }),
    examples: [
      'privet vault tokenise crm customers --file people.csv --out tokens.csv --columns name,mail:email',
    ],
    run: async (call) => {
      const { options } = call;
      const table = argument(call, 1);
      const { upsert = '' } = options;
      const columns = listOf(options.columns);
      const how = [argument(call, 0), table, upsert, ...columns];
      const key = options.key ?? (await digestOf(call, options.file, how));
      const query = { columns, upsert: [upsert] };
      const headers = { 'idempotency-key': key, ...headersOf(options) };
      return streamed(call, { parts: [table, 'tokenize', 'stream'], query, headers });
    },
  });
}

export const DETOKENISE_FILE: readonly Flag[] = [
  ...FILES,
  ['--columns <list>', 'columns that hold tokens, with commas; `token` without it'],
];
export const detokeniseFileOptions = {
  file: z.string().optional(),
  out: z.string().optional(),
  columns,
};

/** The file form of `detokenise`. */
export async function detokeniseFile(
  call: LeafCall<
    z.output<z.ZodObject<typeof detokeniseFileOptions>> &
      Parameters<typeof headersOf>[0] & {
        readonly plane?: string | undefined;
        readonly redaction: string;
      }
  >,
): Promise<Output> {
  const { file, out, ...options } = call.options;
  if (file === undefined || out === undefined) {
    throw new Problem('invalid', '`--file` expected `--out` beside it');
  }
  const query = { columns: listOf(options.columns), redaction: [options.redaction] };
  const what = { parts: ['detokenize', 'stream'], query, headers: headersOf(options) };
  return streamed({ ...call, options: { ...options, file, out } }, what);
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').filter((one) => one !== '');
}

type FileCall = LeafCall<{
  readonly plane?: string | undefined;
  readonly file: string;
  readonly out: string;
}>;

/** The same file, kept in the same way, is the same input. */
async function digestOf({ cli }: FileCall, file: string, how: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(`${JSON.stringify(how)}\n`);
  for await (const piece of reading(resolve(cli.terminal.directory, file))) hash.update(piece);
  return hash.digest('hex');
}

async function* reading(path: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function streamed(
  call: FileCall,
  what: {
    readonly parts: readonly string[];
    readonly query: Readonly<Record<string, readonly string[]>>;
    readonly headers: Readonly<Record<string, string>>;
  },
): Promise<Output> {
  const { cli, options } = call;
  const media = MEDIA[extname(options.file).toLowerCase()];
  if (media === undefined) {
    throw new Problem(
      'invalid',
      `\`--file\` expected a name that ends with ${Object.keys(MEDIA).join(', ')}`,
    );
  }
  const { plane, vault } = await openVaultLine(call);
  const search = new URLSearchParams(
    Object.entries(what.query).flatMap(([name, values]) =>
      values.filter((value) => value !== '').map((value): [string, string] => [name, value]),
    ),
  );
  const asking: Asking = {
    method: 'POST',
    path: `${vaultPath('vaults', vault, ...what.parts)}?${search.toString()}`,
    bytes: reading(resolve(cli.terminal.directory, options.file)),
    headers: { ...what.headers, 'content-type': media },
  };
  await requireFiles(cli, options);
  const out = resolve(cli.terminal.directory, options.out);
  const work = written({ plane, asking, out, tally: tallyFor(media) });
  return outputOf(options.out, await cli.waiting(`streaming ${options.file}`, work));
}

/** Before anything is asked: a file that is not there is no broken stream, and answers do not take the place of what was asked. */
async function requireFiles(cli: Cli, { file, out }: { file: string; out: string }): Promise<void> {
  const place = (name: string) => resolve(cli.terminal.directory, name);
  try {
    await (await open(place(file))).close();
  } catch (cause) {
    throw unreadable(file, cause);
  }
  const there = await realpath(place(out)).catch(() => null);
  if (there !== (await realpath(place(file)))) return;
  throw new Problem('invalid', `\`--out\` expected another file than \`--file\`: \`${out}\``);
}

type Streamed = { readonly sizeBytes: number; readonly tallied: Tallied | null };

/** How many rows there are and what is wrong with the first that failed; the answer is no where some did. */
function outputOf(out: string, { sizeBytes, tallied }: Streamed): Output {
  const value = { out, sizeBytes, ...tallied };
  if (tallied === null) {
    return said(`${out}: ${sizeBytes} bytes; rows that failed say so in privet_error`, value);
  }
  const { rows, failed, failures } = tallied;
  if (failed === 0) return said(`${out}: ${rows} rows`, value);
  const more = failed > failures.length ? '  …\n' : '';
  const output = shown(value, (style) =>
    [
      `${style.yellow('!')} ${out}: ${rows - failed} of ${rows} rows, ${failed} failed; each says why in privet_error\n`,
      ...failures.map(({ row, error }) => `  row ${row}: ${printable(error)}\n`),
      more,
    ].join(''),
  );
  return { ...output, exit: EXIT.no };
}

type Writing = {
  readonly plane: Line;
  readonly asking: Asking;
  readonly out: string;
  readonly tally: RowTally | null;
};

/** Writes the answer beside its place, and puts it there when all of it came. */
async function written({ plane, asking, out, tally }: Writing): Promise<Streamed> {
  const pieces = await plane.stream(asking); // what is refused as a whole leaves no file behind
  const part = `${out}.part`;
  const file = await open(part, 'w', 0o600);
  let sizeBytes = 0;
  let tail = Buffer.alloc(0);
  try {
    for await (const piece of pieces) {
      await file.writeFile(piece);
      tally?.push(piece);
      sizeBytes += piece.length;
      tail = Buffer.concat([tail, piece]).subarray(-TAIL_BYTES);
    }
  } catch (thrown) {
    const { code, message } = problemFrom(thrown);
    throw new Problem(code, message, { hint: AGAIN, cause: thrown });
  } finally {
    await file.close();
  }
  const text = tail.toString();
  const stop = (STOPPED_ARROW.exec(text) ?? STOPPED.exec(text.trimEnd().split('\n').at(-1) ?? ''))
    ?.groups;
  if (stop === undefined) {
    await rename(part, out);
    return { sizeBytes, tallied: tally?.end() ?? null };
  }
  throw new Problem('unavailable', `stopped after row ${stop['row']}: ${stop['why']}`, {
    hint: AGAIN,
  });
}

const AGAIN =
  'what came so far is in the file that ends with .part; run the same command again to have all of it';
