import { columnsOf } from './monitor/columns.ts';
import type { WatchedColumn } from './monitor/columns.ts';
import type { TableName } from './warehouse/dialect.ts';
import { digestOf } from './digest.ts';
import { instantOf, instantText } from './monitor/moment.ts';
import { insertRows } from './resultstore.ts';
import type { ResultPlace } from './resultstore.ts';
import { resultName } from './warehouse/resultschema.ts';
import type { Baseline, TypedColumn } from './monitor/testdefinition.ts';
import { typeFrom } from './warehouse/typename.ts';
import type { Session } from './warehouse/warehouse.ts';

/** One difference between what a table has and what it had, or should have. */
export type Difference = {
  readonly what:
    | 'column-added'
    | 'column-removed'
    | 'type-changed'
    | 'table-removed'
    | 'table-renamed';
  readonly column: string | null;
  readonly before: string | null;
  readonly after: string | null;
};

/** What is different, by name of the column; a column that was renamed is one less and one more. Pure. */
export function differences(
  before: readonly TypedColumn[],
  after: readonly TypedColumn[],
): readonly Difference[] {
  const was = new Map(before.map(({ name, type }) => [name, type]));
  const is = new Map(after.map(({ name, type }) => [name, type]));
  const gone = before
    .filter(({ name }) => !is.has(name))
    .map(({ name, type }): Difference => ({
      what: 'column-removed',
      column: name,
      before: type,
      after: null,
    }));
  const come = after
    .filter(({ name }) => !was.has(name))
    .map(({ name, type }): Difference => ({
      what: 'column-added',
      column: name,
      before: null,
      after: type,
    }));
  const changed = after.flatMap(({ name, type }): Difference[] => {
    const old = was.get(name) ?? null;
    if (old === null || type === null || sameType(old, type)) return [];
    return [{ what: 'type-changed', column: name, before: old, after: type }];
  });
  return [...gone, ...come, ...changed];
}

/** Names of types differ in case and spaces only, between what people write and what the catalog says. */
function sameType(left: string, right: string): boolean {
  const plain = (text: string) => text.toLowerCase().replaceAll(/\s+/gu, ' ').trim();
  return plain(left) === plain(right);
}

/** The differences that a baseline does not allow. */
export function baselineFaults(
  { columns, failOnAdded, enforceTypes }: Baseline,
  now: readonly TypedColumn[],
): readonly Difference[] {
  return differences(columns, now).filter(({ what }) => {
    if (what === 'column-added') return failOnAdded;
    return what !== 'type-changed' || enforceTypes;
  });
}

/** A table's columns as they were last seen, and when; null for a table that was never seen. */
export async function lastSeen(
  session: Session,
  schema: string,
  table: TableName,
): Promise<{ readonly columns: readonly TypedColumn[]; readonly seenMs: number } | null> {
  const rows = await session.query(
    `select column_name, data_type, seen_at from ${resultName(schema, 'schema_column')}
     where table_schema = $1 and table_name = $2 order by ordinal`,
    [table.schema, table.name],
  );
  if (rows.length === 0) return null;
  const columns = rows.map((row) => ({
    name: String(row['column_name']),
    type: String(row['data_type']),
  }));
  return { columns, seenMs: instantOf(rows[0]?.['seen_at']) ?? 0 };
}

/** Keeps how a table looks now; the transaction in which its changes are written is the caller's. */
export async function rememberColumns(
  session: Session,
  place: ResultPlace,
  seen: {
    readonly table: TableName;
    readonly columns: readonly WatchedColumn[];
    readonly nowMs: number;
  },
): Promise<void> {
  const { table, columns, nowMs } = seen;
  const name = resultName(place.schema, 'schema_column');
  const gone = columns.map((column) => column.name);
  await session.query(
    `delete from ${name} where table_schema = $1 and table_name = $2
       and column_name not in (${gone.map((_, at) => `$${at + 3}`).join(', ')})`,
    [table.schema, table.name, ...gone],
  );
  await insertRows(
    session,
    {
      table: name,
      columns: ['table_schema', 'table_name', 'column_name', 'data_type', 'ordinal', 'seen_at'],
      types: ['text', 'text', 'text', 'text', 'bigint', 'timestamptz'],
      conflict: `on conflict (table_schema, table_name, column_name) do update set data_type = excluded.data_type,
        ordinal = excluded.ordinal, seen_at = excluded.seen_at`,
    },
    columns.map((column) => [
      table.schema,
      table.name,
      column.name,
      column.type,
      column.ordinal,
      instantText(nowMs),
    ]),
  );
}

export type WrittenChange = {
  readonly monitor: string;
  readonly table: TableName;
  readonly difference: Difference;
  readonly against: 'last' | 'baseline';
  /** What else makes it another change: the run for what happens once, a moment for what lasts. */
  readonly occasion: string;
};

/** Writes changes down; the same one on the same occasion is one. */
export async function writeChanges(
  session: Session,
  place: ResultPlace,
  { changes, nowMs }: { readonly changes: readonly WrittenChange[]; readonly nowMs: number },
): Promise<void> {
  const rows: (string | null)[][] = [];
  for (const { monitor, table, difference, against, occasion } of changes) {
    const { what, column, before, after } = difference;
    // What is different of a column is its type; of a table, its name.
    const told = (text: string | null) => (column === null ? text : typeFrom(text));
    const identity = [
      'change',
      place.warehouse,
      table.schema,
      table.name,
      column,
      what,
      before,
      after,
      against,
      occasion,
    ];
    rows.push([
      await digestOf(place.digest, JSON.stringify(identity)),
      monitor,
      table.schema,
      table.name,
      column,
      what,
      told(before),
      told(after),
      against,
      instantText(nowMs),
      place.runId,
    ]);
  }
  await insertRows(
    session,
    {
      table: resultName(place.schema, 'schema_change'),
      columns: [
        'change_id',
        'monitor',
        'table_schema',
        'table_name',
        'column_name',
        'what',
        'before_text',
        'after_text',
        'against',
        'detected_at',
        'run_id',
      ],
      types: [
        'text',
        'text',
        'text',
        'text',
        'text',
        'text',
        'text',
        'text',
        'text',
        'timestamptz',
        'text',
      ],
      conflict: 'on conflict (change_id) do nothing',
    },
    rows,
  );
}

/**
 * What became of a table that is not there any more: renamed, when exactly one table of its schema that was not watched
 * has the same columns, else removed.
 */
export async function whatBecame(
  session: Session,
  schema: string,
  of: { readonly table: TableName; readonly columns: readonly TypedColumn[] },
): Promise<Difference> {
  const others = await session.query(
    `select distinct c.table_name from information_schema.columns as c
     where c.table_schema = $1 and not exists (
       select 1 from ${resultName(schema, 'schema_column')} as s
       where s.table_schema = c.table_schema and s.table_name = c.table_name)`,
    [of.table.schema],
  );
  const alike: string[] = [];
  for (const row of others) {
    const name = String(row['table_name']);
    const columns = await columnsOf(session, { schema: of.table.schema, name });
    if (differences(of.columns, columns).length === 0) alike.push(name);
  }
  const renamed = alike.length === 1 ? (alike[0] ?? null) : null;
  const what = renamed === null ? 'table-removed' : 'table-renamed';
  return { what, column: null, before: of.table.name, after: renamed };
}
