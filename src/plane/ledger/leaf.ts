import { hash } from 'node:crypto';
import { check, shapes } from '#boundary';
import type { ValueOf } from '#boundary';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { COMMITMENT, parted, saltDetails } from './details.ts';
import type { Parted } from './details.ts';
import { KINDS } from './kinds.ts';
import { inOrder } from './order.ts';

/** A C2SP tlog-tiles entry bundle names the size of an entry in 16 bits. */
const ENTRY_BYTES_MAX = 65_535;

export const leafShape = shapes.union(KINDS);
/** One act; told apart by `kind`. Fields that were erased are null when it is read back, whatever their type says. */
export type Leaf = ValueOf<typeof leafShape>;
export type LeafKind = Leaf['kind'];
export type LeafOf<K extends LeafKind> = Extract<Leaf, { kind: K }>;
/** A leaf before the ledger adds its version, its plane and its time. */
export type LeafBody<K extends LeafKind = LeafKind> = K extends LeafKind
  ? Omit<LeafOf<K>, 'v' | 'plane' | 'time'>
  : never;

export const LEAF_KINDS = Object.keys(KINDS) as readonly LeafKind[];

/** Each kind as its entry and its details, by its name. */
export const PARTED: ReadonlyMap<string, Parted> = new Map(
  Object.entries(KINDS).map(([kind, shape]) => [kind, parted(shape)]),
);
/** What an entry holds of each kind; what is checked is `leafShape`. */
const entryShape = shapes.union(
  Object.fromEntries([...PARTED].map(([kind, { entry }]) => [kind, entry])),
);

/** A leaf as it is stored: what is hashed and signed, and the details it commits to, if there are any. */
export type Sealed = { readonly entry: string; readonly details: Uint8Array | null };

/**
 * The leaf, sealed: its entry is canonical JSON (RFC 8785). A query over very wide tables keeps a digest in place of its
 * column names when they would not fit. Throws `invalid` for a field out of its limits, `limit` when it is too long.
 */
export function sealLeaf(leaf: Leaf): Sealed {
  const checked = check<Leaf>(leafShape, leaf, 'leaf');
  const salted = detailsOf(checked);
  const details = salted?.kept ?? null;
  const commitment = salted?.commitment ?? null;
  const entry = entryOf(checked, commitment);
  if (fits(entry)) return { entry, details };
  const shorter = checked.kind === 'query' ? entryOf(digested(checked), commitment) : entry;
  if (fits(shorter)) return { entry: shorter, details };
  throw new Problem('limit', `ledger leaf expected at most ${ENTRY_BYTES_MAX} bytes`);
}

function entryOf(leaf: Leaf, commitment: string | null): string {
  return JSON.stringify(inOrder(entryShape, { ...leaf, [COMMITMENT]: commitment }));
}

/** The salted details of a leaf; null when there are none, or nothing in them. */
function detailsOf(leaf: Leaf): ReturnType<typeof saltDetails> | null {
  const shape = PARTED.get(leaf.kind)?.details ?? null;
  if (shape === null) return null;
  const fields = leaf as unknown as { readonly [key: string]: Json };
  if (Object.keys(shape.fields).every((key) => fields[key] === null)) return null;
  return saltDetails(JSON.stringify(inOrder(shape, fields)));
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
