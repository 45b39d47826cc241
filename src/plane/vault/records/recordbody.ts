import { Problem } from '#base/problem';
import { CELL_OVERHEAD_BYTES, KEYED_DIGEST_BYTES, layCell } from '#engines/crypto';

/** Where a sealed cell stands in the body: from one byte to before another. */
export type Span = { readonly from: number; readonly to: number };
/** A row of `vault.lookup` that leads to the record. */
export type StoredLookup = { readonly space: number; readonly digest: Uint8Array };

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

/** What a record holds (docs/formats/vault-record.md). Parts are told apart when they are asked for: most reads want one value of many. */
export class RecordBody {
  readonly #bytes: Uint8Array;
  readonly #cells: number;
  readonly #lookupsAt: number;
  readonly #tokensAt: number;

  /** Throws `corrupt` when the parts do not add up. */
  constructor(bytes: Uint8Array) {
    const end = bytes.length - CODE_BYTES;
    if (end < FIXED_BYTES || bytes[0] !== FORMAT) throw malformed();
    this.#bytes = bytes;
    this.#cells = uint16(bytes, 1);
    let at = FIXED_BYTES;
    for (let left = this.#cells; left > 0; left--) {
      if (at + CELL_HEAD_BYTES > end) throw malformed();
      at += CELL_HEAD_BYTES + uint32(bytes, at + 4);
      if (at > end) throw malformed();
    }
    this.#lookupsAt = at;
    this.#tokensAt = at + uint16(bytes, 3) * LOOKUP_BYTES;
    if (this.#tokensAt + uint32(bytes, 5) !== end) throw malformed();
  }

  /** Where the cell of a column is, null when it has none. */
  cell(column: number): Span | null {
    let found: Span | null = null;
    this.eachCell((from, to, of) => {
      if (of === column) found ??= { from, to };
    });
    return found;
  }

  /** Visits the cells of all columns. */
  eachCell(visit: (from: number, to: number, column: number) => void): void {
    let at = FIXED_BYTES;
    for (let left = this.#cells; left > 0; left--) {
      const column = uint32(this.#bytes, at);
      const from = at + CELL_HEAD_BYTES;
      at = from + uint32(this.#bytes, at + 4);
      visit(from, at, column);
    }
  }

  get lookups(): readonly StoredLookup[] {
    const bytes = this.#bytes;
    const lookups: StoredLookup[] = [];
    for (let at = this.#lookupsAt; at < this.#tokensAt; at += LOOKUP_BYTES) {
      const digest = bytes.subarray(at + 4, at + LOOKUP_BYTES);
      lookups.push({ space: uint32(bytes, at) | 0, digest });
    }
    return lookups;
  }

  /** Whether one of the lookups is that of the digest in the space. */
  leads(space: number, digest: Uint8Array): boolean {
    for (let at = this.#lookupsAt; at < this.#tokensAt; at += LOOKUP_BYTES) {
      if ((uint32(this.#bytes, at) | 0) !== space) continue;
      if (Buffer.compare(this.#bytes.subarray(at + 4, at + LOOKUP_BYTES), digest) === 0)
        return true;
    }
    return false;
  }

  /** The record's tokens, sealed as one cell; null when it has none. */
  get tokens(): Span | null {
    const [from, to] = [this.#tokensAt, this.#bytes.length - CODE_BYTES];
    return from === to ? null : { from, to };
  }
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) * 2 ** 8 + (bytes[at + 1] as number);
}

function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 2 ** 16 + uint16(bytes, at + 2);
}

function malformed(): Problem {
  return new Problem('corrupt', 'record expected a body of format 1');
}
