import { RE2JS } from 're2js';
import { Problem } from '#base/problem';

/** Longer ones are programs: AWS Macie's measure. */
export const PATTERN_CHARACTERS_MAX = 512;
/** Instructions of all patterns times characters of the text, for one search of it: up to a second of work. */
const STEPS_MAX = 10_000_000;

/** A customer's pattern: RE2 syntax, so that looking for one place takes time linear in the text. */
export type Pattern = {
  /** Size of the compiled program. */
  readonly instructions: number;
  /**
   * Where it matches, in order; never an empty place. To find all of them can take time that grows with the square of the text:
   * `onPlace` is called for each, and may throw.
   */
  find(
    text: string,
    onPlace: () => void,
  ): readonly { readonly start: number; readonly end: number }[];
};

/** Throws `invalid` for what is no pattern, without the pattern itself: it may hold what somebody looks for. */
export function compilePattern(text: string): Pattern {
  if (text.length === 0 || text.length > PATTERN_CHARACTERS_MAX) {
    throw new Problem(
      'invalid',
      `a pattern expected 1 to ${PATTERN_CHARACTERS_MAX} characters, got ${text.length}`,
    );
  }
  const compiled = re2(text);
  return {
    instructions: compiled.programSize(),
    find: (searched, onPlace) => {
      const places: { start: number; end: number }[] = [];
      const matcher = compiled.matcher(searched);
      while (matcher.find()) {
        onPlace();
        const [start, end] = [matcher.start(), matcher.end()];
        if (end > start) places.push({ start, end });
      }
      return places;
    },
  };
}

function re2(text: string): RE2JS {
  try {
    return RE2JS.compile(text);
  } catch {
    throw new Problem('invalid', 'a pattern expected RE2 syntax', {
      hint: 'look-around and back-references are not part of RE2',
    });
  }
}

/** Throws `invalid` where patterns are too large for one search of a text of so many characters. */
export function requireBounded(patterns: readonly Pattern[], characters: number): void {
  const instructions = patterns.reduce((sum, pattern) => sum + pattern.instructions, 0);
  if (instructions * characters <= STEPS_MAX) return;
  throw new Problem('invalid', 'the patterns are too large for a text of this length', {
    hint: 'simpler patterns, fewer of them, or a shorter text',
  });
}
