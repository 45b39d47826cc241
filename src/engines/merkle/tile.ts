import { assert } from '#base/assert';
import { Problem } from '#base/problem';
import { HASH_BYTES } from './hash.ts';
import { foldPerfect } from './range.ts';
import type { Range, Subtree } from './range.ts';
import { subtreesOf } from './range.ts';

/** Hashes of a full tile, and entries of a full bundle; a tile spans this many levels of its tree at once. */
export const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;

/** A tile of a tree: `width` hashes, 256 unless it is the last of its level. */
export type Tile = { readonly level: number; readonly index: number; readonly width: number };

/** Path of a tile below the log's prefix (C2SP tlog-tiles, Merkle Tree). */
export function tilePath(tile: Tile): string {
  return `tile/${tile.level}/${indexPath(tile)}`;
}

/** Path of an entry bundle below the log's prefix (C2SP tlog-tiles, Log entries). */
export function bundlePath(bundle: Omit<Tile, 'level'>): string {
  return `tile/entries/${indexPath(bundle)}`;
}

function indexPath({ index, width }: { readonly index: number; readonly width: number }): string {
  const groups = [String(index % 1000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  }
  return width === TILE_WIDTH ? groups.join('/') : `${groups.join('/')}.p/${width}`;
}

const INDEX = /^(?:x\d{3}\/)*\d{3}(?:\.p\/[1-9]\d{0,2})?$/u;

/** What a path after `tile/<level>/` or `tile/entries/` names, or null when no tile has that path. */
export function readIndexPath(path: string): { index: number; width: number } | null {
  if (path.length > 64 || !INDEX.test(path)) return null;
  const [groups = '', width] = path.split('.p/');
  const index = Number(groups.replaceAll(/[x/]/gu, ''));
  const found = { index, width: width === undefined ? TILE_WIDTH : Number(width) };
  // One spelling each: no groups of zeros in front, no full tile written as a partial one.
  const fine = found.width <= TILE_WIDTH && Number.isSafeInteger(index);
  return fine && indexPath(found) === path ? found : null;
}

/** The tile of a level that holds its hash number `at` in a tree of that size; throws `internal` beyond the tree. */
function tileAt(level: number, at: number, size: number): Tile {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  assert(at < hashes, 'tile expected a hash of the tree');
  const index = Math.floor(at / TILE_WIDTH);
  return { level, index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) };
}

/** The tile that a perfect subtree's hash can be had from. */
export function tileOf({ height, index }: Subtree, size: number): Tile {
  const level = Math.floor(height / TILE_HEIGHT);
  return tileAt(level, index * 2 ** (height % TILE_HEIGHT), size);
}

/** The hash of a perfect subtree, from the bytes of its tile; throws `corrupt` when they are too few. */
export function hashIn(tile: Uint8Array, { height, index }: Subtree): Uint8Array {
  const count = 2 ** (height % TILE_HEIGHT);
  const first = (index * count) % TILE_WIDTH;
  const hashes = hashesOf(tile).slice(first, first + count);
  if (hashes.length === count) return foldPerfect(hashes);
  throw new Problem(
    'corrupt',
    `tile expected ${first + count} hashes, got ${first + hashes.length}`,
  );
}

/** The hashes of a tile; throws `corrupt` when its bytes are none. */
export function hashesOf(tile: Uint8Array): readonly Uint8Array[] {
  const count = tile.length / HASH_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > TILE_WIDTH) {
    throw new Problem(
      'corrupt',
      `tile expected 1 to 256 hashes of 32 bytes, got ${tile.length} bytes`,
    );
  }
  return Array.from({ length: count }, (_, i) =>
    tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
}

/** Every tile that the hashes of these ranges need, each once. */
export function tilesOf(ranges: readonly Range[], size: number): readonly Tile[] {
  const found = new Map<string, Tile>();
  for (const tile of ranges.flatMap(subtreesOf).map((subtree) => tileOf(subtree, size))) {
    found.set(tilePath(tile), tile);
  }
  return [...found.values()];
}

/** The last tile of each level of a tree, for those that are partial: what a tree of that size goes on from. */
export function edgeTiles(size: number): readonly Tile[] {
  const tiles: Tile[] = [];
  for (
    let level = 0, hashes = size;
    hashes > 0;
    level += 1, hashes = Math.floor(hashes / TILE_WIDTH)
  ) {
    const width = hashes % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(hashes / TILE_WIDTH), width });
  }
  return tiles;
}
