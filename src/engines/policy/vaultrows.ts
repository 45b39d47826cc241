import type { Comparison, VaultLiteral, VaultPredicate } from './vaultpredicate.ts';
import { describe } from './rulereading.ts';
import type { RuleReading } from './rulereading.ts';
import { ruleProblem } from './vaulttoken.ts';

/** Parentheses and NOTs inside each other. */
const DEPTH_MAX = 20;
const OPERATORS: Readonly<Record<string, Comparison>> = {
  '=': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** Reads what stands behind WHERE: comparisons of `table.column` with constants, AND, OR, NOT, LIKE, IN, IS NULL. */
export function readRowCondition(reading: RuleReading, depth = 0): VaultPredicate {
  const terms = [conjunction(reading, depth)];
  while (reading.takes('OR')) terms.push(conjunction(reading, depth));
  return joined('or', terms);
}

function conjunction(reading: RuleReading, depth: number): VaultPredicate {
  const terms = [negation(reading, depth)];
  while (reading.takes('AND')) terms.push(negation(reading, depth));
  return joined('and', terms);
}

function joined(kind: 'and' | 'or', terms: readonly VaultPredicate[]): VaultPredicate {
  const [only, ...more] = terms;
  return only !== undefined && more.length === 0 ? only : { kind, terms };
}

function negation(reading: RuleReading, depth: number): VaultPredicate {
  const { at } = reading.peek();
  if (depth > DEPTH_MAX) throw ruleProblem(at, `expected at most ${DEPTH_MAX} levels`);
  if (reading.takes('NOT')) return { kind: 'not', term: negation(reading, depth + 1) };
  if (!reading.takes('(')) return comparison(reading);
  const inner = readRowCondition(reading, depth + 1);
  reading.need(')');
  return inner;
}

function comparison(reading: RuleReading): VaultPredicate {
  const column = columnOf(reading);
  const operator = reading.peek();
  if (operator.kind === 'mark' && Object.hasOwn(OPERATORS, operator.text)) {
    reading.next();
    const value = literal(reading);
    return { kind: 'compare', column, operator: OPERATORS[operator.text] ?? '=', value };
  }
  if (reading.takes('IS')) {
    const not = reading.takes('NOT');
    reading.keyword(['NULL']);
    return unless(not, { kind: 'is-null', column });
  }
  const not = reading.takes('NOT');
  const word = reading.keyword(['LIKE', 'ILIKE', 'IN']);
  if (word === 'IN') return unless(not, { kind: 'in', column, values: literals(reading) });
  const pattern = String(literal(reading));
  return unless(not, { kind: 'like', column, pattern, ignoreCase: word === 'ILIKE' });
}

function unless(not: boolean, predicate: VaultPredicate): VaultPredicate {
  return not ? { kind: 'not', term: predicate } : predicate;
}

/** Always with its table, so that a rule can be read without knowing what it stands on. */
function columnOf(reading: RuleReading): string {
  const table = reading.name('`table.column`');
  reading.need('.');
  return `${table}.${reading.name('a column')}`;
}

function literals(reading: RuleReading): readonly VaultLiteral[] {
  reading.need('(');
  const values = [literal(reading)];
  while (reading.takes(',')) values.push(literal(reading));
  reading.need(')');
  return values;
}

function literal(reading: RuleReading): VaultLiteral {
  const token = reading.next();
  if (token.kind === 'text' || token.kind === 'number') return token.value;
  if (token.kind === 'word') {
    const word = token.text.toUpperCase();
    if (word === 'TRUE' || word === 'FALSE') return word === 'TRUE';
  }
  const got = describe(token);
  throw ruleProblem(token.at, `expected a constant, got ${got}`, 'put texts in single quotes');
}
