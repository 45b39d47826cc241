import { concat } from '#base/bytes';
import { Problem } from '#base/problem';
import { TILE_WIDTH } from './tile.ts';

/** The size of an entry is written in 16 bits. */
const ENTRY_BYTES_MAX = 65_535;

/** An entry bundle: each entry behind its size in two bytes, the high one first. Throws `limit` for longer entries. */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  return concat(
    ...entries.flatMap((entry) => {
      if (entry.length <= ENTRY_BYTES_MAX) {
        return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry];
      }
      throw new Problem('limit', `entry expected at most ${ENTRY_BYTES_MAX} bytes`);
    }),
  );
}

/** The entries of a bundle; throws `corrupt` when its bytes do not end where an entry does, or hold more than 256. */
export function decodeBundle(bundle: Uint8Array): readonly Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bundle.length) {
    const from = at + 2;
    const to = from + (((bundle[at] ?? 0) << 8) | (bundle[at + 1] ?? 0));
    if (from > bundle.length || to > bundle.length || entries.length === TILE_WIDTH) {
      throw new Problem('corrupt', `bundle expected an entry at byte ${at}`);
    }
    entries.push(bundle.subarray(from, to));
    at = to;
  }
  return entries;
}
