import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { cellCount, createColumnWriter } from './column.ts';
import type { ColumnWriter, TextColumn } from './column.ts';

/** Shows the first and last characters (code points) and `fill` once for every character between. */
export type PartialMask = {
  readonly kind: 'partial';
  readonly keepFirst: number;
  readonly keepLast: number;
  readonly fill: string;
};

/** More shown characters than this is no mask; bounds the work a cell can ask for. */
const KEEP_MAX = 1_000;

/**
 * Masks all but the first `keepFirst` and last `keepLast` code points. A value of no more code points than these
 * together is hidden whole, so that short values do not slip through. Throws `invalid` for counts out of range.
 */
export function maskPartial(column: TextColumn, spec: PartialMask): TextColumn {
  checkCount('keepFirst', spec.keepFirst);
  checkCount('keepLast', spec.keepLast);
  const fill = utf8(spec.fill);
  const count = cellCount(column);
  const writer = createColumnWriter(count, column.bytes.length);
  for (let i = 0; i < count; i++) {
    if (column.nulls[i] === 1) writer.writeNull();
    else
      maskCell(writer, column.bytes.subarray(column.offsets[i], column.offsets[i + 1]), {
        spec,
        fill,
      });
  }
  return writer.finish();
}

function maskCell(
  writer: ColumnWriter,
  cell: Uint8Array,
  { spec, fill }: { readonly spec: PartialMask; readonly fill: Uint8Array },
): void {
  const length = codePoints(cell);
  const hideAll = length <= spec.keepFirst + spec.keepLast;
  const first = hideAll ? 0 : spec.keepFirst;
  const last = hideAll ? 0 : spec.keepLast;
  writer.append(cell.subarray(0, codePointOffset(cell, first)));
  for (let i = first; i < length - last; i++) writer.append(fill);
  writer.append(cell.subarray(codePointOffset(cell, length - last)));
  writer.endCell();
}

/** Code points in UTF-8: every byte that does not continue another (RFC 3629 §3). */
function codePoints(cell: Uint8Array): number {
  let count = 0;
  for (const byte of cell) if ((byte & 0xc0) !== 0x80) count++;
  return count;
}

/** Where the code point after the first `skip` ones begins. */
function codePointOffset(cell: Uint8Array, skip: number): number {
  let left = skip;
  for (let at = 0; at < cell.length; at++) {
    if (((cell[at] ?? 0) & 0xc0) !== 0x80 && left-- === 0) return at;
  }
  return cell.length;
}

function checkCount(name: string, count: number): void {
  if (Number.isInteger(count) && count >= 0 && count <= KEEP_MAX) return;
  throw new Problem(
    'invalid',
    `\`${name}\` expected a whole number from 0 to ${KEEP_MAX}, got \`${count}\``,
  );
}
