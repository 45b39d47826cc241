import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import type { Asset } from './asset.ts';

const TABLE_EDGES = statement(import.meta.url, 'sql/all-table-edges.sql');
const NODES = statement(import.meta.url, 'sql/all-nodes.sql');

/** Steps lineage is followed; no pipeline is deeper, and a circle of views of two tools ends here. */
const DEPTH_MAX = 64;

/** A thing lineage goes through: a table (`table:<asset id>`) or a dbt node that is none (`node:<…>`). */
export type Vertex = {
  readonly key: string;
  readonly kind: 'table' | 'exposure' | 'step';
  /** `<warehouse>.<schema>.<table>`, or dbt's name. */
  readonly name: string;
  readonly assetId: number | null;
  readonly owners: readonly string[];
};

/** Who is made of whom, for all planes at once: vertices by key, edges both ways. */
export type LineageGraph = {
  readonly vertices: ReadonlyMap<string, Vertex>;
  readonly upstream: ReadonlyMap<string, ReadonlySet<string>>;
  readonly downstream: ReadonlyMap<string, ReadonlySet<string>>;
};

export type Reached = { readonly vertex: Vertex; readonly distance: number };

/** Reads the whole graph: a few bytes an edge, so that walks need no further question. */
export async function readLineage(tx: Queryable): Promise<LineageGraph> {
  const graph = newGraph();
  const { rows: nodes } = await tx.query<NodeRow>(NODES);
  const { rows: edges } = await tx.query<EdgeRow>(TABLE_EDGES);
  for (const { to_id, to_name, from_id, from_name } of edges) {
    connect(graph, tableVertex(from_id, from_name), tableVertex(to_id, to_name));
  }
  const keys = new Map(nodes.map((node) => [scoped(node, node.node), vertexOf(node)]));
  for (const node of nodes) {
    const vertex = vertexOf(node);
    graph.vertices.set(vertex.key, vertex);
    for (const one of node.depends_on) {
      const from = keys.get(scoped(node, one));
      if (from !== undefined && from.key !== vertex.key) connect(graph, from, vertex);
    }
  }
  return graph;
}

/** Everything reached from a vertex in one direction, nearest first; each thing once, at its shortest distance. */
export function reach(
  graph: LineageGraph,
  key: string,
  way: { readonly direction: 'upstream' | 'downstream'; readonly depthMax?: number },
): readonly Reached[] {
  const edges = graph[way.direction];
  const seen = new Set([key]);
  const found: Reached[] = [];
  let ring = [key];
  for (let distance = 1; ring.length > 0 && distance <= (way.depthMax ?? DEPTH_MAX); distance++) {
    const next: string[] = [];
    for (const one of ring.flatMap((at) => [...(edges.get(at) ?? [])])) {
      if (seen.has(one)) continue;
      seen.add(one);
      next.push(one);
      const vertex = graph.vertices.get(one);
      if (vertex !== undefined) found.push({ vertex, distance });
    }
    ring = next;
  }
  return found;
}

/** How many tables and dashboards are fed by a table. */
export function downstreamCount(
  graph: LineageGraph,
  asset: Pick<Asset, 'id'>,
): { readonly tables: number; readonly exposures: number } {
  const fed = reach(graph, tableKey(asset.id), { direction: 'downstream' });
  const of = (kind: Vertex['kind']) => fed.filter(({ vertex }) => vertex.kind === kind).length;
  return { tables: of('table'), exposures: of('exposure') };
}

export function tableKey(assetId: number): string {
  return `table:${assetId}`;
}

type Growing = {
  readonly vertices: Map<string, Vertex>;
  readonly upstream: Map<string, Set<string>>;
  readonly downstream: Map<string, Set<string>>;
};

function newGraph(): Growing {
  return { vertices: new Map(), upstream: new Map(), downstream: new Map() };
}

function connect(graph: Growing, from: Vertex, to: Vertex): void {
  for (const vertex of [from, to]) {
    if (!graph.vertices.has(vertex.key)) graph.vertices.set(vertex.key, vertex);
  }
  put(graph.upstream, to.key, from.key);
  put(graph.downstream, from.key, to.key);
}

function put(edges: Map<string, Set<string>>, at: string, one: string): void {
  const known = edges.get(at);
  if (known === undefined) edges.set(at, new Set([one]));
  else known.add(one);
}

function tableVertex(id: string, name: string): Vertex {
  return { key: `table:${id}`, kind: 'table', name, assetId: Number(id), owners: [] };
}

/** A node that is a table is that table, so that what dbt and what views say meet in one vertex. */
function vertexOf(node: NodeRow): Vertex {
  if (node.asset_id !== null) {
    return { ...tableVertex(node.asset_id, node.asset_name ?? node.name), owners: node.owners };
  }
  return {
    key: `node:${scoped(node, node.node)}`,
    kind: node.resource === 'exposure' ? 'exposure' : 'step',
    name: node.name,
    assetId: null,
    owners: node.owners,
  };
}

function scoped(node: NodeRow, id: string): string {
  return `${node.plane}/${node.warehouse}/${node.project}/${id}`;
}

type EdgeRow = {
  readonly to_id: string;
  readonly to_name: string;
  readonly from_id: string;
  readonly from_name: string;
};
type NodeRow = {
  readonly plane: string;
  readonly warehouse: string;
  readonly project: string;
  readonly node: string;
  readonly resource: string;
  readonly name: string;
  readonly asset_id: string | null;
  readonly asset_name: string | null;
  readonly owners: readonly string[];
  readonly depends_on: readonly string[];
};
