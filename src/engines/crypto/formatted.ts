import { createHash } from 'node:crypto';
import { concat, textOf, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { alphabetOf, STAND_IN_MARK } from './alphabet.ts';
import type { Alphabet, AlphabetName } from './alphabet.ts';
import { cellCount, columnOf } from './column.ts';
import type { TextColumn } from './column.ts';
import { createFf1, DIGITS_MAX } from './ff1.ts';
import type { Ff1 } from './ff1.ts';
import { preparedWith } from './key.ts';
import type { MaskKey, MaskMaterial } from './key.ts';
import { readNumerals, writeBareCells, writeCell } from './numerals.ts';
import type { CellRange, Numerals } from './numerals.ts';
import { DIGEST_HEX_BYTES, hashCells, saltOf } from './sha256.ts';
import type { Salt } from './sha256.ts';

/** Replaces the characters of an alphabet by others of it (FF1), leaves separators in place. docs/formats/masked-values.md */
export type FormatMask = {
  readonly kind: 'format-preserving';
  readonly alphabet: AlphabetName;
  readonly separators: string;
};

type Format = { readonly alphabet: Alphabet; readonly ff1: Ff1; readonly salt: Salt };

const TWEAK_DOMAIN = 'privet/ff1/v1\n';
const TWEAK_BYTES = 8;
const STAND_IN_BYTES = 1 + DIGEST_HEX_BYTES;
/** A character of one byte may become one of four. */
const UTF8_BYTES_MAX = 4;
/** Cells worked on together: what they need stays in the second-level cache. */
const SLICE_CELLS = 4_096;
const STAND_IN_MARK_BYTE = STAND_IN_MARK.charCodeAt(0);

/**
 * Masks each cell, keeping length and separators. A cell with too few or too many characters, or with foreign ones,
 * becomes `~` and the hex of a salted SHA-256, so that the mask stays total and injective. Throws `invalid` for a bad
 * alphabet.
 */
export function maskFormatPreserving(
  column: TextColumn,
  spec: FormatMask,
  key: MaskKey,
): TextColumn {
  const format = formatOf(spec, key);
  const count = cellCount(column);
  const growth = format.alphabet.oneByte ? 1 : UTF8_BYTES_MAX;
  const offsets = new Uint32Array(count + 1);
  let bytes = new Uint8Array(column.bytes.length * growth);
  for (let from = 0; from < count; from += SLICE_CELLS) {
    const range = { column, from, to: Math.min(from + SLICE_CELLS, count) };
    const numerals = readNumerals(range, format.alphabet, {
      min: format.ff1.digitsMin,
      max: DIGITS_MAX,
    });
    format.ff1.crypt(numerals.batch, 'encrypt');
    bytes = withRoom(bytes, (offsets[from] as number) + sliceBytesMax(range, numerals, growth));
    writeSlice(range, { format, numerals }, { bytes, offsets });
  }
  return { bytes: bytes.subarray(0, offsets[count]), offsets, nulls: column.nulls.slice() };
}

/** The value behind a masked text; throws `unsupported` for a stand-in, `invalid` for a text outside the alphabet. */
export function unmaskFormatPreserving(text: string, spec: FormatMask, key: MaskKey): string {
  if (text.startsWith(STAND_IN_MARK)) {
    throw new Problem('unsupported', 'masked value expected a reversible form, got a stand-in', {
      hint: 'the value had too few, too many or foreign characters and was hashed',
    });
  }
  const { alphabet, ff1 } = formatOf(spec, key);
  const column = columnOf([text]);
  const numerals = readNumerals({ column, from: 0, to: 1 }, alphabet, {
    min: ff1.digitsMin,
    max: DIGITS_MAX,
  });
  if (numerals.others.length > 0)
    throw new Problem('invalid', 'masked value expected characters of its alphabet');
  ff1.crypt(numerals.batch, 'decrypt');
  const bytes = new Uint8Array(column.bytes.length * UTF8_BYTES_MAX);
  return textOf(bytes.subarray(0, writeCell({ column, alphabet, numerals }, 0, { bytes, at: 0 })));
}

/** Domain separation: alphabets that share a key and a size must not share a permutation. */
function alphabetTweak(characters: string): Uint8Array {
  const digest = createHash('sha256')
    .update(concat(utf8(TWEAK_DOMAIN), utf8(characters)))
    .digest();
  return new Uint8Array(digest.subarray(0, TWEAK_BYTES));
}

function formatOf(spec: FormatMask, key: MaskKey): Format {
  const name = JSON.stringify(['format-preserving', spec.alphabet, spec.separators]);
  return preparedWith(key, name, (material: MaskMaterial) => {
    const alphabet = alphabetOf(spec.alphabet, spec.separators);
    return {
      alphabet,
      ff1: createFf1(material.formatKey, alphabet.radix, alphabetTweak(alphabet.characters)),
      salt: saltOf(material.formatSalt),
    };
  });
}

/** Writes the cells of a slice; what could not be taken is hashed into its gap at the end. */
function writeSlice(
  { column, from, to }: CellRange,
  { format, numerals }: { readonly format: Format; readonly numerals: Numerals },
  { bytes, offsets }: { readonly bytes: Uint8Array; readonly offsets: Uint32Array },
): void {
  const { taken, others } = numerals;
  const { alphabet } = format;
  let at = offsets[from] as number;
  if (writeBareCells({ column, from, to }, { alphabet, numerals }, { bytes, at })) {
    for (let i = 0; i < to - from; i++)
      offsets[from + i + 1] = at + (numerals.batch.starts[i + 1] as number);
    return;
  }
  const source = { column, alphabet, numerals };
  let value = 0;
  for (let cell = from; cell < to; cell++) {
    if (taken[value] === cell) {
      at = writeCell(source, value, { bytes, at });
      value++;
    } else if (column.nulls[cell] !== 1) {
      bytes[at] = STAND_IN_MARK_BYTE;
      at += STAND_IN_BYTES;
    }
    offsets[cell + 1] = at;
  }
  if (others.length === 0) return;
  const positions = others.map((cell) => (offsets[cell] as number) + 1);
  hashCells(column, format.salt, { cells: others, out: bytes, positions });
}

function sliceBytesMax(
  { column, from, to }: CellRange,
  { others }: Numerals,
  growth: number,
): number {
  const input = (column.offsets[to] as number) - (column.offsets[from] as number);
  return input * growth + others.length * STAND_IN_BYTES;
}

function withRoom(bytes: Uint8Array<ArrayBuffer>, sizeBytes: number): Uint8Array<ArrayBuffer> {
  if (sizeBytes <= bytes.length) return bytes;
  const grown = new Uint8Array(Math.max(sizeBytes, bytes.length * 2));
  grown.set(bytes);
  return grown;
}
