import { present } from '#base/assert';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import {
  bundlePath,
  consistencyRanges,
  edgeFrom,
  edgeTiles,
  emptyRoot,
  encodeBundle,
  foldSubtrees,
  HASH_BYTES,
  hashIn,
  inclusionRanges,
  subtreesOf,
  tileOf,
  tilePath,
  tilesOf,
  TILE_WIDTH,
} from '#engines/merkle';
import type { Edge, Grown, Range, Tile } from '#engines/merkle';
import type { BlobStore } from '#platform/blob';

/** Tiles and bundles written at once; more only queue in the file system. */
const WRITES_MAX = 16;

/** The tree of the log as it lies on the blob store. */
export type LogTree = {
  /** The right edge of the tree of that size; throws `corrupt` when a tile is missing or has another width. */
  edge(size: number): Promise<Edge>;
  root(size: number): Promise<Uint8Array>;
  inclusion(index: number, size: number): Promise<readonly Uint8Array[]>;
  consistency(old: number, size: number): Promise<readonly Uint8Array[]>;
  /** The hash of one leaf of the tree of that size. */
  leaf(index: number, size: number): Promise<Uint8Array>;
  /** Stores the tiles, and bundles of the entries from the index on, which begins a bundle. Durable when it resolves. */
  store(tiles: readonly Grown[], from: number, entries: readonly string[]): Promise<void>;
  /** Takes away partial tiles and bundles whose full ones are among these tiles. */
  tidy(tiles: readonly Grown[]): Promise<void>;
};

export function openLogTree(blobs: BlobStore): LogTree {
  const hashes = async (ranges: readonly Range[], size: number) => {
    const tiles = new Map<string, Uint8Array>();
    for (const tile of tilesOf(ranges, size))
      tiles.set(tilePath(tile), await readTile(blobs, tile));
    return ranges.map((range) => hashOf(range, size, tiles));
  };
  return {
    async edge(size) {
      const tiles = new Map<string, Uint8Array>();
      for (const tile of edgeTiles(size)) tiles.set(tilePath(tile), await readTile(blobs, tile));
      return edgeFrom(size, (tile) => found(tiles, tile));
    },
    async root(size) {
      if (size === 0) return emptyRoot();
      return present((await hashes([{ from: 0, to: size }], size))[0], 'root');
    },
    leaf: async (index, size) =>
      present((await hashes([{ from: index, to: index + 1 }], size))[0], 'leaf'),
    inclusion: (index, size) => hashes(inclusionRanges(index, size), size),
    consistency: (old, size) => hashes(consistencyRanges(old, size), size),
    async store(tiles, from, entries) {
      const bundles = bundlesOf(from, entries);
      await inTurns(
        [...tiles.map(({ tile, bytes }) => [tilePath(tile), bytes] as const), ...bundles],
        ([key, bytes]) => blobs.put(key, bytes),
      );
    },
    async tidy(tiles) {
      const full = tiles.filter(({ tile }) => tile.width === TILE_WIDTH).map(({ tile }) => tile);
      for (const tile of full) {
        await removeBelow(blobs, `${tilePath(tile)}.p/`);
        if (tile.level === 0) await removeBelow(blobs, `${bundlePath(tile)}.p/`);
      }
    },
  };
}

function hashOf(range: Range, size: number, tiles: ReadonlyMap<string, Uint8Array>): Uint8Array {
  return foldSubtrees(
    subtreesOf(range).map((subtree) => hashIn(found(tiles, tileOf(subtree, size)), subtree)),
  );
}

function found(tiles: ReadonlyMap<string, Uint8Array>, tile: Tile): Uint8Array {
  return tiles.get(tilePath(tile)) ?? new Uint8Array();
}

/** The first `width` hashes of a tile: of the tile itself, or of a wider one that took its place. */
async function readTile(blobs: BlobStore, tile: Tile): Promise<Uint8Array> {
  const sizeBytes = tile.width * HASH_BYTES;
  for (const width of tile.width === TILE_WIDTH ? [TILE_WIDTH] : [tile.width, TILE_WIDTH]) {
    const bytes = await blobs.get(tilePath({ ...tile, width }));
    if (bytes?.length === width * HASH_BYTES) return bytes.subarray(0, sizeBytes);
    if (bytes !== null) break;
  }
  throw new Problem('corrupt', `log tile \`${tilePath(tile)}\` is missing or cut`, {
    hint: 'bring the directory of the log back from a back-up',
  });
}

function bundlesOf(
  from: number,
  entries: readonly string[],
): readonly (readonly [string, Uint8Array])[] {
  const bytes = entries.map(utf8);
  return Array.from({ length: Math.ceil(bytes.length / TILE_WIDTH) }, (_, i) => {
    const part = bytes.slice(i * TILE_WIDTH, (i + 1) * TILE_WIDTH);
    const bundle = { index: from / TILE_WIDTH + i, width: part.length };
    return [bundlePath(bundle), encodeBundle(part)] as const;
  });
}

async function removeBelow(blobs: BlobStore, prefix: string): Promise<void> {
  for await (const { key } of blobs.list(prefix)) await blobs.delete(key);
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(WRITES_MAX, items.length) }, worker));
}
