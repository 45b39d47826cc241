import { Problem } from '#base/problem';
import { CELL_OVERHEAD_BYTES, KEYED_DIGEST_BYTES, layCell } from '#engines/crypto';

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

/** What a body is made of. */
export type BodyPlan = {
  readonly values: readonly {
    readonly column: { readonly number: number };
    readonly plain: Uint8Array;
  }[];
  readonly lookups: readonly StoredLookup[];
  /** The list of tokens, null for none. */
  readonly tokens: Uint8Array | null;
};

export function bodySize({ values, lookups, tokens }: BodyPlan): number {
  let size = FIXED_BYTES + lookups.length * LOOKUP_BYTES + CODE_BYTES;
  for (const { plain } of values) size += CELL_HEAD_BYTES + plain.length + CELL_OVERHEAD_BYTES;
  return tokens === null ? size : size + tokens.length + CELL_OVERHEAD_BYTES;
}

/** Writes a body into `out` from `at` on: all but its code, and what is to be sealed laid where its cells will be. */
export function layBody(
  { values, lookups, tokens }: BodyPlan,
  nonce: () => Uint8Array,
  { out, at: begin }: { readonly out: Buffer; readonly at: number },
): void {
  out[begin] = FORMAT;
  out.writeUInt16BE(values.length, begin + 1);
  out.writeUInt16BE(lookups.length, begin + 3);
  out.writeUInt32BE(tokens === null ? 0 : tokens.length + CELL_OVERHEAD_BYTES, begin + 5);
  let at = begin + FIXED_BYTES;
  for (const { column, plain: plaintext } of values) {
    const sizeBytes = plaintext.length + CELL_OVERHEAD_BYTES;
    out.writeUInt32BE(column.number, at);
    out.writeUInt32BE(sizeBytes, at + 4);
    layCell({ plaintext, nonce: nonce() }, out, at + CELL_HEAD_BYTES);
    at += CELL_HEAD_BYTES + sizeBytes;
  }
  for (const { space, digest } of lookups) {
    out.writeInt32BE(space, at);
    out.set(digest, at + 4);
    at += LOOKUP_BYTES;
  }
  if (tokens !== null) layCell({ plaintext: tokens, nonce: nonce() }, out, at);
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
