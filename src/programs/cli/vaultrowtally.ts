import { createCsvReader, createLineReader } from '#engines/tabular';
import type { Cell } from '#engines/tabular';

/** What became of the rows of a stream. */
export type Tallied = {
  readonly rows: number;
  readonly failed: number;
  /** The first rows that failed, from 1, with what is wrong with them. */
  readonly failures: readonly { readonly row: number; readonly error: string }[];
};

/** Counts answers of a stream while they go by. */
export type RowTally = {
  push(piece: Uint8Array): void;
  end(): Tallied;
};

/** The server's own bound of a row, with what it says of it. */
const ROW_CHARACTERS_MAX = 5 * 1024 * 1024;
const FAILURES_TOLD = 5;
/** The column in which each row says what is wrong with it. */
const ERROR = 'privet_error';
/** How the last row begins of a stream that broke off; it is none of the input. */
const STOPPED = 'stopped: ';

/** Texts of rows, cut anywhere, to what each says is wrong with it. */
type ErrorReader = {
  push(text: string): readonly (string | null)[];
  end(): readonly (string | null)[];
};

const READERS: Readonly<Record<string, () => ErrorReader>> = {
  'text/csv': csvErrors,
  'application/x-ndjson': lineErrors,
};

/** A tally for answers of that media type, or null for one whose rows cannot be told apart here. */
export function tallyFor(media: string): RowTally | null {
  const reader = READERS[media]?.();
  if (reader === undefined) return null;
  const decoder = new TextDecoder();
  const failures: { row: number; error: string }[] = [];
  let [rows, failed] = [0, 0];
  const count = (errors: readonly (string | null)[]) => {
    for (const error of errors) {
      if (error?.startsWith(STOPPED) === true) continue;
      rows += 1;
      if (error === null) continue;
      failed += 1;
      if (failures.length < FAILURES_TOLD) failures.push({ row: rows, error });
    }
  };
  return {
    push: (piece) => count(reader.push(decoder.decode(piece, { stream: true }))),
    end() {
      count(reader.push(decoder.decode()));
      count(reader.end());
      return { rows, failed, failures };
    },
  };
}

function csvErrors(): ErrorReader {
  const reader = createCsvReader({ recordCharactersMax: ROW_CHARACTERS_MAX });
  let place: number | null = null;
  const errorsIn = (records: readonly (readonly Cell[])[]) =>
    records.flatMap((cells) => {
      if (place !== null) return [cells[place] ?? null];
      place = cells.lastIndexOf(ERROR);
      return [];
    });
  return { push: (text) => errorsIn(reader.push(text)), end: () => errorsIn(reader.end()) };
}

function lineErrors(): ErrorReader {
  const reader = createLineReader({ lineCharactersMax: ROW_CHARACTERS_MAX });
  const errorOf = (line: string) => {
    const { [ERROR]: error } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return typeof error === 'string' ? error : null;
  };
  return {
    push: (text) => reader.push(text).map(errorOf),
    end: () => reader.end().map(errorOf),
  };
}
