import { Problem } from '#base/problem';
import { compiled } from '../schema/pattern.ts';
import type { ColumnSchema, TableSchema, TokenPolicy, VaultSchema } from '../schema/schema.ts';
import { checkShape } from '../shapes/tokenshape.ts';

/** Throws `invalid` for a column that could not be kept, found or tokenised as it asks. */
export function checkColumn(vault: VaultSchema, table: TableSchema, column: ColumnSchema): void {
  const refuse = (why: string, hint?: string): never => {
    throw new Problem(
      'invalid',
      `column \`${table.name}.${column.name}\` ${why}`,
      hint === undefined ? {} : { hint },
    );
  };
  const findable = !column.isArray && column.type !== 'json' && column.type !== 'file';
  if ((column.unique || column.exactIndex) && !findable) {
    refuse(`of type \`${typeName(column)}\` cannot be unique or indexed`);
  }
  checkPrefix(column, refuse);
  if (column.values !== null && column.type !== 'string')
    refuse('with values expected type `string`');
  if (column.fileTypes !== null && column.type !== 'file')
    refuse('with file types expected type `file`');
  if (column.type === 'file' && (column.isArray || column.tokens.length > 0 || !column.nullable)) {
    refuse(
      'of type `file` cannot be a list, tokenised or required',
      'a file comes after its record',
    );
  }
  if (column.validation !== null) {
    if (column.type !== 'string') refuse('with a validation expected type `string`');
    compiled(column.validation);
  }
  if (column.mask !== null) compiled(column.mask.find);
  if (new Set(column.tokens.map(({ group }) => group)).size < column.tokens.length) {
    refuse('expected each token group once');
  }
  for (const token of column.tokens) {
    checkShape(column, token, refuse);
    checkGroup(vault, column, { token, refuse });
  }
}

type Refuse = (why: string, hint?: string) => never;

function checkPrefix(column: ColumnSchema, refuse: Refuse): void {
  const { prefixIndex } = column;
  if (prefixIndex === null) return;
  if (column.type !== 'string' || column.isArray)
    refuse('with a prefix index expected type `string`');
  if (prefixIndex.min > prefixIndex.max) refuse('prefix index expected min at most max');
}

/** Columns that share tokens must mean the same by them. */
function checkGroup(
  vault: VaultSchema,
  column: ColumnSchema,
  { token, refuse }: { readonly token: TokenPolicy; readonly refuse: Refuse },
): void {
  const others = vault.tables
    .flatMap(({ columns }) => columns)
    .filter(({ id }) => id !== column.id);
  for (const other of others) {
    const same = other.tokens.find(({ group }) => group === token.group);
    if (same === undefined) continue;
    const alike =
      JSON.stringify(same) === JSON.stringify(token) &&
      other.type === column.type &&
      other.isArray === column.isArray &&
      other.redaction === column.redaction &&
      other.validation === column.validation &&
      JSON.stringify(other.mask) === JSON.stringify(column.mask);
    if (!alike) {
      refuse(
        `shares token group \`${token.group}\` with \`${other.name}\` but differs from it`,
        'columns of a group need the same type, token, mask, redaction and validation',
      );
    }
  }
}

function typeName({ type, isArray }: ColumnSchema): string {
  return isArray ? `${type}[]` : type;
}
