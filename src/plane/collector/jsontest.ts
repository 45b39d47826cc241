import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { Problem } from '#base/problem';
import { quoted, tableText } from './dialect.ts';
import { scopeSql } from './rowtest.ts';
import type { ScanPlan } from './scan.ts';
import type { TestDefinition } from './testdefinition.ts';
import type { Session } from './warehouse.ts';

/** Values one test looks at; a larger table is looked at by `within`. */
const VALUES_MAX = 1_000_000;
/** Longer texts count as broken: nobody's document is a book. */
const TEXT_MAX = 1_000_000;

/** Throws `invalid` for a schema that is none. */
export function compiled(schema: Readonly<Record<string, unknown>>): ValidateFunction {
  try {
    return new Ajv({
      strict: false,
      allErrors: false,
      validateFormats: false,
      logger: false,
    }).compile(schema);
  } catch (cause) {
    throw new Problem('invalid', '`json_schema` expected a JSON Schema (draft 7)', { cause });
  }
}

/**
 * Counts values that are no JSON or do not fit, and keeps the first of them. The values come here, to the plane, a page
 * at a time: no engine checks JSON Schemas.
 */
export async function runJsonTest(
  session: Session,
  plan: ScanPlan,
  run: { readonly test: TestDefinition; readonly nowMs: number },
): Promise<{
  readonly failures: number;
  readonly rows: number;
  readonly samples: readonly string[];
}> {
  const { subject, samples: samplesMax } = run.test;
  if (subject.kind !== 'json_schema') return { failures: 0, rows: 0, samples: [] };
  const fits = compiled(subject.schema);
  const column = `t.${quoted(subject.column)}`;
  const text = `select ${column}::text as v from ${tableText(plan.monitor.table)} as t
    where ${scopeSql(plan, run.test, run.nowMs)} and ${column} is not null limit ${VALUES_MAX}`;
  let rows = 0;
  let failures = 0;
  const samples: string[] = [];
  for await (const page of session.pages(text)) {
    for (const row of page) {
      rows += 1;
      const value = String(row['v']);
      if (value.length <= TEXT_MAX && passes(fits, value)) continue;
      failures += 1;
      if (samples.length < samplesMax) samples.push(JSON.stringify({ [subject.column]: value }));
    }
  }
  return { failures, rows, samples };
}

function passes(fits: ValidateFunction, text: string): boolean {
  try {
    return fits(JSON.parse(text));
  } catch {
    return false;
  }
}
