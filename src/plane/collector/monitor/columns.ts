import type { MomentType, TableName } from '../warehouse/dialect.ts';
import { warehouseProblem } from '../fault.ts';
import { familyOf } from './metric.ts';
import type { TypeFamily } from './metric.ts';
import type { Session } from '../warehouse/warehouse.ts';

/** A column as the warehouse describes it. */
export type WatchedColumn = {
  readonly name: string;
  readonly type: string;
  readonly family: TypeFamily;
  readonly ordinal: number;
};

const COLUMNS = `select column_name, data_type, ordinal_position from information_schema.columns
  where table_schema = $1 and table_name = $2 order by ordinal_position`;

/** Columns of a table that the role can see, in order; throws the fault `missing-table` when there are none. */
export async function columnsOf(
  session: Session,
  { schema, name }: TableName,
): Promise<readonly WatchedColumn[]> {
  const rows = await session.query(COLUMNS, [schema, name]);
  if (rows.length === 0) throw warehouseProblem('missing-table', null);
  return rows.map((row) => {
    const type = String(row['data_type']).toLowerCase();
    return {
      name: String(row['column_name']),
      type,
      family: familyOf(type),
      ordinal: Number(row['ordinal_position']),
    };
  });
}

/** The column of that name; throws the fault `missing-column`. */
export function columnNamed(columns: readonly WatchedColumn[], name: string): WatchedColumn {
  const found = columns.find((column) => column.name === name);
  if (found === undefined) throw warehouseProblem('missing-column', null);
  return found;
}

/** How a column holds moments; throws the fault `wrong-type` when it does not. */
export function momentTypeOf({ type }: WatchedColumn): MomentType {
  if (/with time zone$|^timestamptz/u.test(type) && !type.includes('without')) return 'timestamptz';
  if (type.startsWith('timestamp')) return 'timestamp';
  if (type === 'date') return 'date';
  throw warehouseProblem('wrong-type', null);
}
