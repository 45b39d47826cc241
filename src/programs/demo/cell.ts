/** One value of a row as PostgreSQL's text input reads it; null is SQL's NULL. */
export type Cell = string | null;
export type Row = readonly Cell[];

/** Chunks of about this many characters go to the socket: large enough to be few, small enough to overlap with the server. */
const CHUNK_CHARACTERS = 128 * 1024;

const SPECIAL = /[\\\t\n\r\b\f\v]/u;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
};

/** A row as one line of COPY's text format (PostgreSQL manual, COPY, "Text Format"). */
function copyLine(row: Row): string {
  return `${row.map(copyCell).join('\t')}\n`;
}

function copyCell(cell: Cell): string {
  if (cell === null) return '\\N';
  if (!SPECIAL.test(cell)) return cell;
  return cell.replaceAll(/[\\\t\n\r\b\f\v]/gu, (found) => ESCAPES[found] ?? found);
}

/** The lines of all rows, gathered into chunks. */
export function* copyChunks(rows: Iterable<Row>): Generator<string> {
  let chunk = '';
  for (const row of rows) {
    chunk += copyLine(row);
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

/** A text[] literal; every item is quoted, so that commas, braces and the word NULL are only text. */
export function arrayCell(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replaceAll(/["\\]/gu, String.raw`\$&`)}"`).join(',')}}`;
}

/** A bytea literal of bytes given in hexadecimal. */
export function bytesCell(hex: string): string {
  return `\\x${hex}`;
}

/** Hundredths as a numeric literal with two decimals, exact for every safe integer. */
export function moneyCell(hundredths: number): string {
  const sign = hundredths < 0 ? '-' : '';
  const whole = Math.abs(hundredths);
  return `${sign}${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, '0')}`;
}

/** A timestamptz literal in UTC. */
export function instantCell(ms: number): string {
  return new Date(ms).toISOString();
}

/** A date literal: the UTC day the instant lies in. */
export function dayCell(ms: number): string {
  return instantCell(ms).slice(0, 10);
}
