import type { LeafBody } from '#plane/ledger';
import type { ColumnSchema, Redaction } from '../schema/schema.ts';
import type { Ruling } from '../caller.ts';
import type { ShownRecord } from '../records/shownrecord.ts';

/** What a leaf says of one table. */
export type TableTally = Pick<
  LeafBody<'vault-revealed'>,
  'table' | 'decision' | 'records' | 'columns'
>;

/** Counts what a reveal shows. */
export type Tally = {
  value(shown: ShownRecord, column: ColumnSchema, redaction: Redaction): void;
  record(shown: ShownRecord): void;
  /** Notes the table, even if nothing of it is shown. */
  asked(what: Pick<ShownRecord, 'table' | 'ruling'>): void;
  /** Values of which something was shown. */
  revealed(): number;
  tables(): readonly TableTally[];
  /** Tells each ruling what it let be shown. */
  tell(): void;
};

type Counted = { readonly column: ColumnSchema; readonly redaction: Redaction; values: number };
type Counting = {
  readonly table: TableTally['table'];
  readonly ruling: Ruling;
  records: number;
  /** By column; how it was shown is one of few. */
  readonly columns: Map<string, Counted[]>;
};

export function createTally(): Tally {
  const tables = new Map<string, Counting>();
  const of = ({ table, ruling }: Pick<ShownRecord, 'table' | 'ruling'>): Counting => {
    const known = tables.get(table.id);
    if (known !== undefined) return known;
    const made = { table: table.id, ruling, records: 0, columns: new Map() };
    tables.set(table.id, made);
    return made;
  };
  return {
    value(shown, column, redaction) {
      const { columns } = of(shown);
      const ways = columns.get(column.id) ?? [];
      const counted = ways.find((one) => one.redaction === redaction);
      if (counted !== undefined) counted.values += 1;
      else columns.set(column.id, [...ways, { column, redaction, values: 1 }]);
    },
    record(shown) {
      of(shown).records += 1;
    },
    asked: (what) => void of(what),
    revealed: () =>
      [...tables.values()]
        .flatMap(({ columns }) => [...columns.values()].flat())
        .reduce((sum, { redaction, values }) => sum + (redaction === 'REDACTED' ? 0 : values), 0),
    tables: () =>
      [...tables.values()].map(({ table, ruling, records, columns }) => ({
        table,
        decision: ruling.id,
        records,
        columns: [...columns.values()].flat().map(({ column, redaction, values }) => ({
          column: column.id,
          redaction,
          values,
        })),
      })),
    tell() {
      for (const { ruling, records, columns } of tables.values()) {
        const values = [...columns.values()]
          .flat()
          .reduce((sum, counted) => sum + counted.values, 0);
        ruling.came?.({ records, values });
      }
    },
  };
}
