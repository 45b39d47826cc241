import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { reach, readLineage, tableKey } from './lineagegraph.ts';
import type { LineageGraph, Vertex } from './lineagegraph.ts';

const FIND = statement(import.meta.url, 'sql/find-asset-named.sql');
const COLUMNS = statement(import.meta.url, 'sql/column-edges-of.sql');
const COMPLETENESS = statement(import.meta.url, 'sql/completeness-of.sql');

/** Steps a view of lineage goes at most; further is a question about another table. */
const DEPTH_MAX = 20;

/** A thing in a picture of lineage. */
export type LineageNode = {
  readonly key: string;
  readonly kind: Vertex['kind'];
  readonly name: string;
  /** 0 the table asked about, negative what it is made of, positive what is made of it. */
  readonly distance: number;
  readonly owners: readonly string[];
};

export type ColumnLineage = {
  readonly column: string;
  /** `<table>.<column>` of direct contributors. */
  readonly from: readonly string[];
  /** `<table>.<column>` of what is made of it directly. */
  readonly into: readonly string[];
};

export type Lineage = {
  readonly table: string;
  /** How well the columns of this table could be followed; null when nobody told. */
  readonly completeness: 'full' | 'partial' | 'none' | null;
  readonly nodes: readonly LineageNode[];
  /** Pairs of keys, from what is used to what is made of it. */
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly columns: readonly ColumnLineage[];
};

/** What a table is made of and what is made of it, so many steps each way; throws `not-found` for a name nobody told of. */
export async function lineageOf(tx: Queryable, name: string, depth: number): Promise<Lineage> {
  const { rows } = await tx.query<{ id: string; name: string }>(FIND, [name]);
  const asset = rows[0];
  if (asset === undefined) {
    throw new Problem('not-found', `no table is called \`${name.slice(0, 200)}\` in lineage`, {
      hint: 'names are `<warehouse>.<schema>.<table>`; `privet source list` shows registered ones',
    });
  }
  const graph = await readLineage(tx);
  const key = tableKey(Number(asset.id));
  const nodes = nodesAround(graph, { key, name: asset.name }, Math.min(depth, DEPTH_MAX));
  const known = await tx.query<{ completeness: 'full' | 'partial' | 'none' }>(COMPLETENESS, [
    asset.id,
  ]);
  const columns = await tx.query<ColumnLineage>(COLUMNS, [asset.id]);
  return {
    table: asset.name,
    completeness: known.rows[0]?.completeness ?? null,
    nodes,
    edges: edgesAmong(graph, nodes),
    columns: columns.rows,
  };
}

function nodesAround(
  graph: LineageGraph,
  start: { readonly key: string; readonly name: string },
  depth: number,
): readonly LineageNode[] {
  const walked = (['upstream', 'downstream'] as const).flatMap((direction) =>
    reach(graph, start.key, { direction, depthMax: depth }).map(({ vertex, distance }) =>
      nodeOf(vertex, direction === 'upstream' ? -distance : distance),
    ),
  );
  const own = graph.vertices.get(start.key);
  const middle = own ?? { ...start, kind: 'table' as const, owners: [] };
  // In a circle a thing is on both sides; it is shown where it was met first.
  const seen = new Map<string, LineageNode>();
  for (const node of [nodeOf(middle, 0), ...walked]) {
    if (!seen.has(node.key)) seen.set(node.key, node);
  }
  return [...seen.values()];
}

function nodeOf(
  vertex: Pick<Vertex, 'key' | 'kind' | 'name' | 'owners'>,
  distance: number,
): LineageNode {
  const { key, kind, name, owners } = vertex;
  return { key, kind, name, distance, owners };
}

/**
 * A part of the whole graph that fits a picture: what is near the tables named, both ways, nearest first; without any, what
 * is near those that most is made of. Things that nothing links to are left out.
 */
export async function lineageAround(
  tx: Queryable,
  names: ReadonlySet<string>,
  nodesMax: number,
): Promise<{
  readonly nodes: readonly Vertex[];
  readonly edges: Lineage['edges'];
  readonly unshown: number;
}> {
  const graph = await readLineage(tx);
  const linked = [...graph.vertices.values()].filter(
    ({ key }) => graph.upstream.has(key) || graph.downstream.has(key),
  );
  const fed = (vertex: Vertex) => graph.downstream.get(vertex.key)?.size ?? 0;
  const first = linked.filter(({ name }) => names.has(name));
  const rest = linked.filter(({ name }) => !names.has(name)).toSorted((a, b) => fed(b) - fed(a));
  const shown = new Map<string, Vertex>();
  for (const start of [...first, ...rest]) {
    if (shown.size >= nodesMax) break;
    const near = (['upstream', 'downstream'] as const)
      .flatMap((direction) => reach(graph, start.key, { direction }))
      .toSorted((a, b) => a.distance - b.distance);
    for (const vertex of [start, ...near.map((one) => one.vertex)]) {
      if (shown.size < nodesMax) shown.set(vertex.key, vertex);
    }
  }
  const nodes = [...shown.values()];
  return { nodes, edges: edgesAmong(graph, nodes), unshown: linked.length - nodes.length };
}

/** The edges between the nodes of a picture. */
function edgesAmong(
  graph: LineageGraph,
  nodes: readonly { readonly key: string }[],
): readonly { readonly from: string; readonly to: string }[] {
  const shown = new Set(nodes.map((node) => node.key));
  return [...shown].flatMap((to) =>
    [...(graph.upstream.get(to) ?? [])].flatMap((from) => (shown.has(from) ? [{ from, to }] : [])),
  );
}
