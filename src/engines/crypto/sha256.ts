import type { KeyObject } from 'node:crypto';
import { assert } from '#base/assert';
import { viewOf } from './blocks.ts';
import type { TextColumn } from './column.ts';
import { createShaLanes, LANES } from './sha256lanes.ts';

/**
 * SHA-256 (FIPS 180-4) of salt ‖ value for many cells, four at a time. node:crypto is the oracle of its tests. No step
 * depends on what is hashed, only on its length.
 */

/** The salt fills half a block, so that values of up to 23 bytes take one compression. */
export const SALT_BYTES = 32;
export const DIGEST_HEX_BYTES = 64;

const BLOCK_WORDS = 16;
const BLOCK_BYTES = 64;
/** The bit of padding and the length in bits end the last block (FIPS 180-4 §5.1.1). */
const LENGTH_BYTES = 8;
const PADDING = 0x80;
const TWO_32 = 2 ** 32;

/** A salt as words, big-endian. */
export type Salt = Int32Array;

/** The cells to hash, and where in `out` the 64 hex digits of each go. */
export type HashTargets = {
  readonly cells: Uint32Array;
  readonly out: Uint8Array;
  readonly positions: Uint32Array;
};

const lanes = createShaLanes();
const HEX_PAIRS = Uint16Array.from({ length: 256 }, (_, byte) => {
  const [high, low] = byte.toString(16).padStart(2, '0');
  return ((high ?? '').charCodeAt(0) << 8) | (low ?? '').charCodeAt(0);
});

/** The words of a 32-byte salt. */
export function saltOf(key: KeyObject): Salt {
  const bytes = key.export();
  assert(bytes.length === SALT_BYTES, 'salt expected 32 bytes');
  const salt = Int32Array.from({ length: SALT_BYTES / 4 }, (_, i) => bytes.readInt32BE(i * 4));
  bytes.fill(0);
  return salt;
}

/** Writes the hex digest of salt ‖ value for each target cell. */
export function hashCells(column: TextColumn, salt: Salt, targets: HashTargets): void {
  const input: Input = { column, salt, view: viewOf(column.bytes) };
  const out = viewOf(targets.out);
  const { cells, positions } = targets;
  for (let first = 0; first < cells.length; first += LANES) {
    const group = Math.min(LANES, cells.length - first);
    let blocksMax = 0;
    for (let lane = 0; lane < group; lane++) {
      blocksMax = Math.max(blocksMax, blocksOf(column, cells[first + lane] as number));
    }
    lanes.reset();
    for (let block = 0; block < blocksMax; block++) {
      for (let lane = 0; lane < group; lane++)
        loadBlock(input, { cell: cells[first + lane] as number, block, lane });
      lanes.compress();
      for (let lane = 0; lane < group; lane++) {
        // a lane that ended before runs on with what it holds, and nobody looks
        const ended = blocksOf(column, cells[first + lane] as number) === block + 1;
        if (ended) writeDigest(lane, out, positions[first + lane] as number);
      }
    }
  }
  lanes.words.fill(0);
}

type Input = { readonly column: TextColumn; readonly salt: Salt; readonly view: DataView };
type Place = { readonly cell: number; readonly block: number; readonly lane: number };

function blocksOf({ offsets }: TextColumn, cell: number): number {
  const size = (offsets[cell + 1] as number) - (offsets[cell] as number);
  return ((SALT_BYTES + size + LENGTH_BYTES) >>> 6) + 1;
}

/** Puts one block of salt ‖ value ‖ padding into a lane. */
function loadBlock({ column, salt, view }: Input, { cell, block, lane }: Place): void {
  const { words } = lanes;
  const from = column.offsets[cell] as number;
  const to = column.offsets[cell + 1] as number;
  const salted = block === 0 ? salt.length : 0;
  for (let t = 0; t < salted; t++) words[t * LANES + lane] = salt[t] as number;
  let at = from + block * BLOCK_BYTES - SALT_BYTES + salted * 4;
  for (let t = salted; t < BLOCK_WORDS; t++, at += 4) {
    words[t * LANES + lane] =
      at + 4 <= to ? view.getInt32(at) : at > to ? 0 : lastWord(column.bytes, at, to);
  }
  if (block + 1 < blocksOf(column, cell)) return;
  const bits = (SALT_BYTES + to - from) * 8;
  words[14 * LANES + lane] = Math.floor(bits / TWO_32);
  words[15 * LANES + lane] = bits;
}

/** The last bytes of a value and the bit that ends it. */
function lastWord(bytes: Uint8Array, at: number, to: number): number {
  let word = 0;
  for (let k = at; k < to; k++) word = (word << 8) | (bytes[k] as number);
  const left = 4 - (to - at);
  return ((word << 8) | PADDING) << (8 * (left - 1));
}

function writeDigest(lane: number, out: DataView, position: number): void {
  let at = position;
  for (let i = lane; i < lanes.state.length; i += LANES) {
    const word = lanes.state[i] as number;
    for (let shift = 24; shift >= 0; shift -= 8, at += 2)
      out.setUint16(at, HEX_PAIRS[(word >>> shift) & 0xff] as number);
  }
}
