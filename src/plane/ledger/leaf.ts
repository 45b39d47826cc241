import { hash } from 'node:crypto';
import { check, shapes } from '#boundary';
import type { ValueOf } from '#boundary';
import { canonicalJson } from '#base/canonical';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { KINDS } from './kinds.ts';
import { inOrder } from './order.ts';

/** A C2SP tlog-tiles entry bundle names the size of an entry in 16 bits. */
const ENTRY_BYTES_MAX = 65_535;

export const leafShape = shapes.union(KINDS);
/** One act, as it stands in the ledger; told apart by `kind`. */
export type Leaf = ValueOf<typeof leafShape>;
export type LeafKind = Leaf['kind'];
export type LeafOf<K extends LeafKind> = Extract<Leaf, { kind: K }>;
/** A leaf before the ledger adds its version, its plane and its time. */
export type LeafBody<K extends LeafKind = LeafKind> = K extends LeafKind
  ? Omit<LeafOf<K>, 'v' | 'plane' | 'time'>
  : never;

export const LEAF_KINDS = Object.keys(KINDS) as readonly LeafKind[];

/**
 * The entry of a leaf: its canonical JSON (RFC 8785). A query over very wide tables keeps a digest in place of its
 * column names when they would not fit. Throws `invalid` for a field out of its limits, `limit` when it is too long.
 */
export function entryOf(leaf: Leaf): string {
  const entry = JSON.stringify(inOrder(leafShape, check<Leaf>(leafShape, leaf, 'leaf')));
  if (fits(entry)) return entry;
  const shorter = leaf.kind === 'query' ? canonicalJson(digested(leaf)) : entry;
  if (fits(shorter)) return shorter;
  throw new Problem('limit', `ledger leaf expected at most ${ENTRY_BYTES_MAX} bytes`);
}

/** The same leaf with a digest of its columns in place of the columns of each source. */
function digested(leaf: LeafOf<'query'>): LeafOf<'query'> {
  const sources = leaf.sources.map((source) => {
    const columnsDigest = hash('sha256', canonicalJson(source.columns));
    return { ...source, columns: null, columnsDigest };
  });
  return { ...leaf, sources };
}

/** Whether the text is short enough for an entry; counts bytes only when characters do not settle it. */
function fits(entry: string): boolean {
  if (entry.length * 3 <= ENTRY_BYTES_MAX) return true;
  return entry.length <= ENTRY_BYTES_MAX && utf8(entry).length <= ENTRY_BYTES_MAX;
}
