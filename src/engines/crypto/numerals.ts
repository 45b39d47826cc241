import { FOREIGN } from './alphabet.ts';
import type { Alphabet } from './alphabet.ts';
import { codePointAt, codePointBytes } from './codepoint.ts';
import { cellCount } from './column.ts';
import type { TextColumn } from './column.ts';
import type { DigitBatch } from './ff1.ts';

/** The cells of a column as numerals of an alphabet. */
export type Numerals = {
  readonly batch: DigitBatch;
  /** The cell each value of the batch comes from, rising. */
  readonly taken: Uint32Array;
  /** The cells that are not NULL and cannot be taken, rising. */
  readonly others: Uint32Array;
};

/** How many characters of the alphabet a value may have. */
export type LengthBounds = { readonly min: number; readonly max: number };

/** Where a masked column is written: its buffer, and the offset each cell got. */
export type MaskedCells = { readonly bytes: Uint8Array; readonly offsets: Uint32Array };

const UTF8_BYTES_MAX = 4;

/** Reads every cell that consists of characters of the alphabet and separators only and is of a length within bounds. */
export function readNumerals(column: TextColumn, alphabet: Alphabet, bounds: LengthBounds): Numerals {
  const count = cellCount(column);
  const digits = new Uint16Array(column.bytes.length);
  const starts = new Uint32Array(count + 1);
  const taken = new Uint32Array(count);
  const others = new Uint32Array(count);
  let takenCount = 0;
  let othersCount = 0;
  let used = 0;
  for (let cell = 0; cell < count; cell++) {
    if (column.nulls[cell] === 1) continue;
    const end = readCell(column, cell, { alphabet, digits, at: used });
    if (end - used >= bounds.min && end - used <= bounds.max) {
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

/** Appends the numerals of a cell at `at`; gives where they end, or -1 when a character is foreign. */
function readCell(
  { bytes, offsets }: TextColumn,
  cell: number,
  into: { readonly alphabet: Alphabet; readonly digits: Uint16Array; readonly at: number },
): number {
  const { alphabet, digits } = into;
  const to = offsets[cell + 1] as number;
  let end = into.at;
  for (let from = offsets[cell] as number; from < to; ) {
    const byte = bytes[from] as number;
    const point = byte < 0x80 ? byte : codePointAt(bytes, from, to);
    const numeral = byte < 0x80 ? (alphabet.ascii[byte] as number) : (alphabet.beyond.get(point) ?? FOREIGN);
    if (numeral === FOREIGN) return -1;
    if (numeral >= 0) digits[end++] = numeral;
    from += byte < 0x80 ? 1 : codePointBytes(point);
  }
  return end;
}

/**
 * The column with the numerals of `numerals` in place of its own, separators where they were; each cell of `others`
 * gets `gapBytes` to be filled by the caller.
 */
export function writeNumerals(
  column: TextColumn,
  { alphabet, numerals }: { readonly alphabet: Alphabet; readonly numerals: Numerals },
  gapBytes: number,
): MaskedCells {
  const count = cellCount(column);
  const { taken, others } = numerals;
  const growth = alphabet.oneByte ? 1 : UTF8_BYTES_MAX;
  const bytes = new Uint8Array(column.bytes.length * growth + others.length * gapBytes);
  const offsets = new Uint32Array(count + 1);
  const write = alphabet.oneByte ? writeOneByteCell : writeCell;
  let value = 0;
  let at = 0;
  for (let cell = 0; cell < count; cell++) {
    if (taken[value] === cell) at = write(column, { alphabet, numerals, value }, { bytes, at });
    else if (column.nulls[cell] !== 1) at += gapBytes;
    if (taken[value] === cell) value++;
    offsets[cell + 1] = at;
  }
  return { bytes: bytes.subarray(0, at), offsets };
}

type Value = { readonly alphabet: Alphabet; readonly numerals: Numerals; readonly value: number };
type Target = { readonly bytes: Uint8Array; readonly at: number };

/** Every character of the alphabet is one ASCII byte: what is not one of them is a separator and passes. */
function writeOneByteCell(column: TextColumn, { alphabet, numerals, value }: Value, target: Target): number {
  const { ascii, bytes: letters } = alphabet;
  const { digits, starts } = numerals.batch;
  const cell = numerals.taken[value] as number;
  const to = column.offsets[cell + 1] as number;
  let next = starts[value] as number;
  let at = target.at;
  for (let from = column.offsets[cell] as number; from < to; from++) {
    const byte = column.bytes[from] as number;
    const kept = byte >= 0x80 || (ascii[byte] as number) < 0;
    target.bytes[at++] = kept ? byte : (letters[digits[next++] as number] as number);
  }
  return at;
}

function writeCell(column: TextColumn, { alphabet, numerals, value }: Value, target: Target): number {
  const { digits, starts } = numerals.batch;
  const cell = numerals.taken[value] as number;
  const to = column.offsets[cell + 1] as number;
  let next = starts[value] as number;
  let at = target.at;
  for (let from = column.offsets[cell] as number; from < to; ) {
    const point = codePointAt(column.bytes, from, to);
    const size = codePointBytes(point);
    const numeral = point < 0x80 ? (alphabet.ascii[point] as number) : (alphabet.beyond.get(point) ?? FOREIGN);
    if (numeral < 0) {
      target.bytes.set(column.bytes.subarray(from, from + size), at);
      at += size;
    } else {
      const digit = digits[next++] as number;
      const letter = alphabet.bytes.subarray(alphabet.starts[digit], alphabet.starts[digit + 1]);
      target.bytes.set(letter, at);
      at += letter.length;
    }
    from += size;
  }
  return at;
}
