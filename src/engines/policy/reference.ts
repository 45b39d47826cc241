import { unreachable } from '#base/assert';
import type { ColumnReference, MaskStep, RowRule, RowStep } from './document.ts';
import { tokens } from './template.ts';

/** A column a policy needs; `dates` when it must hold dates or times. */
export type Reference = { readonly column: ColumnReference; readonly dates: boolean };

/** The columns one step of a chain cannot do without: without one, the policy cannot be applied. */
export function stepReferences(step: MaskStep | RowStep): readonly Reference[] {
  if ('keep' in step) return ruleReferences(step.keep);
  const where = step.where === null ? [] : ruleReferences(step.where);
  return step.with.kind === 'sql' ? [...where, ...sqlReferences(step.with.expression)] : where;
}

function ruleReferences(rule: RowRule): readonly Reference[] {
  switch (rule.kind) {
    case 'match':
    case 'sample':
      return [{ column: rule.column, dates: false }];
    case 'age':
      return [{ column: rule.column, dates: true }];
    case 'sql':
      return sqlReferences(rule.sql);
    case 'all-of':
    case 'any-of':
      return rule.rules.flatMap((part) => ruleReferences(part));
    case 'all':
    case 'none':
    case 'purposes':
      return [];
    default:
      return unreachable(rule);
  }
}

function sqlReferences(sql: string): readonly Reference[] {
  return tokens(sql).flatMap((token): Reference[] => {
    if (token.kind === 'columnTagged') {
      return [{ column: { kind: 'tag', tag: token.tag }, dates: false }];
    }
    if (token.kind !== 'column') return [];
    return [{ column: { kind: 'column', column: token.name }, dates: false }];
  });
}
