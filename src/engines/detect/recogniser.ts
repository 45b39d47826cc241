import type { Entity } from './entity.ts';

/** Where something may be, in UTF-16 code units, and how sure its form alone makes it, 0 to 1. */
export type Candidate = { readonly start: number; readonly end: number; readonly score: number };

/** Finds one form of one kind of entity. */
export type Recogniser = {
  /** The most specific name of what is found, such as `us-ssn`. */
  readonly form: string;
  readonly entity: Entity;
  /** Words before a candidate that make it more certain, in small letters. */
  readonly context: readonly string[];
  /** Whether what is found may have no digit; forms without this are not looked for in a text that has none. */
  readonly digitless?: true;
  /** What a place is called that holds such a thing and nothing else, in small letters, words by spaces. */
  readonly label?: RegExp;
  /** Candidates in the order of the text. Takes time linear in the text, whatever it holds. */
  find(text: string): Iterable<Candidate>;
};

/** How sure a candidate is, or null for none at all; a second number says how much of it counts, in code units. */
export type Judge = (value: string) => number | null | readonly [number, number];

/**
 * Finds by a pattern, which is global, and vetted: every repetition in it is bounded, or cannot start again inside itself. What
 * its group `lead` holds lies before the match and belongs to it. The search goes on behind what counted of a match, and behind
 * the first word of one that is none: what a match ran over may hold another.
 */
export function byPattern(pattern: RegExp, judge: Judge | number): Recogniser['find'] {
  return function* find(text) {
    const search = new RegExp(pattern);
    for (let match = search.exec(text); match !== null; match = search.exec(text)) {
      const [whole] = match;
      const lead = match.groups?.['lead']?.length ?? 0;
      const start = match.index - lead;
      const judged =
        typeof judge === 'number' ? judge : judge(text.slice(start, match.index + whole.length));
      if (judged === null) {
        search.lastIndex = match.index + firstWord(whole);
        continue;
      }
      const [score, length] = typeof judged === 'number' ? [judged, lead + whole.length] : judged;
      yield { start, end: start + length, score };
      search.lastIndex = Math.max(match.index + 1, start + length);
    }
  };
}

/** How far a match reaches that holds its first word, or sign, and no more. */
function firstWord(match: string): number {
  return /^[^\p{L}\p{N}]*[\p{L}\p{N}]*/u.exec(match)?.[0].length || 1;
}

/** The digits of a text, and nothing else of it. */
export function digitsOf(text: string): string {
  return text.replaceAll(/\D/gu, '');
}
