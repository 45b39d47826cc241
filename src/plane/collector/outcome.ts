import type { FactOf } from '#boundary';
import { faultOf } from './fault.ts';
import type { ObserveFault } from './fault.ts';
import { tally } from './monitor/gate.ts';
import type { TestDefinition } from './monitor/testdefinition.ts';

export type TestStatus = FactOf<'test-results'>['results'][number]['status'];

/** What came out of one test. */
export type Outcome = {
  readonly test: TestDefinition;
  readonly status: TestStatus;
  readonly fault: ObserveFault | null;
  /** Rows, keys or columns that break it, as they may be told (gate.ts); null when nobody could count, or for a few. */
  readonly failures: number | null;
  readonly rows: number | null;
  readonly durationMs: number;
};

type Found = {
  readonly failures: number;
  readonly rows: number | null;
  /** Fewer rows than that are not told; 1 for what counts no rows. */
  readonly least: number;
};

/** The outcome of a count, by the test's own limits. */
export function counted(
  test: TestDefinition,
  { failures, rows, least }: Found,
  durationMs: number,
): Outcome {
  const over = (limit: number | null) => limit !== null && failures > limit;
  const status = over(test.failOver) ? 'fail' : over(test.warnOver) ? 'warn' : 'pass';
  return {
    test,
    status,
    fault: null,
    failures: tally(failures, least),
    rows: tally(rows, least),
    durationMs,
  };
}

/** The outcome of a test that could not be run: never a failure of the data. */
export function broken(test: TestDefinition, thrown: unknown, durationMs: number): Outcome {
  return { test, status: 'error', fault: faultOf(thrown), failures: null, rows: null, durationMs };
}

/** The outcome of a test about data that is not there (yet). */
export function skipped(test: TestDefinition): Outcome {
  return { test, status: 'skipped', fault: null, failures: null, rows: 0, durationMs: 0 };
}
