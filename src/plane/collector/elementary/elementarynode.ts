import { nodeFrom, testFromDbt } from '../dbt/dbtnode.ts';
import type { NodeGate } from '../dbt/dbtnode.ts';
import type { StagedNode } from '../dbt/dbtcatalogue.ts';
import type { ElementaryTable } from './elementarycolumns.ts';
import { stored } from './elementaryread.ts';
import { stringIn } from '../dbt/jsonvalue.ts';
import type { Doc } from '../dbt/jsonvalue.ts';

const RESOURCES: Partial<Record<ElementaryTable, string>> = {
  dbt_models: 'model',
  dbt_snapshots: 'snapshot',
  dbt_seeds: 'seed',
  dbt_sources: 'source',
  dbt_exposures: 'exposure',
  dbt_metrics: 'metric',
  dbt_groups: 'group',
};
export const CATALOGUE_TABLES = [
  ...Object.keys(RESOURCES),
  'dbt_tests',
] as readonly ElementaryTable[];

/** Columns of nodes by the id of the node, as a manifest has them. */
export type NodeColumns = ReadonlyMap<string, Doc>;

/**
 * A row of the catalogue as the member of a manifest it was made from, read by the same gate: one way for dbt's texts,
 * wherever they come from.
 */
export async function stagedFromRow(
  gate: NodeGate,
  table: ElementaryTable,
  { row, columns }: { readonly row: Doc; readonly columns: NodeColumns },
): Promise<readonly StagedNode[]> {
  if (table === 'dbt_tests') {
    const test = await testFromDbt(gate, testDoc(row));
    return test === null ? [] : [{ kind: 'test', record: test }];
  }
  const node = await nodeFrom(gate, nodeDoc(RESOURCES[table] ?? '', row, columns));
  return node === null ? [] : [{ kind: 'node', record: node, code: null }];
}

function nodeDoc(resource: string, row: Doc, columns: NodeColumns): Doc {
  const id = stringIn(row, 'unique_id') ?? '';
  return {
    unique_id: id,
    resource_type: resource,
    name: row['name'],
    alias: row['alias'],
    identifier: row['identifier'],
    package_name: row['package_name'],
    database: row['database_name'],
    schema: row['schema_name'],
    group: row['group_name'],
    access: row['access'],
    tags: stored(row['tags']),
    config: { materialized: row['materialization'] },
    owner: { name: row['owner_name'], email: row['owner_email'] },
    meta: { owner: stored(row['owner']) },
    depends_on: { nodes: stored(row['depends_on_nodes']) },
    columns: columns.get(id) ?? {},
    type: row['type'],
    maturity: row['maturity'],
    freshness: {
      warn_after: stored(row['freshness_warn_after']),
      error_after: stored(row['freshness_error_after']),
    },
  };
}

function testDoc(row: Doc): Doc {
  const generic = row['type'] !== 'singular';
  return {
    unique_id: row['unique_id'],
    resource_type: 'test',
    // A generic test is named by its kind; the name dbt gave it holds its arguments.
    name: generic ? null : row['name'],
    test_metadata: generic
      ? { name: row['test_original_name'], namespace: row['test_namespace'] }
      : {},
    column_name: row['test_column_name'],
    attached_node: row['parent_model_unique_id'],
    tags: stored(row['tags']),
    config: {
      severity: row['severity'],
      meta: { owner: stored(row['model_owners']), quality_dimension: row['quality_dimension'] },
    },
    depends_on: { nodes: stored(row['depends_on_nodes']) },
  };
}

/** Adds a row of `dbt_columns` to the columns of its node. */
export function addColumn(columns: Map<string, Record<string, unknown>>, row: Doc): void {
  const [parent, name] = [stringIn(row, 'parent_unique_id'), stringIn(row, 'name')];
  if (parent === null || name === null) return;
  const of = columns.get(parent) ?? {};
  of[name] = { name, data_type: row['data_type'], tags: stored(row['tags']) };
  columns.set(parent, of);
}
