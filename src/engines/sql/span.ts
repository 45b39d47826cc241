import { refusal } from './refusal.ts';
import { closingIndex, tokenIndexAt } from './token.ts';
import type { Token } from './token.ts';
import type { Inner } from './tree.ts';

export type Span = { readonly start: number; readonly end: number };

/** The bytes a table name in FROM takes up. */
export type RelationSpan = {
  /** The name with its qualifiers. */
  readonly name: Span;
  /** The name with ONLY, parentheses and star around it. */
  readonly whole: Span;
  /** The word TABLE of `TABLE t`, when that is how it is written. */
  readonly table: Span | null;
  /** TABLESAMPLE … and REPEATABLE …. */
  readonly sample: Span | null;
};

const STAR = 0x2a;

/** Finds the bytes of a relation from the place the parser gave its name; throws `internal` when they are not there. */
export function relationSpan(
  tokens: readonly Token[],
  bytes: Uint8Array,
  named: { readonly inner: Inner<'RangeVar'>; readonly sample: Inner<'RangeTableSample'> | null },
): RelationSpan {
  const { inner } = named;
  const first = tokenIndexAt(tokens, inner.location ?? -1);
  const last =
    first +
    2 * ((inner.catalogname === undefined ? 0 : 1) + (inner.schemaname === undefined ? 0 : 1));
  const name = spanOf(tokens, first, last);
  if (name.start !== inner.location)
    throw refusal('XX000', 'table name expected where the parser saw it');
  const [before, after] = only(tokens, first, last);
  const star = tokens[after + 1];
  const starred =
    star?.kind === 'operator' && star.end - star.start === 1 && bytes[star.start] === STAR;
  const previous = tokens[before - 1];
  const table = previous?.kind === 'word' && previous.text === 'table' ? previous : null;
  return {
    name,
    whole: spanOf(tokens, before, starred ? after + 1 : after),
    table: table === null ? null : { start: table.start, end: table.end },
    sample: named.sample === null ? null : sampleSpan(tokens, named.sample),
  };
}

/** Indexes of the first and last token with ONLY and its parentheses, where there are any. */
function only(tokens: readonly Token[], first: number, last: number): [number, number] {
  if (tokens[first - 1]?.text === 'only') return [first - 1, last];
  const parenthesised = tokens[first - 1]?.text === '(' && tokens[first - 2]?.text === 'only';
  return parenthesised ? [first - 2, last + 1] : [first, last];
}

function spanOf(tokens: readonly Token[], first: number, last: number): Span {
  const start = tokens[first]?.start;
  const end = tokens[last]?.end;
  if (start === undefined || end === undefined)
    throw refusal('XX000', 'tokens expected where the parser saw them');
  return { start, end };
}

/** The parser places a sample at its method's name; TABLESAMPLE stands before it. */
function sampleSpan(tokens: readonly Token[], sample: Inner<'RangeTableSample'>): Span {
  const method = tokenIndexAt(tokens, sample.location ?? -1);
  const open = tokens.findIndex((token, i) => i >= method && token.text === '(');
  const close = closingIndex(tokens, open);
  const repeatable = tokens[close + 1]?.text === 'repeatable';
  const last = repeatable ? closingIndex(tokens, close + 2) : close;
  if (tokens[method - 1]?.text !== 'tablesample' || open < 0 || last < 0) {
    throw refusal('XX000', 'TABLESAMPLE expected where the parser saw it');
  }
  return spanOf(tokens, method - 1, last);
}

/** The text of the sample clause, to be put where the table goes. */
export function sampleText(bytes: Uint8Array, span: RelationSpan): string {
  if (span.sample === null) return '';
  return Buffer.from(bytes.subarray(span.sample.start, span.sample.end)).toString('utf8');
}
