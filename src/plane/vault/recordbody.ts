import { Problem } from '#base/problem';
import { KEYED_DIGEST_BYTES } from '#engines/crypto';

/** A value as it is stored: which column, and its sealed cell. */
export type StoredCell = { readonly column: number; readonly cell: Uint8Array };
/** A row of `vault.lookup` that leads to the record. */
export type StoredLookup = { readonly space: number; readonly digest: Uint8Array };

/** What a record holds (docs/formats/vault-record.md). */
export type RecordBody = {
  readonly cells: readonly StoredCell[];
  readonly lookups: readonly StoredLookup[];
  /** The record's tokens, sealed as one cell; null when it has none. */
  readonly tokens: Uint8Array | null;
};

export const CODE_BYTES = 16;
const FORMAT = 1;
const FIXED_BYTES = 1 + 2 + 2 + 4;
const CELL_HEAD_BYTES = 4 + 4;

/** A body to be filled in place: how large its cells are, and what leads to it. */
export type BodyPlan = {
  readonly cells: readonly { readonly column: number; readonly sizeBytes: number }[];
  readonly lookups: readonly StoredLookup[];
  /** Size of the sealed list of tokens, 0 for none. */
  readonly tokenBytes: number;
};

/** The body of a plan: all of it but the cells, the tokens and the code at its end, and where those go. */
export function planBody({ cells, lookups, tokenBytes }: BodyPlan): {
  readonly bytes: Uint8Array;
  readonly cells: readonly Uint8Array[];
  readonly tokens: Uint8Array;
} {
  const size =
    FIXED_BYTES +
    cells.reduce((sum, { sizeBytes }) => sum + CELL_HEAD_BYTES + sizeBytes, 0) +
    lookups.length * (4 + KEYED_DIGEST_BYTES) +
    tokenBytes +
    CODE_BYTES;
  const bytes = Buffer.allocUnsafe(size);
  bytes[0] = FORMAT;
  bytes.writeUInt16BE(cells.length, 1);
  bytes.writeUInt16BE(lookups.length, 3);
  bytes.writeUInt32BE(tokenBytes, 5);
  let at = FIXED_BYTES;
  const places = cells.map(({ column, sizeBytes }) => {
    bytes.writeUInt32BE(column, at);
    bytes.writeUInt32BE(sizeBytes, at + 4);
    at += CELL_HEAD_BYTES + sizeBytes;
    return bytes.subarray(at - sizeBytes, at);
  });
  for (const { space, digest } of lookups) {
    bytes.writeInt32BE(space, at);
    bytes.set(digest, at + 4);
    at += 4 + KEYED_DIGEST_BYTES;
  }
  return { bytes, cells: places, tokens: bytes.subarray(at, at + tokenBytes) };
}

/** The parts of a body, as views of its bytes; throws `corrupt` when they do not add up. */
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
    const cellAt = take(view.getUint32(head + 4));
    cells.push({ column: view.getUint32(head), cell: bytes.subarray(cellAt, at) });
  }
  const lookups: StoredLookup[] = [];
  for (let left = view.getUint16(3); left > 0; left--) {
    const head = take(4 + KEYED_DIGEST_BYTES);
    lookups.push({ space: view.getInt32(head), digest: bytes.subarray(head + 4, at) });
  }
  const tokensAt = take(view.getUint32(5));
  if (at !== end) throw malformed();
  return { cells, lookups, tokens: tokensAt === at ? null : bytes.subarray(tokensAt, at) };
}

function malformed(): Problem {
  return new Problem('corrupt', 'record expected a body of format 1');
}
