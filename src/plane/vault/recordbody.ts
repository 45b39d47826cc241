import { Problem } from '#base/problem';
import { KEYED_DIGEST_BYTES, STREAM_NONCE_BYTES, STREAM_SEAL_BYTES } from '#engines/crypto';

/** Where bytes stand: from one to before another in the body, and where they begin in the record's key stream. */
export type Span = { readonly from: number; readonly to: number; readonly at: number };
/** A value as it is stored: of which column, and where. */
export type StoredCell = Span & { readonly column: number };
/** A row of `vault.lookup` that leads to the record. */
export type StoredLookup = { readonly space: number; readonly digest: Uint8Array };

/** What a record's key stream is made of: which version of the table's key, and a nonce. */
export type StreamHead = { readonly version: number; readonly nonce: Uint8Array };

/** What a record holds (docs/formats/vault-record.md). */
export type RecordBody = {
  /** Null in format 1, where each cell is sealed by itself. */
  readonly stream: StreamHead | null;
  readonly cells: readonly StoredCell[];
  readonly lookups: readonly StoredLookup[];
  /** The record's tokens, sealed as one cell; null when it has none. */
  readonly tokens: Span | null;
};

export const CODE_BYTES = 16;
/** Each cell with a key, a nonce and a tag of its own: read, and no longer written. */
const FORMAT_CELLS = 1;
const FORMAT_STREAM = 2;
const FIXED_BYTES = 1 + 2 + 2 + 4;
const STREAM_HEAD_BYTES = 4 + STREAM_NONCE_BYTES;
const CELL_HEAD_BYTES = 4 + 4;
const LOOKUP_BYTES = 4 + KEYED_DIGEST_BYTES;

/** A body to be filled in place: how large its cells are, and what leads to it. */
export type BodyPlan = {
  readonly stream: StreamHead;
  readonly cells: readonly { readonly column: number; readonly sizeBytes: number }[];
  readonly lookups: readonly StoredLookup[];
  /** Size of the list of tokens, 0 for none. */
  readonly tokenBytes: number;
};

/** A body in the making: all of it but the cells, the tokens and the code at its end, and where those go. */
export type PlannedBody = {
  readonly bytes: Uint8Array;
  readonly cells: readonly StoredCell[];
  readonly tokens: Span;
};

export function planBody({ stream, cells, lookups, tokenBytes }: BodyPlan): PlannedBody {
  let size = FIXED_BYTES + STREAM_HEAD_BYTES + tokenBytes + CODE_BYTES;
  for (const { sizeBytes } of cells) size += CELL_HEAD_BYTES + sizeBytes;
  size += lookups.length * LOOKUP_BYTES;
  const bytes = Buffer.allocUnsafe(size);
  bytes[0] = FORMAT_STREAM;
  bytes.writeUInt16BE(cells.length, 1);
  bytes.writeUInt16BE(lookups.length, 3);
  bytes.writeUInt32BE(tokenBytes, 5);
  bytes.writeUInt32BE(stream.version, FIXED_BYTES);
  bytes.set(stream.nonce, FIXED_BYTES + 4);
  let at = FIXED_BYTES + STREAM_HEAD_BYTES;
  let streamed = STREAM_SEAL_BYTES;
  const places = cells.map(({ column, sizeBytes }): StoredCell => {
    bytes.writeUInt32BE(column, at);
    bytes.writeUInt32BE(sizeBytes, at + 4);
    at += CELL_HEAD_BYTES + sizeBytes;
    streamed += sizeBytes;
    return { column, from: at - sizeBytes, to: at, at: streamed - sizeBytes };
  });
  for (const { space, digest } of lookups) {
    bytes.writeInt32BE(space, at);
    bytes.set(digest, at + 4);
    at += LOOKUP_BYTES;
  }
  return { bytes, cells: places, tokens: { from: at, to: at + tokenBytes, at: streamed } };
}

/** The parts of a body; throws `corrupt` when they do not add up. */
export function decodeBody(bytes: Uint8Array): RecordBody {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - CODE_BYTES;
  const format = bytes[0];
  if (end < FIXED_BYTES || (format !== FORMAT_CELLS && format !== FORMAT_STREAM)) throw malformed();
  let at = FIXED_BYTES;
  const take = (sizeBytes: number) => {
    if (at + sizeBytes > end) throw malformed();
    at += sizeBytes;
    return at - sizeBytes;
  };
  let stream: StreamHead | null = null;
  if (format === FORMAT_STREAM) {
    const head = take(STREAM_HEAD_BYTES);
    stream = { version: view.getUint32(head), nonce: bytes.subarray(head + 4, at) };
  }
  const cells: StoredCell[] = [];
  let streamed = STREAM_SEAL_BYTES;
  for (let left = view.getUint16(1); left > 0; left--) {
    const head = take(CELL_HEAD_BYTES);
    const from = take(view.getUint32(head + 4));
    cells.push({ column: view.getUint32(head), from, to: at, at: streamed });
    streamed += at - from;
  }
  const lookupsAt = take(view.getUint16(3) * LOOKUP_BYTES);
  const from = take(view.getUint32(5));
  if (at !== end) throw malformed();
  return {
    stream,
    cells,
    // Made when they are asked for: most reads want one value.
    get lookups() {
      return lookupsIn(bytes.subarray(lookupsAt, from));
    },
    tokens: from === at ? null : { from, to: at, at: streamed },
  };
}

function lookupsIn(bytes: Uint8Array): readonly StoredLookup[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lookups: StoredLookup[] = [];
  for (let at = 0; at < bytes.length; at += LOOKUP_BYTES) {
    const digest = bytes.subarray(at + 4, at + LOOKUP_BYTES);
    lookups.push({ space: view.getInt32(at), digest });
  }
  return lookups;
}

function malformed(): Problem {
  return new Problem('corrupt', 'record expected a body of format 1 or 2');
}
