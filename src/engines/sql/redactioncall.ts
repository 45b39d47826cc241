import { parse } from './parser.ts';
import { quoteName } from './quote.ts';
import { refusal } from './refusal.ts';
import { splice } from './splice.ts';
import type { Edit } from './splice.ts';
import { closingIndex, tokenIndexAt } from './token.ts';
import { constantText, eachNode, textsOf } from './tree.ts';
import type { Inner } from './tree.ts';
import type { Source } from './walk.ts';

/** What `redaction(column, level)` may ask for. */
export const REDACTION_LEVELS = ['PLAIN_TEXT', 'MASKED', 'REDACTED', 'DEFAULT'] as const;
export type RedactionLevel = (typeof REDACTION_LEVELS)[number];

/** Stands between a column and a level in the name of a column that is the first at the second. */
const MARK = ':';

/** The column that is `column` at a level; names of a vault's columns hold no `:`. */
export function columnAtLevel(column: string, level: Exclude<RedactionLevel, 'DEFAULT'>): string {
  return `${column}${MARK}${level}`;
}

function isLevel(text: string): text is RedactionLevel {
  return (REDACTION_LEVELS as readonly string[]).includes(text);
}

type Call = { readonly inner: Inner<'FuncCall'>; readonly unnamed: boolean };

/**
 * The text with each `redaction(column, 'LEVEL')` replaced by the column that is it at that level (`columnAtLevel`), under
 * the column's own name where it is an output without one. Purely by syntax: the planner resolves the column as any other, so
 * that one that has no levels is one that does not exist. Throws `invalid` for a call of another form, and `unsupported`
 * beside a `*`, which would show every level that is named.
 */
export function withoutRedactionCalls(sqlText: string, source: Source): string {
  if (!/\bredaction\b/iu.test(sqlText)) return sqlText;
  const statements = parse(sqlText, source.bytes.length);
  const calls = callsIn(statements);
  if (calls.length === 0) return sqlText;
  eachNode(statements, (tag) => {
    if (tag !== 'A_Star') return;
    throw refusal('0A000', '`*` beside REDACTION() is not supported', {
      hint: 'name the columns instead of `*`',
    });
  });
  const edits = calls.map((call) => editOf(call, source));
  return splice(source.bytes, edits, { start: 0, end: source.bytes.length });
}

function callsIn(statements: unknown): readonly Call[] {
  const named = new Map<object, boolean>();
  const calls: Inner<'FuncCall'>[] = [];
  eachNode(statements, (tag, inner) => {
    if (tag === 'ResTarget') {
      const target = inner as Inner<'ResTarget'>;
      const value = target.val;
      if (value !== undefined && 'FuncCall' in value)
        named.set(value.FuncCall, target.name !== undefined);
    }
    if (tag === 'FuncCall' && isRedaction(inner)) calls.push(inner);
  });
  return calls.map((inner) => ({ inner, unnamed: named.get(inner) === false }));
}

function isRedaction(inner: Inner<'FuncCall'>): boolean {
  const names = textsOf(inner.funcname);
  return names.length === 1 && names[0] === 'redaction';
}

function editOf({ inner, unnamed }: Call, { tokens }: Source): Edit {
  const { column, level } = argumentsOf(inner);
  const start = inner.location ?? -1;
  const open = tokenIndexAt(tokens, start) + 1;
  const close = tokens[closingIndex(tokens, open)];
  const names = textsOf(column.fields);
  const last = names.at(-1);
  if (tokens[open]?.text !== '(' || close === undefined || last === undefined)
    throw malformed(inner);
  // The qualification as it was written, in the form that no folding changes.
  const qualifiers = names.slice(0, -1).map((name) => `${quoteName(name ?? '')}.`);
  const wanted = level === 'DEFAULT' ? last : columnAtLevel(last, level);
  const alias = unnamed ? ` AS ${quoteName(last)}` : '';
  return { start, end: close.end, text: `${qualifiers.join('')}${quoteName(wanted)}${alias}` };
}

function argumentsOf(inner: Inner<'FuncCall'>): {
  readonly column: Inner<'ColumnRef'>;
  readonly level: RedactionLevel;
} {
  const [first, second, ...more] = inner.args ?? [];
  const level = constantText(second)?.toUpperCase() ?? '';
  if (first === undefined || !('ColumnRef' in first) || more.length > 0 || !isLevel(level)) {
    throw malformed(inner);
  }
  return { column: first.ColumnRef, level };
}

function malformed(inner: Inner<'FuncCall'>): Error {
  const levels = REDACTION_LEVELS.map((level) => `'${level}'`).join(', ');
  return refusal('42883', `REDACTION() expected a column and one of ${levels}`, {
    offset: inner.location,
  });
}
