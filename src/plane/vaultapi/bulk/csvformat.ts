import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { createCsvReader, csvLine } from '#engines/tabular';
import type { Cell } from '#engines/tabular';
import { checkNames, ERROR, textOfValue, textsOf } from './bulkformat.ts';
import type { AnswerColumn, AnswerRow, BulkFormat, BulkRow, BulkWriter } from './bulkformat.ts';
import {
  COLUMNS_MAX,
  REJECTED_CHARACTERS,
  ROW_CHARACTERS_MAX,
  ROW_VALUES_MAX,
  VALUE_CHARACTERS,
} from './bulklimits.ts';
import { valuesIn } from '../jsonvalues.ts';

/** CSV with a line of names: RFC 4180; an empty cell is no value, `""` the empty text. */
export const CSV: BulkFormat = {
  media: 'text/csv',
  isText: true,
  places: null,
  async read(content) {
    const records = recordsOf(content)[Symbol.asyncIterator]();
    const first = await records.next();
    if (first.done === true) return { columns: [], rows: none(), write, close: null };
    const [names = [], ...early] = first.value;
    const columns = checkNames(names, COLUMNS_MAX);
    return { columns, rows: rowsOf(columns, early, records), write, close: null };
  },
};

function write(columns: readonly AnswerColumn[]): BulkWriter {
  const names = columns.map(({ name }) => name);
  const lineOf = ({ fields, error }: AnswerRow) =>
    csvLine([...names.map((name) => textOfValue(fields[name] ?? null)), error]);
  return {
    head: () => utf8(csvLine([...names, ERROR])),
    rows: (rows) => utf8(rows.map(lineOf).join('')),
    end: () => new Uint8Array(),
  };
}

type Records = readonly (readonly Cell[])[];

/** Records in pieces, none of which is empty. */
async function* recordsOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Records> {
  const reader = createCsvReader({ recordCharactersMax: ROW_CHARACTERS_MAX });
  for await (const text of textsOf(content)) {
    const records = reader.push(text);
    if (records.length > 0) yield records;
  }
  const last = reader.end();
  if (last.length > 0) yield last;
}

async function* rowsOf(
  columns: readonly string[],
  early: Records,
  records: AsyncIterator<Records>,
): AsyncIterable<readonly BulkRow[]> {
  try {
    yield early.map((record) => rowOf(columns, record));
    for (let next = await records.next(); next.done !== true; next = await records.next()) {
      yield next.value.map((record) => rowOf(columns, record));
    }
  } finally {
    await records.return?.();
  }
}

async function* none(): AsyncIterable<readonly BulkRow[]> {}

function rowOf(columns: readonly string[], record: readonly Cell[]): BulkRow {
  const values = record.reduce((sum, cell) => sum + valuesOf(cell), 0);
  const sizeCharacters = record.reduce(
    (sum, cell) => sum + (cell?.length ?? 0),
    record.length + values * VALUE_CHARACTERS,
  );
  if (record.length !== columns.length) {
    const message = `expected ${columns.length} cells, got ${record.length}`;
    return { ...broken(record, message), sizeCharacters };
  }
  if (values > ROW_VALUES_MAX) {
    return broken(record, `expected at most ${ROW_VALUES_MAX} values`);
  }
  const fields = Object.fromEntries(columns.map((name, i) => [name, record[i] ?? null]));
  return { fields, problem: null, text: null, sizeCharacters };
}

function broken(record: readonly Cell[], message: string): BulkRow {
  const text = csvLine(record).slice(0, REJECTED_CHARACTERS);
  return {
    fields: {},
    problem: new Problem('invalid', message),
    text,
    sizeCharacters: text.length,
  };
}

/** A list or object in a cell is read as one where its column holds such. */
function valuesOf(cell: Cell): number {
  return cell !== null && /^\s*[[{]/u.test(cell) ? valuesIn(cell) : 1;
}
