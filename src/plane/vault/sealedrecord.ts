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
import type { RecordBody } from './recordbody.ts';
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
      sealer.seal({ plaintext, associated, nonce: nonceAt(i) }, body.cells[i] as Uint8Array); // INVARIANT: one a value
    }
    if (tokens !== null) {
      const associated = associatedOf(TOKENS_COLUMN);
      const nonce = nonceAt(record.values.length);
      sealer.seal({ plaintext: tokens, associated, nonce }, body.tokens);
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

/** Which versions of the table's key the records need; a body that is malformed needs none, and does not open. */
export function keyVersions(records: readonly StoredRecord[]): ReadonlySet<number> {
  const versions = new Set<number>();
  for (const { body } of records) {
    try {
      const { cells, tokens } = decodeBody(body);
      for (const { cell } of cells) versions.add(cellKeyVersion(cell));
      if (tokens !== null) versions.add(cellKeyVersion(tokens));
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown;
    }
  }
  return versions;
}

/**
 * Opens records of one table. Throws `corrupt` when a record is not, to the byte, what was last written under its id and
 * version: a cell, a digest, a subject or a version that was swapped or put back.
 */
export type RecordOpener = (record: StoredRecord, subjectKey: Uint8Array | null) => OpenRecord;

export function recordOpener(vault: VaultSchema, table: TableSchema, keys: OpenKeys): RecordOpener {
  const place = placeOf(vault, table);
  const shared = cellOpener(keys.version, null);
  return (record, subjectKey) => {
    const body = decodeBody(record.body);
    const state = authenticState(keys.index, place, record);
    const opener = subjectKey === null ? shared : cellOpener(keys.version, subjectKey);
    const associatedOf = place.cells(record.id);
    return {
      id: record.id,
      state,
      body,
      cell(column) {
        const stored = body.cells.find((one) => one.column === column);
        return stored === undefined ? null : opener.open(stored.cell, associatedOf(column));
      },
      tokens() {
        if (body.tokens === null) return [];
        return decodeTokens(opener.open(body.tokens, associatedOf(TOKENS_COLUMN)));
      },
    };
  };
}

/** A canary differs from other records in its code alone, so that nobody who reads the database can tell it apart. */
function authenticState(index: MaskKey, place: Place, record: StoredRecord): RecordState {
  const code = record.body.subarray(record.body.length - CODE_BYTES);
  for (const canary of [false, true]) {
    const state = { version: record.version, subject: record.subject, canary };
    if (equalConstantTime(code, recordCode(index, place.record(record.id, state), record.body)))
      return state;
  }
  throw new Problem('corrupt', 'record is not what was written: its code does not fit');
}

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
