import { hex } from '#base/bytes';
import { keyedDigest } from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
import type { Value } from './preparedrow.ts';
import type { StoredLookup } from './recordbody.ts';
import type { ColumnSchema } from './schema.ts';
import { canonicalValue, valueText } from './value.ts';

/** Leads from a value to a record: equal values of one space have equal digests. */
export type Lookup = StoredLookup & { readonly unique: boolean };

/** Digests of values in hand: an index, a token and a lookup ask for the same one. */
const digests = new WeakMap<Value, Map<number, Uint8Array>>();

/** The digest of a value in a space: of a column's index, or of a token group. */
export function valueDigest(index: MaskKey, space: number, value: Value): Uint8Array {
  const known = digests.get(value) ?? new Map<number, Uint8Array>();
  const digest =
    known.get(space) ??
    keyedDigest(index, `lookup/${space}`, canonicalValue(value.column, value.json));
  known.set(space, digest);
  digests.set(value, known);
  return digest;
}

/** The digest of the beginning of a text. */
export function prefixDigest(index: MaskKey, column: ColumnSchema, beginning: string): Uint8Array {
  return keyedDigest(index, `prefix/${column.number}`, Buffer.from(beginning, 'utf8'));
}

/** Prefixes are looked up apart from whole values; columns have positive numbers. */
export function prefixSpace(column: ColumnSchema): number {
  return -column.number;
}

/** Everything a record with these values is found by, each once. */
export function lookupsOf(index: MaskKey, values: readonly Value[]): readonly Lookup[] {
  const found = new Map<string, Lookup>();
  const add = (lookup: Lookup) => {
    const name = lookupName(lookup);
    if (lookup.unique || !found.has(name)) found.set(name, lookup);
  };
  for (const value of values) {
    const { column } = value;
    const spaces = new Set<number>(
      column.tokens.filter(({ deterministic }) => deterministic).map(({ space }) => space),
    );
    const { unique, exactIndex, pending } = column;
    const indexing = pending?.kind === 'index' || pending?.kind === 'unique';
    if (unique || exactIndex || indexing) spaces.add(column.number);
    for (const space of spaces) {
      add({
        space,
        digest: valueDigest(index, space, value),
        unique: unique && space === column.number,
      });
    }
    for (const beginning of beginningsOf(value)) {
      add({
        space: prefixSpace(column),
        digest: prefixDigest(index, column, beginning),
        unique: false,
      });
    }
  }
  return [...found.values()];
}

/** Tells lookups apart. */
export function lookupName({ space, digest }: StoredLookup): string {
  return `${space} ${hex(digest)}`;
}

function beginningsOf({ column, json }: Value): readonly string[] {
  const { prefixIndex } = column;
  if (prefixIndex === null) return [];
  const characters = Array.from(valueText(json));
  const longest = Math.min(prefixIndex.max, characters.length);
  const count = Math.max(0, longest - prefixIndex.min + 1);
  return Array.from({ length: count }, (_, i) => characters.slice(0, prefixIndex.min + i).join(''));
}
