import { quoted } from '../warehouse/dialect.ts';
import { classesOf, ELEMENTARY_TABLES } from './elementarycolumns.ts';
import type { ElementaryTable } from './elementarycolumns.ts';
import type { Doc } from '../dbt/jsonvalue.ts';
import { instantText } from '../monitor/moment.ts';
import type { Session } from '../warehouse/warehouse.ts';

/** Columns of the tables that are there and may be read, by table. */
export type Present = ReadonlyMap<ElementaryTable, ReadonlySet<string>>;

/** What the schema has of what we know; other tables and columns are not looked at. */
export async function presentColumns(session: Session, schema: string): Promise<Present> {
  const rows = await session.query(
    'select table_name, column_name from information_schema.columns where table_schema = $1',
    [schema],
  );
  const present = new Map<ElementaryTable, Set<string>>();
  for (const row of rows) {
    const table = ELEMENTARY_TABLES.find((known) => known === row['table_name']);
    if (table === undefined) continue;
    const columns = present.get(table) ?? new Set();
    present.set(table, columns.add(String(row['column_name'])));
  }
  return present;
}

export type ReadWish = {
  readonly schema: string;
  readonly table: ElementaryTable;
  /** Rows created from this moment on; null for all. */
  readonly fromMs: number | null;
};

/** Rows of a table in pages, only of columns that have a class and are there; moments as ISO texts. */
export async function* readTable(
  session: Session,
  present: Present,
  wish: ReadWish,
): AsyncGenerator<readonly Doc[]> {
  const there = present.get(wish.table);
  if (there === undefined) return;
  const columns = [...classesOf(wish.table)].filter(
    ([name, kind]) => kind !== 'drop' && there.has(name),
  );
  if (columns.length === 0) return;
  const list = columns.map(([name, kind]) =>
    kind === 'time' ? `${quoted(name)}::text as ${quoted(name)}` : quoted(name),
  );
  const dated = wish.fromMs !== null && there.has('created_at');
  const where = dated ? ` where created_at >= $1::timestamp order by created_at` : '';
  const text = `select ${list.join(', ')} from ${quoted(wish.schema)}.${quoted(wish.table)}${where}`;
  const from = instantText(wish.fromMs ?? 0).replace('+00', '');
  for await (const page of session.pages(text, dated ? [from] : [])) yield page;
}

/** A JSON text as it is stored in many columns, as what it is; anything else as nothing. */
export function stored(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
