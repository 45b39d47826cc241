import type { Json } from '#base/canonical';
import type { Ruling, RulingOf } from '../caller.ts';
import type { OpenRecord } from './sealedrecord.ts';
import type { TableSchema } from '../schema/schema.ts';
import { decodeValue } from '../schema/value.ts';

/** A record as a reveal looks at it; raw values are decoded when a ruling asks for them. */
export type ShownRecord = {
  readonly table: TableSchema;
  readonly record: OpenRecord;
  readonly ruling: Ruling;
  readonly valueOf: (columnId: string) => Json | undefined;
};

export function shownRecord(table: TableSchema, record: OpenRecord, ruling: Ruling): ShownRecord {
  let raw: Map<string, Json> | null = null; // few rulings look at values
  const valueOf = (columnId: string): Json | undefined => {
    const known = raw?.get(columnId);
    if (known !== undefined) return known;
    const column = table.columns.find(({ id }) => id === columnId);
    if (column === undefined) return undefined; // of a column that is no more, nothing is known
    const plain = record.cell(column.number);
    if (column.type === 'file' && plain !== null) return undefined;
    const json = plain === null ? null : decodeValue(column, plain);
    (raw ??= new Map()).set(columnId, json);
    return json;
  };
  return { table, record, ruling, valueOf };
}

/** Whether the caller may know that the record exists. */
export function showsAny({ table, ruling, valueOf }: ShownRecord): boolean {
  return table.columns.some(({ id }) => ruling.shows(id, valueOf) !== null);
}

/** Whether a ruling to read, where there is one, shows anything of the record. */
export function isVisible(
  read: RulingOf | undefined,
  table: TableSchema,
  record: OpenRecord,
): boolean {
  const ruling = read?.(table);
  return ruling?.effect === 'allow' && showsAny(shownRecord(table, record, ruling));
}
