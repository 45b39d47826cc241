import type { Json } from '#base/canonical';
import { Problem, problemFrom } from '#base/problem';
import { INDEXED_CHARACTERS_MAX, RECORD_BYTES_MAX } from '../limits.ts';
import { compiled } from '../schema/pattern.ts';
import type { ColumnSchema, TableSchema } from '../schema/schema.ts';
import { convertValue, encodeValue, valueText } from '../schema/value.ts';

/** The value of a column, checked, and its bytes. */
export type Value = {
  readonly column: ColumnSchema;
  readonly json: Json;
  readonly plain: Uint8Array;
};

/** Fields by the name of their column, as the caller writes them. */
export type Fields = Readonly<Record<string, Json>>;

/** A change of a record: new values, and columns that lose theirs. */
export type Change = {
  readonly values: readonly Value[];
  readonly cleared: readonly ColumnSchema[];
};

/**
 * The fields, checked against the table. Throws `invalid` or `limit` naming the column, never the value. Null clears a
 * column.
 */
export function readFields(table: TableSchema, fields: Fields): Change {
  const values: Value[] = [];
  const cleared: ColumnSchema[] = [];
  for (const name of Object.keys(fields)) {
    const column = table.columns.find((one) => one.name === name);
    if (column === undefined) {
      throw new Problem(
        'invalid',
        `table \`${table.name}\` has no column \`${name.slice(0, 63)}\``,
      );
    }
    const json = fields[name] ?? null;
    if (json === null) {
      if (!column.nullable) throw missing(table, column);
      cleared.push(column);
    } else {
      values.push(checked(column, json));
    }
  }
  const sizeBytes = values.reduce((sum, { plain }) => sum + plain.length, 0);
  if (sizeBytes > RECORD_BYTES_MAX) {
    throw new Problem(
      'limit',
      `record too large: limit ${RECORD_BYTES_MAX} bytes, got ${sizeBytes}`,
    );
  }
  return { values, cleared };
}

/** Throws `invalid` when a new record lacks a value it needs. */
export function requireComplete(table: TableSchema, values: readonly Value[]): void {
  for (const column of table.columns) {
    if (!column.nullable && !values.some((value) => value.column === column)) {
      throw missing(table, column);
    }
  }
}

/** A value of the column from outside; throws as `readFields`. */
export function checked(column: ColumnSchema, json: Json): Value {
  const plain = encodeValue(column, json);
  if (
    column.pending?.kind === 'retype' &&
    convertValue(column, json, column.pending.type) === null
  ) {
    throw new Problem(
      'invalid',
      `column \`${column.name}\` expected a value that is a \`${column.pending.type}\` too`,
      {
        hint: 'the column is about to become one',
      },
    );
  }
  const found = column.unique || column.exactIndex;
  if (found && typeof json === 'string' && json.length > INDEXED_CHARACTERS_MAX) {
    throw new Problem(
      'limit',
      `column \`${column.name}\` expected at most ${INDEXED_CHARACTERS_MAX} characters, got ${json.length}`,
      { hint: 'what can be found by equality is an identifier, not a text' },
    );
  }
  for (const text of column.isArray ? (json as readonly Json[]) : [json]) checkText(column, text);
  return { column, json, plain };
}

function checkText(column: ColumnSchema, text: Json): void {
  if (column.values !== null && !column.values.includes(valueText(text))) {
    throw new Problem('invalid', `column \`${column.name}\` expected one of its values`, {
      hint: `it takes ${column.values
        .slice(0, 10)
        .map((value) => `\`${value}\``)
        .join(', ')}`,
    });
  }
  if (column.validation !== null && !compiled(column.validation).matches(valueText(text))) {
    throw new Problem(
      'invalid',
      `column \`${column.name}\` expected a text of its validation pattern`,
    );
  }
}

function missing(table: TableSchema, column: ColumnSchema): Problem {
  return new Problem(
    'invalid',
    `column \`${table.name}.${column.name}\` expected a value, got none`,
  );
}

/** The result of `work`, or the problem it threw. */
export function attempted<T>(work: () => T): T | Problem {
  try {
    return work();
  } catch (thrown) {
    const problem = problemFrom(thrown);
    if (problem.code === 'internal') throw thrown;
    return problem;
  }
}
