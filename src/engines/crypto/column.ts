import { assert } from '#base/assert';
import { Problem } from '#base/problem';

/**
 * The cells of one column, packed: cell `i` is the UTF-8 bytes `offsets[i]` to `offsets[i + 1]`; where `nulls[i]` is 1
 * the cell is NULL and its range is ignored. Columns are values: nobody writes to one after it is made.
 */
export type TextColumn = {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
  readonly nulls: Uint8Array;
};

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** `encodeInto` needs this much room a UTF-16 unit in the worst case. */
const UTF8_BYTES_PER_UNIT = 3;

/** A column of these texts, `null` being NULL. */
export function columnOf(values: readonly (string | null)[]): TextColumn {
  const writer = createColumnWriter(values.length, values.length * 16);
  for (const value of values) {
    if (value === null) writer.writeNull();
    else writer.writeText(value);
  }
  return writer.finish();
}

/** How many cells a column has. */
export function cellCount(column: TextColumn): number {
  return column.nulls.length;
}

/** The text of one cell, or null for NULL; throws `invalid` when the bytes are not UTF-8. */
export function cellText(column: TextColumn, index: number): string | null {
  if (column.nulls[index] === 1) return null;
  try {
    return strictDecoder.decode(cellBytes(column, index));
  } catch (cause) {
    throw new Problem('invalid', 'cell expected utf-8 text', { cause });
  }
}

/** A view of the bytes of one cell. */
function cellBytes(column: TextColumn, index: number): Uint8Array {
  return column.bytes.subarray(column.offsets[index], column.offsets[index + 1]);
}

/** The texts of all cells; throws `invalid` when one is not UTF-8. */
export function cellsOf(column: TextColumn): (string | null)[] {
  return Array.from({ length: cellCount(column) }, (_, index) => cellText(column, index));
}

/** Throws `internal` when a column handed to us does not hold together; costs one pass over the offsets. */
export function assertColumn(column: TextColumn): void {
  const { bytes, offsets, nulls } = column;
  assert(offsets.length === nulls.length + 1, 'column expected one offset more than cells');
  let last = offsets[0] ?? 0;
  for (const offset of offsets) {
    assert(offset >= last, 'column expected rising offsets');
    last = offset;
  }
  assert(last <= bytes.length, 'column expected offsets within its bytes');
}

/** Builds a column cell by cell; grows as needed. */
export type ColumnWriter = {
  writeNull(): void;
  writeText(text: string): void;
  /** Appends to the cell that the next `endCell` ends. */
  append(bytes: Uint8Array): void;
  endCell(): void;
  finish(): TextColumn;
};

/** A writer for exactly `count` cells; `sizeBytes` is a first guess at the bytes they take. */
export function createColumnWriter(count: number, sizeBytes: number): ColumnWriter {
  const offsets = new Uint32Array(count + 1);
  const nulls = new Uint8Array(count);
  let bytes = new Uint8Array(sizeBytes);
  let at = 0;
  let cell = 0;
  const reserve = (more: number) => {
    if (at + more <= bytes.length) return;
    const grown = new Uint8Array(Math.max(at + more, bytes.length * 2));
    grown.set(bytes.subarray(0, at));
    bytes = grown;
  };
  const endCell = () => {
    assert(cell < count, 'column writer expected no more cells');
    offsets[++cell] = at;
  };
  return {
    writeNull() {
      nulls[cell] = 1;
      endCell();
    },
    writeText(text) {
      reserve(text.length * UTF8_BYTES_PER_UNIT);
      at += encoder.encodeInto(text, bytes.subarray(at)).written;
      endCell();
    },
    append(part) {
      reserve(part.length);
      bytes.set(part, at);
      at += part.length;
    },
    endCell,
    finish() {
      assert(cell === count, 'column writer expected all its cells');
      return { bytes: bytes.subarray(0, at), offsets, nulls };
    },
  };
}
