import { Problem } from '#base/problem';

/** A rule is one sentence; longer ones are several rules. */
const RULE_CHARACTERS_MAX = 4_000;

/** One piece of a rule text; `at` counts characters from 1. */
export type RuleToken =
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  | { readonly kind: 'text'; readonly value: string; readonly at: number }
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'mark'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly at: number };

const PIECES = [
  ['space', /\s+/uy],
  ['word', /[A-Za-z_][A-Za-z0-9_-]*/uy],
  ['number', /-?\d+(?:\.\d+)?/uy],
  ['text', /'(?:[^']|'')*'/uy],
  ['mark', /<=|>=|<>|!=|[=<>(),.*]/uy],
] as const;

/** The pieces of a rule text; throws `invalid` at what is none. Quotes may be curly, as they are in printed examples. */
export function ruleTokens(text: string): readonly RuleToken[] {
  if (text.length > RULE_CHARACTERS_MAX) {
    throw new Problem('limit', `a rule expected at most ${RULE_CHARACTERS_MAX} characters`);
  }
  const straight = text.replaceAll(/[‘’“”"]/gu, "'");
  const found: RuleToken[] = [];
  let position = 0;
  while (position < straight.length) {
    const piece = pieceAt(straight, position);
    if (piece === null) {
      throw ruleProblem(position + 1, `\`${text.charAt(position)}\` has no meaning here`);
    }
    if (piece.kind !== 'space') found.push(tokenOf(piece, position + 1));
    position += piece.text.length;
  }
  return [...found, { kind: 'end', at: text.length + 1 }];
}

type Piece = { readonly kind: (typeof PIECES)[number][0]; readonly text: string };

function pieceAt(text: string, position: number): Piece | null {
  for (const [kind, pattern] of PIECES) {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (match !== null) return { kind, text: match[0] };
  }
  return null;
}

function tokenOf({ kind, text }: Piece, at: number): RuleToken {
  if (kind === 'text') {
    return { kind, value: text.slice(1, -1).replaceAll("''", "'"), at };
  }
  if (kind === 'number') {
    const value = Number(text);
    // Beyond 2^53 a number would be a neighbour of what was written; its text is compared exactly.
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return { kind: 'text', value: text, at };
    return { kind, value, at };
  }
  return kind === 'word' ? { kind, text, at } : { kind: 'mark', text, at };
}

/** A problem in a rule text, saying where. */
export function ruleProblem(at: number, message: string, hint = ''): Problem {
  const details = hint === '' ? {} : { hint };
  return new Problem('invalid', `rule, character ${at}: ${message}`, details);
}
