import { Problem } from '#base/problem';
import type { Field } from './connection.ts';
import { elementsAt, pathText } from './fieldpath.ts';
import type { Place } from './fieldpath.ts';
import type { Leaf } from './leaf.ts';
import { VALUES_MAX } from './limits.ts';

/** A value that a field of the route means. */
export type Pick = {
  readonly leaf: Leaf;
  readonly field: Field;
  /** Which elements the stars of its path stand for: values of one element belong together. */
  readonly elements: readonly number[];
};

/**
 * The values something is to become of. Throws `invalid` where a field means a list or an object, and, unless the rest passes,
 * for a value that no field names.
 */
export function picksOf(
  leaves: readonly Leaf[],
  fields: readonly Field[],
  { passes }: { readonly passes: boolean },
): readonly Pick[] {
  const picks: Pick[] = [];
  const fieldOf = finder(fields);
  for (const leaf of leaves) {
    const { kind } = leaf.value;
    const field = fieldOf(leaf.place);
    if (field === null) {
      if (passes || kind === 'whole') continue;
      throw new Problem('invalid', 'a value that the route does not name may not pass', {
        hint: 'the connection has `denyPassThrough`',
      });
    }
    if (field.act.kind === 'keep' || kind === 'null') continue;
    if (kind === 'whole' || kind === 'file') {
      throw new Problem('invalid', `field \`${pathText(field.path)}\` expected one value`);
    }
    picks.push({ leaf, field, elements: elementsAt(field.path, leaf.place) ?? [] });
  }
  if (picks.length <= VALUES_MAX) return picks;
  throw new Problem(
    'invalid',
    `expected at most ${VALUES_MAX} values of fields, got ${picks.length}`,
  );
}

/** Finds the field that means a place, however many there are; one that names an element goes before one that names all. */
function finder(fields: readonly Field[]): (place: Place) => Field | null {
  const named = new Map<string, Field>();
  const numbered = fields.filter(({ path }) => path.some((step) => /^\d+$/u.test(step)));
  for (const field of fields) named.set(keyOf(field.path), field);
  return (place) =>
    numbered.find(({ path }) => elementsAt(path, place) !== null) ??
    named.get(keyOf(place)) ??
    null;
}

function keyOf(place: Place): string {
  return place.map((step) => (typeof step === 'number' ? '*' : step)).join('\0');
}
