import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { Places } from '../places.ts';

/** A row as it came; `problem` where it is no row, and the rest of the input still is. */
export type BulkRow = {
  readonly fields: Readonly<Record<string, Json>>;
  readonly problem: Problem | null;
  /** The beginning of what came in place of a row; null for a row. */
  readonly text: string | null;
  readonly sizeCharacters: number;
};

/** A row as it goes out. */
export type AnswerRow = {
  readonly fields: Readonly<Record<string, Json>>;
  /** What is wrong with it; null when nothing is. */
  readonly error: string | null;
};

/** The column of every answer that says what is wrong with its row. */
export const ERROR = 'privet_error';
/** The column of the record a row became. */
export const RECORD = 'skyflow_id';

export type BulkInput = {
  /** What the input says its columns are; null where each row says so for itself. */
  readonly columns: readonly string[] | null;
  /** Rows, in pieces of any size. */
  readonly rows: AsyncIterable<readonly BulkRow[]>;
  /** Writes the answers: rows with these columns, and `privet_error` behind them. */
  write(columns: readonly AnswerColumn[]): BulkWriter;
  /** Gives back what reading took; null where it took nothing. */
  readonly close: (() => Promise<void>) | null;
};

/** A column of the answer: passed on as it came, or with tokens or values that were put into it. */
export type AnswerColumn = { readonly name: string; readonly kind: 'passed' | 'made' };

export type BulkWriter = {
  /** What comes before the first row. */
  head(): Uint8Array;
  rows(rows: readonly AnswerRow[]): Uint8Array;
  end(): Uint8Array;
};

/** One way to write rows as bytes, read as they come. Throws `invalid` or `limit` for input that cannot be gone on with. */
export type BulkFormat = {
  readonly media: string;
  /** Values are texts, whatever the type of their column. */
  readonly isText: boolean;
  read(content: AsyncIterable<Uint8Array>): Promise<BulkInput>;
  /** Places that streams of this format need beside the ones that all have; null where they need none. */
  readonly places: Places | null;
};

/** The input as text; a body that breaks off is no shorter body. */
export async function* textsOf(content: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const piece of whole(content)) yield decoder.decode(piece, { stream: true });
    yield decoder.decode();
  } catch (thrown) {
    if (thrown instanceof TypeError) throw new Problem('invalid', 'the body expected UTF-8');
    throw thrown;
  }
}

/** The input; throws `invalid` where the body breaks off. */
export async function* whole(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem('invalid', 'the body did not come whole', { cause });
  }
}

/** A value as one text: where a column holds texts, whatever it was made of. */
export function textOfValue(json: Json): string | null {
  return json === null || typeof json === 'string' ? json : canonicalJson(json);
}

/** Checks names of columns; throws `invalid`. */
export function checkNames(names: readonly (string | null)[], max: number): readonly string[] {
  if (names.length > max) {
    throw new Problem('invalid', `expected at most ${max} columns, got ${names.length}`);
  }
  const known = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (name === null || name === '' || name.length > 200 || name === '__proto__') {
      throw new Problem('invalid', `column ${index + 1} expected a name of 1 to 200 characters`);
    }
    if (known.has(name)) {
      throw new Problem('invalid', `column ${index + 1} has the name of another column`);
    }
    known.add(name);
  }
  return [...known];
}
