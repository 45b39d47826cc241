import type { Inner } from './tree.ts';
import type { Value } from './value.ts';

/**
 * What is written in the place of a call: an expression, or something around its arguments. `${label}` stands where the
 * name of the column goes, directly after the expression that gives its value.
 */
export type Answer =
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'around'; readonly before: string; readonly after: string };

export type Asked = {
  readonly name: string;
  readonly inner: Inner<'FuncCall'>;
  readonly values: readonly Value[];
};

/** The place of the column's name in an answer. */
export const LABEL = '${label}';

export function constant(text: string): Answer {
  return { kind: 'constant', text };
}
