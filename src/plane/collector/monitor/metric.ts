import { unreachable } from '#base/assert';
import type { FactOf } from '#boundary';
import type { Dialect } from '../warehouse/dialect.ts';

export type Metric = FactOf<'metric-series'>['series'][number]['metric'];
/** What a number gives away decides how it is rounded, and from how many rows on it is told at all (gate.ts). */
export type MetricClass = 'count' | 'share' | 'moment' | 'extreme';
/** What a type can be measured by. */
export type TypeFamily = 'number' | 'text' | 'boolean' | 'moment' | 'other';

/** Aggregates of one column that a scan may ask for; metrics are worked out from them. */
export type Primitive =
  | 'values'
  | 'missing'
  | 'zero'
  | 'true'
  | 'distinct'
  | 'min'
  | 'max'
  | 'average'
  | 'sum'
  | 'deviation'
  | 'variance'
  | 'lengthMin'
  | 'lengthMax'
  | 'lengthAverage'
  | 'quantiles';

export const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

/** The aggregates of one bucket: `rows`, and those of the column; null where there was nothing to aggregate. */
export type Aggregates = { readonly rows: number } & {
  readonly [P in Exclude<Primitive, 'quantiles'>]?: number | null;
} & { readonly quantiles?: readonly (number | null)[] | null };

export type ColumnMetric = {
  readonly class: MetricClass;
  readonly families: readonly TypeFamily[];
  readonly needs: readonly Primitive[];
  /** Null for an empty bucket, where the number has no meaning. */
  readonly value: (of: Aggregates) => number | null;
};

const ANY: readonly TypeFamily[] = ['number', 'text', 'boolean', 'moment', 'other'];
const NUMBER: readonly TypeFamily[] = ['number'];
const TEXT: readonly TypeFamily[] = ['text'];
const BOOLEAN: readonly TypeFamily[] = ['boolean'];

/** Rounded to three decimals, as Elementary does; no rows, no share. */
function percent(part: number, of: number): number | null {
  return of === 0 ? null : Math.round((100_000 * part) / of) / 1_000;
}

const values = (of: Aggregates) => of.values ?? 0;
const nulls = (of: Aggregates) => of.rows - values(of);
const take = (primitive: Exclude<Primitive, 'quantiles'>) => (of: Aggregates) =>
  of[primitive] ?? null;
const counted = (primitive: Exclude<Primitive, 'quantiles'>) => (of: Aggregates) =>
  of[primitive] ?? 0;
const quantile = (at: number): ColumnMetric => ({
  class: 'extreme',
  families: NUMBER,
  needs: ['values', 'deviation', 'quantiles'],
  value: (of) => of.quantiles?.[at] ?? null,
});

function count(
  families: readonly TypeFamily[],
  needs: readonly Primitive[],
  value: (of: Aggregates) => number,
): ColumnMetric {
  return { class: 'count', families, needs, value };
}

function share(
  families: readonly TypeFamily[],
  needs: readonly Primitive[],
  value: (of: Aggregates) => number | null,
): ColumnMetric {
  return { class: 'share', families, needs, value };
}

function one(
  kind: 'moment' | 'extreme',
  families: readonly TypeFamily[],
  primitive: Exclude<Primitive, 'quantiles'>,
): ColumnMetric {
  // An extreme is rounded by the spread of its column (gate.ts).
  const needs: Primitive[] = ['values', primitive];
  if (kind === 'extreme' && families === NUMBER) needs.push('deviation');
  return { class: kind, families, needs, value: take(primitive) };
}

/** Every metric of a column by its name. */
export const COLUMN_METRICS = {
  null_count: count(ANY, ['values'], nulls),
  null_percent: share(ANY, ['values'], (of) => percent(nulls(of), of.rows)),
  not_null_percent: share(ANY, ['values'], (of) => percent(values(of), of.rows)),
  missing_count: count(TEXT, ['missing'], counted('missing')),
  missing_percent: share(TEXT, ['missing'], (of) => percent(of.missing ?? 0, of.rows)),
  not_missing_percent: share(TEXT, ['missing'], (of) =>
    percent(of.rows - (of.missing ?? 0), of.rows),
  ),
  zero_count: count(NUMBER, ['zero'], counted('zero')),
  zero_percent: share(NUMBER, ['zero'], (of) => percent(of.zero ?? 0, of.rows)),
  not_zero_percent: share(NUMBER, ['zero'], (of) => percent(of.rows - (of.zero ?? 0), of.rows)),
  count_true: count(BOOLEAN, ['true'], counted('true')),
  count_false: count(BOOLEAN, ['true', 'values'], (of) => values(of) - (of.true ?? 0)),
  distinct_count: count(ANY, ['distinct'], counted('distinct')),
  unique_percent: share(ANY, ['distinct', 'values'], (of) => percent(of.distinct ?? 0, values(of))),
  min: one('extreme', NUMBER, 'min'),
  max: one('extreme', NUMBER, 'max'),
  average: one('moment', NUMBER, 'average'),
  sum: one('moment', NUMBER, 'sum'),
  standard_deviation: one('moment', NUMBER, 'deviation'),
  variance: one('moment', NUMBER, 'variance'),
  min_length: one('extreme', TEXT, 'lengthMin'),
  max_length: one('extreme', TEXT, 'lengthMax'),
  average_length: one('moment', TEXT, 'lengthAverage'),
  quantile_05: quantile(0),
  quantile_25: quantile(1),
  quantile_50: quantile(2),
  quantile_75: quantile(3),
  quantile_95: quantile(4),
} as const satisfies { readonly [metric in Metric]?: ColumnMetric };

export type ColumnMetricName = keyof typeof COLUMN_METRICS;
export const COLUMN_METRIC_NAMES = Object.keys(COLUMN_METRICS) as readonly ColumnMetricName[];

/** What a column is measured by when nothing else is said, as far as its type allows. */
export const DEFAULT_METRICS: readonly ColumnMetricName[] = [
  'null_count',
  'null_percent',
  'min_length',
  'max_length',
  'average_length',
  'missing_count',
  'missing_percent',
  'min',
  'max',
  'zero_count',
  'zero_percent',
  'average',
  'standard_deviation',
  'variance',
  'count_true',
  'count_false',
];

/** The aggregate as SQL over a column's expression. */
export function primitiveSql(primitive: Primitive, column: string, dialect: Dialect): string {
  const number = `(${column})::float8`;
  const text = `${column}::text`;
  switch (primitive) {
    case 'values':
      return `count(${column})`;
    case 'missing':
      return `count(*) filter (where ${column} is null or trim(${text}) = '' or lower(trim(${text})) = 'null')`;
    case 'zero':
      return `count(*) filter (where coalesce(${column}, 0) = 0)`;
    case 'true':
      return `count(*) filter (where ${column})`;
    case 'distinct':
      return `count(distinct ${column})`;
    case 'min':
      return `min(${number})`;
    case 'max':
      return `max(${number})`;
    case 'average':
      return `avg(${number})`;
    case 'sum':
      return `sum(${number})`;
    case 'deviation':
      return `stddev_samp(${number})`;
    case 'variance':
      return `var_samp(${number})`;
    case 'lengthMin':
      return `min(length(${text}))`;
    case 'lengthMax':
      return `max(length(${text}))`;
    case 'lengthAverage':
      return `avg(length(${text}))::float8`;
    case 'quantiles':
      return dialect.quantiles(column, QUANTILES);
  }
  return unreachable(primitive);
}

/** The family of a type as `information_schema.columns.data_type` names it, in either engine. */
export function familyOf(dataType: string): TypeFamily {
  const type = dataType.toLowerCase();
  if (/^(?:u?(?:tiny|small|big|huge)?int(?:eger)?|numeric|decimal|real|double|float)\b/u.test(type))
    return 'number';
  if (/^(?:text|char|varchar|character|name|citext|string)/u.test(type)) return 'text';
  if (type.startsWith('bool')) return 'boolean';
  if (/^(?:timestamp|date)/u.test(type)) return 'moment';
  return 'other';
}
