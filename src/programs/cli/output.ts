import type { ExitCode } from './exitcode.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';
import type { TableColumn } from './table.ts';

/** What a command found or did: as data for `--json`, and as text for people. */
export type Output = {
  readonly value: unknown;
  readonly text: (style: Style) => string;
  /** For people beside the text, on standard error, so that `$(privet …)` does not catch it. */
  readonly note?: (style: Style) => string;
  /** Other than 0 when the answer is no. */
  readonly exit?: ExitCode;
};

/** One sentence about what was done. */
export function said(sentence: string, value: unknown = { done: true }): Output {
  return { value, text: (style) => `${style.green('✓')} ${sentence}\n` };
}

/** Items as a table. */
export function listed<T>(
  columns: (style: Style) => readonly TableColumn<T>[],
  items: readonly T[],
  none: string,
): Output {
  return { value: items, text: (style) => table(columns(style), items, { style, none }) };
}

/** Text with its data. */
export function shown(value: unknown, text: (style: Style) => string): Output {
  return { value, text };
}
