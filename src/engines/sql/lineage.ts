import { Problem } from '#base/problem';
import { checkShape, checkSize } from './limit.ts';
import { madeColumns } from './lineagequery.ts';
import type { KnownTable, LineageWalk } from './lineagequery.ts';
import { isBroken, parse } from './parser.ts';
import { tokensOf } from './token.ts';
import type { Inner, Node } from './tree.ts';

/** A table that a query reads, under the name the catalog knows it by, or as written. */
export type LineageTable = { readonly schema: string; readonly table: string };

export type LineageColumn = {
  readonly name: string;
  /** Columns it is computed from, directly: of the tables the query itself names. */
  readonly from: readonly (LineageTable & { readonly column: string })[];
};

export type ColumnLineage = {
  /**
   * `full`: every name was found. `partial`: some column may come from more than is listed. `none`: the text cannot be
   * read, or is no query; nothing is known of it.
   */
  readonly completeness: 'full' | 'partial' | 'none';
  readonly tables: readonly LineageTable[];
  readonly columns: readonly LineageColumn[];
  /** Whether these are all columns that come out, however much is known of where they are from. */
  readonly isListed: boolean;
};

export type LineageOptions = {
  /** The table a name means (schema null: as the search path finds it), or null when it is not known. */
  readonly tableOf: (schema: string | null, name: string) => KnownTable | null;
};

const UNKNOWN: ColumnLineage = { completeness: 'none', tables: [], columns: [], isListed: false };

/**
 * What each output column of a query, or of the query of a view, is made of: direct contributors, by name. Filters, joins and
 * sorting contribute nothing; conditions inside a column do. Never throws for a text that cannot be read, only when the
 * parser itself breaks. `loadParser` must have been awaited.
 */
export function columnLineage(sqlText: string, options: LineageOptions): ColumnLineage {
  const select = queryIn(sqlText);
  if (select === null) return UNKNOWN;
  const walk: LineageWalk = { tableOf: options.tableOf, tables: new Map(), gaps: 0, unlisted: 0 };
  const columns = madeColumns(walk, select, { scope: null, ctes: new Map() });
  return {
    completeness: walk.gaps === 0 ? 'full' : 'partial',
    tables: [...walk.tables.values()],
    columns: columns.map(({ name, from }) => ({ name, from: [...from.values()] })),
    isListed: walk.unlisted === 0,
  };
}

function queryIn(sqlText: string): Inner<'SelectStmt'> | null {
  try {
    const bytes = Buffer.from(sqlText, 'utf8');
    checkSize(bytes.length);
    checkShape(tokensOf(bytes));
    const statements = parse(sqlText, bytes.length);
    return statements.length === 1 ? selectOf(statements[0]?.tree) : null;
  } catch (thrown) {
    if (thrown instanceof Problem && !isBroken(thrown)) return null;
    throw thrown;
  }
}

function selectOf(tree: Node | undefined): Inner<'SelectStmt'> | null {
  if (tree === undefined) return null;
  if ('SelectStmt' in tree) return tree.SelectStmt;
  if ('ViewStmt' in tree) return selectOf(tree.ViewStmt.query);
  return 'CreateTableAsStmt' in tree ? selectOf(tree.CreateTableAsStmt.query) : null;
}
