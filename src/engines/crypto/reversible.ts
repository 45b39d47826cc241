import { createDecipheriv, randomFillSync, timingSafeEqual } from 'node:crypto';
import { base64url, fromBase64 } from '#base/bytes';
import { Problem } from '#base/problem';
import { appendBase64url } from './base64url.ts';
import { BLOCK_BYTES, createBlockCipher } from './blocks.ts';
import type { BlockCipher } from './blocks.ts';
import { chainCells, copyBlock, subkeyOf, tagChains } from './chain.ts';
import { cellCount } from './column.ts';
import type { TextColumn } from './column.ts';
import { materialOf, preparedWith } from './key.ts';
import type { MaskKey } from './key.ts';

/**
 * The reversible mask: `r1.<key version>.<base64url(IV ‖ ciphertext ‖ tag)>`, AES-256-CBC with PKCS#7 padding under a
 * random IV a cell, then AES-256-CMAC under its own key over IV ‖ ciphertext (encrypt-then-MAC), so that an altered
 * value is refused instead of decrypting to something else. docs/formats/masked-values.md
 */
const PREFIX = 'r1.';
const MASKED = /^r1\.([1-9]\d{0,8})\.([A-Za-z0-9_-]+)$/u;
/** IV and tag around the ciphertext. */
const FRAME_BLOCKS = 2;
/** Cells worked on together: their state stays in the second-level cache. */
const SLICE_CELLS = 4_096;

type Ciphers = {
  readonly cell: BlockCipher;
  readonly tag: BlockCipher;
  readonly subkey: Uint32Array;
};

/** The cells of a slice that are not NULL, and where each one's blocks are in `blob` (IV, ciphertext, tag). */
type Slice = {
  readonly cells: Uint32Array;
  readonly first: Uint32Array;
  readonly blob: Uint8Array;
};

/** Fills a buffer with randomness. */
export type FillRandom = (buffer: Uint8Array) => void;

/** Masks each cell, also an empty one; NULL stays NULL. `fillRandom` gives the IVs. */
export function maskReversible(
  column: TextColumn,
  key: MaskKey,
  fillRandom: FillRandom = (buffer) => void randomFillSync(buffer),
): TextColumn {
  const ciphers = preparedWith(key, 'reversible', ({ cellKey, cellTagKey }): Ciphers => {
    const tag = createBlockCipher(cellTagKey);
    return { cell: createBlockCipher(cellKey), tag, subkey: subkeyOf(tag) };
  });
  const count = cellCount(column);
  const prefix = new TextEncoder().encode(`${PREFIX}${key.version}.`);
  const offsets = maskedOffsets(column, prefix.length);
  const out = new Uint8Array(offsets[count] ?? 0);
  for (let from = 0; from < count; from += SLICE_CELLS) {
    const slice = padSlice(column, from, Math.min(from + SLICE_CELLS, count));
    encryptSlice(slice, ciphers, fillRandom);
    writeSlice(slice, prefix, { out, offsets });
  }
  return { bytes: out, offsets, nulls: column.nulls.slice() };
}

/** Ciphertext blocks of a value: PKCS#7 always pads. */
function blocksOf(sizeBytes: number): number {
  return Math.floor(sizeBytes / BLOCK_BYTES) + 1;
}

function maskedOffsets(column: TextColumn, prefixBytes: number): Uint32Array {
  const count = cellCount(column);
  const offsets = new Uint32Array(count + 1);
  let at = 0;
  for (let cell = 0; cell < count; cell++) {
    if (column.nulls[cell] !== 1) {
      const size = (column.offsets[cell + 1] as number) - (column.offsets[cell] as number);
      at += prefixBytes + Math.ceil(((blocksOf(size) + FRAME_BLOCKS) * BLOCK_BYTES * 4) / 3);
    }
    offsets[cell + 1] = at;
  }
  return offsets;
}

/** Lays the padded plaintext of the cells `from` to `to` out as blocks, with room for IV and tag. */
function padSlice(column: TextColumn, from: number, to: number): Slice {
  const cells = new Uint32Array(to - from);
  const first = new Uint32Array(to - from + 1);
  let used = 0;
  for (let cell = from; cell < to; cell++) {
    if (column.nulls[cell] === 1) continue;
    const size = (column.offsets[cell + 1] as number) - (column.offsets[cell] as number);
    cells[used++] = cell;
    first[used] = (first[used - 1] as number) + blocksOf(size) + FRAME_BLOCKS;
  }
  const blob = new Uint8Array((first[used] as number) * BLOCK_BYTES);
  for (let i = 0; i < used; i++) {
    const cell = cells[i] as number;
    let at = ((first[i] as number) + 1) * BLOCK_BYTES;
    const end = column.offsets[cell + 1] as number;
    for (let source = column.offsets[cell] as number; source < end;)
      blob[at++] = column.bytes[source++] as number;
    const padding = BLOCK_BYTES - (at % BLOCK_BYTES);
    for (let k = 0; k < padding; k++) blob[at++] = padding;
  }
  return { cells: cells.subarray(0, used), first: first.subarray(0, used + 1), blob };
}

function encryptSlice(
  { cells, first, blob }: Slice,
  ciphers: Ciphers,
  fillRandom: FillRandom,
): void {
  const words = new Uint32Array(blob.buffer);
  const ivs = new Uint32Array(cells.length * 4);
  fillRandom(new Uint8Array(ivs.buffer));
  const begins = new Uint32Array(cells.length);
  const counts = new Uint32Array(cells.length);
  for (let i = 0; i < cells.length; i++) {
    const begin = first[i] as number;
    copyBlock(ivs, i * 4, { into: words, at: begin * 4 });
    begins[i] = begin + 1;
    counts[i] = (first[i + 1] as number) - begin - FRAME_BLOCKS;
  }
  chainCells(ciphers.cell, { words, begins, counts, states: ivs, store: true });
  tagSlice({ words, begins, counts }, ciphers);
}

/** Writes the CMAC (SP 800-38B) of IV ‖ ciphertext behind each ciphertext. */
function tagSlice(
  {
    words,
    begins,
    counts,
  }: { readonly words: Uint32Array; readonly begins: Uint32Array; readonly counts: Uint32Array },
  { tag, subkey }: Ciphers,
): void {
  const states = new Uint32Array(counts.length * 4);
  for (let i = 0; i < counts.length; i++) {
    begins[i] = (begins[i] as number) - 1;
    counts[i] = (counts[i] as number) + 1;
  }
  tagChains(tag, { words, begins, counts, states, store: false }, subkey);
  for (let i = 0; i < counts.length; i++) {
    copyBlock(states, i * 4, {
      into: words,
      at: ((begins[i] as number) + (counts[i] as number)) * 4,
    });
  }
}

function writeSlice(
  { cells, first, blob }: Slice,
  prefix: Uint8Array,
  { out, offsets }: { readonly out: Uint8Array; readonly offsets: Uint32Array },
): void {
  const view = new DataView(out.buffer);
  for (let i = 0; i < cells.length; i++) {
    let at = offsets[cells[i] as number] as number;
    for (let k = 0; k < prefix.length; k++) out[at++] = prefix[k] as number;
    appendBase64url(
      {
        bytes: blob,
        from: (first[i] as number) * BLOCK_BYTES,
        to: (first[i + 1] as number) * BLOCK_BYTES,
      },
      { out, view, at },
    );
  }
}

/** The key version a masked text names; throws `invalid` when it is none of ours. */
export function reversibleVersion(text: string): number {
  const match = MASKED.exec(text);
  if (match === null)
    throw new Problem('invalid', 'masked value expected the form `r1.<version>.<base64url>`');
  return Number(match[1]);
}

/** The value behind a masked text; throws `invalid` for another form, `corrupt` when it was altered or the key is another. */
export function unmaskReversible(text: string, key: MaskKey): string {
  if (reversibleVersion(text) !== key.version) {
    throw new Problem(
      'invalid',
      `key expected version ${reversibleVersion(text)}, got ${key.version}`,
    );
  }
  const written = text.slice(text.lastIndexOf('.') + 1);
  const sealed = fromBase64(written);
  // base64 of other than whole triples has spare bits; only one spelling of a value is ours
  if (base64url(sealed) !== written) throw altered();
  const tagAt = sealed.length - BLOCK_BYTES;
  if (sealed.length < (FRAME_BLOCKS + 1) * BLOCK_BYTES || sealed.length % BLOCK_BYTES !== 0)
    throw altered();
  const { cellKey, cellTagKey } = materialOf(key);
  if (
    !timingSafeEqual(
      cmacOfBlocks(createBlockCipher(cellTagKey), sealed.subarray(0, tagAt)),
      sealed.subarray(tagAt),
    )
  ) {
    throw altered();
  }
  const decipher = createDecipheriv('aes-256-cbc', cellKey, sealed.subarray(0, BLOCK_BYTES));
  return Buffer.concat([
    decipher.update(sealed.subarray(BLOCK_BYTES, tagAt)),
    decipher.final(),
  ]).toString('utf8');
}

/** CMAC of one or more whole blocks. */
function cmacOfBlocks(cipher: BlockCipher, message: Uint8Array): Uint8Array {
  const words = new Uint32Array(message.slice().buffer);
  const states = new Uint32Array(4);
  const chain = {
    words,
    begins: Uint32Array.of(0),
    counts: Uint32Array.of(words.length / 4),
    states,
    store: false,
  };
  tagChains(cipher, chain, subkeyOf(cipher));
  return new Uint8Array(states.buffer);
}

function altered(): Problem {
  return new Problem('corrupt', 'masked value was altered or masked under another key');
}
