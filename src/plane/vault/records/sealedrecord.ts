import { Problem } from '#base/problem';
import { CELL_OVERHEAD_BYTES, cellKeys, cellKeyVersion, cellOpener, hmacOf } from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
import type { Lookup } from './lookups.ts';
import { HEAD_BYTES, placeOf, TOKENS_COLUMN, writeHead } from '../schema/place.ts';
import type { RecordState } from '../schema/place.ts';
import type { Value } from './preparedrow.ts';
import { layOut, RECORD_CANARY, RECORD_CORRUPT, stateOf } from './recordbatch.ts';
import type { LaidBatch } from './recordbatch.ts';
import { RecordBody } from './recordbody.ts';
import type { Span } from './recordbody.ts';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';

/** A token of a record, as it is kept with the record. */
export type HeldToken = { readonly column: number; readonly space: number; readonly token: string };

/** A record before it is sealed. */
export type ClearRecord = {
  readonly id: string;
  readonly state: RecordState;
  readonly values: readonly Pick<Value, 'column' | 'plain'>[];
  readonly lookups: readonly Lookup[];
  readonly tokens: readonly HeldToken[];
};

/** A record to be sealed, and the key of its subject. */
export type Sealable = { readonly record: ClearRecord; readonly subjectKey: Uint8Array | null };

/** Lays records of one table out that are written together. */
export function layRecords(
  where: { readonly vault: VaultSchema; readonly table: TableSchema },
  records: readonly Sealable[],
  random: (sizeBytes: number) => Uint8Array,
): LaidBatch {
  const laid = records.map(({ record: { id, state, values, lookups, tokens }, subjectKey }) => ({
    id,
    version: state.version,
    subject: state.subject,
    canary: state.canary,
    subjectKey,
    values,
    lookups,
    tokens: tokens.length === 0 ? null : encodeTokens(tokens),
  }));
  return layOut(where, laid, random);
}

/** A record as it lies in the database. */
export type StoredRecord = {
  readonly id: string;
  readonly version: number;
  readonly subject: bigint | null;
  readonly body: Uint8Array;
};

/** A record whose code was right; its cells open on demand. */
export type OpenRecord = {
  readonly id: string;
  readonly state: RecordState;
  readonly body: RecordBody;
  /** The plaintext of a column, or null when it has none; throws `corrupt`. */
  cell(column: number): Uint8Array | null;
  tokens(): readonly HeldToken[];
};

export type OpenKeys = {
  readonly index: MaskKey;
  readonly version: (version: number) => MaskKey;
};

/** A record whose parts were told apart, and nothing else; `corrupt` where they do not add up. */
export type ParsedRecord = StoredRecord & { readonly parts: RecordBody | Problem };

export function parsedRecord(record: StoredRecord): ParsedRecord {
  // Whoever owns the database can write what no head can hold.
  if (record.version < 0) return { ...record, parts: unfit() };
  try {
    return { ...record, parts: new RecordBody(record.body) };
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    return { ...record, parts: thrown };
  }
}

/** Which versions of the table's key the records need; what is too short to be a cell needs none, and does not open. */
export function keyVersions(records: readonly ParsedRecord[]): ReadonlySet<number> {
  const versions = new Set<number>();
  let last = 0; // most records are of one version
  for (const { parts, body } of records) {
    if (parts instanceof Problem) continue;
    const add = (from: number, to: number) => {
      const version = to - from >= CELL_OVERHEAD_BYTES ? cellKeyVersion(body, from) : last;
      if (version !== last) versions.add((last = version));
    };
    parts.eachCell(add);
    const { tokens } = parts;
    if (tokens !== null) add(tokens.from, tokens.to);
  }
  return versions;
}

/**
 * Opens records of one table. Throws `corrupt` when a record is not, to the byte, what was last written under its id and
 * version: a cell, a digest, a subject or a version that was swapped or put back.
 */
export type RecordOpener = (record: ParsedRecord, subjectKey: Uint8Array | null) => OpenRecord;

export function recordOpener(vault: VaultSchema, table: TableSchema, keys: OpenKeys): RecordOpener {
  const place = placeOf(vault, table);
  const cellsOf = (version: number) => cellKeys(keys.version(version));
  const shared = cellOpener(cellsOf, null);
  const code = hmacOf(keys.index, RECORD_CODE);
  return (record, subjectKey) => {
    const { id, version, subject, parts, body } = record;
    if (parts instanceof Problem) throw parts;
    const head = Buffer.alloc(HEAD_BYTES);
    writeHead(head, 0, { id, version, subject, canary: false });
    const found = stateOf(place, code, { head, body });
    if (found === RECORD_CORRUPT) throw unfit();
    const state = { version, subject, canary: found === RECORD_CANARY };
    const opener = subjectKey === null ? shared : cellOpener(cellsOf, subjectKey);
    return openRecord({ id, state, parts }, ({ from, to }, column) =>
      opener.open(body.subarray(from, to), place.cells(head)(column)),
    );
  };
}

/** A record whose code was found to fit; `open` gives the plaintext of a cell of it. */
export function openRecord(
  { id, state, parts }: Pick<OpenRecord, 'id' | 'state'> & { readonly parts: RecordBody },
  open: (cell: Span, column: number) => Uint8Array,
): OpenRecord {
  return {
    id,
    state,
    body: parts,
    cell(column) {
      const stored = parts.cell(column);
      return stored === null ? null : open(stored, column);
    },
    tokens() {
      const stored = parts.tokens;
      return stored === null ? [] : decodeTokens(open(stored, TOKENS_COLUMN));
    },
  };
}

/** The use of the key that codes over records are made with. */
export const RECORD_CODE = 'record-code';

export function unfit(): Problem {
  return new Problem('corrupt', 'record is not what was written: its code does not fit');
}

function encodeTokens(tokens: readonly HeldToken[]): Uint8Array {
  return Buffer.from(
    JSON.stringify(tokens.map(({ column, space, token }) => [column, space, token])),
    'utf8',
  );
}

function decodeTokens(bytes: Uint8Array): readonly HeldToken[] {
  const list = JSON.parse(Buffer.from(bytes).toString('utf8')) as [number, number, string][];
  return list.map(([column, space, token]) => ({ column, space, token }));
}
