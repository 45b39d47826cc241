import { z } from 'zod';
import { textOf } from '#base/bytes';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { FileLine } from './exportfiles.ts';
import { PART_RECORDS } from './exportpage.ts';
import type { ExportLine } from './exportpage.ts';
import { FILE_BYTES_MAX } from '../limits.ts';
import { isUuid } from '../schema/place.ts';

/** A line feed. */
const LINE_END = 10;
/** Of one kind and value; nobody asks for more in two weeks. */
const TRANSIENT_MAX = 10_000;

const digest = z
  .string()
  .regex(/^[0-9a-f]{32}$/u)
  .nullable();
const byGroup = <T extends z.ZodType>(of: T) => z.record(z.string(), z.record(z.string(), of));
const fileName = z.string().refine(isUuid);
const moving = z.strictObject({ token: z.string().min(1), expiresAtMs: z.int().min(0) });

/** Whoever signed the part may have written anything in it. Values are checked against their columns later. */
const lineShape = z.strictObject({
  table: z.string(),
  id: z.string().refine(isUuid),
  fields: z.record(z.string(), z.custom<Json>()),
  tokens: byGroup(z.string().min(1)),
  transient: byGroup(z.array(moving).max(TRANSIENT_MAX)),
  files: z.record(z.string(), fileName),
  canary: z.boolean(),
  subject: digest,
});

const size = z.int().min(0).max(FILE_BYTES_MAX);
const fileShape = z.strictObject({
  file: fileName,
  name: z.string().min(1).max(1_000),
  sizeBytes: size,
  at: size,
  bytes: size,
  subject: digest,
});

/** The records of a part that was opened; throws `invalid` for what is none, and for another number of them than the manifest says. */
export function readLines(plain: Uint8Array, expected: number): readonly ExportLine[] {
  const texts = textOf(plain).split('\n').slice(0, -1);
  if (texts.length !== expected || expected > PART_RECORDS) {
    throw new Problem('invalid', `a part expected ${expected} records, at most ${PART_RECORDS}`);
  }
  const lines = texts.map((text, number) => readLine(lineShape, text, `line ${number + 1}`));
  if (new Set(lines.map(({ table, id }) => `${id} ${table}`)).size !== lines.length) {
    throw new Problem('invalid', 'a part expected each record once');
  }
  return lines;
}

/** A piece of a file in a part. */
export type FilePiece = { readonly line: FileLine; readonly content: Uint8Array };

/** The pieces of files in a part that was opened; throws `invalid` for what is none, and for another number of files that end in it. */
export function readFiles(plain: Uint8Array, expected: number): readonly FilePiece[] {
  const pieces: FilePiece[] = [];
  for (let at = 0; at < plain.length;) {
    const end = plain.indexOf(LINE_END, at);
    if (end === -1) throw new Problem('invalid', 'a part with files expected a line before each');
    const line = readLine(fileShape, textOf(plain.subarray(at, end)), `file ${pieces.length + 1}`);
    at = end + 1 + line.bytes;
    if (at > plain.length || line.at + line.bytes > line.sizeBytes) {
      throw new Problem('invalid', 'a part with files expected as many bytes as it says');
    }
    pieces.push({ line, content: plain.subarray(end + 1, at) });
  }
  const ended = pieces.filter(({ line }) => line.at + line.bytes === line.sizeBytes);
  const isOnce = new Set(pieces.map(({ line }) => line.file)).size === pieces.length;
  // What waits for more of it is all there is in its part.
  const isAlone = pieces.length === 1 || pieces.every(({ line }) => line.bytes === line.sizeBytes);
  if (isOnce && isAlone && pieces.length > 0 && ended.length === expected) return pieces;
  throw new Problem('invalid', `a part expected ${expected} files, each once`);
}

function readLine<T>(shape: z.ZodType<T>, text: string, where: string): T {
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    // What was thrown holds values.
    throw new Problem('invalid', `${where} of the part is not what it should be`);
  }
}
