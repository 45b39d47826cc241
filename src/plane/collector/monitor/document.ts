import { z } from 'zod';
import { Problem } from '#base/problem';
import { COLUMN_METRIC_NAMES } from './metric.ts';
import type { ColumnMetricName } from './metric.ts';

/** Documents in one request, checks and metrics in one document: a table has at most some hundred columns. */
export const MONITORS_MAX = 2_000;
const ENTRIES_MAX = 500;
const SQL_MAX = 20_000;

const sqlName = z.string().min(1).max(255);
const tablePattern = /^(?<schema>[^.]{1,255})\.(?<name>[^.]{1,255})$/u;
/** `schema.table`; a name with a dot in it cannot be watched. */
const table = z
  .string()
  .regex(tablePattern, 'expected `schema.table`')
  .transform((text) => {
    const { schema = '', name = '' } = tablePattern.exec(text)?.groups ?? {};
    return { schema, name };
  });
const condition = z
  .string()
  .min(1)
  .max(SQL_MAX)
  .describe('an SQL condition on the columns of the table');
const label = z.string().regex(/^[\p{L}\p{N}_.:/@#+-]{1,128}$/u, 'expected a label without spaces');
const monitorName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/u, 'expected `a-z 0-9 -`, a letter first');
const duration = z.string().max(40).describe('such as `90 minutes` or `2 days`');
const columnMetric = z.enum(COLUMN_METRIC_NAMES as [ColumnMetricName, ...ColumnMetricName[]]);
const columnList = z.union([sqlName.transform((one) => [one]), z.array(sqlName).min(1).max(32)]);

const metricEntry = z.union([
  z
    .enum(['row_count', 'freshness', 'bytes'])
    .transform((metric) => ({ kind: 'table' as const, metric })),
  z
    .strictObject({ event_freshness: sqlName, loaded: sqlName.optional() })
    .transform(({ event_freshness: event, loaded = null }) => ({
      kind: 'event' as const,
      event,
      loaded,
    })),
  z
    .strictObject({ column: columnList, metrics: z.array(columnMetric).min(1).max(50).optional() })
    .transform(({ column, metrics = null }) => ({
      kind: 'columns' as const,
      columns: column,
      metrics,
    })),
  z
    .strictObject({
      columns: z.literal('all'),
      except: z.array(sqlName).max(ENTRIES_MAX).optional(),
    })
    .transform(({ except = [] }) => ({ kind: 'all' as const, except })),
  z
    .strictObject({ category: columnList, top: z.int().min(1).max(200).optional() })
    .transform(({ category, top = 50 }) => ({ kind: 'category' as const, columns: category, top })),
  z
    .strictObject({ matches: table })
    .transform(({ matches }) => ({ kind: 'matches' as const, other: matches })),
  z
    .strictObject({
      custom: z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/u),
      sql: z.string().min(1).max(SQL_MAX).describe('an SQL aggregate over the rows of the table'),
      // Never exact: the SQL is whatever somebody wrote, and could be one row's own value.
      class: z.enum(['moment', 'extreme']).optional(),
    })
    .transform(({ custom, sql, class: kind = 'extreme' }) => ({
      kind: 'custom' as const,
      name: custom,
      sql,
      class: kind,
    })),
]);

const severity = z.enum(['low', 'normal', 'high', 'critical']);
/** What every test may say beside its own. */
const testCommon = {
  name: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,120}$/u)
    .optional(),
  where: condition.optional(),
  severity: severity.optional(),
  warnOver: z.int().min(0).optional(),
  failOver: z.int().min(0).optional(),
  /** Only rows of the last …, by the timestamp of the monitor. */
  within: duration.optional(),
  test_sample_row_count: z.int().min(0).max(1_000).optional(),
};
const scalar = z.union([z.string().max(4_000), z.number(), z.boolean()]);
const typedColumn = z.union([
  sqlName.transform((name) => ({ name, type: null })),
  z
    .strictObject({ name: sqlName, type: z.string().min(1).max(255).nullable().optional() })
    .transform(({ name, type = null }) => ({ name, type })),
]);

const testEntry = z.union([
  z.strictObject({ ...testCommon, not_null: sqlName }),
  z.strictObject({ ...testCommon, unique: columnList }),
  z.strictObject({
    ...testCommon,
    accepted_values: z.strictObject({ column: sqlName, values: z.array(scalar).min(1).max(1_000) }),
  }),
  z.strictObject({
    ...testCommon,
    relationships: z.strictObject({ column: sqlName, to: table, field: sqlName }),
  }),
  z.strictObject({ ...testCommon, expression: condition }),
  z.strictObject({
    ...testCommon,
    volume_threshold: z.strictObject({
      warnPercent: z.number().min(0).max(1_000_000).optional(),
      errorPercent: z.number().min(0).max(1_000_000).optional(),
      direction: z.enum(['both', 'spike', 'drop']).optional(),
      rowsMin: z.int().min(0).optional(),
    }),
  }),
  z.strictObject({
    ...testCommon,
    schema_changes: z.union([
      z.literal('last'),
      z.strictObject({
        baseline: z.array(typedColumn).min(1).max(1_664),
        failOnAdded: z.boolean().optional(),
        enforceTypes: z.boolean().optional(),
      }),
    ]),
  }),
  z.strictObject({
    ...testCommon,
    json_schema: z.strictObject({ column: sqlName, schema: z.record(z.string(), z.unknown()) }),
  }),
  z.strictObject({
    ...testCommon,
    exposure_validity: z.strictObject({
      exposure: z.string().min(1).max(255),
      columns: z.array(typedColumn).min(1).max(1_664),
    }),
  }),
  z.strictObject({
    ...testCommon,
    row_count_match: z.strictObject({
      table,
      tolerancePercent: z.number().min(0).max(100).optional(),
    }),
  }),
  z.strictObject({
    ...testCommon,
    custom_sql: z.string().min(1).max(SQL_MAX).describe('a SELECT that gives the rows that fail'),
  }),
  z.strictObject({
    ...testCommon,
    freshness: z.strictObject({ warnAfter: duration.optional(), errorAfter: duration }),
  }),
]);

/** A monitor as people write it; the format is docs/formats/monitors.md. */
const monitorShape = z.strictObject({
  apiVersion: z.literal('privet/v1'),
  kind: z.literal('Monitor'),
  name: monitorName,
  description: z.string().max(8_192).optional(),
  warehouse: z.string().regex(/^[a-z][a-z0-9_-]{0,47}$/u),
  table,
  state: z.enum(['active', 'paused']).optional(),
  schedule: z.string().max(100).optional(),
  timestamp: sqlName.optional(),
  bucket: z.string().max(40).optional(),
  timeZone: z.string().min(1).max(60).optional(),
  delay: duration.optional(),
  history: duration.optional(),
  backfill: duration.optional(),
  where: condition.optional(),
  timeoutSeconds: z.int().min(1).max(86_400).optional(),
  leastRows: z.int().min(10).max(1_000_000).optional(),
  severity: severity.optional(),
  direction: z.enum(['both', 'spike', 'drop']).optional(),
  owners: z.array(label).max(50).optional(),
  tags: z.array(label).max(50).optional(),
  samples: z
    .strictObject({
      test_sample_row_count: z.int().min(0).max(1_000).optional(),
      keep: duration.optional(),
    })
    .optional(),
  metrics: z.array(metricEntry).max(ENTRIES_MAX).optional(),
  tests: z.array(testEntry).max(ENTRIES_MAX).optional(),
});
export type MonitorDocument = z.output<typeof monitorShape>;
export type MetricEntry = NonNullable<MonitorDocument['metrics']>[number];
export type TestEntry = NonNullable<MonitorDocument['tests']>[number];

/** The document, checked; throws `invalid` naming the place in it. */
export function readMonitor(input: unknown): MonitorDocument {
  const read = monitorShape.safeParse(input);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = (issue?.path ?? []).map((step) =>
    typeof step === 'number' ? `[${step}]` : `.${String(step)}`,
  );
  const where = `monitor${path.join('')}`;
  const name =
    typeof input === 'object' && input !== null && 'name' in input
      ? String(input.name).slice(0, 63)
      : '';
  throw new Problem('invalid', `\`${where}\` of monitor \`${name}\`: ${wordsOf(issue)}`, {
    hint: 'docs/formats/monitors.md has every key',
  });
}

/** zod says of a union only that none fits; what was meant is the alternative that names the same key. */
function wordsOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'expected a monitor';
  if (issue.code === 'unrecognized_keys')
    return `unknown key \`${issue.keys.join('`, `').slice(0, 200)}\``;
  if (issue.code === 'invalid_union') return 'expected one of the forms the format has';
  return issue.message.replace(/^Invalid input: /u, '');
}
