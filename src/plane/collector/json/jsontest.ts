import { quoted, tableText } from '../warehouse/dialect.ts';
import { openJsonThread } from './jsonthread.ts';
import { scopeSql } from '../rowtest.ts';
import type { ScanPlan } from '../scan.ts';
import type { TestDefinition } from '../monitor/testdefinition.ts';
import type { Session } from '../warehouse/warehouse.ts';

/** Values one test looks at; a larger table is looked at by `within`. */
const VALUES_MAX = 1_000_000;
/** Longer texts count as broken: nobody's document is a book. */
const TEXT_MAX = 1_000_000;

/**
 * Counts values that are no JSON or do not fit, and keeps the first of them. The values come here, to the plane, a page
 * at a time: no engine checks JSON Schemas.
 */
export async function runJsonTest(
  session: Session,
  plan: ScanPlan,
  run: {
    readonly test: TestDefinition;
    readonly nowMs: number;
    readonly signal: AbortSignal;
  },
): Promise<{
  readonly failures: number;
  readonly rows: number;
  readonly samples: readonly string[];
}> {
  const { subject, samples: samplesMax } = run.test;
  if (subject.kind !== 'json_schema') return { failures: 0, rows: 0, samples: [] };
  const column = `t.${quoted(subject.column)}`;
  const text = `select ${column}::text as v from ${tableText(plan.monitor.table)} as t
    where ${scopeSql(plan, run.test, run.nowMs)} and ${column} is not null limit ${VALUES_MAX}`;
  const thread = openJsonThread(subject.schema, {
    secondsMax: plan.monitor.timeoutSeconds,
    signal: run.signal,
  });
  let rows = 0;
  let failures = 0;
  const samples: string[] = [];
  try {
    for await (const page of session.pages(text)) {
      const values = page.map((row) => String(row['v']));
      const fits = await thread.check(
        values.map((value) => (value.length > TEXT_MAX ? TOO_LONG : value)),
      );
      const broken = values.filter((_, at) => fits[at] !== true);
      rows += values.length;
      failures += broken.length;
      for (const value of broken.slice(0, samplesMax - samples.length)) {
        samples.push(JSON.stringify({ [subject.column]: value }));
      }
    }
  } finally {
    await thread.close();
  }
  return { failures, rows, samples };
}

/** Stands for a text that is not looked at: no JSON. */
const TOO_LONG = '';
