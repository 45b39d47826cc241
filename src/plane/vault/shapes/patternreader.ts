import { Problem } from '#base/problem';
import type { PatternTree } from './patterntree.ts';

/** `*`, `+` and `{n,}` mean at most this many more: a token has an end. */
const OPEN_REPEATS = 16;
const REPEATS_MAX = 256;
const QUANTIFIER = /^(?:(?<sign>[?*+])|\{(?<least>\d{1,3})(?<comma>,(?<most>\d{1,3})?)?\})/u;
const DEPTH_MAX = 20;
/** What a negated class and `.` draw from: printable ASCII. */
const PRINTABLE = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
const DIGITS = span('0', '9');
const LOWER = span('a', 'z');
const UPPER = span('A', 'Z');
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  d: DIGITS,
  w: [...DIGITS, ...UPPER, '_', ...LOWER],
  s: [' '],
};

/** Reads the part of RE2 that describes finite shapes; throws `invalid` for the rest. */
export function patternTree(pattern: string): PatternTree {
  const reader = new PatternReader(pattern.replace(/^\^/u, '').replace(/(?<!\\)\$$/u, ''));
  const tree = reader.alternatives(0);
  reader.end();
  return tree;
}

class PatternReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  alternatives(depth: number): PatternTree {
    if (depth > DEPTH_MAX) this.#refuse(`at most ${DEPTH_MAX} levels`);
    const parts = [this.#sequence(depth)];
    while (this.#takes('|')) parts.push(this.#sequence(depth));
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: 'either', parts };
  }

  end(): void {
    if (this.#at < this.#text.length) this.#refuse('the end');
  }

  #sequence(depth: number): PatternTree {
    const parts: PatternTree[] = [];
    while (!['', '|', ')'].includes(this.#peek())) parts.push(this.#repeated(this.#atom(depth)));
    return { kind: 'in-order', parts };
  }

  #atom(depth: number): PatternTree {
    if (this.#takes('(')) return this.#group(depth);
    if (this.#takes('[')) return this.#class();
    if (this.#takes('.')) return { kind: 'one-of', characters: PRINTABLE };
    if (this.#takes('\\')) return { kind: 'one-of', characters: this.#escaped() };
    if (/[*+?{}^$]/u.test(this.#peek())) this.#refuse('something to repeat');
    return { kind: 'one-of', characters: [this.#next()] };
  }

  #group(depth: number): PatternTree {
    if (this.#takes('?') && !this.#takes(':')) this.#refuse('a plain group');
    const inner = this.alternatives(depth + 1);
    if (!this.#takes(')')) this.#refuse('`)`');
    return inner;
  }

  #class(): PatternTree {
    const negated = this.#takes('^');
    const found = new Set<string>();
    do {
      if (this.#takes('[:')) this.#refuse('no named class');
      for (const character of this.#classPart()) found.add(character);
    } while (!this.#takes(']'));
    const characters = negated ? PRINTABLE.filter((one) => !found.has(one)) : [...found];
    if (characters.length === 0) this.#refuse('a class with characters');
    return { kind: 'one-of', characters };
  }

  /** A character, an escape, or a span of characters. */
  #classPart(): readonly string[] {
    const from = this.#classCharacter();
    const [first] = from;
    const spans = from.length === 1 && /^-[^\]]/u.test(this.#text.slice(this.#at, this.#at + 2));
    if (!spans || first === undefined) return from;
    this.#at += 1;
    return span(first, this.#classCharacter()[0] ?? first);
  }

  #classCharacter(): readonly string[] {
    return this.#takes('\\') ? this.#escaped() : [this.#next()];
  }

  #escaped(): readonly string[] {
    const character = this.#next();
    const known = CLASSES[character];
    if (known !== undefined) return known;
    if (/[a-zA-Z0-9]/u.test(character)) this.#refuse('no such escape');
    return [character];
  }

  #repeated(part: PatternTree): PatternTree {
    const bounds = QUANTIFIER.exec(this.#text.slice(this.#at));
    if (bounds === null) return part;
    this.#at += bounds[0].length;
    const { sign, least = '0', comma, most } = bounds.groups ?? {};
    const min = sign === undefined ? Number(least) : sign === '+' ? 1 : 0;
    const open = sign === '*' || sign === '+' || (comma !== undefined && most === undefined);
    const max = open ? min + OPEN_REPEATS : sign === '?' ? 1 : Number(most ?? least);
    if (max < min || max > REPEATS_MAX) this.#refuse(`at most ${REPEATS_MAX} repeats`);
    return { kind: 'repeat', part, min, max };
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #next(): string {
    const character = this.#peek();
    if (character === '') this.#refuse('more');
    this.#at += 1;
    return character;
  }

  #takes(mark: string): boolean {
    if (!this.#text.startsWith(mark, this.#at)) return false;
    this.#at += mark.length;
    return true;
  }

  #refuse(expected: string): never {
    throw new Problem(
      'invalid',
      `token pattern expected ${expected} at character ${this.#at + 1} of \`${this.#text}\``,
      { hint: 'it takes letters, classes, groups, `|`, `?`, `{n}`, `{n,m}`, `*` and `+`' },
    );
  }
}

/** The characters from one to another, at most 256. */
function span(from: string, to: string): string[] {
  const [first, last] = [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? -1];
  const count = Math.max(0, Math.min(last - first + 1, 256));
  return Array.from({ length: count }, (_, i) => String.fromCodePoint(first + i));
}
