import type { FactOf } from '#boundary';
import { momentOf } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import { assetIds, assetKey } from './asset.ts';
import type { AssetIds, TableName } from './asset.ts';
import { markLineageStale } from './lineagetag.ts';
import { clearSignals } from './signalend.ts';

const PUT_NODES = statement(import.meta.url, 'sql/put-nodes.sql');
const REMOVE_NODES = statement(import.meta.url, 'sql/remove-nodes.sql');
const PUT_TESTS = statement(import.meta.url, 'sql/put-tests.sql');
const REMOVE_TESTS = statement(import.meta.url, 'sql/remove-tests.sql');
const NODES = statement(import.meta.url, 'sql/nodes-named.sql');
const PUT_MADE_OF = statement(import.meta.url, 'sql/put-made-of.sql');
const DROP_TABLE_EDGES = statement(import.meta.url, 'sql/drop-table-edges.sql');
const DROP_COLUMN_EDGES = statement(import.meta.url, 'sql/drop-column-edges.sql');
const PUT_TABLE_EDGES = statement(import.meta.url, 'sql/put-table-edges.sql');
const PUT_COLUMN_EDGES = statement(import.meta.url, 'sql/put-column-edges.sql');

type Nodes = FactOf<'dbt-nodes'>;

/** Keeps what a dbt project is made of; a revision that is older than what is known changes nothing. */
export async function takeDbtNodes(work: Work, fact: Nodes): Promise<void> {
  const project = [fact.plane, fact.warehouse, fact.project];
  const tables = fact.present.flatMap(({ table }) => (table === null ? [] : [table]));
  const ids = await assetIds(work.tx, fact, tables);
  const rows = fact.present.map((one) => ({
    node: one.node,
    resource: one.resource,
    name: one.name,
    asset_id: one.table === null ? null : ids.get(assetKey(one.table)),
    description: one.description,
    owners: one.owners,
    tags: one.tags,
    depends_on: one.dependsOn,
    exposure: one.exposure,
    columns: one.columns.map(({ name, tags }) => ({ name, tags })),
    rows: one.rows,
  }));
  await work.tx.query(PUT_NODES, [...project, fact.revision, JSON.stringify(rows)]);
  await work.tx.query(REMOVE_NODES, [...project, fact.removed, fact.revision]);
  await takeTests(work, fact);
  await markLineageStale(work);
}

async function takeTests(work: Work, fact: Nodes): Promise<void> {
  const nodes = fact.tests.flatMap(({ node }) => (node === null ? [] : [node]));
  const known = await work.tx.query<{ node: string; asset_id: string | null }>(NODES, [
    fact.plane,
    fact.warehouse,
    nodes,
  ]);
  const assets = new Map(known.rows.map(({ node, asset_id }) => [node, asset_id]));
  const rows = fact.tests.map((one) => ({
    test: one.test,
    name: one.name,
    check_kind: one.check,
    dimension: one.dimension,
    asset_id: one.node === null ? null : (assets.get(one.node) ?? null),
    column_name: one.column ?? '',
    node: one.node,
    severity: one.severity,
    owners: one.owners,
    tags: one.tags,
    status: null,
    at: null,
  }));
  await work.tx.query(PUT_TESTS, [fact.plane, JSON.stringify(rows)]);
  await work.tx.query(REMOVE_TESTS, [fact.plane, fact.removedTests, momentOf(work)]);
  const keys = fact.removedTests.map((test) => `test:${test}`);
  await clearSignals(work, { plane: fact.plane, keys });
}

/** Keeps which tables and columns tables are made of, in the place of what was told of the same tables before. */
export async function takeLineage(work: Work, fact: FactOf<'lineage'>): Promise<void> {
  const named: readonly TableName[] = fact.relations.flatMap(({ table, tables, columns }) => [
    table,
    ...tables,
    ...columns.flatMap(({ from }) => from.map((one) => one.table)),
  ]);
  const ids = await assetIds(work.tx, fact, [...named, ...fact.removed]);
  const idOf = (table: TableName) => ids.get(assetKey(table)) ?? 0;
  for (const origin of ['view', 'dbt'] as const) {
    const relations = fact.relations.filter((one) => one.origin === origin);
    const targets = relations.map(({ table }) => idOf(table));
    await work.tx.query(DROP_TABLE_EDGES, [targets, origin]);
    await work.tx.query(DROP_COLUMN_EDGES, [targets, origin]);
    await keepEdges(work, { origin, relations }, ids);
  }
  const gone = fact.removed.map(idOf);
  for (const origin of ['view', 'dbt']) {
    await work.tx.query(DROP_TABLE_EDGES, [gone, origin]);
    await work.tx.query(DROP_COLUMN_EDGES, [gone, origin]);
  }
  await markLineageStale(work);
}

type Told = {
  readonly origin: 'view' | 'dbt';
  readonly relations: FactOf<'lineage'>['relations'];
};

async function keepEdges(work: Work, { origin, relations }: Told, ids: AssetIds): Promise<void> {
  if (relations.length === 0) return;
  const idOf = (table: TableName) => ids.get(assetKey(table)) ?? 0;
  const made = relations.map((one) => ({ id: idOf(one.table), completeness: one.completeness }));
  await work.tx.query(PUT_MADE_OF, [origin, JSON.stringify(made), momentOf(work)]);
  const tables = relations.flatMap((one) =>
    one.tables.map((from) => ({ to: idOf(one.table), from: idOf(from) })),
  );
  await work.tx.query(PUT_TABLE_EDGES, [origin, JSON.stringify(tables)]);
  const columns = relations.flatMap((one) =>
    one.columns.flatMap((column) =>
      column.from.map((from) => ({
        to: idOf(one.table),
        column: column.name,
        from: idOf(from.table),
        from_column: from.column,
      })),
    ),
  );
  await work.tx.query(PUT_COLUMN_EDGES, [origin, JSON.stringify(columns)]);
}
