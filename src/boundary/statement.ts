/**
 * Whether a statement text still holds a literal: a quoted text, a dollar-quoted text, a comment or a bare
 * number. Lexical on purpose (PostgreSQL 4.1.2): a second pair of eyes on whoever removed the literals.
 * Double-quoted identifiers and the placeholders `$1` are let through; of two readings the stricter one counts.
 */
export function literalIn(text: string): boolean {
  const rest = text.replaceAll(QUOTED_IDENTIFIER, ' i ').replaceAll(PLACEHOLDER, ' ');
  return FORBIDDEN.test(rest);
}

const QUOTED_IDENTIFIER = /(?<![&A-Za-z0-9_\u0080-\uffff])"(?:[^"]|"")*"/gu;
const PLACEHOLDER = /(?<![A-Za-z0-9_$\u0080-\uffff])\$[0-9]{1,5}(?![A-Za-z0-9_$\u0080-\uffff])/gu;
/** An apostrophe, a stray quote, a dollar outside an identifier, a comment, or a digit that begins a word. */
const FORBIDDEN = /['"]|(?<![A-Za-z0-9_$\u0080-\uffff])[$0-9]|--|\/\*/u;
