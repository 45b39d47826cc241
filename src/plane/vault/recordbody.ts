import { Problem } from '#base/problem';
import { KEYED_DIGEST_BYTES } from '#engines/crypto';

/** Where a sealed cell stands in the body: from one byte to before another. */
export type Span = { readonly from: number; readonly to: number };
/** A value as it is stored: of which column, and where its cell is. */
export type StoredCell = Span & { readonly column: number };
/** A row of `vault.lookup` that leads to the record. */
export type StoredLookup = { readonly space: number; readonly digest: Uint8Array };

/** What a record holds (docs/formats/vault-record.md). */
export type RecordBody = {
  readonly cells: readonly StoredCell[];
  readonly lookups: readonly StoredLookup[];
  /** The record's tokens, sealed as one cell; null when it has none. */
  readonly tokens: Span | null;
};

export const CODE_BYTES = 16;
const FORMAT = 1;
const FIXED_BYTES = 1 + 2 + 2 + 4;
const CELL_HEAD_BYTES = 4 + 4;
const LOOKUP_BYTES = 4 + KEYED_DIGEST_BYTES;

/** A body to be filled in place: how large its cells are, and what leads to it. */
export type BodyPlan = {
  readonly cells: readonly { readonly column: number; readonly sizeBytes: number }[];
  readonly lookups: readonly StoredLookup[];
  /** Size of the sealed list of tokens, 0 for none. */
  readonly tokenBytes: number;
};

/** A body in the making: all of it but the cells, the tokens and the code at its end, and where those go. */
export type PlannedBody = {
  readonly bytes: Uint8Array;
  readonly cells: readonly StoredCell[];
  readonly tokens: Span;
};

export function planBody({ cells, lookups, tokenBytes }: BodyPlan): PlannedBody {
  let size = FIXED_BYTES + tokenBytes + CODE_BYTES;
  for (const { sizeBytes } of cells) size += CELL_HEAD_BYTES + sizeBytes;
  size += lookups.length * LOOKUP_BYTES;
  const bytes = Buffer.allocUnsafe(size);
  bytes[0] = FORMAT;
  bytes.writeUInt16BE(cells.length, 1);
  bytes.writeUInt16BE(lookups.length, 3);
  bytes.writeUInt32BE(tokenBytes, 5);
  let at = FIXED_BYTES;
  const places = cells.map(({ column, sizeBytes }): StoredCell => {
    bytes.writeUInt32BE(column, at);
    bytes.writeUInt32BE(sizeBytes, at + 4);
    at += CELL_HEAD_BYTES + sizeBytes;
    return { column, from: at - sizeBytes, to: at };
  });
  for (const { space, digest } of lookups) {
    bytes.writeInt32BE(space, at);
    bytes.set(digest, at + 4);
    at += LOOKUP_BYTES;
  }
  return { bytes, cells: places, tokens: { from: at, to: at + tokenBytes } };
}

/** The parts of a body; throws `corrupt` when they do not add up. */
export function decodeBody(bytes: Uint8Array): RecordBody {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - CODE_BYTES;
  if (end < FIXED_BYTES || bytes[0] !== FORMAT) throw malformed();
  let at = FIXED_BYTES;
  const take = (sizeBytes: number) => {
    if (at + sizeBytes > end) throw malformed();
    at += sizeBytes;
    return at - sizeBytes;
  };
  const cells: StoredCell[] = [];
  for (let left = view.getUint16(1); left > 0; left--) {
    const head = take(CELL_HEAD_BYTES);
    const from = take(view.getUint32(head + 4));
    cells.push({ column: view.getUint32(head), from, to: at });
  }
  const lookupsAt = take(view.getUint16(3) * LOOKUP_BYTES);
  const from = take(view.getUint32(5));
  if (at !== end) throw malformed();
  return {
    cells,
    // Made when they are asked for: most reads want one value.
    get lookups() {
      return lookupsIn(bytes.subarray(lookupsAt, from));
    },
    tokens: from === at ? null : { from, to: at },
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
  return new Problem('corrupt', 'record expected a body of format 1');
}
