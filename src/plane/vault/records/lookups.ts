import { latin1 } from '#base/bytes';
import { keyedDigest } from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
import type { Value } from './preparedrow.ts';
import type { StoredLookup } from './recordbody.ts';
import type { ColumnSchema } from '../schema/schema.ts';
import { canonicalValue, valueText } from '../schema/value.ts';

/** Leads from a value to a record: equal values of one space have equal digests. */
export type Lookup = StoredLookup & { readonly unique: boolean };

/** The digest of a value in a space: of a column's index, or of a token group. */
export function valueDigest(index: MaskKey, space: number, value: Value): Uint8Array {
  return keyedDigest(index, `lookup/${space}`, canonicalValue(value.column, value.json));
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
  const lookups = values.flatMap((value) => lookupsOfValue(index, value));
  const found = new Map<string, Lookup>();
  for (const lookup of lookups) {
    const name = lookupName(lookup);
    if (lookup.unique || !found.has(name)) found.set(name, lookup);
  }
  return found.size === lookups.length ? lookups : [...found.values()];
}

function lookupsOfValue(index: MaskKey, value: Value): readonly Lookup[] {
  const { column } = value;
  const { unique, exactIndex, pending, tokens, prefixIndex } = column;
  const indexing = pending?.kind === 'index' || pending?.kind === 'unique';
  const lookups: Lookup[] = [];
  const add = (space: number) => {
    const isUnique = unique && space === column.number;
    lookups.push({ space, digest: valueDigest(index, space, value), unique: isUnique });
  };
  for (const { deterministic, space } of tokens) if (deterministic) add(space);
  if (unique || exactIndex || indexing) add(column.number);
  if (prefixIndex === null) return lookups;
  for (const beginning of beginningsOf(value)) {
    const digest = prefixDigest(index, column, beginning);
    lookups.push({ space: prefixSpace(column), digest, unique: false });
  }
  return lookups;
}

/** Tells lookups apart. */
export function lookupName({ space, digest }: StoredLookup): string {
  return `${space} ${latin1(digest)}`;
}

function beginningsOf({ column, json }: Value): readonly string[] {
  const { prefixIndex } = column;
  if (prefixIndex === null) return [];
  const characters = Array.from(valueText(json));
  const longest = Math.min(prefixIndex.max, characters.length);
  const count = Math.max(0, longest - prefixIndex.min + 1);
  return Array.from({ length: count }, (_, i) => characters.slice(0, prefixIndex.min + i).join(''));
}
