/**
 * Rows in texts: CSV as RFC 4180 has it and lines of JSON, read piece by piece without I/O, and written. Strict: what could
 * be read in two ways is refused. An empty cell is no value, a quoted empty one the empty text, as PostgreSQL's COPY has it.
 */
export { createCsvReader } from './csvreader.ts';
export type { Cell } from './csvreader.ts';
export { csvLine } from './csvwriter.ts';
export { createLineReader } from './lines.ts';
