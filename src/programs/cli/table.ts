import { printable } from './style.ts';
import type { Style } from './style.ts';

/** One column of a table: its title, what stands in it, and on which side. */
export type TableColumn<T> = {
  readonly title: string;
  readonly cell: (item: T) => string | number | null;
  readonly align?: 'right';
  /** Marks a cell after it was measured. */
  readonly mark?: (text: string, item: T) => string;
};

const GAP = '  ';
const NOTHING = '–';

/** Items under aligned titles, one line each; only `none` when there are none. Ends with a line feed. */
export function table<T>(
  columns: readonly TableColumn<T>[],
  items: readonly T[],
  words: { readonly style: Style; readonly none: string },
): string {
  if (items.length === 0) return `${words.style.dim(words.none)}\n`;
  const cells = items.map((item) => columns.map((column) => textOf(column.cell(item))));
  const widths = columns.map((column, i) =>
    Math.max(widthOf(column.title), ...cells.map((row) => widthOf(row[i] ?? ''))),
  );
  const title = columns.map((column, i) =>
    words.style.dim(padded(column, column.title, widths[i])),
  );
  const lines = items.map((item, r) =>
    columns.map((column, i) => {
      const text = padded(column, cells[r]?.[i] ?? '', widths[i]);
      return column.mark === undefined ? text : column.mark(text, item);
    }),
  );
  return [title, ...lines].map((line) => `${line.join(GAP).trimEnd()}\n`).join('');
}

/** Names and values, one pair a line, values aligned. */
export function pairs(rows: readonly (readonly [string, string])[], style: Style): string {
  const width = Math.max(...rows.map(([name]) => widthOf(name)));
  return rows
    .map(([name, value]) => `${style.dim(name.padEnd(width))}${GAP}${value}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}

function textOf(value: string | number | null): string {
  if (value === null || value === '') return NOTHING;
  return printable(String(value));
}

function padded<T>(column: TableColumn<T>, text: string, width = 0): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return column.align === 'right' ? space + text : text + space;
}

/** Columns of a terminal a text takes: letters of East Asian width take two (Unicode TR 11), marks none. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mn}/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]|\p{Extended_Pictographic}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}
