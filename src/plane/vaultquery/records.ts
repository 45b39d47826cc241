import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { Field } from '#engines/pgwire';
import type { Served } from './served.ts';

/** OIDs of pg_type.dat whose texts become other JSON than texts. */
const NUMBERS = new Set([20, 21, 23, 26, 700, 701, 1700]);
const BOOLEAN = 16;
const JSONS = new Set([114, 3802]);
const TIMESTAMP_TZ = 1184;
const BYTES = 17;
/** Digits that a double holds without loss. */
const DIGITS_MAX = 15;

/** The rows of an answer as records of JSON; of two columns of one name, the last counts. Throws `invalid` for a name JSON takes wrong. */
export function recordsOf({ fields, rows }: Served): readonly Readonly<Record<string, Json>>[] {
  const columns = fields ?? [];
  if (columns.some(({ name }) => name === '__proto__')) {
    throw new Problem('invalid', 'a column expected another name than `__proto__`');
  }
  return rows.map((row) => Object.fromEntries(cellsOf(row, columns)));
}

function cellsOf(row: Uint8Array, columns: readonly Field[]): [string, Json][] {
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  let at = 2;
  return columns.map(({ name, type }) => {
    const size = view.getInt32(at);
    const start = at + 4;
    at = start + Math.max(size, 0);
    return [name, size < 0 ? null : valueOf(type, Buffer.from(row.subarray(start, at)).toString())];
  });
}

function valueOf(type: number, text: string): Json {
  if (type === BOOLEAN) return text === 't';
  if (JSONS.has(type)) return JSON.parse(text) as Json;
  if (NUMBERS.has(type)) return numberOf(text);
  if (type === BYTES) return Buffer.from(text.slice(2), 'hex').toString('base64');
  // ISO 8601 as PostgreSQL writes it, in UTC, to RFC 3339 as the vault writes it.
  if (type === TIMESTAMP_TZ) return text.replace(' ', 'T').replace(/\+00$/u, 'Z');
  return text;
}

/** A number where JSON can hold it without loss, its text otherwise, as the vault does with whole numbers beyond 2^53. */
function numberOf(text: string): Json {
  const number = Number(text);
  if (!Number.isFinite(number)) return text;
  if (Number.isInteger(number)) return Number.isSafeInteger(number) ? number : text;
  const digits = text
    .replace(/e.*$/iu, '')
    .replaceAll(/[-.]/gu, '')
    .replace(/^0+/u, '')
    .replace(/0+$/u, '');
  return digits.length > DIGITS_MAX && String(number) !== text ? text : number;
}
