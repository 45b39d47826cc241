import { unreachable } from '#base/assert';
import { RE2JS } from 're2js';

/** A row's condition; `column` is the author's `table.column` until it is bound, an id afterwards. */
export type VaultPredicate =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly VaultPredicate[] }
  | { readonly kind: 'not'; readonly term: VaultPredicate }
  | {
      readonly kind: 'compare';
      readonly column: string;
      readonly operator: Comparison;
      readonly value: VaultLiteral;
    }
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly VaultLiteral[] }
  | {
      readonly kind: 'like';
      readonly column: string;
      readonly pattern: string;
      readonly ignoreCase: boolean;
    }
  | { readonly kind: 'is-null'; readonly column: string };

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type VaultLiteral = string | number | boolean;
/**
 * A raw value of a row as the engine sees it: null where the row has none, undefined where it has one that cannot be compared
 * (a list, an object, a file) or where it is not known. Of undefined nothing is known, not even whether it is null.
 */
export type VaultValue = string | number | bigint | boolean | null | undefined;

/** SQL's third answer: the row does not say. A permission then does not count, a prohibition does. */
export type Truth = boolean | 'unknown';

/** A row as conditions look at it. */
export type VaultRow = {
  valueOf(column: string): VaultValue;
  /** The constant in the form that values of the column have; undefined when it is none of theirs. */
  literalOf(column: string, literal: VaultLiteral): VaultLiteral | undefined;
};

/** Whether the row fulfils the condition. */
export function holdsFor(predicate: VaultPredicate, row: VaultRow): Truth {
  switch (predicate.kind) {
    case 'and':
      return all(predicate.terms.map((term) => holdsFor(term, row)));
    case 'or':
      return negated(all(predicate.terms.map((term) => negated(holdsFor(term, row)))));
    case 'not':
      return negated(holdsFor(predicate.term, row));
    case 'compare':
      return compared(
        row.valueOf(predicate.column),
        predicate.operator,
        row.literalOf(predicate.column, predicate.value),
      );
    case 'in':
      return isIn(
        row.valueOf(predicate.column),
        predicate.values.map((one) => row.literalOf(predicate.column, one)),
      );
    case 'like':
      return isLike(row.valueOf(predicate.column), predicate.pattern, predicate.ignoreCase);
    case 'is-null':
      return isNull(row.valueOf(predicate.column));
    default:
      return unreachable(predicate);
  }
}

function all(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes('unknown') ? 'unknown' : true;
}

function negated(truth: Truth): Truth {
  return truth === 'unknown' ? 'unknown' : !truth;
}

function isNull(value: VaultValue): Truth {
  return value === undefined ? 'unknown' : value === null;
}

function isIn(value: VaultValue, values: readonly (VaultLiteral | undefined)[]): Truth {
  return negated(all(values.map((one) => negated(compared(value, '=', one)))));
}

function compared(
  value: VaultValue,
  operator: Comparison,
  literal: VaultLiteral | undefined,
): Truth {
  const pair = comparable(value, literal);
  if (pair === null) return 'unknown';
  const order = pair[0] < pair[1] ? -1 : pair[0] > pair[1] ? 1 : 0;
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return unreachable(operator);
  }
}

type Comparable = string | number | bigint;

/** Both as one type, decided by the stored value: `'TRUE'` and `'5'` mean the truth value and the number there. */
function comparable(
  value: VaultValue,
  literal: VaultLiteral | undefined,
): readonly [Comparable, Comparable] | null {
  if (value === null || value === undefined || literal === undefined) return null;
  if (typeof value === 'string') {
    // Whole numbers beyond 2^53 come as text.
    if (typeof literal === 'number' && WHOLE.test(value)) return exact(BigInt(value), literal);
    return [value, String(literal)];
  }
  if (typeof value === 'boolean') {
    const text = String(literal).toLowerCase();
    return text === 'true' || text === 'false' ? [String(value), text] : null;
  }
  const number = typeof literal === 'boolean' ? Number.NaN : numberOf(literal);
  return exact(value, number);
}

/** A pair that compares as the numbers that were written; what was rounded cannot be compared with a whole number. */
function exact(value: number | bigint, literal: number | bigint): [Comparable, Comparable] | null {
  if (Number.isNaN(literal)) return null;
  const isRounded = typeof literal === 'number' && Math.abs(literal) > Number.MAX_SAFE_INTEGER;
  return typeof value === 'bigint' && isRounded ? null : [value, literal];
}

const WHOLE = /^-?\d+$/u;

function numberOf(literal: string | number): number | bigint {
  if (typeof literal === 'number') return literal;
  const text = literal.trim();
  if (WHOLE.test(text)) return BigInt(text);
  return text === '' ? Number.NaN : Number(text);
}

function isLike(value: VaultValue, pattern: string, ignoreCase: boolean): Truth {
  if (value === null || value === undefined) return 'unknown';
  const flags = RE2JS.DOTALL | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  return RE2JS.compile(regexOf(pattern), flags).matches(String(value));
}

/** `%` and `_` of SQL's LIKE; a backslash takes the next character as it is. */
function regexOf(pattern: string): string {
  let regex = '';
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern.charAt(i);
    if (character === '%') regex += '.*';
    else if (character === '_') regex += '.';
    else if (character === '\\' && i + 1 < pattern.length) {
      i += 1;
      regex += RE2JS.quote(pattern.charAt(i));
    } else regex += RE2JS.quote(character);
  }
  return regex;
}

/** Every column the condition reads, each once. */
export function columnsRead(predicate: VaultPredicate): readonly string[] {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return [...new Set(predicate.terms.flatMap((term) => columnsRead(term)))];
    case 'not':
      return columnsRead(predicate.term);
    case 'compare':
    case 'in':
    case 'like':
    case 'is-null':
      return [predicate.column];
    default:
      return unreachable(predicate);
  }
}

/** The condition with each column replaced; null from `rename` gives null as a whole. */
export function withColumns(
  predicate: VaultPredicate,
  rename: (column: string) => string | null,
): VaultPredicate | null {
  switch (predicate.kind) {
    case 'and':
    case 'or': {
      const terms = predicate.terms.map((term) => withColumns(term, rename));
      if (terms.includes(null)) return null;
      return { kind: predicate.kind, terms: terms.filter((term) => term !== null) };
    }
    case 'not': {
      const term = withColumns(predicate.term, rename);
      return term === null ? null : { kind: 'not', term };
    }
    case 'compare':
    case 'in':
    case 'like':
    case 'is-null': {
      const column = rename(predicate.column);
      return column === null ? null : { ...predicate, column };
    }
    default:
      return unreachable(predicate);
  }
}
