import { unreachable } from '#base/assert';

import type { Relation, RelationColumn } from './catalog.ts';
import { quoteName, quoteText, textArray } from './quote.ts';
import { refusal } from './refusal.ts';
import type { SqlPredicate, SqlTemplate } from './rule.ts';
import { inUtc } from './utc.ts';
import { bareType, familyOf, isForeignType } from './typename.ts';

/** Turns a template into SQL that names only columns of the relation and allowed functions; throws when it cannot. */
export type FragmentCompiler = (
  template: SqlTemplate,
  relation: Relation,
  target?: RelationColumn,
) => string;

const SECONDS_MAX = 10_000_000_000;

/**
 * A predicate over the raw columns of a relation as SQL text in parentheses. What the client may set (time zone, date
 * style) does not change its meaning. Throws `internal` for a column the relation has not got.
 */
export function predicateText(
  predicate: SqlPredicate,
  relation: Relation,
  fragment: FragmentCompiler,
): string {
  switch (predicate.kind) {
    case 'never':
      return '(false)';
    case 'and':
    case 'or': {
      const terms = predicate.terms.map((term) => predicateText(term, relation, fragment));
      if (terms.length === 0) return predicate.kind === 'and' ? '(true)' : '(false)';
      return `(${terms.join(predicate.kind === 'and' ? ' AND ' : ' OR ')})`;
    }
    case 'not':
      return `(NOT ${predicateText(predicate.term, relation, fragment)})`;
    case 'in':
      return inText(columnOf(relation, predicate.column), predicate.values);
    case 'within':
      return withinText(columnOf(relation, predicate.column), predicate);
    case 'sample':
      return sampleText(columnOf(relation, predicate.column), predicate.percent);
    case 'sql':
      return `(${fragment(predicate.template, relation)})`;
    default:
      return unreachable(predicate);
  }
}

function columnOf(relation: Relation, name: string): RelationColumn {
  const column = relation.columns.find((each) => each.name === name);
  if (column !== undefined) return column;
  throw refusal(
    '42501',
    `policy names column \`${name}\`, which \`${relation.name}\` has not got`,
    {
      hint: 'the policy or the catalog is out of date: ask a governor',
    },
  );
}

function unfit(column: RelationColumn, what: string): Error {
  return refusal('42501', `${what} expected a column of another type than \`${column.name}\``, {
    hint: 'the policy does not fit the column: ask a governor',
  });
}

/** Compares in the column's own type, so that indexes serve; values that are none of that type match nothing. */
function inText(column: RelationColumn, values: readonly string[]): string {
  const name = quoteName(column.name);
  const family = familyOf(column);
  if (family === 'text') return anyText(name, textArray(values));
  if (family === 'padded' || isForeignType(column)) {
    return anyText(`${name}::pg_catalog.text`, textArray(values));
  }
  const pattern = IN_VALUES.get(family);
  if (pattern === undefined) throw unfit(column, 'a list of values');
  const fitting = values.filter((value) => pattern.test(value)).map(quoteText);
  return anyText(
    name,
    `ARRAY[${fitting.join(', ')}]::${IN_TYPES.get(family) ?? bareType(column)}[]`,
  );
}

const IN_VALUES: ReadonlyMap<string, RegExp> = new Map([
  ['integer', /^[+-]?\d{1,18}$/u],
  ['numeric', /^[+-]?\d{1,100}(\.\d{1,100})?$/u],
  ['float', /^[+-]?\d{1,100}(\.\d{1,100})?$/u],
  ['boolean', /^(true|false|t|f)$/u],
  ['uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu],
  [
    'date',
    /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$|^\d{4}-(0[13-9]|1[0-2])-(29|30)$|^\d{4}-(0[13578]|1[02])-31$/u,
  ],
]);
const IN_TYPES: ReadonlyMap<string, string> = new Map([['integer', 'pg_catalog.int8']]);

function anyText(left: string, array: string): string {
  return `(${left} OPERATOR(pg_catalog.=) ANY (${array}))`;
}

type Within = Extract<SqlPredicate, { kind: 'within' }>;

/** Against the clock of the statement in UTC: a client's time zone must not move the edge. */
function withinText(column: RelationColumn, predicate: Within): string {
  const family = familyOf(column);
  const seconds = Math.max(0, Math.min(SECONDS_MAX, Math.trunc(predicate.seconds)));
  const edge = `pg_catalog.statement_timestamp() OPERATOR(pg_catalog.-) pg_catalog.make_interval(secs => ${seconds}::pg_catalog.float8)`;
  const operator = predicate.side === 'newer' ? '>=' : '<';
  const name = quoteName(column.name);
  if (family === 'timestamptz') return `(${name} OPERATOR(pg_catalog.${operator}) (${edge}))`;
  if (family !== 'timestamp' && family !== 'date') throw unfit(column, 'a time window');
  return `(${name}::pg_catalog.timestamp OPERATOR(pg_catalog.${operator}) ${inUtc(edge)})`;
}

const SAMPLE_PARTS = 1_000_000;

/** Stable per raw value: the same rows for everyone and every time; NULL is never in. */
function sampleText(column: RelationColumn, percent: number): string {
  const part = Math.round((Math.max(0, Math.min(100, percent)) / 100) * SAMPLE_PARTS);
  const hash = `pg_catalog.hashtextextended(${stableText(column)}, 7205759403792793)`;
  const share = `((${hash} OPERATOR(pg_catalog.%) ${SAMPLE_PARTS}) OPERATOR(pg_catalog.+) ${SAMPLE_PARTS})`;
  return `((${share} OPERATOR(pg_catalog.%) ${SAMPLE_PARTS}) OPERATOR(pg_catalog.<) ${part})`;
}

/** A text of the value that no setting of the session changes. */
function stableText(column: RelationColumn): string {
  const name = quoteName(column.name);
  const family = familyOf(column);
  if (family === 'date' || family === 'timestamp' || family === 'timestamptz') {
    return `pg_catalog.extract('epoch', ${name})::pg_catalog.text`;
  }
  if (family === 'float') return `pg_catalog.hashfloat8extended(${name}, 0)::pg_catalog.text`;
  if (family === 'other' && !isForeignType(column)) throw unfit(column, 'a sample');
  return `${name}::pg_catalog.text`;
}
