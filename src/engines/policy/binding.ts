import { unreachable } from '#base/assert';
import { holdsDates } from './columntype.ts';
import type { Acting } from './condition.ts';
import { attributeValues } from './condition.ts';
import type { Predicate, SqlPiece, SqlTemplate } from './decision.ts';
import type { ColumnReference, RowRule } from './document.ts';
import { underAny } from './hierarchy.ts';
import type { AtToken, Token } from './template.ts';
import type { SourcePlan } from './policyview.ts';

/**
 * One policy's rules being filled in with a person's values. `unresolved` collects why the policy cannot be applied to
 * the source at all, `empty` which values the person does not have; both grow while binding.
 */
export type Binding = {
  readonly acting: Acting;
  readonly plan: SourcePlan;
  readonly tokensOf: (sql: string) => readonly Token[];
  readonly unresolved: string[];
  readonly empty: string[];
};

const NEVER: Predicate = { kind: 'never' };

/** The rule as a predicate on raw values; null lets every row through. What has no value lets none through. */
export function bindRule(binding: Binding, rule: RowRule): Predicate | null {
  switch (rule.kind) {
    case 'all':
      return null;
    case 'none':
      return NEVER;
    case 'match':
      return bindMatch(binding, rule);
    case 'age':
      return bindAge(binding, rule);
    case 'purposes': {
      const { purpose } = binding.acting;
      return purpose !== null && underAny(purpose, rule.purposes) ? null : NEVER;
    }
    case 'sample': {
      const column = resolve(binding, rule.column);
      return column === null ? NEVER : { kind: 'sample', column, percent: rule.percent };
    }
    case 'sql': {
      const template = bindTemplate(binding, rule.sql, null);
      return template === null ? NEVER : { kind: 'sql', template };
    }
    case 'all-of':
      return allOf(rule.rules.map((part) => bindRule(binding, part)));
    case 'any-of':
      return anyOf(rule.rules.map((part) => bindRule(binding, part)));
    default:
      return unreachable(rule);
  }
}

/** Conjunction; null terms (all rows) fall away, one `never` is never. */
export function allOf(terms: readonly (Predicate | null)[]): Predicate | null {
  const real = terms.filter((term) => term !== null);
  if (real.some((term) => term.kind === 'never')) return NEVER;
  const [first] = real;
  if (first === undefined) return null;
  return real.length === 1 ? first : { kind: 'and', terms: real };
}

function anyOf(terms: readonly (Predicate | null)[]): Predicate | null {
  if (terms.includes(null)) return null;
  const real = terms.filter((term) => term !== null && term.kind !== 'never') as Predicate[];
  const [first] = real;
  if (first === undefined) return NEVER;
  return real.length === 1 ? first : { kind: 'or', terms: real };
}

function bindMatch(binding: Binding, rule: Extract<RowRule, { kind: 'match' }>): Predicate {
  const { subject } = binding.acting;
  const { against } = rule;
  const column = resolve(binding, rule.column);
  const values =
    against.kind === 'attribute'
      ? attributeValues(subject, against.name)
      : against.kind === 'groups'
        ? subject.groups
        : [subject.name];
  if (values.length === 0) {
    const what = against.kind === 'attribute' ? `attribute \`${against.name}\`` : 'groups';
    binding.empty.push(`the person has no ${what}`);
  }
  if (column === null || values.length === 0) return NEVER;
  return { kind: 'in', column, values: values.toSorted() };
}

function bindAge(binding: Binding, rule: Extract<RowRule, { kind: 'age' }>): Predicate {
  const column = resolve(binding, rule.column);
  if (column === null) return NEVER;
  if (!holdsDates(binding.plan.types.get(column) ?? 'other')) {
    binding.unresolved.push(`column \`${column}\` holds no dates or times`);
    return NEVER;
  }
  return { kind: 'within', column, seconds: rule.seconds, side: rule.side };
}

function resolve(binding: Binding, reference: ColumnReference): string | null {
  if (reference.kind === 'tag') return taggedColumn(binding, reference.tag);
  return namedColumn(binding, reference.column);
}

function namedColumn(binding: Binding, name: string): string | null {
  if (binding.plan.types.has(name)) return name;
  binding.unresolved.push(`the source has no column \`${name}\``);
  return null;
}

function taggedColumn(binding: Binding, tag: string): string | null {
  const [first, ...more] = binding.plan.byTag.get(tag) ?? [];
  if (first !== undefined && more.length === 0) return first;
  const count = first === undefined ? 'no column has' : `${more.length + 1} columns have`;
  binding.unresolved.push(`${count} the tag \`${tag}\`, expected one`);
  return null;
}

/** The SQL with values bound; null when one of them has no value. `self` is the masked column, for `@value`. */
export function bindTemplate(
  binding: Binding,
  sql: string,
  self: string | null,
): SqlTemplate | null {
  const pieces = binding
    .tokensOf(sql)
    .map((token) => (token.kind === 'text' ? token.text : bindToken(binding, token, self)));
  return pieces.includes(null) ? null : (pieces as SqlPiece[]);
}

function bindToken(binding: Binding, token: AtToken, self: string | null): SqlPiece | null {
  const { subject, purpose } = binding.acting;
  switch (token.kind) {
    case 'user':
      return { text: subject.name };
    case 'groups':
      return textsOf(binding, subject.groups, 'groups');
    case 'attr':
      return textsOf(binding, attributeValues(subject, token.name), `attribute \`${token.name}\``);
    case 'purpose':
      if (purpose === null) binding.empty.push('the person acts under no purpose');
      return purpose === null ? null : { text: purpose };
    case 'value':
      if (self === null) binding.unresolved.push('`@value` stands outside a mask');
      return self === null ? null : { column: self };
    case 'column':
      return columnPiece(namedColumn(binding, token.name));
    case 'columnTagged':
      return columnPiece(taggedColumn(binding, token.tag));
    default:
      return unreachable(token);
  }
}

function columnPiece(column: string | null): SqlPiece | null {
  return column === null ? null : { column };
}

function textsOf(binding: Binding, values: readonly string[], what: string): SqlPiece | null {
  if (values.length > 0) return { texts: values.toSorted() };
  binding.empty.push(`the person has no ${what}`);
  return null;
}
