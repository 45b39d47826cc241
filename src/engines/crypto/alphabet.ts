import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';

/** The characters a format-preserving mask replaces by each other: a named set, or one's own, in order. */
export type AlphabetName = 'digits' | 'lower' | 'alphanumeric' | { readonly custom: string };

/** Lookup tables of one alphabet and its separators. */
export type Alphabet = {
  readonly radix: number;
  /** For each ASCII byte: its numeral, or one of the two below. */
  readonly ascii: Int32Array;
  /** The same for code points beyond ASCII; absent means foreign. */
  readonly beyond: ReadonlyMap<number, number>;
  /** UTF-8 of numeral `d`: `bytes[starts[d]]` to `bytes[starts[d + 1]]`. */
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  /** All characters are one byte, so that a value's length in bytes stays. */
  readonly oneByte: boolean;
  /** The characters in order; names the alphabet. */
  readonly characters: string;
};

export const FOREIGN = -1;
const SEPARATOR = -2;
/** Begins the stand-in of a value that cannot be taken; so no alphabet or separator may hold it. */
export const STAND_IN_MARK = '~';

const NAMED = {
  digits: '0123456789',
  lower: 'abcdefghijklmnopqrstuvwxyz',
  alphanumeric: '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
} as const;

const ASCII_COUNT = 128;
const RADIX_MIN = 2;
/** The largest radix FF1 knows is 2^16; numerals are kept in 16 bits. */
const RADIX_MAX = 65_535;
/** More separators than this are an alphabet. */
const SEPARATORS_MAX = 64;

/**
 * The tables of an alphabet with its separators. Throws `invalid` for a character that appears twice, for `~` and NUL,
 * and for fewer than two or too many characters.
 */
export function alphabetOf(name: AlphabetName, separators: string): Alphabet {
  const characters = typeof name === 'string' ? NAMED[name] : name.custom;
  const letters = Array.from(characters);
  const between = Array.from(separators);
  checkCharacters(letters, between);
  const ascii = new Int32Array(ASCII_COUNT).fill(FOREIGN);
  const beyond = new Map<number, number>();
  const put = (character: string, numeral: number) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < ASCII_COUNT) ascii[code] = numeral;
    else beyond.set(code, numeral);
  };
  for (const [numeral, letter] of letters.entries()) put(letter, numeral);
  for (const separator of between) put(separator, SEPARATOR);
  const starts = new Uint32Array(letters.length + 1);
  for (const [numeral, letter] of letters.entries()) {
    starts[numeral + 1] = (starts[numeral] ?? 0) + utf8(letter).length;
  }
  const bytes = utf8(characters);
  return {
    radix: letters.length,
    ascii,
    beyond,
    bytes,
    starts,
    oneByte: bytes.length === letters.length,
    characters,
  };
}

function checkCharacters(letters: readonly string[], separators: readonly string[]): void {
  if (letters.length < RADIX_MIN || letters.length > RADIX_MAX) {
    throw new Problem(
      'invalid',
      `alphabet expected ${RADIX_MIN} to ${RADIX_MAX} characters, got ${letters.length}`,
    );
  }
  if (separators.length > SEPARATORS_MAX) {
    throw new Problem(
      'invalid',
      `separators expected at most ${SEPARATORS_MAX} characters, got ${separators.length}`,
    );
  }
  const seen = new Set<string>();
  for (const character of [...letters, ...separators]) {
    if (seen.has(character)) {
      throw new Problem(
        'invalid',
        `alphabet and separators expected each character once, got \`${character}\` twice`,
      );
    }
    if (character === STAND_IN_MARK || character === '\0' || !character.isWellFormed()) {
      throw new Problem(
        'invalid',
        `alphabet and separators expected no \`~\`, NUL or lone surrogate`,
      );
    }
    seen.add(character);
  }
}
