import { createHash } from 'node:crypto';
import type { FactOf } from '#boundary';

export type TestResult = FactOf<'test-results'>['results'][number];

/** A digest that stands for a name in tests. */
export function digest(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

export const ORDERS = { database: 'shop', schema: 'public', name: 'orders' };

/** A head every fact of the warehouse `shop` has. */
export function head(number: number, timeMs: number) {
  return { format: 'privet-fact/v1', plane: 'main', number, timeMs, warehouse: 'shop' } as const;
}

/** The result of a test, of whose fields a case needs only some. */
export function testResult(
  given: Partial<Omit<TestResult, 'result' | 'test'>> & { readonly test: string },
): TestResult {
  const { test, ...rest } = given;
  const atMs = rest.atMs ?? 0;
  return {
    name: test,
    origin: 'dbt',
    check: 'not_null',
    dimension: 'completeness',
    node: null,
    table: ORDERS,
    column: null,
    severity: 'high',
    status: 'pass',
    fault: null,
    message: null,
    failures: null,
    rows: null,
    run: null,
    durationMs: 5,
    samples: 0,
    owners: [],
    tags: [],
    ...rest,
    result: digest(`${test}@${atMs}`),
    test: digest(test),
    atMs,
  };
}

type SeriesFact = FactOf<'metric-series'>['series'][number];
type PointFact = FactOf<'metric-points'>['points'][number];

/** A daily series of row counts, of whose fields a case needs only some. */
export function seriesOf(name: string, given: Partial<SeriesFact> = {}): SeriesFact {
  return {
    origin: 'monitor',
    monitor: null,
    table: ORDERS,
    column: null,
    metric: 'row_count',
    customName: null,
    category: null,
    bucketSeconds: 86_400,
    timeZone: 'UTC',
    filtered: false,
    direction: 'both',
    severity: 'high',
    owners: [],
    tags: [],
    ...given,
    series: digest(name),
  };
}

/** One count for the bucket that begins then; null where it was not measured. */
export function pointOf(name: string, startMs: number, value: number | null): PointFact {
  return {
    kind: 'count',
    series: digest(name),
    startMs,
    endMs: startMs + 86_400_000,
    rows: null,
    state: value === null ? 'failed' : 'measured',
    measuredMs: startMs + 86_400_000,
    value,
  };
}

export const RUN = `run_${'0'.repeat(26)}`;
