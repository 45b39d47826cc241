import type { Json } from '#base/canonical';
import type { StoredLeaf } from '#plane/ledger';

/** A leaf as it leaves: with what people wrote and where clients came from, or without. */
export type ExportedLeaf = {
  readonly index: number;
  readonly leafHash: string;
  readonly chain: string;
  /** Canonical JSON, the bytes the leaf hash is over. */
  readonly entry: string;
  /** Salt and text of the details, when they go along and were not erased. */
  readonly details: { readonly salt: string; readonly text: string } | null;
  /** What the entry says, with the details among it when they go along. */
  readonly fields: Fields;
};

export type Fields = { readonly [name: string]: Json } & {
  readonly kind: string;
  readonly plane: string;
  readonly time: number;
};

/** The leaf as it leaves; without details it holds only what the entry holds, which is what is signed. */
export function exportedLeaf(stored: StoredLeaf, withDetails: boolean): ExportedLeaf {
  const { index, leafHash, chain, entry } = stored;
  const details = withDetails ? stored.details : null;
  const fields = withDetails ? stored.leaf : JSON.parse(entry);
  return { index, leafHash, chain, entry, details, fields: fields as Fields };
}

/** Id of the subject who acted, null for the plane, for control and for nobody known. */
export function actorOf({ actor }: Fields): string | null {
  return textAt(actor, 'id');
}

/** A text within a field, or null when there is none. */
export function textAt(value: Json | undefined, name: string): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const found = (value as { readonly [key: string]: Json })[name];
  return typeof found === 'string' ? found : null;
}
