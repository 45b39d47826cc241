import { concat } from '#base/bytes';
import { Problem } from '#base/problem';
import { emptyRoot } from './hash.ts';
import type { TreeHead } from './proof.ts';
import { foldPerfect, foldSubtrees } from './range.ts';
import { TILE_WIDTH, edgeTiles, hashesOf } from './tile.ts';
import type { Tile } from './tile.ts';

/**
 * The right edge of a tree: of each level the hashes of its last tile when that is partial, and none when it is full.
 * All that is needed to go on.
 */
export type Edge = { readonly size: number; readonly levels: readonly (readonly Uint8Array[])[] };

export const EMPTY_EDGE: Edge = { size: 0, levels: [] };

/** A tile to be stored. */
export type Grown = { readonly tile: Tile; readonly bytes: Uint8Array };

/** The edge of a tree of that size, from the bytes of its `edgeTiles`; throws `corrupt` when one has the wrong width. */
export function edgeFrom(size: number, bytesOf: (tile: Tile) => Uint8Array): Edge {
  const levels: (readonly Uint8Array[])[] = [];
  for (const tile of edgeTiles(size)) {
    const hashes = hashesOf(bytesOf(tile));
    if (hashes.length !== tile.width) {
      throw new Problem('corrupt', `tile expected ${tile.width} hashes, got ${hashes.length}`);
    }
    while (levels.length < tile.level) levels.push([]);
    levels.push(hashes);
  }
  return { size, levels };
}

/** The root of the tree that has this edge. */
export function rootOf({ levels }: Edge): Uint8Array {
  const perfect = levels.toReversed().flatMap((hashes) => perfectParts(hashes));
  return perfect.length === 0 ? emptyRoot() : foldSubtrees(perfect);
}

export function headOf(edge: Edge): TreeHead {
  return { size: edge.size, root: rootOf(edge) };
}

/** Hashes of one level as the perfect subtrees they make up, from left to right. */
function perfectParts(hashes: readonly Uint8Array[]): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let width = TILE_WIDTH / 2; width >= 1; width /= 2) {
    if ((hashes.length & width) === 0) continue;
    parts.push(foldPerfect(hashes.slice(from, from + width)));
    from += width;
  }
  return parts;
}

/** The tree with these leaves more: its edge, and every tile that is new or wider. */
export function grow(
  edge: Edge,
  leaves: readonly Uint8Array[],
): { readonly edge: Edge; readonly tiles: readonly Grown[] } {
  const levels: (readonly Uint8Array[])[] = [];
  const tiles: Grown[] = [];
  let coming = leaves;
  let first = edge.size;
  for (let level = 0; level < edge.levels.length || coming.length > 0; level++) {
    const hashes = [...(edge.levels[level] ?? []), ...coming];
    const index = Math.floor(first / TILE_WIDTH);
    const full = Math.floor(hashes.length / TILE_WIDTH);
    const next: Uint8Array[] = [];
    for (let i = 0; i < full; i++) {
      const row = hashes.slice(i * TILE_WIDTH, (i + 1) * TILE_WIDTH);
      tiles.push({ tile: { level, index: index + i, width: TILE_WIDTH }, bytes: concat(...row) });
      next.push(foldPerfect(row));
    }
    const rest = hashes.slice(full * TILE_WIDTH);
    if (rest.length > 0 && coming.length > 0) {
      tiles.push({
        tile: { level, index: index + full, width: rest.length },
        bytes: concat(...rest),
      });
    }
    levels.push(rest);
    coming = next;
    first = index;
  }
  return { edge: { size: edge.size + leaves.length, levels }, tiles };
}
