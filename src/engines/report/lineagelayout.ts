/** A graph to be drawn from left to right. */
export type Graph = {
  readonly nodes: readonly { readonly key: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
};

/** Where a node stands: its layer from the left, and its place in it from the top, in rows. */
export type Place = { readonly layer: number; readonly row: number };

export type Layout = {
  readonly places: ReadonlyMap<string, Place>;
  /** Each edge with the points it goes through between its ends. */
  readonly routes: readonly {
    readonly from: string;
    readonly to: string;
    readonly through: readonly Place[];
  }[];
  readonly layers: number;
  readonly rows: number;
};

/** Sweeps that order layers by their neighbours; crossings hardly fall after a few. */
const SWEEPS = 8;

/**
 * Layers by longest path, ordered by barycentres, long edges led through the layers between (Sugiyama and others, 1981). Edges
 * that close a circle are drawn, and not counted in layering. Linear in nodes and edges but for sorting.
 */
export function layOut({ nodes, edges }: Graph): Layout {
  const known = new Set(nodes.map((node) => node.key));
  const whole = edges.filter(({ from, to }) => known.has(from) && known.has(to) && from !== to);
  const forward = withoutCircles([...known], whole);
  const layerOf = longestPaths([...known], forward);
  const chains = forward.map((edge) => chainOf(edge, layerOf));
  const layers = fillLayers(layerOf, chains);
  orderLayers(layers, chains);
  const rows = rowsOf(layers, chains);
  return {
    places: new Map(
      [...known].map((key) => [key, { layer: layerOf.get(key) ?? 0, row: rows.get(key) ?? 0 }]),
    ),
    routes: chains.map((chain) => ({
      from: chain[0]?.key ?? '',
      to: chain.at(-1)?.key ?? '',
      through: chain.slice(1, -1).map(({ key, layer }) => ({ layer, row: rows.get(key) ?? 0 })),
    })),
    layers: layers.length,
    rows: Math.max(0, ...rows.values()) + 1,
  };
}

type Edge = Graph['edges'][number];
type Stop = { readonly key: string; readonly layer: number };

function withoutCircles(keys: readonly string[], edges: readonly Edge[]): readonly Edge[] {
  const next = Map.groupBy(edges, (edge) => edge.from);
  const state = new Map<string, 'open' | 'done'>();
  const kept = new Set<Edge>();
  for (const start of keys) {
    if (state.has(start)) continue;
    const stack = [{ key: start, at: 0 }];
    state.set(start, 'open');
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const edge = next.get(top.key)?.[top.at++];
      if (edge === undefined) {
        state.set(top.key, 'done');
        stack.pop();
      } else if (state.get(edge.to) !== 'open') {
        kept.add(edge);
        if (!state.has(edge.to)) {
          state.set(edge.to, 'open');
          stack.push({ key: edge.to, at: 0 });
        }
      }
    }
  }
  return edges.filter((edge) => kept.has(edge));
}

function longestPaths(
  keys: readonly string[],
  edges: readonly Edge[],
): ReadonlyMap<string, number> {
  const waiting = new Map(keys.map((key) => [key, 0]));
  for (const { to } of edges) waiting.set(to, (waiting.get(to) ?? 0) + 1);
  const next = Map.groupBy(edges, (edge) => edge.from);
  const layer = new Map(keys.map((key) => [key, 0]));
  const ready = keys.filter((key) => waiting.get(key) === 0);
  for (let key = ready.pop(); key !== undefined; key = ready.pop()) {
    for (const { to } of next.get(key) ?? []) {
      layer.set(to, Math.max(layer.get(to) ?? 0, (layer.get(key) ?? 0) + 1));
      const left = (waiting.get(to) ?? 1) - 1;
      waiting.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  return layer;
}

function chainOf(edge: Edge, layerOf: ReadonlyMap<string, number>): readonly Stop[] {
  const [from, to] = [layerOf.get(edge.from) ?? 0, layerOf.get(edge.to) ?? 0];
  const between = Array.from({ length: Math.max(0, to - from - 1) }, (_, i) => ({
    key: JSON.stringify([edge.from, edge.to, i]),
    layer: from + 1 + i,
  }));
  return [{ key: edge.from, layer: from }, ...between, { key: edge.to, layer: to }];
}

function fillLayers(
  layerOf: ReadonlyMap<string, number>,
  chains: readonly (readonly Stop[])[],
): string[][] {
  const layers: string[][] = [];
  const put = (key: string, layer: number) => {
    while (layers.length <= layer) layers.push([]);
    layers[layer]?.push(key);
  };
  for (const [key, layer] of layerOf) put(key, layer);
  for (const chain of chains) for (const stop of chain.slice(1, -1)) put(stop.key, stop.layer);
  return layers;
}

type Neighbours = ReadonlyMap<string, readonly string[]>;

function neighbours(chains: readonly (readonly Stop[])[]): {
  readonly left: Neighbours;
  readonly right: Neighbours;
} {
  const left = new Map<string, string[]>();
  const right = new Map<string, string[]>();
  for (const chain of chains) {
    for (const [i, stop] of chain.slice(1).entries()) {
      const before = chain[i]?.key ?? '';
      left.set(stop.key, [...(left.get(stop.key) ?? []), before]);
      right.set(before, [...(right.get(before) ?? []), stop.key]);
    }
  }
  return { left, right };
}

function orderLayers(layers: string[][], chains: readonly (readonly Stop[])[]): void {
  const { left, right } = neighbours(chains);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    const order = [...layers.keys()];
    for (const at of down ? order.slice(1) : order.slice(0, -1).toReversed()) {
      const fixed = new Map(layers[down ? at - 1 : at + 1]?.map((key, i) => [key, i]));
      const near = down ? left : right;
      const weight = new Map(
        layers[at]?.map((key, i) => [key, mean(near.get(key), fixed) ?? i]) ?? [],
      );
      layers[at]?.sort((one, other) => (weight.get(one) ?? 0) - (weight.get(other) ?? 0));
    }
  }
}

/** Rows near those of neighbours, in the order found, one apart at least. */
function rowsOf(
  layers: readonly (readonly string[])[],
  chains: readonly (readonly Stop[])[],
): ReadonlyMap<string, number> {
  const { left, right } = neighbours(chains);
  const rows = new Map<string, number>();
  for (const layer of layers) for (const [i, key] of layer.entries()) rows.set(key, i);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const near = sweep % 2 === 0 ? left : right;
    for (const layer of sweep % 2 === 0 ? layers : layers.toReversed()) {
      const wished = layer.map((key) => mean(near.get(key), rows) ?? rows.get(key) ?? 0);
      for (const [i, row] of apart(wished).entries()) rows.set(layer[i] ?? '', row);
    }
  }
  const top = Math.min(...rows.values());
  return new Map([...rows].map(([key, row]) => [key, row - top]));
}

/** Positions as near as can be to the wished ones, in their order and one apart: neighbours that collide share the shift. */
function apart(wished: readonly number[]): readonly number[] {
  const blocks: { sum: number; count: number }[] = [];
  for (const [i, wish] of wished.entries()) {
    blocks.push({ sum: wish - i, count: 1 });
    for (;;) {
      const [one, last] = [blocks.at(-2), blocks.at(-1)];
      if (one === undefined || last === undefined) break;
      if (one.sum / one.count <= last.sum / last.count) break;
      blocks.splice(-2, 2, { sum: one.sum + last.sum, count: one.count + last.count });
    }
  }
  const offsets = blocks.flatMap(({ sum, count }) =>
    Array.from({ length: count }, () => sum / count),
  );
  return offsets.map((offset, i) => offset + i);
}

function mean(
  keys: readonly string[] | undefined,
  at: ReadonlyMap<string, number>,
): number | undefined {
  const known = (keys ?? []).flatMap((key) => at.get(key) ?? []);
  if (known.length === 0) return undefined;
  return known.reduce((sum, one) => sum + one, 0) / known.length;
}
