import { quoteName } from './quote.ts';
import type { Inner } from './tree.ts';
import type { Value } from './value.ts';

/**
 * What is written in the place of a call: an expression, or something around its arguments, of that type. `${label}`
 * stands where the name of the column goes, directly after the expression that gives its value.
 */
export type Answer =
  | { readonly kind: 'constant'; readonly text: string; readonly type: string }
  | {
      readonly kind: 'around';
      readonly before: string;
      readonly after: string;
      readonly type: string;
    };

export type Asked = {
  readonly name: string;
  readonly inner: Inner<'FuncCall'>;
  readonly values: readonly Value[];
};

/** The place of the column's name in an answer. */
export const LABEL = '${label}';

/** A value written as SQL, without its type. */
export function constant(text: string, type: string): Answer {
  return { kind: 'constant', text, type };
}

/**
 * The two pieces of text around the arguments; a constant has all of it in the first. It is a subquery, so that an
 * unnamed column keeps its name, in a cast, because `= ANY ((SELECT …))` would mean the rows of the subquery.
 */
export function answerTexts(answer: Answer, name: string): readonly [string, string] {
  const label = ` AS ${quoteName(name)}`;
  const named = (text: string) => text.split(LABEL).join(label);
  const end = `) AS ${answer.type})`;
  if (answer.kind === 'around') {
    return [`CAST((SELECT ${named(answer.before)}`, `${named(answer.after)}${end}`];
  }
  return [`CAST((SELECT ${answer.text}::${answer.type}${label}${end}`, ''];
}
