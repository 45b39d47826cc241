import { refusal } from './refusal.ts';
import type { Column } from './scope.ts';
import { textsOf } from './tree.ts';
import type { Inner } from './tree.ts';

/** Columns under the names an alias gives the first of them (`AS t(a, b)`); throws 42601 when it names too many. */
export function renamed(
  columns: readonly Column[],
  alias: Inner<'Alias'> | undefined,
): readonly Column[] {
  const names = textsOf(alias?.colnames);
  if (names.length > columns.length) {
    throw refusal(
      '42601',
      `table \`${alias?.aliasname ?? ''}\` has fewer columns than its alias names`,
    );
  }
  return columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));
}
