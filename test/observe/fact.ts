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
