import { utf8 } from '#base/bytes';
import { cellCount } from './column.ts';
import type { TextColumn } from './column.ts';

/** As many NULLs as the column has cells. */
export function maskNull(column: TextColumn): TextColumn {
  const count = cellCount(column);
  return {
    bytes: new Uint8Array(0),
    offsets: new Uint32Array(count + 1),
    nulls: new Uint8Array(count).fill(1),
  };
}

/** The constant in every cell, also where the column is NULL, so that not even absence shows. */
export function maskConstant(column: TextColumn, value: string): TextColumn {
  const count = cellCount(column);
  const cell = utf8(value);
  const bytes = new Uint8Array(cell.length * count);
  const offsets = new Uint32Array(count + 1);
  for (let i = 0; i < count; i++) {
    bytes.set(cell, i * cell.length);
    offsets[i + 1] = (i + 1) * cell.length;
  }
  return { bytes, offsets, nulls: new Uint8Array(count) };
}
