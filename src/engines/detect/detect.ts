import { raised, wordsBefore } from './context.ts';
import type { Entity } from './entity.ts';
import { RECOGNISERS } from './recognisers.ts';

/** A place in a text, in UTF-16 code units, that holds something of a kind. */
export type Finding = {
  readonly start: number;
  readonly end: number;
  readonly entity: Entity;
  /** The most specific name of what it is, such as `us-ssn`. */
  readonly form: string;
  /** 0 to 1. */
  readonly score: number;
};

export type Wish = {
  readonly entities: readonly Entity[];
  /** Words that stand for what is around the text, such as the name of a column it comes from. */
  readonly context?: readonly string[];
};

/** What is less certain is not told of: Presidio's own measure. */
const SCORE_MIN = 0.4;

/**
 * What of the wanted kinds a text holds, in the order of their beginnings; they may overlap (`settled` decides between them).
 * Takes time linear in the text, whatever it holds. Kinds that are not in `DETECTABLE` are never found.
 */
export function detect(text: string, { entities, context = [] }: Wish): readonly Finding[] {
  const plain = folded(text);
  const around = context.map((word) => word.toLowerCase());
  const hasDigit = /\d/u.test(plain);
  const wordsAt = new Map<number, readonly string[]>();
  const wordsFor = (start: number) => {
    const words = wordsAt.get(start) ?? [...around, ...wordsBefore(plain, start)];
    wordsAt.set(start, words);
    return words;
  };
  const findings: Finding[] = [];
  for (const recogniser of RECOGNISERS) {
    const { form, entity, context: wanted } = recogniser;
    if (!entities.includes(entity) || (!hasDigit && recogniser.digitless !== true)) continue;
    for (const { start, end, score: alone } of recogniser.find(plain)) {
      const score = wanted.length === 0 ? alone : raised(alone, wordsFor(start), wanted);
      if (score >= SCORE_MIN) findings.push({ start, end, entity, form, score });
    }
  }
  return findings.toSorted((a, b) => a.start - b.start || b.end - a.end);
}

const FOREIGN = /\P{ASCII}/u;
const FOLDED = /[\p{Nd}\u00A0\u2000-\u200A\u202F\u2010-\u2015\u2212\uFE63\uFF0D\uFF20\uFF0E]/gu;

/** The text with digits, spaces, dashes, dots and at-signs of other alphabets as ASCII has them, each place where it was. */
function folded(text: string): string {
  if (!FOREIGN.test(text)) return text;
  return text.replaceAll(FOLDED, (letter) => {
    if (letter.length > 1) return letter;
    if (/\p{Nd}/u.test(letter)) return String(digitOf(letter));
    if (letter === '\uFF20') return '@';
    if (letter === '\uFF0E') return '.';
    return /[\u00A0\u2000-\u200A\u202F]/u.test(letter) ? ' ' : '-';
  });
}

/** Digits of one alphabet lie in a row of ten, zero first. */
function digitOf(letter: string): number {
  const code = letter.charCodeAt(0);
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCharCode(zero - 1))) zero -= 1;
  return code - zero;
}
