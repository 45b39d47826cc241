/** How far before a candidate words count, as in Presidio: five of them, which end within so many characters. */
const WORDS_MAX = 5;
const CHARACTERS_MAX = 100;
/** What a word of the context is worth, and the least that a candidate with one has. */
const RAISE = 0.35;
const LEAST = 0.4;

const WORD = /[\p{L}\p{N}][\p{L}\p{N}'-]{0,60}/gu;
const JOINT = /[-']/u;

/** The last words of a text before a place, in small letters; those with a joint in them whole and in parts. */
export function wordsBefore(text: string, place: number): readonly string[] {
  const before = text.slice(Math.max(0, place - CHARACTERS_MAX), place);
  const words = (before.toLowerCase().match(WORD) ?? []).slice(-WORDS_MAX);
  return words.flatMap((word) => (JOINT.test(word) ? [word, ...word.split(JOINT)] : [word]));
}

/** The score of a candidate with these words around it. */
export function raised(
  score: number,
  words: readonly string[],
  context: readonly string[],
): number {
  if (!words.some((word) => context.some((one) => says(word, one)))) return score;
  return Math.min(1, Math.max(LEAST, score + RAISE));
}

/** Whether a word is the one looked for, or begins with it, as `kontonummer` with `konto`. */
function says(word: string, one: string): boolean {
  return word === one || (one.length >= 5 && word.startsWith(one));
}
