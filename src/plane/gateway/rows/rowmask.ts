import { Problem } from '#base/problem';
import type { TextColumn } from '#engines/crypto';
import { type AppliedMask, type CellCollector, createCellCollector, maskCells } from './cell.ts';

/** Masks by column: null where the column passes as it is. */
export type RowMasks = readonly (AppliedMask | null)[];

/** Whole DataRow messages that lie one after the other: row i is `bytes[starts[i] .. starts[i + 1])`. */
export type Rows = { readonly bytes: Buffer; readonly starts: readonly number[] };

const HEADER_BYTES = 5;

/** Where the masked cells of some rows lie: for masked column m of row i, `at[i * masked + m]`; length -1 is NULL. */
type Places = { readonly at: Int32Array; readonly size: Int32Array };

/**
 * The same rows with the masked columns replaced, each column masked in one call. Rows are written over where every
 * new cell is as long as the old one (format-preserving masks), else copied. Throws `denied` when a row does not have
 * the columns that were planned.
 */
export function maskRows(rows: Rows, masks: RowMasks): Buffer {
  const masked = masks.flatMap((mask, index) => (mask === null ? [] : [{ mask, index }]));
  const collectors = masked.map(createCellCollector);
  const places = locate(rows, { masks, count: masked.length, collectors });
  const columns = masked.map(({ mask }, m) => maskCells(collectors[m] as CellCollector, mask));
  return sameSizes(places, columns)
    ? overwrite(rows, places, columns)
    : rebuild(rows, places, columns);
}

/** Walks every row once, noting and collecting the cells to be masked. */
function locate(
  rows: Rows,
  wanted: { masks: RowMasks; count: number; collectors: readonly CellCollector[] },
): Places {
  const { bytes, starts } = rows;
  const { masks, count, collectors } = wanted;
  const places = {
    at: new Int32Array((starts.length - 1) * count),
    size: new Int32Array((starts.length - 1) * count),
  };
  let noted = 0;
  for (let row = 0; row + 1 < starts.length; row++) {
    const end = starts[row + 1] ?? 0;
    let at = (starts[row] ?? 0) + HEADER_BYTES + 2;
    if (at > end || bytes.readUInt16BE(at - 2) !== masks.length) throw wrongShape();
    let found = 0;
    for (let i = 0; i < masks.length; i++) {
      if (at + 4 > end) throw wrongShape();
      const size = bytes.readInt32BE(at);
      at += 4;
      const next = size < 0 ? at : at + size;
      if (next > end) throw wrongShape();
      if (masks[i] !== null) {
        places.at[noted] = at;
        places.size[noted++] = size;
        const collector = collectors[found++];
        if (size < 0) collector?.addNull();
        else collector?.add(bytes, at, next);
      }
      at = next;
    }
    if (at !== end) throw wrongShape();
  }
  return places;
}

function sameSizes(places: Places, columns: readonly TextColumn[]): boolean {
  const count = columns.length;
  for (let i = 0; i < places.size.length; i++) {
    const column = columns[i % count];
    const row = Math.floor(i / count);
    if (column === undefined || sizeOf(column, row) !== places.size[i]) return false;
  }
  return true;
}

/** Size of a cell, -1 for NULL. */
function sizeOf(column: TextColumn, row: number): number {
  if (column.nulls[row] === 1) return -1;
  return (column.offsets[row + 1] ?? 0) - (column.offsets[row] ?? 0);
}

function overwrite(rows: Rows, places: Places, columns: readonly TextColumn[]): Buffer {
  const { bytes, starts } = rows;
  const count = columns.length;
  columns.forEach((column, m) => {
    for (let row = 0; row + 1 < starts.length; row++) {
      let to = places.at[row * count + m] ?? 0;
      const end = column.offsets[row + 1] ?? 0;
      if ((places.size[row * count + m] ?? 0) < 0) continue;
      for (let from = column.offsets[row] ?? 0; from < end; from++)
        bytes[to++] = column.bytes[from] ?? 0;
    }
  });
  return bytes.subarray(starts[0], starts[starts.length - 1]);
}

function rebuild(rows: Rows, places: Places, columns: readonly TextColumn[]): Buffer {
  const { bytes, starts } = rows;
  const sources = columns.map((column) =>
    Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.length),
  );
  const out = Buffer.allocUnsafe(rebuiltSize(rows, places, columns));
  let to = 0;
  let noted = 0;
  for (let row = 0; row + 1 < starts.length; row++) {
    const begin = to;
    let from = starts[row] ?? 0;
    for (let m = 0; m < columns.length; m++, noted++) {
      const column = columns[m];
      const source = sources[m];
      if (column === undefined || source === undefined) continue;
      const at = places.at[noted] ?? 0;
      to += bytes.copy(out, to, from, at - 4);
      const size = sizeOf(column, row);
      to = out.writeInt32BE(size, to);
      if (size > 0)
        to += source.copy(out, to, column.offsets[row] ?? 0, column.offsets[row + 1] ?? 0);
      from = at + Math.max(0, places.size[noted] ?? 0);
    }
    to += bytes.copy(out, to, from, starts[row + 1] ?? 0);
    out.writeInt32BE(to - begin - 1, begin + 1);
  }
  return out.subarray(0, to);
}

function rebuiltSize(rows: Rows, places: Places, columns: readonly TextColumn[]): number {
  const { starts } = rows;
  let size = (starts[starts.length - 1] ?? 0) - (starts[0] ?? 0);
  for (const old of places.size) size -= Math.max(0, old);
  for (const column of columns) {
    for (let row = 0; row < column.nulls.length; row++) size += Math.max(0, sizeOf(column, row));
  }
  return size;
}

function wrongShape(): Problem {
  return new Problem(
    'denied',
    'the source sent other columns than were planned; nothing more was sent',
  );
}
