const FOREIGN = /\\[nrt]|\P{ASCII}/u;
const FOLDED =
  /\\[nrt]|[\p{Nd}\u00A0\u2000-\u200A\u202F\u2010-\u2015\u2212\uFE63\uFF0D\uFF20\uFF0E]/gu;
/** What is not to be seen, and can stand within a number. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/** A text as recognisers read it, with where each of its places is in the text. */
export type Folded = { readonly plain: string; readonly at: (place: number) => number };

/**
 * Digits, spaces, dashes, dots and at-signs of other alphabets as ASCII has them, and line breaks written as `\\n`, as in JSON
 * within JSON, as spaces: each takes as much room as it did. What is not to be seen is left out.
 */
export function folded(text: string): Folded {
  if (!FOREIGN.test(text)) return { plain: text, at: (place) => place };
  const same = text.replaceAll(FOLDED, ascii);
  const unseen = [...same.matchAll(UNSEEN)];
  if (unseen.length === 0) return { plain: same, at: (place) => place };
  const places = new Uint32Array(same.length);
  let plain = '';
  let from = 0;
  for (const { 0: letter, index } of [...unseen, { 0: '', index: same.length }]) {
    for (let i = from; i < index; i += 1) places[plain.length + i - from] = i;
    plain += same.slice(from, index);
    from = index + letter.length;
  }
  return { plain, at: (place) => places[place] ?? same.length };
}

function ascii(letter: string): string {
  if (letter.length > 1) return letter.startsWith('\\') ? '  ' : letter;
  if (/\p{Nd}/u.test(letter)) return String(digitOf(letter));
  if (letter === '\uFF20') return '@';
  if (letter === '\uFF0E') return '.';
  return /[\u00A0\u2000-\u200A\u202F]/u.test(letter) ? ' ' : '-';
}

/** Digits of one alphabet lie in a row of ten, zero first. */
function digitOf(letter: string): number {
  const code = letter.charCodeAt(0);
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCharCode(zero - 1))) zero -= 1;
  return code - zero;
}
