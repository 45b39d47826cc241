import { equalConstantTime, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import {
  CELL_OVERHEAD_BYTES,
  cellKeyVersion,
  cellOpener,
  fullDigest,
  recordStreams,
  STREAM_NONCE_BYTES,
  STREAM_SEAL_BYTES,
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
  const shared = recordStreams(keys.newest, null);
  return (record, subjectKey) => {
    const nonce = keys.random(STREAM_NONCE_BYTES);
    const streams = subjectKey === null ? shared : recordStreams(keys.newest, subjectKey);
    const tokens = record.tokens.length === 0 ? null : encodeTokens(record.tokens);
    const body = planBody({
      stream: { version: keys.newest.version, nonce },
      cells: record.values.map(({ column, plain }) => ({
        column: column.number,
        sizeBytes: plain.length,
      })),
      lookups: record.lookups,
      tokenBytes: tokens?.length ?? 0,
    });
    const stream = streams(nonce, body.tokens.at + (tokens?.length ?? 0) - STREAM_SEAL_BYTES);
    for (const [i, { plain }] of record.values.entries()) {
      const { from, to, at } = body.cells[i] as StoredCell; // INVARIANT: one a value
      stream.crypt(plain, at, body.bytes.subarray(from, to));
    }
    const { from, to, at } = body.tokens;
    if (tokens !== null) stream.crypt(tokens, at, body.bytes.subarray(from, to));
    const covered = place.record(record.id, record.state);
    const code = recordCode(keys.index, [covered, codedPart(body.bytes), stream.seal]);
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

/** Which versions of the table's key the records need; one that is malformed needs none, and does not open. */
export function keyVersions(records: readonly ParsedRecord[]): ReadonlySet<number> {
  const versions = new Set<number>();
  for (const { parts, body } of records) {
    if (parts instanceof Problem) continue;
    if (parts.stream !== null) versions.add(parts.stream.version);
    else for (const cell of sealedCells(parts, body)) versions.add(cellKeyVersion(cell));
  }
  return versions;
}

/** The cells of format 1 that can be cells. */
function sealedCells({ cells, tokens }: RecordBody, body: Uint8Array): readonly Uint8Array[] {
  return (tokens === null ? cells : [...cells, tokens])
    .map(({ from, to }) => body.subarray(from, to))
    .filter(({ length }) => length >= CELL_OVERHEAD_BYTES);
}

/**
 * Opens records of one table. Throws `corrupt` when a record is not, to the byte, what was last written under its id and
 * version: a cell, a digest, a subject or a version that was swapped or put back.
 */
export type RecordOpener = (record: ParsedRecord, subjectKey: Uint8Array | null) => OpenRecord;

/** What opens the parts of one record: by the name they are bound to, where they are. */
type Unseal = (part: Span, column: number) => Uint8Array;

export function recordOpener(vault: VaultSchema, table: TableSchema, keys: OpenKeys): RecordOpener {
  const place = placeOf(vault, table);
  const shared = cellOpener(keys.version, null);
  return (record, subjectKey) => {
    const body = record.parts;
    if (body instanceof Problem) throw body;
    const { id } = record;
    let unseal: Unseal;
    let seal: Uint8Array = NO_SEAL;
    if (body.stream === null) {
      const opener = subjectKey === null ? shared : cellOpener(keys.version, subjectKey);
      const associatedOf = place.cells(id);
      unseal = ({ from, to }, column) =>
        opener.open(record.body.subarray(from, to), associatedOf(column));
    } else {
      const { version, nonce } = body.stream;
      const stream = recordStreams(keys.version(version), subjectKey)(nonce, streamedBytes(body));
      ({ seal } = stream);
      unseal = ({ from, to, at }) => {
        const plain = new Uint8Array(to - from);
        stream.crypt(record.body.subarray(from, to), at, plain);
        return plain;
      };
    }
    return {
      id,
      state: authenticState(keys.index, place, { record, seal }),
      body,
      cell(column) {
        const stored = body.cells.find((one) => one.column === column);
        return stored === undefined ? null : unseal(stored, column);
      },
      tokens() {
        return body.tokens === null ? [] : decodeTokens(unseal(body.tokens, TOKENS_COLUMN));
      },
    };
  };
}

/** How much of the key stream the parts of a body take. */
function streamedBytes({ cells, tokens }: RecordBody): number {
  const last = tokens ?? cells.at(-1);
  return last === undefined ? 0 : last.at + last.to - last.from - STREAM_SEAL_BYTES;
}

/** The code of format 1 covers no key stream. */
const NO_SEAL = new Uint8Array(0);

/** A canary differs from other records in its code alone, so that nobody who reads the database can tell it apart. */
function authenticState(
  index: MaskKey,
  place: Place,
  { record, seal }: { readonly record: StoredRecord; readonly seal: Uint8Array },
): RecordState {
  const { version, subject, body } = record;
  const code = body.subarray(body.length - CODE_BYTES);
  for (const canary of [false, true]) {
    const state = { version, subject, canary };
    const parts = [place.record(record.id, state), codedPart(body), seal];
    if (equalConstantTime(code, recordCode(index, parts))) return state;
  }
  throw new Problem('corrupt', 'record is not what was written: its code does not fit');
}

/** All of a body but its code. */
function codedPart(body: Uint8Array): Uint8Array {
  return body.subarray(0, body.length - CODE_BYTES);
}

function recordCode(index: MaskKey, parts: readonly Uint8Array[]): Uint8Array {
  return fullDigest(index, 'record-code', ...parts).subarray(0, CODE_BYTES);
}

function encodeTokens(tokens: readonly HeldToken[]): Uint8Array {
  return utf8(JSON.stringify(tokens.map(({ column, space, token }) => [column, space, token])));
}

function decodeTokens(bytes: Uint8Array): readonly HeldToken[] {
  const list = JSON.parse(Buffer.from(bytes).toString('utf8')) as [number, number, string][];
  return list.map(([column, space, token]) => ({ column, space, token }));
}
