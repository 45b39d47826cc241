import type { Analysis } from './analysis.ts';
import { quoteName } from './quote.ts';
import { refusal } from './refusal.ts';
import { closingIndex, tokenIndexAt } from './token.ts';
import type { Token } from './token.ts';
import { eachNode, stringNode } from './tree.ts';
import type { Inner } from './tree.ts';

/** A FROM item to be named: the index of its last token before the alias, and the names of its columns. */
export type Listed = {
  readonly inner: { alias?: Inner<'Alias'> };
  readonly last: number;
  readonly name: string;
  readonly names: readonly string[];
};

/**
 * Writes the alias of a FROM item with all its columns (`AS q("a", "b")`), after those the user named, so that the
 * server has no names of its own for them.
 */
export function writeColumnList(a: Analysis, item: Listed): void {
  const { inner, last, name, names } = item;
  const given = inner.alias?.colnames ?? [];
  const missing = names.slice(given.length);
  if (missing.length === 0 && inner.alias !== undefined) return;
  const as = a.tokens[last + 1]?.text === 'as' ? 1 : 0;
  const named = inner.alias === undefined ? last : last + 1 + as;
  const list = { missing, given: given.length };
  const before = inner.alias === undefined ? ` AS ${quoteName(name)}` : '';
  insertNames(a, named, { ...list, before });
  const colnames = [...given, ...missing.map(stringNode)];
  const aliasname = inner.alias?.aliasname ?? name;
  inner.alias = { aliasname, ...(colnames.length > 0 ? { colnames } : {}) };
}

type Names = {
  readonly missing: readonly string[];
  readonly given: number;
  readonly before: string;
};

/** Inserts names after the token at an index, or into the list that follows it. */
export function insertNames(a: Analysis, at: number, list: Names): void {
  const { missing, given, before } = list;
  const index = given > 0 ? closingIndex(a.tokens, at + 1) : at;
  const token = a.tokens[index];
  if (token === undefined) throw refusal('XX000', 'a list of columns expected where it was parsed');
  const place = given > 0 ? token.start : token.end;
  const names = missing.map(quoteName).join(', ');
  const added = given > 0 ? `, ${names}` : names === '' ? '' : `(${names})`;
  a.edits.push({ start: place, end: place, text: `${before}${added}` });
}

/** A byte inside a query that no part of it before is deeper in parentheses than: where its first target or value begins. */
export function anchorOf(select: Inner<'SelectStmt'>): number {
  let leaf = select;
  while (leaf.larg !== undefined) leaf = leaf.larg;
  const [target] = leaf.targetList ?? [];
  const written = target !== undefined && 'ResTarget' in target ? target.ResTarget.location : -1;
  return written !== undefined && written >= 0
    ? written
    : firstLocation([leaf.valuesLists, leaf.targetList, leaf.fromClause]);
}

function firstLocation(tree: unknown): number {
  let first = Number.MAX_SAFE_INTEGER;
  eachNode(tree, (_, inner) => {
    const location = inner['location'];
    if (typeof location === 'number' && location >= 0) first = Math.min(first, location);
  });
  return first;
}

/**
 * The index of the parenthesis that closes a subquery in FROM around a byte: the innermost one its alias follows. Without
 * alias, the innermost one that only a part of a FROM clause can follow. What is mistaken is refused by the proof at the end.
 */
export function closingAround(
  a: Analysis,
  anchor: number,
  alias: Inner<'Alias'> | undefined,
): number {
  const { tokens } = a;
  let depth = 0;
  for (let i = tokenIndexAt(tokens, anchor) - 1; i >= 0; i--) {
    const { kind, text } = tokens[i] ?? { kind: 'word', text: '' };
    if (kind !== 'mark') continue;
    if (text === ')' || text === ']') depth++;
    if (text !== '(' && text !== '[') continue;
    if (depth > 0) depth--;
    else {
      const close = closingIndex(tokens, i);
      if (isEnd(a, { open: i, close }, alias)) return close;
    }
  }
  throw refusal('XX000', 'a subquery expected its closing parenthesis');
}

type Pair = { readonly open: number; readonly close: number };

/** Words that go on with a query in parentheses. */
const QUERY_WORDS = new Set([
  'union',
  'intersect',
  'except',
  'order',
  'limit',
  'offset',
  'fetch',
  'for',
]);

function isEnd(a: Analysis, { open, close }: Pair, alias: Inner<'Alias'> | undefined): boolean {
  const next = a.tokens[close + 1];
  if (alias !== undefined) {
    return isName(next?.text === 'as' ? a.tokens[close + 2] : next, alias.aliasname ?? '');
  }
  const again = a.tokens[open - 1]?.text === '(' && next?.text === ')';
  return !again && !(next?.kind === 'word' && QUERY_WORDS.has(next.text));
}

/** Whether a token can be that name: names in double quotes are left to the proof. */
function isName(token: Token | undefined, name: string): boolean {
  if (token?.kind === 'quoted') return true;
  return token?.kind === 'word' && token.text.startsWith(name.toLowerCase());
}
