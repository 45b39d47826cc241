import { raised, wordsBefore } from './context.ts';
import type { Entity } from './entity.ts';
import { folded } from './folded.ts';
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
  /** What the place that holds the text and nothing else is called, such as `password`. */
  readonly name?: string;
};

/** What is less certain is not told of: Presidio's own measure. */
const SCORE_MIN = 0.4;

/**
 * What of the wanted kinds a text holds, in the order of their beginnings; they may overlap (`settled` decides between them).
 * Takes time linear in the text, whatever it holds. Kinds that are not in `DETECTABLE` are never found.
 */
export function detect(
  text: string,
  { entities, context = [], name = '' }: Wish,
): readonly Finding[] {
  const { plain, at } = folded(text);
  const hasDigit = /\d/u.test(plain);
  const around = context.map((word) => word.toLowerCase());
  const wordsAt = new Map<number, readonly string[]>();
  const wordsFor = (start: number) => {
    const words = wordsAt.get(start) ?? [...around, ...wordsBefore(plain, start)];
    wordsAt.set(start, words);
    return words;
  };
  const findings: Finding[] = [];
  for (const recogniser of RECOGNISERS) {
    const { form, entity, context: wanted } = recogniser;
    if (!entities.includes(entity)) continue;
    if (text !== '' && recogniser.label?.test(name) === true) {
      findings.push({ start: 0, end: text.length, entity, form, score: LABELLED });
    }
    if (!hasDigit && recogniser.digitless !== true) continue;
    for (const { start, end, score: alone } of recogniser.find(plain)) {
      const score = wanted.length === 0 ? alone : raised(alone, wordsFor(start), wanted);
      if (score < SCORE_MIN) continue;
      findings.push({ start: at(start), end: at(end - 1) + 1, entity, form, score });
    }
  }
  return findings.toSorted((a, b) => a.start - b.start || b.end - a.end);
}

/** How sure a text is what the name of its place says. */
const LABELLED = 0.7;
