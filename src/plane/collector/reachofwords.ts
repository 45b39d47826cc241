import { loadParser, tablesRead } from '#engines/sql';
import { tableText } from './warehouse/dialect.ts';
import type { TableName } from './warehouse/dialect.ts';
import type { Monitor } from './monitor/monitor.ts';

/**
 * What the words of a monitor's author can pick out. A condition, a value or SQL of one's own turns a count into an
 * answer about few rows; metrics and tests without any count what everybody's do.
 */
export type Reach =
  | { readonly kind: 'none' }
  /** Rows of these tables. */
  | { readonly kind: 'tables'; readonly tables: readonly TableName[] }
  /** Whatever the collecting role can read: SQL that cannot be followed, or that names tables without their schema. */
  | { readonly kind: 'warehouse' };

/** Whether whoever applies a monitor may have it reach that far. */
export type MayReach = (warehouse: string, reach: Reach) => boolean;

export async function reachOf(monitor: Monitor): Promise<Reach> {
  const statements = statementsOf(monitor);
  const wordy = monitor.tests.some(
    ({ subject }) => subject.kind === 'accepted_values' || subject.kind === 'json_schema',
  );
  if (statements.length === 0) {
    return wordy ? { kind: 'tables', tables: [monitor.table] } : { kind: 'none' };
  }
  await loadParser();
  const tables = new Map([[tableText(monitor.table), monitor.table]]);
  for (const sqlText of statements) {
    const read = tablesRead(sqlText);
    if (read === null) return { kind: 'warehouse' };
    for (const { schema, table: name } of read) {
      if (schema === null) return { kind: 'warehouse' };
      tables.set(tableText({ schema, name }), { schema, name });
    }
  }
  return { kind: 'tables', tables: [...tables.values()] };
}

/** Every SQL of the author's own, as a query over the table it is run on. */
function statementsOf({ table, where, metrics, tests }: Monitor): readonly string[] {
  const from = `from ${tableText(table)} as t`;
  const condition = (sql: string) => `select 1 ${from} where (${sql}\n)`;
  const conditions = [where, ...tests.map((test) => test.where)].filter((sql) => sql !== null);
  return [
    ...conditions.map(condition),
    ...metrics.flatMap((entry) =>
      entry.kind === 'custom' ? [`select (${entry.sql}\n)::float8 ${from}`] : [],
    ),
    ...tests.flatMap(({ subject }) => {
      if (subject.kind === 'expression') return [condition(subject.sql)];
      return subject.kind === 'custom_sql' ? [subject.sql] : [];
    }),
  ];
}
