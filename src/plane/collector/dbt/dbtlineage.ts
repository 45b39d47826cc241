import { hash } from 'node:crypto';
import { canonicalJson } from '#base/canonical';
import type { FactBody, FactOf } from '#boundary';
import { columnLineage, loadParser } from '#engines/sql';
import { statement } from '#platform/db';
import type { Transaction } from '#platform/db';
import type { Project } from './dbtcatalogue.ts';
import { RELATIONS_A_FACT, relationLineage } from '../warehouse/relationlineage.ts';
import type { RelationLineage } from '../warehouse/relationlineage.ts';
import { pieces } from '../tell.ts';

const RELATIONS = statement(import.meta.url, '../sql/staged-relations.sql');
const CODE = statement(import.meta.url, '../sql/staged-code.sql');
const PUT = statement(import.meta.url, '../sql/put-dbt-lineage.sql');
const DROP = statement(import.meta.url, '../sql/drop-dbt-lineage.sql');

/** Compiled SQL that is in memory at once. */
const BATCH_NODES = 50;

type Table = RelationLineage['table'];
type Row = {
  readonly id: string;
  readonly relation: Table | null;
  readonly depends_on: readonly string[];
  readonly compiled: boolean;
  readonly columns: readonly string[] | null;
};

/** Relations of a project by their name in SQL, whose spelling in capitals differs between dbt and engines. */
type Known = { readonly table: Table; columns: readonly string[] | null };
type Relations = Map<string, Known>;

/**
 * The facts about which columns the relations of a staged manifest are made of, as far as they changed: read from the compiled
 * SQL, which holds literals and is not kept; only names leave. Relations a model reads come before it, so that what
 * `select *` of a model means is known without a catalog. What PostgreSQL's grammar cannot read is told by its tables alone. The
 * transaction is the caller's, and the stage is open in it.
 */
export async function takeDbtLineage(
  tx: Transaction,
  of: Project,
  head: { readonly timeMs: number },
): Promise<readonly FactBody[]> {
  await loadParser();
  const { rows } = await tx.query<Row>(RELATIONS, [of.target, of.project]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const relations: Relations = new Map(
    rows.flatMap(({ relation: table, columns }) =>
      table === null ? [] : [[keyOf(table.schema, table.name), { table, columns }]],
    ),
  );
  const changed: RelationLineage[] = [];
  for (const batch of pieces(inOrder(byId), BATCH_NODES)) {
    const code = await codeOf(tx, batch);
    const told = batch.flatMap((row) =>
      lineageOf(row, code.get(row.id) ?? '', { byId, relations }),
    );
    const { rows: news } = await tx.query<{ id: string }>(PUT, [
      of.target,
      of.project,
      told.map(({ id }) => id),
      told.map(({ lineage }) => JSON.stringify(lineage.table)),
      told.map(({ lineage }) => hash('sha256', canonicalJson(lineage))),
    ]);
    const ids = new Set(news.map(({ id }) => id));
    changed.push(...told.filter(({ id }) => ids.has(id)).map(({ lineage }) => lineage));
  }
  const gone = await tx.query<{ relation: Table }>(DROP, [of.target, of.project]);
  return factsOf(of, head, { changed, gone: gone.rows.map(({ relation }) => relation) });
}

/** Compiled relations, each after those it depends on; a circle, which dbt allows none of, ends where it began. */
function inOrder(byId: ReadonlyMap<string, Row>): readonly Row[] {
  const done = new Set<string>();
  const ordered: Row[] = [];
  for (const start of byId.keys()) {
    const stack = [{ id: start, entered: false }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const row = byId.get(top.id);
      if (row === undefined) continue;
      if (top.entered) {
        if (row.compiled && row.relation !== null) ordered.push(row);
        continue;
      }
      if (done.has(top.id)) continue;
      done.add(top.id);
      stack.push({ id: top.id, entered: true });
      for (const id of row.depends_on) if (!done.has(id)) stack.push({ id, entered: false });
    }
  }
  return ordered;
}

async function codeOf(
  tx: Transaction,
  batch: readonly Row[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await tx.query<{ id: string; code: string }>(CODE, [batch.map(({ id }) => id)]);
  return new Map(rows.map(({ id, code }) => [id, code]));
}

type Around = { readonly byId: ReadonlyMap<string, Row>; readonly relations: Relations };

function lineageOf(
  { id, relation: table, depends_on: dependsOn }: Row,
  code: string,
  { byId, relations }: Around,
): readonly { readonly id: string; readonly lineage: RelationLineage }[] {
  if (table === null) return [];
  const read = columnLineage(code, {
    tableOf: (schema, name) => {
      const known = relations.get(keyOf(schema ?? table.schema, name));
      if (known === undefined || known.columns === null) return null;
      return { schema: known.table.schema, columns: known.columns };
    },
  });
  const columns = read.columns.map(({ name }) => name);
  const own = relations.get(keyOf(table.schema, table.name));
  if (own !== undefined && read.isListed) own.columns ??= columns;
  const tableOf = ({ schema, table: name }: { readonly schema: string; readonly table: string }) =>
    relations.get(keyOf(schema, name))?.table ?? { database: table.database, schema, name };
  const lineage = relationLineage({ table, origin: 'dbt', node: id, columns }, read, tableOf);
  if (read.completeness !== 'none') return [{ id, lineage }];
  const tables = dependsOn.flatMap((one) => byId.get(one)?.relation ?? []);
  return [{ id, lineage: { ...lineage, tables } }];
}

function keyOf(schema: string, name: string): string {
  return JSON.stringify([schema.toLowerCase(), name.toLowerCase()]);
}

type Told = {
  readonly changed: readonly RelationLineage[];
  readonly gone: FactOf<'lineage'>['removed'];
};

function factsOf(
  { target }: Project,
  { timeMs }: { readonly timeMs: number },
  { changed, gone }: Told,
): readonly FactBody[] {
  const base = { kind: 'lineage', timeMs, warehouse: target } as const;
  return [
    ...pieces(gone).map((removed) => ({ ...base, relations: [], removed })),
    ...pieces(changed, RELATIONS_A_FACT).map((relations) => ({ ...base, relations, removed: [] })),
  ];
}
