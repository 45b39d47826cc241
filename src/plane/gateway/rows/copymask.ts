import { Problem } from '#base/problem';
import type { TextColumn } from '#engines/crypto';
import type { CopyFormat } from '#engines/sql';
import { type CellCollector, createCellCollector, maskCells } from './cell.ts';
import type { RowMasks } from './rowmask.ts';

/** One line of COPY output, cut into its fields as they were written. */
type Line = { readonly fields: string[] };

/**
 * Masks lines of COPY … TO STDOUT in text or CSV format (PostgreSQL manual, COPY, file formats). Each CopyData body is
 * one line: PostgreSQL sends them so, and anything else is refused. Throws `denied` when a line is not strictly of the
 * format or has other columns than planned.
 */
export function createCopyMasker(
  format: CopyFormat,
  masks: RowMasks,
): (bodies: readonly Buffer[]) => Buffer[] {
  if (format.format === 'binary') throw broken();
  let headerDue = format.header;
  const cut = format.format === 'text' ? textFields : csvFields;
  return (bodies) => {
    const passed: Buffer[] = [];
    const first = headerDue ? bodies[0] : undefined;
    if (first !== undefined) {
      headerDue = false;
      passed.push(first);
    }
    const lines = bodies
      .slice(passed.length)
      .map((body) => ({ fields: cut(lineOf(body), format) }));
    if (lines.some((line) => line.fields.length !== masks.length)) throw broken();
    maskLines(lines, masks, format);
    const joined = lines.map((line) => Buffer.from(`${line.fields.join(format.delimiter)}\n`));
    return [...passed, ...joined];
  };
}

function maskLines(lines: readonly Line[], masks: RowMasks, format: CopyFormat): void {
  masks.forEach((mask, index) => {
    if (mask === null) return;
    const collector = createCellCollector();
    for (const line of lines) collectField(collector, line.fields[index] ?? '', format);
    const column = maskCells(collector, mask);
    const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.length);
    lines.forEach((line, row) => {
      line.fields[index] = writeField(cellAt(column, bytes, row), format);
    });
  });
}

function collectField(collector: CellCollector, raw: string, format: CopyFormat): void {
  const value = format.format === 'text' ? readText(raw, format) : readCsv(raw, format);
  if (value === null) {
    collector.addNull();
    return;
  }
  const bytes = Buffer.from(value);
  collector.add(bytes, 0, bytes.length);
}

function cellAt(column: TextColumn, bytes: Buffer, row: number): string | null {
  if (column.nulls[row] === 1) return null;
  return bytes.toString('utf8', column.offsets[row], column.offsets[row + 1]);
}

function writeField(value: string | null, format: CopyFormat): string {
  if (value === null) return format.null;
  return format.format === 'text' ? writeText(value, format) : writeCsv(value, format);
}

/** The text of one line without its line feed. */
function lineOf(body: Buffer): string {
  if (body[body.length - 1] !== 0x0a) throw broken();
  return body.toString('utf8', 0, body.length - 1);
}

/** Fields of a text line: a delimiter in a value is always escaped, so a bare one always separates. */
function textFields(line: string, format: CopyFormat): string[] {
  const fields: string[] = [];
  let begin = 0;
  for (let at = 0; at < line.length; at++) {
    const mark = line[at];
    if (mark === '\n') throw broken();
    if (mark === '\\') at++;
    else if (mark === format.delimiter) {
      fields.push(line.slice(begin, at));
      begin = at + 1;
    }
  }
  fields.push(line.slice(begin));
  return fields;
}

const TEXT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

function readText(raw: string, format: CopyFormat): string | null {
  if (raw === format.null) return null;
  return raw.replaceAll(/\\([^])/gu, (_, mark: string) => TEXT_ESCAPES.get(mark) ?? mark);
}

const ESCAPED: ReadonlyMap<string, string> = new Map(
  [...TEXT_ESCAPES].map(([letter, control]) => [control, `\\${letter}`]),
);
const TO_ESCAPE = /[\\\b\f\n\r\t\v]/u;

function writeText(value: string, format: CopyFormat): string {
  if (!TO_ESCAPE.test(value) && !value.includes(format.delimiter)) return value;
  let out = '';
  for (const mark of value) {
    const bare = mark !== '\\' && mark !== format.delimiter;
    out += ESCAPED.get(mark) ?? (bare ? mark : `\\${mark}`);
  }
  return out;
}

/** Fields of a CSV line, quotes kept; a quoted field must end at a delimiter or at the end of the line. */
function csvFields(line: string, format: CopyFormat): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const end = line[at] === format.quote ? quotedEnd(line, at, format) : bareEnd(line, at, format);
    fields.push(line.slice(at, end));
    if (end >= line.length) return fields;
    if (line[end] !== format.delimiter) throw broken();
    at = end + 1;
  }
}

function bareEnd(line: string, from: number, format: CopyFormat): number {
  let at = from;
  while (at < line.length && line[at] !== format.delimiter) {
    if (line[at] === format.quote || line[at] === '\n' || line[at] === '\r') throw broken();
    at++;
  }
  return at;
}

function quotedEnd(line: string, from: number, format: CopyFormat): number {
  for (let at = from + 1; at < line.length; at++) {
    const next = line[at + 1];
    if (line[at] === format.escape && (next === format.quote || next === format.escape)) at++;
    else if (line[at] === format.quote) return at + 1;
  }
  throw broken();
}

function readCsv(raw: string, format: CopyFormat): string | null {
  if (raw[0] !== format.quote) return raw === format.null ? null : raw;
  const inner = raw.slice(1, -1);
  let value = '';
  for (let at = 0; at < inner.length; at++) {
    const next = inner[at + 1];
    if (inner[at] === format.escape && (next === format.quote || next === format.escape)) at++;
    value += inner[at] ?? '';
  }
  return value;
}

/** Masked values are always quoted: whether the raw one had to be is one bit about it. */
function writeCsv(value: string, format: CopyFormat): string {
  if (!value.includes(format.quote) && !value.includes(format.escape)) {
    return format.quote + value + format.quote;
  }
  let inner = '';
  for (const mark of value) {
    inner += mark === format.quote || mark === format.escape ? format.escape + mark : mark;
  }
  return format.quote + inner + format.quote;
}

function broken(): Problem {
  return new Problem(
    'denied',
    'COPY output is not of the format that was planned; nothing more was sent',
  );
}
