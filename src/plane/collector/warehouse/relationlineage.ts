import type { FactOf } from '#boundary';
import type { ColumnLineage } from '#engines/sql';

export type RelationLineage = FactOf<'lineage'>['relations'][number];
type Table = RelationLineage['table'];

/** Relations one fact tells of, and links of one column, as the border allows. */
export const RELATIONS_A_FACT = 50;
const LINKS_MAX = 200;

/** A relation under the names its columns have, which are not always those its text gives them. */
type Relation = Pick<RelationLineage, 'table' | 'origin' | 'node'> & {
  readonly columns: readonly string[];
};

/** What is told of what a relation is made of. */
export function relationLineage(
  { columns: names, ...relation }: Relation,
  lineage: ColumnLineage,
  tableOf: (named: ColumnLineage['tables'][number]) => Table,
): RelationLineage {
  const fits = names.length === lineage.columns.length;
  const cut = lineage.columns.some(({ from }) => from.length > LINKS_MAX);
  const partial = lineage.completeness === 'full' && (!fits || cut);
  return {
    ...relation,
    tables: lineage.tables.map(tableOf),
    completeness: partial ? 'partial' : lineage.completeness,
    columns: !fits
      ? []
      : lineage.columns.map(({ from }, i) => ({
          name: names[i] ?? '',
          from: from
            .slice(0, LINKS_MAX)
            .map((one) => ({ table: tableOf(one), column: one.column })),
        })),
  };
}
