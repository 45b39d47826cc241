import { Problem } from '#base/problem';
import type { Field } from './connection.ts';
import { elementsAt, pathText } from './fieldpath.ts';
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
  for (const leaf of leaves) {
    const pick = pickOf(leaf, fields);
    if (pick === null) {
      if (passes || leaf.value.kind === 'whole') continue;
      throw new Problem('invalid', 'a value that the route does not name may not pass', {
        hint: 'the connection has `denyPassThrough`',
      });
    }
    if (pick.field.act.kind === 'keep' || leaf.value.kind === 'null') continue;
    if (leaf.value.kind === 'whole') {
      throw new Problem('invalid', `field \`${pathText(pick.field.path)}\` expected one value`);
    }
    picks.push(pick);
  }
  if (picks.length <= VALUES_MAX) return picks;
  throw new Problem(
    'invalid',
    `expected at most ${VALUES_MAX} values of fields, got ${picks.length}`,
  );
}

function pickOf(leaf: Leaf, fields: readonly Field[]): Pick | null {
  for (const field of fields) {
    const elements = elementsAt(field.path, leaf.place);
    if (elements !== null) return { leaf, field, elements };
  }
  return null;
}
