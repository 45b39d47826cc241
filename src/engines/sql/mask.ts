import { unreachable } from '#base/assert';

import type { Relation, RelationColumn } from './catalog.ts';
import { predicateText } from './predicate.ts';
import type { FragmentCompiler } from './predicate.ts';
import { inUtc } from './utc.ts';
import { quoteName, quoteText } from './quote.ts';
import type { RoundUnit, SqlMask, SqlPredicate } from './rule.ts';
import { bareType, familyOf } from './typename.ts';

/** Which column of which relation is masked, and how. */
export type MaskedColumn = {
  readonly relation: Relation;
  readonly column: RelationColumn;
  readonly mask: SqlMask;
  readonly where: SqlPredicate | null;
};

/**
 * The SQL that stands for a masked column, of the column's own type. A mask that does not fit the type gives NULL.
 * With a condition, a row for which it is unknown is masked.
 */
export function maskText(masked: MaskedColumn, fragment: FragmentCompiler): string {
  const { column, relation, where } = masked;
  const shown = expressionOf(masked, fragment) ?? `NULL::${column.type}`;
  if (where === null) return shown;
  const condition = predicateText(where, relation, fragment);
  return `CASE WHEN ${condition} IS FALSE THEN ${quoteName(column.name)} ELSE ${shown} END`;
}

function expressionOf(masked: MaskedColumn, fragment: FragmentCompiler): string | null {
  const { mask, column, relation } = masked;
  switch (mask.kind) {
    case 'null':
      return null;
    case 'constant':
      return constantText(mask.value, column);
    case 'partial':
      return partialText(mask, column);
    case 'regex':
      return regexText(mask, column);
    case 'round':
      return 'bucket' in mask ? bucketText(mask.bucket, column) : unitText(mask.unit, column);
    case 'sql':
      return `(${fragment(mask.expression, relation, column)})::${column.type}`;
    default:
      return unreachable(mask);
  }
}

function isText(column: RelationColumn): boolean {
  const family = familyOf(column);
  return family === 'text' || family === 'padded';
}

const CONSTANTS: ReadonlyMap<string, RegExp> = new Map([
  ['integer', /^[+-]?\d{1,4}$/u],
  ['numeric', /^[+-]?\d{1,30}(\.\d{1,30})?$/u],
  ['float', /^[+-]?\d{1,30}(\.\d{1,30})?$/u],
  ['boolean', /^(true|false)$/u],
  ['uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu],
  ['date', /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$/u],
  ['timestamp', /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])( \d\d:\d\d:\d\d)?$/u],
  ['timestamptz', /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8]) \d\d:\d\d:\d\d\+00$/u],
]);

/** A constant that is no value of the type would fail every query, so it gives NULL. */
function constantText(value: string, column: RelationColumn): string | null {
  if (isText(column)) return `${quoteText(value)}::${column.type}`;
  const fits = CONSTANTS.get(familyOf(column))?.test(value) === true;
  return fits ? `${quoteText(value)}::${bareType(column)}` : null;
}

/** A value no longer than what would be kept is hidden whole. */
function partialText(
  mask: { readonly keepFirst: number; readonly keepLast: number; readonly fill: string },
  column: RelationColumn,
): string | null {
  if (!isText(column)) return null;
  const raw = `${quoteName(column.name)}::pg_catalog.text`;
  const first = Math.max(0, Math.trunc(mask.keepFirst));
  const last = Math.max(0, Math.trunc(mask.keepLast));
  const length = `pg_catalog.length(${raw})`;
  const fill = (count: string) => `pg_catalog.repeat(${quoteText(mask.fill)}, ${count})`;
  const kept = [
    ...(first > 0 ? [`pg_catalog.left(${raw}, ${first})`] : []),
    fill(`${length} OPERATOR(pg_catalog.-) ${first + last}`),
    ...(last > 0 ? [`pg_catalog.right(${raw}, ${last})`] : []),
  ].join(' OPERATOR(pg_catalog.||) ');
  const long = `${length} OPERATOR(pg_catalog.>) ${first + last}`;
  return `(CASE WHEN ${long} THEN ${kept} ELSE ${fill(length)} END)::${column.type}`;
}

function regexText(
  mask: { readonly pattern: string; readonly replacement: string; readonly flags: string },
  column: RelationColumn,
): string | null {
  if (!isText(column)) return null;
  const parts = [mask.pattern, mask.replacement, mask.flags].map(quoteText).join(', ');
  const raw = `${quoteName(column.name)}::pg_catalog.text`;
  return `pg_catalog.regexp_replace(${raw}, ${parts})::${column.type}`;
}

const INTEGER_BOUNDS: ReadonlyMap<number, readonly [string, string]> = new Map([
  [21, ['-32768', '32767']],
  [23, ['-2147483648', '2147483647']],
  [20, ['-9223372036854775808', '9223372036854775807']],
]);

/**
 * Rounds down to a multiple by what is left over, which numeric computes exactly (its division rounds); clamped, because
 * an overflow error would tell extreme values apart.
 */
function bucketText(bucket: number, column: RelationColumn): string | null {
  const family = familyOf(column);
  if (!(bucket > 0) || !Number.isFinite(bucket)) return null;
  const step = `${quoteText(plainNumber(bucket))}::pg_catalog.numeric`;
  const raw = `${quoteName(column.name)}::pg_catalog.numeric`;
  const rest = `${raw} OPERATOR(pg_catalog.%) ${step}`;
  const above = `((${rest}) OPERATOR(pg_catalog.+) ${step}) OPERATOR(pg_catalog.%) ${step}`;
  const down = `${raw} OPERATOR(pg_catalog.-) (${above})`;
  if (family === 'numeric') return `(${down})`;
  if (family === 'float') return `(${down})::${bareType(column)}`;
  const bounds = INTEGER_BOUNDS.get(column.typeOid);
  if (bounds === undefined) return null;
  const [low, high] = bounds.map((bound) => `${quoteText(bound)}::pg_catalog.numeric`);
  return `GREATEST(LEAST(${down}, ${high}), ${low})::${bareType(column)}`;
}

function plainNumber(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20) : text;
}

/** In UTC: truncating in a client's time zone would let it find the exact time by moving the zone. */
function unitText(unit: RoundUnit, column: RelationColumn): string | null {
  const name = quoteName(column.name);
  const family = familyOf(column);
  if (family === 'timestamptz') {
    return inUtc(`pg_catalog.date_trunc('${unit}', ${inUtc(name)})`);
  }
  if (family === 'timestamp') return `pg_catalog.date_trunc('${unit}', ${name})`;
  if (family !== 'date' || unit === 'hour') return null;
  return `pg_catalog.date_trunc('${unit}', ${name}::pg_catalog.timestamp)::pg_catalog.date`;
}
