import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Unreadable } from './finding.ts';

/** Hashes in a full tile, entries in a full bundle. */
export const TILE_HEIGHT = 8;
export const WIDTH = 2 ** TILE_HEIGHT;
/** A bundle of the longest entries. */
const FILE_BYTES_MAX = WIDTH * (65_535 + 2);

/** A file below the log, or null when there is none. */
export type Store = (path: string) => Buffer | null;

export function openStore(directory: string): Store {
  return (path) => {
    try {
      const bytes = readFileSync(join(directory, path));
      if (bytes.length > FILE_BYTES_MAX)
        throw new Unreadable(`\`${path}\` is longer than it can be`);
      return bytes;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return null;
      throw error;
    }
  };
}

/** The hashes of tile (level, index) in a tree where it has `width`; a full tile may stand in for a partial one. */
export function readTile(store: Store, at: Place): Buffer | null {
  const found = readEither(store, `tile/${at.level}/${pathOf(at.index)}`, at.width);
  if (found === null) return null;
  const wanted = at.width * 32;
  const fits = found.full ? found.bytes.length === WIDTH * 32 : found.bytes.length === wanted;
  return fits ? found.bytes.subarray(0, wanted) : null;
}

export type Place = { readonly level: number; readonly index: number; readonly width: number };

/** The entries of a bundle, as they lie there; null when it is missing or cut off. */
export function readBundle(store: Store, index: number, width: number): readonly Buffer[] | null {
  const found = readEither(store, `tile/entries/${pathOf(index)}`, width);
  if (found === null) return null;
  const entries: Buffer[] = [];
  let at = 0;
  while (at < found.bytes.length) {
    if (at + 2 > found.bytes.length) return null;
    const end = at + 2 + found.bytes.readUInt16BE(at);
    if (end > found.bytes.length) return null;
    entries.push(found.bytes.subarray(at + 2, end));
    at = end;
  }
  const count = found.full ? WIDTH : width;
  return entries.length === count ? entries.slice(0, width) : null;
}

function readEither(
  store: Store,
  path: string,
  width: number,
): { bytes: Buffer; full: boolean } | null {
  const partial = width === WIDTH ? null : store(`${path}.p/${width}`);
  if (partial !== null) return { bytes: partial, full: false };
  const bytes = store(path);
  return bytes === null ? null : { bytes, full: true };
}

/** 1234067 is `x001/x234/067`. */
function pathOf(index: number): string {
  const groups: string[] = [];
  let rest = index;
  do {
    groups.unshift(String(rest % 1_000).padStart(3, '0'));
    rest = Math.floor(rest / 1_000);
  } while (rest > 0);
  return groups.map((group, i) => (i === groups.length - 1 ? group : `x${group}`)).join('/');
}
