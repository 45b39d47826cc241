import type { Json } from '#base/canonical';
import { latin1, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import type { Leaf } from './leaf.ts';
import { SHOWN_CHARACTERS_MIN } from './limits.ts';
import { plainText } from './plaintext.ts';

/** What a call showed its target. Short values are not among them. */
export type Shown = {
  /** The token a value was sent in place of. */
  readonly tokens: ReadonlyMap<string, string>;
  /** The values by how they begin, and as UTF-8 of one character a byte. */
  readonly byStart: ByStart;
  readonly byStartBytes: ByStart;
};
type ByStart = ReadonlyMap<string, readonly string[]>;

export const NOTHING_SHOWN: Shown = shownBy([]);

/** Remembers values that were put in place of tokens. */
export function shownBy(
  revealed: Iterable<{ readonly token: string; readonly json: Json }>,
): Shown {
  const tokens = new Map<string, string>();
  for (const { token, json } of revealed) {
    const text = plainText(json);
    if (text.length >= SHOWN_CHARACTERS_MIN) tokens.set(text, token);
  }
  const values = [...tokens.keys()];
  const byteTexts = values.map((text) => latin1(utf8(text)));
  return { tokens, byStart: startsOf(values), byStartBytes: startsOf(byteTexts) };
}

function startsOf(values: readonly string[]): ByStart {
  return Map.groupBy(values, (value) => value.slice(0, SHOWN_CHARACTERS_MIN));
}

/** The tokens of values that the target sent back as they were; throws where one is part of a longer text. */
export function echoesIn(leaves: readonly Leaf[], shown: Shown): ReadonlyMap<Leaf, Json> {
  const echoes = new Map<Leaf, Json>();
  if (shown.tokens.size === 0) return echoes;
  for (const leaf of leaves) {
    const text = textOf(leaf);
    const token = shown.tokens.get(text);
    if (token !== undefined) echoes.set(leaf, token);
    else requireNone(text, shown.byStart);
  }
  return echoes;
}

function textOf({ value }: Leaf): string {
  if (value.kind === 'text') return value.text;
  return value.kind === 'number' ? value.digits : '';
}

/** Throws where bytes hold a value that the target was shown, written as it was sent. */
export function requireNoEcho(bytes: Uint8Array, shown: Shown): void {
  if (shown.tokens.size > 0) requireNone(latin1(bytes), shown.byStartBytes);
}

function requireNone(text: string, byStart: ByStart): void {
  if (holdsAny(text, byStart)) {
    throw new Problem('unsupported', 'it holds a value that the target was sent, inside a text', {
      hint: 'name the field with TOKENIZATION, or have the target leave it out',
    });
  }
}

/** Looking for each of a few values is quickest; for many, at each place for those that begin so. */
const FEW = 16;

function holdsAny(text: string, byStart: ByStart): boolean {
  if (byStart.size <= FEW) {
    const values = [...byStart.values()].flat();
    if (values.length <= FEW) return values.some((value) => text.includes(value));
  }
  for (let at = 0; at + SHOWN_CHARACTERS_MIN <= text.length; at++) {
    const values = byStart.get(text.slice(at, at + SHOWN_CHARACTERS_MIN));
    if (values?.some((value) => text.startsWith(value, at)) === true) return true;
  }
  return false;
}
