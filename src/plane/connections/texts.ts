import type { Json } from '#base/canonical';
import type { Leaf } from './leaf.ts';
import { plainText } from './plaintext.ts';

/** Texts by name: headers, parameters of a path. */
export type Texts = Readonly<Record<string, string>>;

/** Texts as values that fields can mean by their names. */
export function openTexts(texts: Texts): {
  readonly leaves: readonly Leaf[];
  with(values: ReadonlyMap<Leaf, Json>): Texts;
} {
  const named = Object.entries(texts).map(([name, text]) => {
    const leaf: Leaf = { place: [name], start: 0, end: 0, value: { kind: 'text', text } };
    return [name, text, leaf] as const;
  });
  return {
    leaves: named.map(([, , leaf]) => leaf),
    with: (values) =>
      Object.fromEntries(
        named.map(([name, text, leaf]) => {
          const put = values.get(leaf);
          return [name, put === undefined ? text : plainText(put)];
        }),
      ),
  };
}
