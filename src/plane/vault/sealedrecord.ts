import { equalConstantTime, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import {
  CELL_OVERHEAD_BYTES,
  cellKeyVersion,
  cellOpener,
  cellSealer,
  fullDigest,
  NONCE_HALF_BYTES,
} from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
import type { Lookup } from './lookups.ts';
import { placeOf, TOKENS_COLUMN } from './place.ts';
import type { Place, RecordState } from './place.ts';
import type { Value } from './preparedrow.ts';
import { CODE_BYTES, decodeBody, planBody } from './recordbody.ts';
import type { RecordBody, Span, StoredCell } from './recordbody.ts';
import type { TableSchema, VaultSchema } from './schema.ts';

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

/** Seals records of one table that are written together. */
export type RecordSealer = (record: ClearRecord, subjectKey: Uint8Array | null) => Uint8Array;

/** The keys and randomness of one write. */
export type SealKeys = {
  readonly newest: MaskKey;
  readonly index: MaskKey;
  readonly random: (sizeBytes: number) => Uint8Array;
};

export function recordSealer(vault: VaultSchema, table: TableSchema, keys: SealKeys): RecordSealer {
  const place = placeOf(vault, table);
  const shared = cellSealer(keys.newest, {
    nonce: keys.random(NONCE_HALF_BYTES),
    subjectKey: null,
  });
  return (record, subjectKey) => {
    const sealer =
      subjectKey === null
        ? shared
        : cellSealer(keys.newest, { nonce: keys.random(NONCE_HALF_BYTES), subjectKey });
    const nonces = keys.random((record.values.length + 1) * NONCE_HALF_BYTES);
    const nonceAt = (i: number) =>
      nonces.subarray(i * NONCE_HALF_BYTES, (i + 1) * NONCE_HALF_BYTES);
    const tokens = record.tokens.length === 0 ? null : encodeTokens(record.tokens);
    const body = planBody({
      cells: record.values.map(({ column, plain }) => ({
        column: column.number,
        sizeBytes: plain.length + CELL_OVERHEAD_BYTES,
      })),
      lookups: record.lookups,
      tokenBytes: tokens === null ? 0 : tokens.length + CELL_OVERHEAD_BYTES,
    });
    const associatedOf = place.cells(record.id);
    for (const [i, { column, plain: plaintext }] of record.values.entries()) {
      const associated = associatedOf(column.number);
      const { from } = body.cells[i] as StoredCell; // INVARIANT: one a value
      sealer.seal({ plaintext, associated, nonce: nonceAt(i) }, body.bytes, from);
    }
    if (tokens !== null) {
      const associated = associatedOf(TOKENS_COLUMN);
      const nonce = nonceAt(record.values.length);
      sealer.seal({ plaintext: tokens, associated, nonce }, body.bytes, body.tokens.from);
    }
    const code = recordCode(keys.index, place.record(record.id, record.state), body.bytes);
    body.bytes.set(code, body.bytes.length - CODE_BYTES);
    return body.bytes;
  };
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
  try {
    return { ...record, parts: decodeBody(record.body) };
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    return { ...record, parts: thrown };
  }
}

/** Which versions of the table's key the records need; what is too short to be a cell needs none, and does not open. */
export function keyVersions(records: readonly ParsedRecord[]): ReadonlySet<number> {
  const versions = new Set<number>();
  for (const { parts, body } of records) {
    if (parts instanceof Problem) continue;
    for (const { from, to } of parts.tokens === null ? parts.cells : [...parts.cells, parts.tokens])
      if (to - from >= CELL_OVERHEAD_BYTES) versions.add(cellKeyVersion(body.subarray(from, to)));
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
  const shared = cellOpener(keys.version, null);
  return (record, subjectKey) => {
    const { id, parts } = record;
    if (parts instanceof Problem) throw parts;
    const state = authenticState(keys.index, place, record);
    const opener = subjectKey === null ? shared : cellOpener(keys.version, subjectKey);
    const associatedOf = place.cells(id);
    const open = ({ from, to }: Span, column: number) =>
      opener.open(record.body.subarray(from, to), associatedOf(column));
    return {
      id,
      state,
      body: parts,
      cell(column) {
        const stored = parts.cells.find((one) => one.column === column);
        return stored === undefined ? null : open(stored, column);
      },
      tokens() {
        return parts.tokens === null ? [] : decodeTokens(open(parts.tokens, TOKENS_COLUMN));
      },
    };
  };
}

/** A canary differs from other records in its code alone, so that nobody who reads the database can tell it apart. */
function authenticState(index: MaskKey, place: Place, record: StoredRecord): RecordState {
  const { version, subject, body } = record;
  const code = body.subarray(body.length - CODE_BYTES);
  for (const canary of [false, true]) {
    const state = { version, subject, canary };
    if (equalConstantTime(code, recordCode(index, place.record(record.id, state), body)))
      return state;
  }
  throw new Problem('corrupt', 'record is not what was written: its code does not fit');
}

/** The code over the place and all of a body but its code. */
function recordCode(index: MaskKey, place: Uint8Array, body: Uint8Array): Uint8Array {
  const covered = body.subarray(0, body.length - CODE_BYTES);
  return fullDigest(index, 'record-code', place, covered).subarray(0, CODE_BYTES);
}

function encodeTokens(tokens: readonly HeldToken[]): Uint8Array {
  return utf8(JSON.stringify(tokens.map(({ column, space, token }) => [column, space, token])));
}

function decodeTokens(bytes: Uint8Array): readonly HeldToken[] {
  const list = JSON.parse(Buffer.from(bytes).toString('utf8')) as [number, number, string][];
  return list.map(([column, space, token]) => ({ column, space, token }));
}
