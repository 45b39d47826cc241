import { textOf, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { codePoints, countWords } from '#engines/detect';
import { createCsvReader, csvLine } from '#engines/tabular';
import type { Cell } from '#engines/tabular';
import { ROW_CHARACTERS_MAX } from '../bulk/bulklimits.ts';
import { deidentify, startCounters } from './deidentify.ts';
import type { Around } from './deidentify.ts';
import { startCounts } from './detectleaf.ts';
import type { ReplacedCount } from './detectleaf.ts';
import { requireAffordable } from './detectwish.ts';
import type { DetectWish } from './detectwish.ts';
import { valuesIn } from '../jsonvalues.ts';

export const FILE_FORMATS = ['txt', 'csv', 'json'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** Values of a file of JSON: each takes some hundred bytes in memory. */
const JSON_VALUES_MAX = 1_000_000;
const JSON_DEPTH_MAX = 64;
/** As many words as count before a value in a text. */
const CONTEXT_WORDS = 5;

export type DeidentifiedFile = {
  readonly bytes: Uint8Array;
  readonly characters: number;
  readonly words: number;
  readonly replaced: readonly ReplacedCount[];
};

/** Rewrites one text of the file. */
type Rewrite = (text: string, around: Around) => Promise<string>;

const NOTHING: Around = { context: [], name: '' };

/** The file with everything that was found in its texts replaced; throws `invalid` for what is no such file. */
export async function deidentifyFile(
  bytes: Uint8Array,
  format: FileFormat,
  wish: DetectWish,
): Promise<DeidentifiedFile> {
  const text = textIn(bytes);
  requireAffordable(wish, text.length);
  const counters = startCounters();
  const counts = startCounts();
  const rewrite: Rewrite = async (one, around) => {
    const done = await deidentify(one, wish, { counters, tokensFor: noTokens, around });
    counts.add(done.replaced);
    return done.text;
  };
  const out = await BY_FORMAT[format](text, rewrite);
  return {
    bytes: utf8(out),
    characters: codePoints(text)(text.length),
    words: countWords(out),
    replaced: counts.all(),
  };
}

const BY_FORMAT: Readonly<Record<FileFormat, (text: string, rewrite: Rewrite) => Promise<string>>> =
  { txt: (text, rewrite) => rewrite(text, NOTHING), csv: csvFile, json: jsonFile };

function textIn(bytes: Uint8Array): string {
  try {
    return textOf(bytes);
  } catch {
    throw new Problem('invalid', 'the file expected UTF-8');
  }
}

function noTokens(): never {
  throw new Problem('internal', 'files have no tokens of the vault');
}

/** Each cell by itself, with the name of its column around it; the first line has the names, and may hold things, too. */
async function csvFile(text: string, rewrite: Rewrite): Promise<string> {
  const reader = createCsvReader({ recordCharactersMax: ROW_CHARACTERS_MAX });
  const records = [...reader.push(text), ...reader.end()];
  const [names = [], ...rows] = records;
  const arounds = names.map((name) => aroundOf([name ?? '']));
  const lines = [csvLine(await rewrittenCells(names, [], rewrite))];
  for (const [i, row] of rows.entries()) {
    if (row.length !== names.length) {
      throw new Problem(
        'invalid',
        `row ${i + 1} expected ${names.length} cells, got ${row.length}`,
      );
    }
    lines.push(csvLine(await rewrittenCells(row, arounds, rewrite)));
  }
  return lines.join('');
}

async function rewrittenCells(
  row: readonly Cell[],
  arounds: readonly Around[],
  rewrite: Rewrite,
): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const [i, cell] of row.entries()) {
    cells.push(cell === null ? null : await rewrite(cell, arounds[i] ?? NOTHING));
  }
  return cells;
}

/** Of the names that lead to a value, the nearest words count; the last name is its own. */
function aroundOf(path: readonly string[]): Around {
  const own = path.findLast((name) => name !== '') ?? '';
  return { context: path.flatMap(wordsOf).slice(-CONTEXT_WORDS), name: wordsOf(own).join(' ') };
}

/** The words of a name such as `home_phone` or `homePhone`. */
function wordsOf(name: string): readonly string[] {
  const apart = name.replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ').toLowerCase();
  return apart.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** A value of JSON; numbers as they were written, so that none changes on its way. */
type Value = string | boolean | null | Written | Value[] | { [name: string]: Value };
type Written = { readonly rawJSON: string };

/** What V8 has and TypeScript does not describe yet: ECMAScript's "JSON.parse source text access". */
type SourceJson = {
  parse(
    text: string,
    reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): Written;
  isRawJSON(value: unknown): value is Written;
};
const sourceJson = JSON as unknown as SourceJson;

/** Each text, number and name by itself, with the names that lead to it around it. */
async function jsonFile(text: string, rewrite: Rewrite): Promise<string> {
  if (valuesIn(text) > JSON_VALUES_MAX) {
    throw new Problem('invalid', `the file expected at most ${JSON_VALUES_MAX} values`);
  }
  return JSON.stringify(await rewrittenValue(parsed(text), [], rewrite));
}

function parsed(text: string): Value {
  try {
    return sourceJson.parse(text, (name, value, { source = '' }) => {
      if (name === '__proto__') throw new Error('name');
      return typeof value === 'number' ? sourceJson.rawJSON(source) : value;
    }) as Value;
  } catch {
    // The parser's own message quotes the text.
    throw new Problem('invalid', 'the file expected JSON');
  }
}

async function rewrittenValue(
  value: Value,
  path: readonly string[],
  rewrite: Rewrite,
): Promise<Value> {
  if (path.length > JSON_DEPTH_MAX) {
    throw new Problem('invalid', `the file expected at most ${JSON_DEPTH_MAX} levels`);
  }
  const around = aroundOf(path);
  if (typeof value === 'string') return rewrite(value, around);
  if (typeof value === 'boolean' || value === null) return value;
  if (sourceJson.isRawJSON(value)) {
    const { rawJSON: number } = value;
    const shown = await rewrite(number, around);
    return shown === number ? value : shown;
  }
  if (Array.isArray(value)) {
    const values: Value[] = [];
    for (const one of value) values.push(await rewrittenValue(one, [...path, ''], rewrite));
    return values;
  }
  const fields = new Map<string, Value>();
  for (const [name, one] of Object.entries(value)) {
    const shown = await rewrite(name, NOTHING);
    if (fields.has(shown)) {
      throw new Problem('invalid', 'two names of the file would become one', {
        hint: 'ask for `entity_unq_counter`: different names then stay different',
      });
    }
    fields.set(shown, await rewrittenValue(one, [...path, name], rewrite));
  }
  return Object.fromEntries(fields);
}
