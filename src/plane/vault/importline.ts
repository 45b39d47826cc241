import { z } from 'zod';
import { textOf } from '#base/bytes';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { PART_RECORDS } from './exporting.ts';
import type { ExportLine } from './exporting.ts';
import { isUuid } from './place.ts';

/** Whoever signed the part may have written anything in it. Values are checked against their columns later. */
const lineShape = z.strictObject({
  table: z.string(),
  id: z.string().refine(isUuid),
  fields: z.record(z.string(), z.custom<Json>()),
  tokens: z.record(z.string(), z.record(z.string(), z.string().min(1))),
  canary: z.boolean(),
  subject: z
    .string()
    .regex(/^[0-9a-f]{32}$/u)
    .nullable(),
});

/** The records of a part that was opened; throws `invalid` for what is none, and for another number of them than the manifest says. */
export function readLines(plain: Uint8Array, expected: number): readonly ExportLine[] {
  const texts = textOf(plain).split('\n').slice(0, -1);
  if (texts.length !== expected || expected > PART_RECORDS) {
    throw new Problem('invalid', `a part expected ${expected} records, at most ${PART_RECORDS}`);
  }
  const lines = texts.map(readLine);
  if (new Set(lines.map(({ table, id }) => `${id} ${table}`)).size !== lines.length) {
    throw new Problem('invalid', 'a part expected each record once');
  }
  return lines;
}

function readLine(text: string, number: number): ExportLine {
  try {
    return lineShape.parse(JSON.parse(text));
  } catch {
    // What was thrown holds values.
    throw new Problem('invalid', `line ${number + 1} of the part is not a record`);
  }
}
