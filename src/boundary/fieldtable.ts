import { unreachable } from '#base/assert';
import { actsShape } from './act.ts';
import { bundleShape, signedBundleShape } from './bundle.ts';
import { factShape, factsReceiptShape, factsShape } from './fact.ts';
import { identityClaimsShape } from './identitytoken.ts';
import { pullShape } from './pull.ts';
import type { AnyShape, Field } from './shape.ts';

/** One field of one message: where it is and what it may hold. */
export type FieldRow = { readonly path: string; readonly field: Field };

/** Every message that may cross the border, by name: the closed list. */
export const MESSAGES: { readonly [message: string]: AnyShape } = {
  'signed bundle': signedBundleShape,
  bundle: bundleShape,
  acts: actsShape,
  fact: factShape,
  facts: factsShape,
  'facts receipt': factsReceiptShape,
  'identity claims': identityClaimsShape,
  pull: pullShape,
};

/** Every field of a shape, in order, each with its path: lists are `[]`, map keys `{key}`, map values `{}`. */
export function fieldTable(shape: AnyShape, path = ''): readonly FieldRow[] {
  if (shape.kind === 'field') return [{ path, field: shape }];
  return partsOf(shape, path).flatMap(([inner, at]) => fieldTable(inner, at));
}

type Part = readonly [shape: AnyShape, path: string];

function partsOf(shape: Exclude<AnyShape, Field>, path: string): readonly Part[] {
  switch (shape.kind) {
    case 'nullable':
      return [[shape.of, path]];
    case 'list':
      return [[shape.of, `${path}[]`]];
    case 'map':
      return [
        [shape.keys, `${path}{key}`],
        [shape.values, `${path}{}`],
      ];
    case 'record':
      return Object.entries(shape.fields).map(([key, inner]) => [
        inner,
        path === '' ? key : `${path}.${key}`,
      ]);
    case 'union':
      return Object.entries(shape.cases).map(([kind, inner]) => [inner, `${path}<${kind}>`]);
  }
  return unreachable(shape);
}
