import { utf8 } from '#base/bytes';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { createLineReader } from '#engines/tabular';
import { ERROR, textsOf } from './bulkformat.ts';
import type { AnswerRow, BulkFormat, BulkRow, BulkWriter } from './bulkformat.ts';
import {
  COLUMNS_MAX,
  DEPTH_MAX,
  NAME_CHARACTERS_MAX,
  REJECTED_CHARACTERS,
  ROW_CHARACTERS_MAX,
  ROW_VALUES_MAX,
  VALUE_CHARACTERS,
} from './bulklimits.ts';
import { valuesIn } from '../jsonvalues.ts';

/** One JSON object a line. */
export const NDJSON: BulkFormat = {
  media: 'application/x-ndjson',
  isText: false,
  places: null,
  read: async (content) => ({
    columns: null,
    rows: rowsOfLines(textsOf(content)),
    write: () => WRITER,
    close: null,
  }),
};

const WRITER: BulkWriter = {
  head: () => new Uint8Array(),
  rows: (rows) => utf8(rows.map(lineOf).join('')),
  end: () => new Uint8Array(),
};

/** The rows of lines that come in pieces, cut anywhere. */
export async function* rowsOfLines(
  texts: AsyncIterable<string>,
): AsyncIterable<readonly BulkRow[]> {
  const reader = createLineReader({ lineCharactersMax: ROW_CHARACTERS_MAX });
  for await (const text of texts) yield reader.push(text).map(rowOf);
  yield reader.end().map(rowOf);
}

function lineOf({ fields, error }: AnswerRow): string {
  return `${JSON.stringify({ ...fields, [ERROR]: error })}\n`;
}

function rowOf(line: string): BulkRow {
  const values = valuesIn(line);
  const sizeCharacters = line.length + values * VALUE_CHARACTERS;
  if (values > ROW_VALUES_MAX) {
    return broken(line, `expected at most ${ROW_VALUES_MAX} values`, 0);
  }
  try {
    const fields = JSON.parse(line) as Json;
    const fault = faultOf(fields);
    if (fault !== null) return broken(line, fault, values);
    return { fields: fields as BulkRow['fields'], problem: null, text: null, sizeCharacters };
  } catch {
    // The parser's own message quotes the text.
    return broken(line, 'expected JSON', values);
  }
}

function broken(line: string, message: string, values: number): BulkRow {
  const problem = new Problem('invalid', message);
  const sizeCharacters = line.length + values * VALUE_CHARACTERS;
  return { fields: {}, problem, text: line.slice(0, REJECTED_CHARACTERS), sizeCharacters };
}

function faultOf(fields: Json): string | null {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    return 'expected an object';
  }
  const names = Object.keys(fields);
  if (names.length > COLUMNS_MAX) return `expected at most ${COLUMNS_MAX} columns`;
  if (names.some((name) => name === '__proto__' || name.length > NAME_CHARACTERS_MAX)) {
    return `expected names of at most ${NAME_CHARACTERS_MAX} characters`;
  }
  return isShallow(fields, DEPTH_MAX) ? null : `expected at most ${DEPTH_MAX} levels`;
}

function isShallow(value: Json, depthLeft: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depthLeft > 0 && Object.values(value).every((one: Json) => isShallow(one, depthLeft - 1));
}
