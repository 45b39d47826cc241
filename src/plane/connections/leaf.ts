import type { Json } from '#base/canonical';
import type { Place } from './fieldpath.ts';

/** One value of a body, and where its text stands. */
export type Leaf = {
  readonly place: Place;
  readonly start: number;
  readonly end: number;
  readonly value: LeafValue;
};

/** Numbers keep their digits: a card number of 19 is more than a double holds. */
export type LeafValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly digits: string }
  | { readonly kind: 'truth'; readonly is: boolean }
  | { readonly kind: 'null' }
  /** A list or an object: made of values, and none itself. */
  | { readonly kind: 'whole' }
  | { readonly kind: 'file' };

/** A body that was read, and can be written with other values in some places; every other byte stays as it came. */
export type OpenBody = {
  readonly leaves: readonly Leaf[];
  with(values: ReadonlyMap<Leaf, Json>): Uint8Array;
};

/** The text with other texts in place of some leaves, which do not overlap. */
export function spliced(text: string, texts: ReadonlyMap<Leaf, string>): string {
  let out = '';
  let at = 0;
  for (const [leaf, put] of [...texts].toSorted(([a], [b]) => a.start - b.start)) {
    out += text.slice(at, leaf.start) + put;
    at = leaf.end;
  }
  return out + text.slice(at);
}
