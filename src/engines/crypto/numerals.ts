import { FOREIGN } from './alphabet.ts';
import type { Alphabet } from './alphabet.ts';
import { codePointAt, codePointBytes } from './codepoint.ts';
import type { TextColumn } from './column.ts';
import type { DigitBatch } from './digits.ts';

/** Some cells of a column as numerals of an alphabet. */
export type Numerals = {
  readonly batch: DigitBatch;
  /** The cell each value of the batch comes from, rising. */
  readonly taken: Uint32Array;
  /** The cells that are not NULL and cannot be taken, rising. */
  readonly others: Uint32Array;
};

/** The cells `from` to `to` of a column. */
export type CellRange = { readonly column: TextColumn; readonly from: number; readonly to: number };

/** How many characters of the alphabet a value may have. */
export type LengthBounds = { readonly min: number; readonly max: number };

/** Reads every cell that consists of characters of the alphabet and separators only and is of a length within bounds. */
export function readNumerals(
  range: CellRange,
  alphabet: Alphabet,
  { min, max }: LengthBounds,
): Numerals {
  const { column, from, to } = range;
  const { offsets, nulls } = column;
  const digits = new Uint16Array((offsets[to] as number) - (offsets[from] as number));
  const starts = new Uint32Array(to - from + 1);
  const taken = new Uint32Array(to - from);
  const others = new Uint32Array(to - from);
  let takenCount = 0;
  let othersCount = 0;
  let used = 0;
  for (let cell = from; cell < to; cell++) {
    if (nulls[cell] === 1) continue;
    const end = readCell(column, cell, { alphabet, digits, at: used });
    if (end - used >= min && end - used <= max) {
      taken[takenCount++] = cell;
      starts[takenCount] = end;
      used = end;
    } else {
      others[othersCount++] = cell;
    }
  }
  return {
    batch: { digits, starts: starts.subarray(0, takenCount + 1) },
    taken: taken.subarray(0, takenCount),
    others: others.subarray(0, othersCount),
  };
}

type DigitTarget = {
  readonly alphabet: Alphabet;
  readonly digits: Uint16Array;
  readonly at: number;
};

/** Appends the numerals of a cell at `at`; gives where they end, or -1 when a character is foreign. */
function readCell({ bytes, offsets }: TextColumn, cell: number, target: DigitTarget): number {
  const { digits } = target;
  const { ascii } = target.alphabet;
  const to = offsets[cell + 1] as number;
  let end = target.at;
  for (let from = offsets[cell] as number; from < to; from++) {
    const byte = bytes[from] as number;
    if (byte >= 0x80) return readWideCell(bytes, { from, to }, { ...target, at: end });
    const numeral = ascii[byte] as number;
    if (numeral >= 0) digits[end++] = numeral;
    else if (numeral === FOREIGN) return -1;
  }
  return end;
}

/** The same for what follows the first character beyond ASCII. */
function readWideCell(
  bytes: Uint8Array,
  span: { readonly from: number; readonly to: number },
  { alphabet, digits, at }: DigitTarget,
): number {
  let end = at;
  for (let { from } = span; from < span.to;) {
    const point = codePointAt(bytes, from, span.to);
    const numeral = (point < 0x80 ? alphabet.ascii[point] : alphabet.beyond.get(point)) ?? FOREIGN;
    if (numeral === FOREIGN) return -1;
    if (numeral >= 0) digits[end++] = numeral;
    from += codePointBytes(point);
  }
  return end;
}

/** A place to write at. */
export type ByteTarget = { readonly bytes: Uint8Array; readonly at: number };

/** The alphabet and the numerals that take the place of a cell's own: those of value `value` of the batch. */
export type CellNumerals = {
  readonly alphabet: Alphabet;
  readonly numerals: Numerals;
  readonly value: number;
};

/** Writes one taken cell with its new numerals, separators where they were; gives where it ends. */
export function writeNumerals(
  column: TextColumn,
  source: CellNumerals,
  target: ByteTarget,
): number {
  const { numerals, value } = source;
  if (!source.alphabet.oneByte) return writeWideCell(column, source, target);
  const cell = numerals.taken[value] as number;
  const size = (column.offsets[cell + 1] as number) - (column.offsets[cell] as number);
  const { starts } = numerals.batch;
  const bare = (starts[value + 1] as number) - (starts[value] as number) === size;
  return bare ? writeBareCell(source, target) : writeSeparatedCell(column, source, target);
}

/** Every byte of the cell is a character of the alphabet. */
function writeBareCell({ alphabet, numerals, value }: CellNumerals, target: ByteTarget): number {
  const { bytes: letters } = alphabet;
  const { digits, starts } = numerals.batch;
  const { bytes } = target;
  const end = starts[value + 1] as number;
  let { at } = target;
  for (let next = starts[value] as number; next < end; next++)
    bytes[at++] = letters[digits[next] as number] as number;
  return at;
}

/** Every character of the alphabet is one ASCII byte: what is not one of them is a separator and passes. */
function writeSeparatedCell(
  column: TextColumn,
  { alphabet, numerals, value }: CellNumerals,
  target: ByteTarget,
): number {
  const { ascii, bytes: letters } = alphabet;
  const { digits, starts } = numerals.batch;
  const { bytes: input, offsets } = column;
  const { bytes } = target;
  const cell = numerals.taken[value] as number;
  const to = offsets[cell + 1] as number;
  let next = starts[value] as number;
  let { at } = target;
  for (let from = offsets[cell] as number; from < to; from++) {
    const byte = input[from] as number;
    const kept = byte >= 0x80 || (ascii[byte] as number) < 0;
    bytes[at++] = kept ? byte : (letters[digits[next++] as number] as number);
  }
  return at;
}

/** Some character of the alphabet is more than one byte: walks by code points. */
function writeWideCell(
  column: TextColumn,
  { alphabet, numerals, value }: CellNumerals,
  target: ByteTarget,
): number {
  const { digits, starts } = numerals.batch;
  const cell = numerals.taken[value] as number;
  const to = column.offsets[cell + 1] as number;
  let next = starts[value] as number;
  let { at } = target;
  for (let from = column.offsets[cell] as number; from < to;) {
    const point = codePointAt(column.bytes, from, to);
    const size = codePointBytes(point);
    const numeral = point < 0x80 ? alphabet.ascii[point] : alphabet.beyond.get(point);
    const written =
      (numeral ?? FOREIGN) < 0
        ? column.bytes.subarray(from, from + size)
        : letter(alphabet, digits[next++]);
    target.bytes.set(written, at);
    at += written.length;
    from += size;
  }
  return at;
}

function letter({ bytes, starts }: Alphabet, numeral: number | undefined): Uint8Array {
  const digit = numeral ?? 0;
  return bytes.subarray(starts[digit], starts[digit + 1]);
}
