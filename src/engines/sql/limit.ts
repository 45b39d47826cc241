import { refusal } from './refusal.ts';
import type { Token } from './token.ts';

/** Longest text planned; a 5 MB literal blocks the parser for 0.1 s, and nobody types more than this. */
export const STATEMENT_BYTES_MAX = 1024 * 1024;
/** Most tokens in one text: 100,000 list elements take the parser 0.13 s. */
export const TOKENS_MAX = 100_000;
/** Deepest brackets; PostgreSQL's own grammar stack ends near 1,500 and the parser's memory near 1,000. */
export const BRACKET_DEPTH_MAX = 200;
/** Longest chain of nested expressions (`a+a+…`, `not not …`), summed over open brackets: the tree is as deep as this. */
export const CHAIN_MAX = 1_000;
/** Most UNION, INTERSECT, EXCEPT and JOIN words: each nests the tree once. */
export const COMBINATIONS_MAX = 400;
/** Most statements in one text. */
export const STATEMENTS_MAX = 200;
/** Most plans of nested lists a function call may hold, as PostgreSQL's FUNC_MAX_ARGS. */
export const ARGUMENTS_MAX = 100;

const COMBINING = new Set(['union', 'intersect', 'except', 'join']);
const OPENING = new Set(['(', '[']);
const CLOSING = new Set([')', ']']);

/** Throws `limit` (54000) when a text is longer than the parser is given. */
export function checkSize(sizeBytes: number): void {
  if (sizeBytes > STATEMENT_BYTES_MAX) {
    throw refusal(
      '54000',
      `statement expected at most ${STATEMENT_BYTES_MAX} bytes, got ${sizeBytes}`,
    );
  }
}

/**
 * Throws `limit` (54001) when the parse tree could be deeper than the parser survives: its stack guard is compiled
 * out, and a deep statement breaks it for everyone. Counted on tokens, so that the parser never sees such a text.
 */
export function checkShape(tokens: readonly Token[]): void {
  if (tokens.length > TOKENS_MAX) tooComplex('tokens', TOKENS_MAX, tokens[TOKENS_MAX]);
  const shape = { outer: [] as number[], chain: 0, sum: 0, combinations: 0 };
  for (const token of tokens) {
    if (token.kind === 'word' && COMBINING.has(token.text)) shape.combinations++;
    countToken(shape, token);
    if (shape.outer.length > BRACKET_DEPTH_MAX)
      tooComplex('nested brackets', BRACKET_DEPTH_MAX, token);
    if (shape.sum + shape.chain > CHAIN_MAX) tooComplex('chained operators', CHAIN_MAX, token);
    if (shape.combinations > COMBINATIONS_MAX) {
      tooComplex('joins and set operations', COMBINATIONS_MAX, token);
    }
  }
}

type Shape = { outer: number[]; chain: number; sum: number; combinations: number };

/** CASE … END brackets like parentheses; commas, AND and OR make flat lists, so a new chain begins after them. */
function countToken(shape: Shape, token: Token): void {
  const { kind, text } = token;
  if ((kind === 'mark' && OPENING.has(text)) || (kind === 'word' && text === 'case')) {
    shape.outer.push(shape.chain);
    shape.sum += shape.chain;
    shape.chain = 0;
    return;
  }
  if ((kind === 'mark' && CLOSING.has(text)) || (kind === 'word' && text === 'end')) {
    shape.chain = shape.outer.pop() ?? 0;
    shape.sum -= shape.chain;
    return;
  }
  const restarts = kind === 'mark' ? text === ',' || text === ';' : text === 'and' || text === 'or';
  if (restarts) shape.chain = 0;
  else if (kind === 'operator' || kind === 'word' || text === '::') shape.chain++;
}

function tooComplex(what: string, max: number, token: Token | undefined): never {
  throw refusal('54001', `statement expected at most ${max} ${what}, got more`, {
    offset: token?.start,
    hint: 'split it into smaller statements, or write long alternatives as a list: x IN (…)',
  });
}
