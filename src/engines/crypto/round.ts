import { unreachable } from '#base/assert';
import { Problem } from '#base/problem';
import { cellCount, cellText, createColumnWriter } from './column.ts';
import type { TextColumn } from './column.ts';
import { roundDate } from './calendar.ts';
import type { DateUnit } from './calendar.ts';
import { decimalFrom, floorTo } from './decimal.ts';
import type { Decimal } from './decimal.ts';

/** Shows the lower edge of the bucket a number lies in, or the start of the unit a date or time stamp lies in. */
export type RoundMask =
  | { readonly kind: 'round'; readonly bucket: number }
  | { readonly kind: 'round'; readonly unit: DateUnit };

/** Rounds each cell; a cell that is neither number nor date as the mask expects becomes NULL. Throws `invalid` for a bad bucket. */
export function maskRound(column: TextColumn, spec: RoundMask): TextColumn {
  const round = rounderOf(spec);
  const count = cellCount(column);
  const writer = createColumnWriter(count, column.bytes.length);
  for (let i = 0; i < count; i++) {
    const text = cellText(column, i);
    const rounded = text === null ? null : round(text);
    if (rounded === null) writer.writeNull();
    else writer.writeText(rounded);
  }
  return writer.finish();
}

function rounderOf(spec: RoundMask): (text: string) => string | null {
  if ('unit' in spec) return (text) => roundDate(text, spec.unit);
  if ('bucket' in spec) {
    const bucket = bucketOf(spec.bucket);
    return (text) => roundNumber(text, bucket);
  }
  return unreachable(spec);
}

function bucketOf(size: number): Decimal {
  const bucket = Number.isFinite(size) && size > 0 ? decimalFrom(String(size)) : null;
  if (bucket === null)
    throw new Problem('invalid', `\`bucket\` expected a number above 0, got \`${size}\``);
  return bucket;
}

function roundNumber(text: string, bucket: Decimal): string | null {
  // PostgreSQL's own spellings: they say nothing a bucket could hide (PostgreSQL 8.1.2)
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return text;
  const value = decimalFrom(text);
  return value === null ? null : floorTo(value, bucket);
}
