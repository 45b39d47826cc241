import type { Json } from '#base/canonical';
import type { Restriction, TableUse, UsedConstant } from '#engines/sql';
import type { ColumnSchema, ScanLookup } from '#plane/vault';
import { isDate } from '#plane/vault';
import type { ParameterText } from './parametertext.ts';
import { ID } from './shape.ts';
import type { ShapedColumn, ShapedTable } from './shape.ts';

/** More values than this are looked for by reading every row. */
const VALUES_MAX = 1_000;

/**
 * How the rows of a table are found without reading every one: by id, or by a column with an exact index, of which every row
 * shows the value itself, when each place of the table in the statement is limited to constants of it. Only then does the lookup find what
 * reading every row would, and tells nothing that it would not.
 */
export function lookupOf(
  shaped: ShapedTable,
  use: TableUse,
  parameter: ParameterText,
): ScanLookup | null {
  const places = use.tables.get(shaped.table.name) ?? [];
  const [first = [], ...others] = places;
  for (const { column } of first) {
    const limits = [first, ...others].map((place) => place.find((one) => one.column === column));
    const found = lookupBy(shaped, limits, parameter);
    if (found !== null) return found;
  }
  return null;
}

function lookupBy(
  shaped: ShapedTable,
  limits: readonly (Restriction | undefined)[],
  parameter: ParameterText,
): ScanLookup | null {
  const name = limits[0]?.column;
  // An id can be named without any right to the table; a canary's is then alarmed.
  const column = [ID, ...(shaped.columns ?? [])].find((one) => one.name === name);
  if (column === undefined || limits.includes(undefined)) return null;
  const values = limits.flatMap((limit) =>
    (limit?.constants ?? []).map((constant) => valueOf(column, constant, parameter)),
  );
  const known = values.flatMap((value) => (value === null ? [] : [value]));
  if (known.length < values.length || known.length > VALUES_MAX) return null;
  if (column === ID) return { kind: 'ids', ids: known.map(String) };
  return { kind: 'values', column: column.of?.column.id ?? '', values: known };
}

/** The constant as a value of the column, where the two are equal exactly when PostgreSQL says so; null otherwise. */
function valueOf(
  { of, whole }: ShapedColumn,
  constant: UsedConstant,
  parameter: ParameterText,
): Json {
  const text = constant.kind === 'parameter' ? parameter(constant.number) : constant.text;
  if (text === null) return null;
  if (of === null) return constant.kind === 'number' ? null : text;
  const { column } = of;
  if (!whole || !isIndexed(column)) return null;
  if (column.type === 'string') return constant.kind === 'number' ? null : text;
  if (column.type === 'date') return constant.kind !== 'number' && isDate(text) ? text : null;
  if (column.type === 'int32' || column.type === 'int64') return wholeNumber(text);
  return null;
}

function isIndexed({ unique, exactIndex, pending, isArray }: ColumnSchema): boolean {
  return (unique || exactIndex) && pending === null && !isArray;
}

function wholeNumber(text: string): number | null {
  return /^-?\d{1,15}$/u.test(text) ? Number(text) : null;
}
