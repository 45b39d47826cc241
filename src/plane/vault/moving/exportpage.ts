import { hex } from '#base/bytes';
import type { Json } from '#base/canonical';
import { statement } from '#platform/db';
import type { VaultCaller } from '../caller.ts';
import { fileHead } from '../files/filehead.ts';
import type { FileHead } from '../files/filehead.ts';
import type { VaultGround } from '../ground.ts';
import { createKeyBag } from '../keys/keybag.ts';
import type { KeyBag } from '../keys/keybag.ts';
import { recordDigest, toldBy } from '../leaf.ts';
import { movingTokens } from './movingtokens.ts';
import type { MovingToken, TokensOf } from './movingtokens.ts';
import type { Value } from '../records/preparedrow.ts';
import type { OpenRecord, StoredRecord } from '../records/sealedrecord.ts';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';
import { subjectDigest } from '../writing/writerow.ts';
import { valuesOf } from '../writing/writewave.ts';

const PAGE = statement(import.meta.url, '../sql/exportpage.sql');

/** Records of one page, which is one part: one transaction where they are imported. */
export const PART_RECORDS = 500;
/** Bytes of sealed records that a page is read from, and one more record: no more is opened at once. */
const PAGE_BYTES_MAX = 4 * 1024 * 1024;
/** A page with large records has fewer; a single record is never cut. */
const PAGE_CHARACTERS_MAX = 4 * 1024 * 1024;
/** A page with large files has fewer: an export that broke off goes on behind a whole page. */
const PAGE_FILE_BYTES_MAX = 32 * 1024 * 1024;

/** One record in a part. */
export type ExportLine = {
  readonly table: string;
  readonly id: string;
  readonly fields: Readonly<Record<string, Json>>;
  /** By column and token group. */
  readonly tokens: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly transient: Readonly<Record<string, Readonly<Record<string, readonly MovingToken[]>>>>;
  /** Names of the files that are in parts before, by column. */
  readonly files: Readonly<Record<string, string>>;
  readonly canary: boolean;
  /** Keyed digest of the data subject, as the exporting vault has it; null where the record is nobody's. */
  readonly subject: string | null;
};

/** A file of a record of the page. */
export type PageFile = {
  readonly name: string;
  readonly head: FileHead;
  readonly subject: string | null;
};

/** Records behind one another, with their files; `last` is the one the next page goes on behind. */
export type ExportPage = {
  readonly lines: readonly ExportLine[];
  readonly files: readonly PageFile[];
  readonly last: string;
};

type PageWish = {
  readonly caller: VaultCaller;
  readonly export: string;
  readonly beganAtMs: number;
  readonly vault: VaultSchema;
  readonly table: TableSchema;
  readonly after: string | null;
};

type Row = Omit<StoredRecord, 'subject'> & { readonly subject: string | null };

/** The next page of a table as it was when the export began, or null when there is no more; throws `corrupt` with an alarm. */
export async function exportPage(ground: VaultGround, wish: PageWish): Promise<ExportPage | null> {
  const { pool } = ground.ports;
  const { vault, table } = wish;
  const values = [wish.export, table.number, wish.after, PART_RECORDS, PAGE_BYTES_MAX];
  const { rows } = await pool.query<Row>(PAGE, values);
  const last = rows.at(-1)?.id;
  if (last === undefined) return null;
  const stored = rows.map((row) => {
    return { ...row, subject: row.subject === null ? null : BigInt(row.subject) };
  });
  // Made anew for every page, so that the kill switch holds in the middle of a long export.
  const bag = await createKeyBag(ground, vault);
  const read = await openAll(ground, bag, { ...wish, stored });
  const tokensOf = await movingTokens(ground, bag, { ...wish, read });
  const lines: ExportLine[] = [];
  const files: PageFile[] = [];
  let [characters, fileBytes] = [0, 0];
  for (const one of read) {
    const line = lineOf({ table, bag, tokensOf }, one);
    const own = filesOf(one.values, line.subject);
    characters += JSON.stringify(line).length;
    fileBytes += own.reduce((sum, { head }) => sum + head.sizeBytes, 0);
    const isFull = characters > PAGE_CHARACTERS_MAX || fileBytes > PAGE_FILE_BYTES_MAX;
    const before = lines.at(-1);
    if (isFull && before !== undefined) return { lines, files, last: before.id };
    lines.push(line);
    files.push(...own);
  }
  return { lines, files, last };
}

/** A record that was opened. */
type ReadRecord = { readonly record: OpenRecord; readonly values: readonly Value[] };

/** Those whose subject was not forgotten. */
async function openAll(
  { ports }: VaultGround,
  bag: KeyBag,
  { caller, vault, table, stored }: PageWish & { readonly stored: readonly StoredRecord[] },
): Promise<readonly ReadRecord[]> {
  const read: ReadRecord[] = [];
  for (const opened of await bag.open(table, stored)) {
    if (opened.kind === 'gone') continue;
    if (opened.kind === 'corrupt') {
      const record = recordDigest(bag.index, opened.id);
      const alarm = { table: table.id, reason: 'corrupt', record } as const;
      await ports.ledger.write({ kind: 'vault-alarm', ...toldBy(caller, vault), ...alarm });
      throw opened.problem;
    }
    read.push({ record: opened.record, values: valuesOf(table, opened.record) });
  }
  return read;
}

type Lining = {
  readonly table: TableSchema;
  readonly bag: KeyBag;
  readonly tokensOf: TokensOf;
};

function lineOf({ table, bag, tokensOf }: Lining, { record, values: all }: ReadRecord): ExportLine {
  const tokens: Record<string, Record<string, string>> = {};
  for (const { column: number, space, token } of record.tokens()) {
    const column = table.columns.find((one) => one.number === number);
    const policy = column?.tokens.find((one) => one.space === space);
    if (column !== undefined && policy !== undefined) {
      tokens[column.name] = { ...tokens[column.name], [policy.group]: token };
    }
  }
  const values = all.filter(({ column }) => column.type !== 'file');
  const transient: Record<string, Record<string, readonly MovingToken[]>> = {};
  for (const { column } of values) {
    for (const policy of column.tokens) {
      const held = tokensOf(record.id, column, policy);
      if (held.length === 0) continue;
      transient[column.name] = { ...transient[column.name], [policy.group]: held };
    }
  }
  const files = all.filter(({ column }) => column.type === 'file');
  const subject = subjectDigest(bag.index, table, values);
  return {
    table: table.name,
    id: record.id,
    fields: Object.fromEntries(values.map(({ column, json }) => [column.name, json])),
    tokens,
    transient,
    files: Object.fromEntries(
      files.map(({ column, plain }) => [column.name, fileName(fileHead(plain))]),
    ),
    canary: record.state.canary,
    subject: subject === null ? null : hex(subject),
  };
}

function filesOf(values: readonly Value[], subject: string | null): readonly PageFile[] {
  return values
    .filter(({ column }) => column.type === 'file')
    .map(({ plain }) => fileHead(plain))
    .map((head) => ({ name: fileName(head), head, subject }));
}

/** No two files have one blob. */
function fileName({ blob }: FileHead): string {
  return blob.slice(blob.lastIndexOf('/') + 1);
}
