import { concat } from '#base/bytes';
import { Problem } from '#base/problem';
import { KEY_BYTES } from '#engines/crypto';
import { ROLLING } from '#plane/keys';
import { statement } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';
import type { ExportLine } from './exportpage.ts';
import type { PartCipher } from './exportseal.ts';
import { sealChunks } from '../files/filechunks.ts';
import { encodeFileHead, fileHead } from '../files/filehead.ts';
import type { FileHead } from '../files/filehead.ts';
import { checkFileName, requireFileType } from '../files/files.ts';
import { fileType, SNIFFED_BYTES } from '../files/filetype.ts';
import type { VaultGround } from '../ground.ts';
import { readFiles } from './importline.ts';
import type { FilePiece } from './importline.ts';
import { IMPORT_DAYS_MAX } from '../limits.ts';
import { recordIds } from '../schema/place.ts';
import type { Value } from '../records/preparedrow.ts';
import { columnOf } from '../schema/schema.ts';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';

const PUT = statement(import.meta.url, '../sql/importfileput.sql');
const READ = statement(import.meta.url, '../sql/importfileread.sql');
const USE = statement(import.meta.url, '../sql/importfileuse.sql');
const DELETE = statement(import.meta.url, '../sql/importfilesdelete.sql');

/** What is written for an import may lie about until it is over, and a day. */
const WAITING_MS_MAX = (IMPORT_DAYS_MAX + 1) * 24 * 60 * 60 * 1_000;

/** A part that waits for the rest of its file lies under this name, sealed as it came. */
const waitingBlob = (id: string, part: number) => `imports/${id}/${part}`;
const contextOf = (id: string, file: string) => ({
  purpose: 'vault-import-file',
  import: id,
  file,
});

type FileRow = {
  readonly name: string;
  readonly parts: readonly number[];
  readonly bytes: string;
  readonly blob: string | null;
  readonly head: Buffer | null;
};

/** A part with files, opened. */
export type FilesWork = {
  readonly id: string;
  readonly number: number;
  readonly vault: VaultSchema;
  readonly cipher: PartCipher;
  /** As it came. */
  readonly bytes: Uint8Array;
  readonly pieces: readonly FilePiece[];
};

/** Files that are written: to be noted in the transaction that notes the part, or taken back. */
export type WrittenFiles = {
  note(tx: Transaction): Promise<void>;
  undo(): Promise<void>;
};

/**
 * Seals the files that end in a part into blobs of the vault under keys of its own, and lays a piece of a larger one aside until the
 * rest is here. Throws `conflict` for a piece whose beginning is not here yet.
 */
export async function writeFiles(ground: VaultGround, work: FilesWork): Promise<WrittenFiles> {
  const { ports, trash } = ground;
  const { id, number, vault, pieces } = work;
  const names = pieces.map(({ line }) => line.file);
  const known = new Map((await fileRows(ports.pool, id, names)).map((row) => [row.name, row]));
  const waiting = waitingBlob(id, number);
  const blobs: string[] = [];
  const rows: {
    name: string;
    blob: string | null;
    head: Uint8Array | null;
    parts: string;
    bytes: number;
  }[] = [];
  const done: string[] = [];
  const newBlob = recordIds(ports.clock(), ports.random);
  const undo = () => trash.put(ports.pool, blobs, { atMs: ports.clock() });
  try {
    for (const piece of pieces) {
      const { file, name, sizeBytes, at, bytes } = piece.line;
      const row = known.get(file);
      const [before, parts] = [Number(row?.bytes ?? 0), row?.parts ?? []];
      if (row !== undefined && row.head !== null) throw new Problem('invalid', 'a file came twice');
      if (before !== at) {
        throw new Problem('conflict', 'a piece of a file expected those before it first', {
          hint: 'bring the parts in their order',
        });
      }
      const isWhole = at + bytes === sizeBytes;
      const blob = isWhole ? `files/${vault.id}/${newBlob()}` : waiting;
      // What waits may be somebody else's, who brings the same part.
      if (isWhole) blobs.push(blob);
      await trash.put(ports.pool, [blob], { atMs: ports.clock() + WAITING_MS_MAX });
      if (isWhole) {
        const head = await store(ground, work, { piece, parts, blob, name: checkFileName(name) });
        const context = contextOf(id, file);
        const sealed = await ports.keyring.seal(
          `${ROLLING}vault-import`,
          encodeFileHead(head),
          context,
        );
        rows.push({ name: file, blob, head: sealed, parts: '{}', bytes: sizeBytes });
        done.push(...parts.map((part) => waitingBlob(id, part)));
      } else {
        await ports.blobs.put(blob, work.bytes);
        const all = `{${[...parts, number].join(',')}}`;
        rows.push({ name: file, blob: null, head: null, parts: all, bytes: at + bytes });
      }
    }
  } catch (thrown) {
    await undo();
    throw thrown;
  }
  return {
    undo,
    async note(tx) {
      const columns = [
        rows.map(({ name }) => name),
        rows.map(({ blob }) => blob),
        rows.map(({ head }) => head),
        rows.map(({ parts }) => parts),
        rows.map(({ bytes }) => bytes),
      ];
      await tx.query(PUT, [id, ...columns]);
      await trash.put(tx, done, { atMs: ports.clock() });
    },
  };
}

/** Writes a file of which the last piece is here; the type is what its first bytes say. */
async function store(
  { ports }: VaultGround,
  { id, cipher }: FilesWork,
  file: {
    readonly piece: FilePiece;
    readonly parts: readonly number[];
    readonly blob: string;
    readonly name: string;
  },
): Promise<FileHead> {
  const { piece, parts, blob, name } = file;
  let start: Uint8Array = new Uint8Array(0);
  async function* content() {
    for (const part of parts) {
      const sealed = await ports.blobs.get(waitingBlob(id, part));
      if (sealed === null) throw new Problem('unavailable', 'a part that waits is not there');
      const [held] = readFiles(cipher.open(part, sealed), 0);
      if (held?.line.file !== piece.line.file)
        throw new Problem('corrupt', 'a part that waits is another');
      if (start.length < SNIFFED_BYTES) start = concat(start, held.content);
      yield held.content;
    }
    if (start.length < SNIFFED_BYTES) start = concat(start, piece.content);
    yield piece.content;
  }
  const key = ports.random(KEY_BYTES);
  await ports.blobs.put(blob, sealChunks({ key, blob }, content()));
  const type = fileType(start.subarray(0, SNIFFED_BYTES));
  return { blob, name, type, sizeBytes: piece.line.sizeBytes, key };
}

async function fileRows(
  db: Queryable,
  id: string,
  names: readonly string[],
): Promise<readonly FileRow[]> {
  return (await db.query<FileRow>(READ, [id, names])).rows;
}

/** The heads of the files that records of a part have, by name; throws `conflict` for one that is not here yet. */
export async function headsOf(
  { ports }: VaultGround,
  id: string,
  lines: readonly ExportLine[],
): Promise<ReadonlyMap<string, FileHead>> {
  const names = lines.flatMap(({ files }) => Object.values(files));
  if (names.length === 0) return new Map();
  if (new Set(names).size !== names.length)
    throw new Problem('invalid', 'two records have one file');
  const heads = new Map<string, FileHead>();
  for (const { name, head } of await fileRows(ports.pool, id, names)) {
    if (head === null) continue;
    heads.set(name, fileHead(await ports.keyring.open(head, contextOf(id, name))));
  }
  if (names.every((name) => heads.has(name))) return heads;
  throw new Problem('conflict', 'a part with records expected those with its files first', {
    hint: 'bring the parts in their order',
  });
}

/** The file columns of a record, with their files. */
export function fileValues(
  table: TableSchema,
  { files }: ExportLine,
  heads: ReadonlyMap<string, FileHead>,
): readonly Value[] {
  return Object.entries(files).map(([name, file]) => {
    const column = columnOf(table, name);
    const head = heads.get(file);
    if (column.type !== 'file' || head === undefined) {
      throw new Problem('invalid', `column \`${table.name}.${column.name}\` holds no files`);
    }
    requireFileType(column, head.type);
    return { column, json: null, plain: encodeFileHead(head) };
  });
}

/** Gives files to the records that have them: in the transaction that writes these. */
export async function useFiles(
  { trash }: VaultGround,
  tx: Transaction,
  use: { readonly id: string; readonly heads: ReadonlyMap<string, FileHead> },
): Promise<void> {
  const { id, heads } = use;
  if (heads.size === 0) return;
  const { rowCount } = await tx.query(USE, [id, [...heads.keys()]]);
  if (rowCount !== heads.size) throw new Problem('invalid', 'two records have one file');
  for (const { blob } of heads.values()) await trash.keep(tx, blob);
}

/** Forgets what is known of the files of an import that is over; what no record has, or is to have none, is removed. */
export async function dropFiles(
  { ports, trash }: VaultGround,
  tx: Transaction,
  { id, keepUsed }: { readonly id: string; readonly keepUsed: boolean },
): Promise<void> {
  type Row = Pick<FileRow, 'blob' | 'parts'> & { readonly used: boolean };
  const { rows } = await tx.query<Row>(DELETE, [id]);
  const gone = rows.filter(({ used }) => !(used && keepUsed));
  const blobs = gone.flatMap(({ blob, parts }) => [
    ...(blob === null ? [] : [blob]),
    ...parts.map((part) => waitingBlob(id, part)),
  ]);
  await trash.put(tx, blobs, { atMs: ports.clock() });
}
