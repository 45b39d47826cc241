import { hash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { assert } from '#base/assert';
import type { TextColumn } from './column.ts';

/**
 * SHA-256 (FIPS 180-4) of salt ‖ value for many cells: one call of node:crypto a cell, over one buffer that holds the
 * salt already. What a call costs is mostly what is made for it, so views of that buffer are kept by their size, and the
 * digest comes as text: as bytes it would be a new array each, three times slower (docs/design/column-cryptography.md).
 */

/** The salt fills half a block, so that values of up to 23 bytes take one compression. */
const SALT_BYTES = 32;
export const DIGEST_HEX_BYTES = 64;

/** Values up to this many bytes are copied by a loop, which is cheaper than a call, and hashed through a kept view. */
const SHORT_BYTES_MAX = 128;
/** Digests of cells that lie side by side are written together, up to so many characters a call. */
const JOINED_DIGITS_MAX = 64 * DIGEST_HEX_BYTES;

/** A salt, with room behind it for a short value. Goes with the key it was prepared from. */
export type Salt = {
  readonly packed: Buffer;
  /** The salt and the first `i` bytes behind it, by `i`. */
  readonly views: readonly Buffer[];
};

/** The cells to hash, and where in `out` the 64 hex digits of each go. */
export type HashTargets = {
  readonly cells: Uint32Array;
  readonly out: Uint8Array;
  readonly positions: Uint32Array;
};

/** A 32-byte salt, ready to be hashed with; throws `internal` on another size. */
export function saltOf(key: KeyObject): Salt {
  const bytes = key.export();
  assert(bytes.length === SALT_BYTES, 'salt expected 32 bytes');
  const packed = Buffer.alloc(SALT_BYTES + SHORT_BYTES_MAX);
  bytes.copy(packed);
  bytes.fill(0);
  const views = Array.from({ length: SHORT_BYTES_MAX + 1 }, (_, size) =>
    packed.subarray(0, SALT_BYTES + size),
  );
  return { packed, views };
}

/** Writes the hex digest of salt ‖ value for each target cell. */
export function hashCells(column: TextColumn, salt: Salt, targets: HashTargets): void {
  const { cells, positions } = targets;
  const out = Buffer.from(targets.out.buffer, targets.out.byteOffset, targets.out.length);
  let digits = '';
  let begin = 0;
  for (let i = 0; i < cells.length; i++) {
    const position = positions[i] as number;
    if (position !== begin + digits.length || digits.length === JOINED_DIGITS_MAX) {
      out.write(digits, begin, 'latin1');
      digits = '';
      begin = position;
    }
    digits += digestOf(column, cells[i] as number, salt);
  }
  out.write(digits, begin, 'latin1');
  salt.packed.fill(0, SALT_BYTES);
}

/** The hex digest of one cell. */
function digestOf({ bytes, offsets }: TextColumn, cell: number, salt: Salt): string {
  const from = offsets[cell] as number;
  const size = (offsets[cell + 1] as number) - from;
  const view = salt.views[size];
  if (view === undefined) return longDigest(bytes.subarray(from, from + size), salt);
  for (let i = 0; i < size; i++) view[SALT_BYTES + i] = bytes[from + i] as number;
  return hash('sha256', view, 'hex');
}

/** The hex digest of a value that has no room behind the salt. */
function longDigest(value: Uint8Array, { packed }: Salt): string {
  const whole = Buffer.alloc(SALT_BYTES + value.length);
  packed.copy(whole, 0, 0, SALT_BYTES);
  whole.set(value, SALT_BYTES);
  const digest = hash('sha256', whole, 'hex');
  whole.fill(0);
  return digest;
}
