import { listed } from './output.ts';
import type { Output } from './output.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Records as a table; a column that is not shown of one may be of another. */
export function fieldsTable(rows: readonly Fields[], none: string): Output {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = names.map((title) => ({ title, cell: (row: Fields) => cellText(row[title]) }));
  return listed(() => columns, rows, none);
}

function cellText(value: unknown): string | number | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value);
}
