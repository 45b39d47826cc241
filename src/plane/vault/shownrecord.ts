import type { Json } from '#base/canonical';
import type { Ruling } from './caller.ts';
import type { OpenRecord } from './sealedrecord.ts';
import type { TableSchema } from './schema.ts';
import { decodeValue } from './value.ts';

/** A record as a reveal looks at it; raw values are decoded when a ruling asks for them. */
export type ShownRecord = {
  readonly table: TableSchema;
  readonly record: OpenRecord;
  readonly ruling: Ruling;
  readonly valueOf: (columnId: string) => Json | undefined;
};

export function shownRecord(table: TableSchema, record: OpenRecord, ruling: Ruling): ShownRecord {
  const raw = new Map<string, Json>();
  const valueOf = (columnId: string): Json | undefined => {
    const known = raw.get(columnId);
    if (known !== undefined) return known;
    const column = table.columns.find(({ id }) => id === columnId);
    const plain = column === undefined ? null : record.cell(column.number);
    if (column === undefined || (column.type === 'file' && plain !== null)) return undefined;
    const json = plain === null ? null : decodeValue(column, plain);
    raw.set(columnId, json);
    return json;
  };
  return { table, record, ruling, valueOf };
}
