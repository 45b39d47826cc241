import { unreachable } from '#base/assert';
import { quoted, tableText } from './warehouse/dialect.ts';
import { epochSql, momentText } from './monitor/moment.ts';
import type { ScanPlan } from './scan.ts';
import type { TestDefinition } from './monitor/testdefinition.ts';

/** A piece of SQL being written, with its parameters. */
export type Writing = { readonly parameters: unknown[]; value(text: string): string };

export function writing(): Writing {
  const parameters: unknown[] = [];
  return {
    parameters,
    value(text) {
      parameters.push(text);
      return `$${parameters.length}::text`;
    },
  };
}

/** The condition that a row of `t` breaks the test, or null for tests that are about more than one row. */
export function brokenSql({ subject }: TestDefinition, out: Writing): string | null {
  switch (subject.kind) {
    case 'not_null':
      return `t.${quoted(subject.column)} is null`;
    case 'accepted_values': {
      const column = `t.${quoted(subject.column)}`;
      const values = subject.values.map((value) => out.value(value)).join(', ');
      return `(${column} is not null and ${column}::text not in (${values}))`;
    }
    case 'expression':
      // As in dbt: what is unknown breaks nothing.
      return `not (${subject.sql}\n)`;
    case 'relationships':
    case 'unique':
    case 'volume_threshold':
    case 'schema_changes':
    case 'json_schema':
    case 'exposure_validity':
    case 'row_count_match':
    case 'custom_sql':
    case 'freshness':
      return null;
  }
  return unreachable(subject);
}

/** Which rows a test is about, as a condition on `t`. */
export function scopeSql(plan: ScanPlan, test: TestDefinition, nowMs: number): string {
  const { monitor, moment } = plan;
  const terms = [monitor.where, test.where].flatMap((sql) => (sql === null ? [] : [`(${sql}\n)`]));
  if (moment !== null && test.withinSeconds !== null) {
    const from = momentText(nowMs - test.withinSeconds * 1_000, moment.type, monitor.zone);
    // A moment of ours, digits and punctuation only.
    terms.push(`t.${quoted(moment.column)} >= '${from}'::${moment.type}`);
  }
  return terms.length === 0 ? 'true' : terms.join(' and ');
}

export type Statement = { readonly text: string; readonly parameters: readonly unknown[] };

/** One statement that counts rows and broken rows for many tests in one pass: `n0, f0, n1, f1 …`. */
export function rowTestsSql(
  plan: ScanPlan,
  tests: readonly TestDefinition[],
  nowMs: number,
): Statement {
  const out = writing();
  const counts = tests.map((test, at) => {
    const scope = scopeSql(plan, test, nowMs);
    const broken = brokenSql(test, out) ?? 'false';
    return `count(*) filter (where ${scope}) as n${at}, count(*) filter (where ${scope} and ${broken}) as f${at}`;
  });
  const text = `select ${counts.join(',\n  ')} from ${tableText(plan.monitor.table)} as t`;
  return { text, parameters: out.parameters };
}

/** The rows that break a test, in whatever order; null for tests that have none. */
export function failedRowsSql(
  plan: ScanPlan,
  test: TestDefinition,
  nowMs: number,
): Statement | null {
  const { subject } = test;
  const table = tableText(plan.monitor.table);
  const scope = scopeSql(plan, test, nowMs);
  const out = writing();
  const broken = brokenSql(test, out);
  if (broken !== null) {
    return {
      text: `select t.* from ${table} as t where ${scope} and ${broken}`,
      parameters: out.parameters,
    };
  }
  if (subject.kind === 'relationships') {
    return { text: `select t.* from ${orphans(plan, test, nowMs)}`, parameters: [] };
  }
  if (subject.kind === 'unique') {
    return { text: duplicates(plan, test, nowMs), parameters: [] };
  }
  if (subject.kind === 'custom_sql') return { text: subject.sql, parameters: [] };
  return null;
}

/** FROM and WHERE of rows whose parent is missing; an anti-join. */
function orphans(plan: ScanPlan, test: TestDefinition, nowMs: number): string {
  const { subject } = test;
  if (subject.kind !== 'relationships') return '';
  const column = `t.${quoted(subject.column)}`;
  return `${tableText(plan.monitor.table)} as t where ${scopeSql(plan, test, nowMs)} and ${column} is not null
    and not exists (select 1 from ${tableText(subject.to)} as privet_parent
      where privet_parent.${quoted(subject.field)} = ${column})`;
}

/** Each key that is there more than once; keys with a null in them are nobody's. */
function duplicates(plan: ScanPlan, test: TestDefinition, nowMs: number): string {
  const { subject } = test;
  if (subject.kind !== 'unique') return '';
  const columns = subject.columns.map((name) => `t.${quoted(name)}`);
  const present = columns.map((column) => `${column} is not null`).join(' and ');
  return `select ${columns.join(', ')}, count(*) as privet_rows from ${tableText(plan.monitor.table)} as t
    where ${scopeSql(plan, test, nowMs)} and ${present} group by ${columns.join(', ')} having count(*) > 1`;
}

/** Counts the rows a test finds broken. */
export function countFailedSql(
  plan: ScanPlan,
  test: TestDefinition,
  nowMs: number,
): Statement | null {
  const rows = failedRowsSql(plan, test, nowMs);
  if (rows === null) return null;
  return {
    text: `select count(*) as f from (${rows.text}\n) as privet_failed`,
    parameters: rows.parameters,
  };
}

/** The latest moment that is not in the future, in seconds since 1970. */
export function latestSql(plan: ScanPlan, test: TestDefinition, nowMs: number): Statement | null {
  const { moment, monitor } = plan;
  if (moment === null) return null;
  const column = `t.${quoted(moment.column)}`;
  const now = momentText(nowMs, moment.type, monitor.zone);
  return {
    text: `select ${epochSql(`max(${column})`)} as latest from ${tableText(monitor.table)} as t
      where ${scopeSql(plan, test, nowMs)} and ${column} <= '${now}'::${moment.type}`,
    parameters: [],
  };
}
