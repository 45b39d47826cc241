import { unreachable } from '#base/assert';
import type { FactOf } from '#boundary';
import type { TableName } from '../warehouse/dialect.ts';
import { secondsOf } from './duration.ts';
import type { TestEntry } from './document.ts';

export type Dimension = FactOf<'test-results'>['results'][number]['dimension'];

type Severity = FactOf<'test-results'>['results'][number]['severity'];

export type TypedColumn = { readonly name: string; readonly type: string | null };

/** What a test looks for. */
export type TestSubject =
  | { readonly kind: 'not_null'; readonly column: string }
  | { readonly kind: 'unique'; readonly columns: readonly string[] }
  | {
      readonly kind: 'accepted_values';
      readonly column: string;
      readonly values: readonly string[];
    }
  | {
      readonly kind: 'relationships';
      readonly column: string;
      readonly to: TableName;
      readonly field: string;
    }
  | { readonly kind: 'expression'; readonly sql: string }
  | {
      readonly kind: 'volume_threshold';
      readonly warnPercent: number;
      readonly errorPercent: number;
      readonly direction: 'both' | 'spike' | 'drop';
      readonly rowsMin: number;
    }
  | { readonly kind: 'schema_changes'; readonly baseline: Baseline | null }
  | {
      readonly kind: 'json_schema';
      readonly column: string;
      readonly schema: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'exposure_validity';
      readonly exposure: string;
      readonly columns: readonly TypedColumn[];
    }
  | {
      readonly kind: 'row_count_match';
      readonly other: TableName;
      readonly tolerancePercent: number;
    }
  | { readonly kind: 'custom_sql'; readonly sql: string }
  | {
      readonly kind: 'freshness';
      readonly warnSeconds: number | null;
      readonly errorSeconds: number;
    };

export type Baseline = {
  readonly columns: readonly TypedColumn[];
  readonly failOnAdded: boolean;
  readonly enforceTypes: boolean;
};

/** One test of a monitor, complete. Its name says kind and column; conditions and values are not in it. */
export type TestDefinition = {
  readonly name: string;
  readonly subject: TestSubject;
  readonly where: string | null;
  readonly severity: Severity;
  readonly warnOver: number | null;
  readonly failOver: number;
  readonly withinSeconds: number | null;
  readonly samples: number;
};

export const DIMENSIONS: Readonly<Record<TestSubject['kind'], Dimension>> = {
  not_null: 'completeness',
  unique: 'uniqueness',
  accepted_values: 'validity',
  relationships: 'consistency',
  expression: 'validity',
  volume_threshold: 'completeness',
  schema_changes: 'validity',
  json_schema: 'validity',
  exposure_validity: 'validity',
  row_count_match: 'consistency',
  custom_sql: 'none',
  freshness: 'freshness',
};

type Around = {
  readonly monitor: { readonly severity: Severity; readonly sampleRows: number };
  readonly index: number;
};

/** The test an entry of a document means. */
export function testFrom(entry: TestEntry, { monitor, index }: Around): TestDefinition {
  const subject = subjectOf(entry);
  return {
    name: entry.name ?? nameOf(subject, index),
    subject,
    where: entry.where ?? null,
    severity: entry.severity ?? monitor.severity,
    warnOver: entry.warnOver ?? null,
    failOver: entry.failOver ?? 0,
    withinSeconds: entry.within === undefined ? null : secondsOf(entry.within, 'within'),
    // None for the table means none for any test of it.
    samples: monitor.sampleRows === 0 ? 0 : (entry.test_sample_row_count ?? monitor.sampleRows),
  };
}

function subjectOf(entry: TestEntry): TestSubject {
  if ('not_null' in entry) return { kind: 'not_null', column: entry.not_null };
  if ('unique' in entry) return { kind: 'unique', columns: entry.unique };
  if ('accepted_values' in entry) {
    const { column, values } = entry.accepted_values;
    return { kind: 'accepted_values', column, values: values.map(String) };
  }
  if ('relationships' in entry) return { kind: 'relationships', ...entry.relationships };
  if ('expression' in entry) return { kind: 'expression', sql: entry.expression };
  if ('volume_threshold' in entry) return volume(entry.volume_threshold);
  if ('schema_changes' in entry) return schemaChanges(entry.schema_changes);
  if ('json_schema' in entry) return { kind: 'json_schema', ...entry.json_schema };
  if ('exposure_validity' in entry)
    return { kind: 'exposure_validity', ...entry.exposure_validity };
  if ('row_count_match' in entry) {
    const { table, tolerancePercent = 0 } = entry.row_count_match;
    return { kind: 'row_count_match', other: table, tolerancePercent };
  }
  if ('custom_sql' in entry) return { kind: 'custom_sql', sql: entry.custom_sql };
  const { warnAfter, errorAfter } = entry.freshness;
  return {
    kind: 'freshness',
    warnSeconds: warnAfter === undefined ? null : secondsOf(warnAfter, 'warnAfter'),
    errorSeconds: secondsOf(errorAfter, 'errorAfter'),
  };
}

/** Defaults as Elementary's test of that name has them. */
function volume(
  given: Extract<TestEntry, { volume_threshold: object }>['volume_threshold'],
): TestSubject {
  const { warnPercent = 5, errorPercent = 10, direction = 'both', rowsMin = 100 } = given;
  return { kind: 'volume_threshold', warnPercent, errorPercent, direction, rowsMin };
}

function schemaChanges(
  given: Extract<TestEntry, { schema_changes: unknown }>['schema_changes'],
): TestSubject {
  if (given === 'last') return { kind: 'schema_changes', baseline: null };
  const { baseline, failOnAdded = false, enforceTypes = false } = given;
  return { kind: 'schema_changes', baseline: { columns: baseline, failOnAdded, enforceTypes } };
}

function nameOf(subject: TestSubject, index: number): string {
  switch (subject.kind) {
    case 'not_null':
    case 'accepted_values':
    case 'relationships':
    case 'json_schema':
      return `${subject.kind}.${plain(subject.column)}`;
    case 'unique':
      return `unique.${subject.columns.map(plain).join('.')}`.slice(0, 120);
    case 'schema_changes':
      return subject.baseline === null ? 'schema_changes' : 'schema_changes.baseline';
    case 'exposure_validity':
      return `exposure_validity.${plain(subject.exposure)}`;
    case 'row_count_match':
      return `row_count_match.${plain(subject.other.name)}`;
    case 'volume_threshold':
    case 'freshness':
      return subject.kind;
    case 'expression':
    case 'custom_sql':
      return `${subject.kind}.${index + 1}`;
  }
  return unreachable(subject);
}

function plain(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/gu, '_').slice(0, 100);
}
