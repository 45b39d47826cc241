import { Problem } from '#base/problem';
import { concat } from '#base/bytes';
import { KEY_BYTES } from '#engines/crypto';
import type { Budget } from '../reveal/budget.ts';
import { alarmCanaries } from '../reveal/canary.ts';
import type { Ruling, RulingOf, VaultCaller } from '../caller.ts';
import { sealChunks, openChunks } from './filechunks.ts';
import { encodeFileHead, fileHead } from './filehead.ts';
import type { FileHead } from './filehead.ts';
import { fileType, SNIFFED_BYTES } from './filetype.ts';
import type { VaultGround } from '../ground.ts';
import { bagsOf, createKeyBag } from '../keys/keybag.ts';
import type { Opened } from '../keys/keybag.ts';
import { FILE_BYTES_MAX, FILE_NAME_CHARACTERS_MAX } from '../limits.ts';
import { isUuid, recordIds } from '../schema/place.ts';
import { attempted } from '../records/preparedrow.ts';
import { recordsById, wholeRecords } from '../records/recordtable.ts';
import { ruled, startReveal } from '../reveal/reveal.ts';
import { RowFailures } from '../records/rowfailures.ts';
import { runAgain } from '../writing/runagain.ts';
import { columnOf, tableOf } from '../schema/schema.ts';
import type { ColumnSchema, TableSchema, VaultSchema } from '../schema/schema.ts';
import { isVisible, showsAny, shownRecord } from '../records/shownrecord.ts';
import type { ShownRecord } from '../records/shownrecord.ts';
import { commitRows } from '../writing/write.ts';
import type { WriteOutcome } from '../writing/writerequest.ts';
import { isWritable, noRecord } from '../writing/writerow.ts';
import { valuesOf } from '../writing/writewave.ts';

/** A file column of a record. */
export type FilePlace = {
  readonly vault: string;
  readonly table: string;
  readonly record: string;
  readonly column: string;
};

export type UploadRequest = Omit<FilePlace, 'record'> & {
  /** Null for a new record that holds the file. */
  readonly record: string | null;
  readonly caller: VaultCaller;
  readonly ruling: RulingOf;
  /** What the caller may read: only of what it sees is it told that it may not change it. */
  readonly read?: RulingOf;
  /** What the file is called; the name decides nothing. */
  readonly name: string;
  readonly content: AsyncIterable<Uint8Array>;
  /** Refuse more bytes than this; the vault's own limit holds besides. */
  readonly bytesMax?: number;
};

export type DownloadRequest = FilePlace & {
  readonly caller: VaultCaller;
  readonly ruling: RulingOf;
  readonly budget?: Budget | null;
};

export type RemoveFileRequest = FilePlace & Pick<UploadRequest, 'caller' | 'ruling' | 'read'>;

/** A file as it goes out. */
export type OpenFile = Pick<FileHead, 'name' | 'type' | 'sizeBytes'> & {
  readonly content: AsyncIterable<Uint8Array>;
};

/** What became of an upload. */
export type Uploaded = Pick<FileHead, 'name' | 'type' | 'sizeBytes'> & {
  readonly record: string;
  readonly version: number;
};

const NEW = { kind: 'new', canary: false } as const;

/** A blob that is being written may lie about this long before it counts as left behind. */
const UPLOAD_MS_MAX = 24 * 60 * 60 * 1_000;

/**
 * Puts a file into a record in place of the one that was there. The content is sealed on its way to the blob store; the
 * record points to it when all of it is there. Throws `invalid` for a type the column does not take, `limit` for too much.
 */
export async function uploadFile(ground: VaultGround, request: UploadRequest): Promise<Uploaded> {
  const { ports, trash } = ground;
  const vault = await ground.schemas.get(request.vault);
  const table = tableOf(vault, request.table);
  const column = fileColumn(table, request.column);
  await requireTaken(ground, { vault, table, column, request });
  const blob = `files/${vault.id}/${recordIds(ports.clock(), ports.random)()}`;
  await trash.put(ports.pool, [blob], { atMs: ports.clock() + UPLOAD_MS_MAX });
  try {
    const head = await store(ground, { request, column, blob });
    const { record, version } = await point(ground, request, head);
    return { name: head.name, type: head.type, sizeBytes: head.sizeBytes, record, version };
  } catch (thrown) {
    await trash.put(ports.pool, [blob], { atMs: ports.clock() });
    throw thrown;
  } finally {
    await trash.empty();
  }
}

/** The file of a record, opened chunk by chunk; the reveal is in the ledger before the first byte. */
export async function downloadFile(
  ground: VaultGround,
  request: DownloadRequest,
): Promise<OpenFile> {
  return fileOf(ground, await revealFile(ground, request));
}

/** The file that a head speaks of. */
export function fileOf({ ports }: VaultGround, head: FileHead): OpenFile {
  const { name, type, sizeBytes, key, blob } = head;
  return { name, type, sizeBytes, content: openChunks({ key, blob }, ports.blobs.read(blob)) };
}

/** The head of the file of a record; when it is had, the reveal is in the ledger. Throws `gone` for another file than `blob`. */
export async function revealFile(
  ground: VaultGround,
  request: DownloadRequest & { readonly blob?: string },
): Promise<FileHead> {
  const { ports } = ground;
  const vault = await ground.schemas.get(request.vault);
  const table = tableOf(vault, request.table);
  const column = fileColumn(table, request.column);
  const bag = await createKeyBag(ground, vault);
  const { caller } = request;
  const ruling = attempted(() => ruled(request, table));
  if (ruling instanceof Problem) {
    await alarmCanaries(ground, bag, { caller, vault, table, ids: [request.record] });
    throw ruling;
  }
  const terms = { caller, vault, ruling: request.ruling, budget: request.budget ?? null };
  const reveal = startReveal(ground, bag, { ...terms, operation: 'download' });
  const rows = wholeRecords(await recordsById(ports.pool, table, [request.record].filter(isUuid)));
  const opened = (await bag.open(table, rows))[0];
  if (opened?.kind === 'corrupt') reveal.corrupt(table, opened.id);
  if (opened?.kind === 'record') reveal.touched(table, opened.record);
  const shown = attempted(() => fileShown(opened, { table, column, ruling, request }));
  if (shown instanceof Problem) {
    await reveal.settle();
    throw shown;
  }
  reveal.show(shown, column, 'PLAIN_TEXT');
  reveal.count(shown);
  await reveal.settle();
  return shown.head;
}

/** The record whose file is asked for, with the head of its file; throws why there is none to be had. */
function fileShown(
  opened: Opened | undefined,
  {
    table,
    column,
    ruling,
    request,
  }: {
    readonly table: TableSchema;
    readonly column: ColumnSchema;
    readonly ruling: Ruling;
    readonly request: FilePlace & { readonly blob?: string };
  },
): ShownRecord & { readonly head: FileHead } {
  if (opened?.kind === 'corrupt') throw opened.problem;
  if (opened?.kind !== 'record') throw noRecord(table, request.record);
  const shown = shownRecord(table, opened.record, ruling);
  if (!showsAny(shown)) throw noRecord(table, request.record);
  // Said before it is looked at: whether there is a file is not told either.
  if (ruling.shows(column.id, shown.valueOf) !== 'PLAIN_TEXT') {
    throw new Problem('denied', `files of column \`${column.name}\` are not yours to see`, {
      hint: `decision \`${ruling.id}\` says why`,
    });
  }
  const plain = opened.record.cell(column.number);
  if (plain === null) {
    throw new Problem('not-found', `record has no file in column \`${column.name}\``);
  }
  const head = fileHead(plain);
  if (request.blob === undefined || request.blob === head.blob) return { ...shown, head };
  throw new Problem('gone', 'another file has come in place of the one asked for', {
    hint: 'ask for another link',
  });
}

/** Removes the file of a record; the record stays. */
export async function removeFile(ground: VaultGround, request: RemoveFileRequest): Promise<number> {
  const vault = await ground.schemas.get(request.vault);
  const table = tableOf(vault, request.table);
  await requireTaken(ground, { vault, table, column: fileColumn(table, request.column), request });
  const { version } = await point(ground, request, null);
  await ground.trash.empty();
  return version;
}

function fileColumn(table: TableSchema, name: string): ColumnSchema {
  const column = columnOf(table, name);
  if (column.type === 'file') return column;
  throw new Problem('invalid', `column \`${table.name}.${column.name}\` holds no files`);
}

/** Refuses early: nobody should send a large file that is not taken, or for a record that is not there or not theirs to change. */
async function requireTaken(
  ground: VaultGround,
  work: {
    readonly vault: VaultSchema;
    readonly table: TableSchema;
    readonly column: ColumnSchema;
    readonly request: Omit<UploadRequest, 'name' | 'content'>;
  },
): Promise<void> {
  const { vault, table, column, request } = work;
  const { caller, record: id, read } = request;
  const bag = await createKeyBag(ground, vault);
  const ids = id === null ? [] : [id].filter(isUuid);
  const rows = wholeRecords(await recordsById(ground.ports.pool, table, ids));
  const [opened] = await bag.open(table, rows);
  const refusal = attempted(() => {
    const ruling = request.ruling(table);
    if (ruling.effect === 'deny') throw denied(table, ruling);
    if (id === null) return;
    if (opened?.kind === 'corrupt') throw opened.problem;
    if (opened?.kind !== 'record') throw noRecord(table, id);
    const { record } = opened;
    if (isWritable(ruling, { table, columns: [column], values: valuesOf(table, record) })) return;
    throw isVisible(read, table, record) ? denied(table, ruling) : noRecord(table, id);
  });
  if (!(refusal instanceof Problem)) return;
  await alarmCanaries(ground, bag, { caller, vault, table, ids });
  throw refusal;
}

function denied(table: TableSchema, { id }: Ruling): Problem {
  return new Problem('denied', `files of table \`${table.name}\` are not yours to write`, {
    hint: `decision \`${id}\` says why`,
  });
}

/** Seals the content into its blob; gives the head. */
async function store(
  { ports }: VaultGround,
  {
    request,
    column,
    blob,
  }: { readonly request: UploadRequest; readonly column: ColumnSchema; readonly blob: string },
): Promise<FileHead> {
  const name = checkFileName(request.name);
  const { start, rest } = await startOf(request.content);
  const type = fileType(start);
  requireFileType(column, type);
  const limit = Math.min(request.bytesMax ?? FILE_BYTES_MAX, FILE_BYTES_MAX);
  const counter = { sizeBytes: 0 };
  const key = ports.random(KEY_BYTES);
  await ports.blobs.put(blob, sealChunks({ key, blob }, counted(rest, counter, limit)));
  return { blob, name, type, sizeBytes: counter.sizeBytes, key };
}

/** Points the record to the file, or to none, in one transaction; what it pointed to before is removed. */
async function point(
  ground: VaultGround,
  request: Omit<UploadRequest, 'name' | 'content'>,
  head: FileHead | null,
): Promise<Extract<WriteOutcome, { kind: 'written' }>> {
  const { caller, ruling, record, read } = request;
  const bags = bagsOf(ground);
  if (record !== null && !isUuid(record)) {
    throw noRecord(tableOf(await ground.schemas.get(request.vault), request.table), record);
  }
  const outcomes = await runAgain(async (): Promise<readonly WriteOutcome[]> => {
    const vault = await ground.schemas.get(request.vault);
    const table = tableOf(vault, request.table);
    const column = fileColumn(table, request.column);
    const bag = await bags(vault);
    const value = head === null ? null : { column, json: null, plain: encodeFileHead(head) };
    const change = {
      values: value === null ? [] : [value],
      cleared: value === null ? [column] : [],
    };
    const [target, row] =
      record === null
        ? ([NEW, { kind: 'insert', table: table.name, fields: {} }] as const)
        : ([
            { kind: 'id', id: record, ifVersion: null },
            { kind: 'update', table: table.name, id: record, fields: {} },
          ] as const);
    return ofOneRow(() =>
      commitRows(ground, {
        request: {
          caller,
          vault: vault.id,
          rows: [row],
          rulings: { insert: ruling, update: ruling, ...(read === undefined ? {} : { read }) },
        },
        vault,
        bag,
        rows: [{ row: 0, table, change, tokens: {}, wantsTokens: false, target }],
        failed: new Map(),
        ...(head === null ? {} : { also: (tx) => ground.trash.keep(tx, head.blob) }),
      }),
    );
  });
  const [outcome] = outcomes;
  if (outcome?.kind === 'written') return outcome;
  throw outcome?.problem ?? new Problem('internal', 'file was neither kept nor refused');
}

/** There is one row: what is wrong with it is what went wrong. */
async function ofOneRow<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (thrown) {
    if (!(thrown instanceof RowFailures)) throw thrown;
    throw [...thrown.problems.values()][0] ?? thrown;
  }
}

/** Throws `invalid` when the column takes no files of this type. */
export function requireFileType(column: ColumnSchema, type: string): void {
  if (column.fileTypes === null || column.fileTypes.includes(type)) return;
  throw new Problem('invalid', `column \`${column.name}\` takes no files of type \`${type}\``, {
    hint: `it takes ${column.fileTypes.map((one) => `\`${one}\``).join(', ')}; the type is read from the content`,
  });
}

/** The name when it can be a file's; throws `invalid`. */
export function checkFileName(name: string): string {
  const fits = name.length >= 1 && name.length <= FILE_NAME_CHARACTERS_MAX;
  if (fits && !/[\p{Cc}/\\]/u.test(name) && name.isWellFormed()) return name;
  throw new Problem(
    'invalid',
    `file name expected 1 to ${FILE_NAME_CHARACTERS_MAX} characters without slashes`,
  );
}

/** The first bytes of some content, and all of it again. */
async function startOf(
  content: AsyncIterable<Uint8Array>,
): Promise<{ readonly start: Uint8Array; readonly rest: AsyncIterable<Uint8Array> }> {
  const iterator = content[Symbol.asyncIterator]();
  let start: Uint8Array = new Uint8Array(0);
  let next = await iterator.next();
  while (next.done !== true) {
    start = concat(start, next.value);
    if (start.length >= SNIFFED_BYTES) break;
    next = await iterator.next();
  }
  async function* rest() {
    yield start;
    for (let more = await iterator.next(); more.done !== true; more = await iterator.next()) {
      yield more.value;
    }
  }
  return { start: start.subarray(0, SNIFFED_BYTES), rest: rest() };
}

async function* counted(
  content: AsyncIterable<Uint8Array>,
  counter: { sizeBytes: number },
  bytesMax: number,
): AsyncIterable<Uint8Array> {
  for await (const piece of content) {
    counter.sizeBytes += piece.length;
    if (counter.sizeBytes > bytesMax) {
      throw new Problem('limit', `file too large: limit ${bytesMax} bytes`);
    }
    yield piece;
  }
}
