import type { FactBody, FactOf } from '#boundary';
import { statement, transaction } from '#platform/db';
import type { Transaction } from '#platform/db';
import type { CollectorSettings } from './context.ts';
import type { Monitor } from './monitor/monitor.ts';
import { listMonitors } from './monitor/monitortable.ts';
import { pieces } from './tell.ts';
import { databaseOf } from './tellrun.ts';
import { textIn } from './warehouse/warehouse.ts';
import type { Session, Warehouse } from './warehouse/warehouse.ts';
import type { WarehouseRow } from './warehouse/warehousetable.ts';

const LIST = statement(import.meta.url, 'sql/list-covered.sql');
const PUT = statement(import.meta.url, 'sql/put-covered.sql');
const DROP = statement(import.meta.url, 'sql/drop-covered.sql');

type Covered = FactOf<'coverage'>['tables'][number];
type Names = { readonly table_schema: string; readonly table_name: string };

/** Tables and views the role can see, with how many columns they have; not the engine's own, not the results. */
const TABLES = `select t.table_schema, t.table_name, count(c.column_name) as columns
  from information_schema.tables as t
  left join information_schema.columns as c on c.table_schema = t.table_schema and c.table_name = t.table_name
  where t.table_schema not in ('information_schema', 'pg_catalog', $1) and t.table_schema not like 'pg_%'
  group by 1, 2 order by 1, 2 limit 100000`;

/** Tells which tables a warehouse has and how far monitors watch them: what changed since it was last told. */
export async function tellCoverage(
  settings: CollectorSettings,
  row: WarehouseRow,
  warehouse: Warehouse,
): Promise<void> {
  const monitors = (await listMonitors(settings.pool, { warehouse: row.name })).map(
    ({ monitor }) => monitor,
  );
  const tables = await warehouse.work((session) => readTables(session, row, monitors), {
    readOnly: true,
  });
  await transaction(settings.pool, (tx) => tellChanged(settings, tx, { row, tables }));
  settings.border.wake();
}

async function readTables(
  session: Session,
  row: WarehouseRow,
  monitors: readonly Monitor[],
): Promise<readonly Covered[]> {
  const database = databaseOf(row);
  const rows = await session.query(TABLES, [row.results]);
  return rows.map((found) => {
    const table = {
      database,
      schema: textIn(found, 'table_schema'),
      name: textIn(found, 'table_name'),
    };
    const on = monitors.filter(
      (monitor) => monitor.table.schema === table.schema && monitor.table.name === table.name,
    );
    const tests = on.flatMap((monitor) => monitor.tests);
    return {
      table,
      columns: Number(found['columns']),
      columnsTested: testedColumns(on).size,
      monitors: on.length,
      tests: tests.length,
    };
  });
}

/** Columns some test names. */
function testedColumns(monitors: readonly Monitor[]): ReadonlySet<string> {
  const subjects = monitors.flatMap(({ tests }) => tests.map(({ subject }) => subject));
  return new Set(
    subjects.flatMap((subject) => {
      if ('column' in subject) return [subject.column];
      return subject.kind === 'unique' ? subject.columns : [];
    }),
  );
}

async function tellChanged(
  settings: CollectorSettings,
  tx: Transaction,
  { row, tables }: { readonly row: WarehouseRow; readonly tables: readonly Covered[] },
): Promise<void> {
  const keyOf = (schema: string, name: string) => JSON.stringify([schema, name]);
  const { rows } = await tx.query<Names & { digest: string }>(LIST, [row.name]);
  const told = new Map(rows.map((one) => [keyOf(one.table_schema, one.table_name), one]));
  const changed = tables.filter(({ table, ...counts }) => {
    const key = keyOf(table.schema, table.name);
    const before = told.get(key);
    told.delete(key);
    return before?.digest !== JSON.stringify(counts);
  });
  const gone = [...told.values()];
  if (changed.length + gone.length === 0) return;
  await tx.query(PUT, [
    row.name,
    changed.map(({ table }) => table.schema),
    changed.map(({ table }) => table.name),
    changed.map(({ table: _table, ...counts }) => JSON.stringify(counts)),
  ]);
  await tx.query(DROP, [
    row.name,
    gone.map((one) => one.table_schema),
    gone.map((one) => one.table_name),
  ]);
  const head = { kind: 'coverage', timeMs: settings.clock(), warehouse: row.name } as const;
  const database = databaseOf(row);
  const removed = gone.map((one) => ({ database, schema: one.table_schema, name: one.table_name }));
  const facts: FactBody<'coverage'>[] = [
    ...pieces(changed).map((some) => ({ ...head, tables: some, removed: [] })),
    ...pieces(removed).map((some) => ({ ...head, tables: [], removed: some })),
  ];
  await settings.border.store(tx, facts);
}
