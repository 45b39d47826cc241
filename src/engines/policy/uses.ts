import { attributeValues } from './condition.ts';
import type { Policy, RowRule } from './document.ts';
import type { SubjectFacts } from './facts.ts';
import { sqlTexts } from './fragments.ts';
import { tokens } from './template.ts';

/** Attributes whose values policies put into predicates and expressions. */
export type ValuesUsed = ReadonlySet<string>;

export function valuesUsed(policies: readonly Policy[]): ValuesUsed {
  const rules = policies.flatMap((policy) => rulesOf(policy));
  const matched = rules.flatMap((rule) => attributesOf(rule));
  const bound = policies
    .flatMap((policy) => sqlTexts(policy))
    .flatMap((sql) => tokens(sql))
    .flatMap((token) => (token.kind === 'attr' ? [token.name] : []));
  return new Set([...matched, ...bound]);
}

/**
 * Equal for people who have and lack the same of what policies use as values, and for whom the same of them are equal:
 * two filters over different attributes are one filter for a person who has the same values in both.
 */
export function traitOf(used: ValuesUsed, subject: SubjectFacts): string {
  const attributes = [...used].map((name) => attributeValues(subject, name));
  const values = [[subject.name], subject.groups, ...attributes];
  const texts = values.map((list) => (list.length === 0 ? '' : JSON.stringify(list.toSorted())));
  return texts.map((text) => (text === '' ? '-' : texts.indexOf(text))).join(',');
}

function rulesOf(policy: Policy): readonly RowRule[] {
  if (policy.kind === 'SubscriptionPolicy') return [];
  if (policy.does === 'rows') return policy.steps.map((step) => step.keep);
  return policy.steps.flatMap((step) => step.where ?? []);
}

function attributesOf(rule: RowRule): readonly string[] {
  if (rule.kind === 'match' && rule.against.kind === 'attribute') return [rule.against.name];
  if (rule.kind === 'all-of' || rule.kind === 'any-of') return rule.rules.flatMap(attributesOf);
  return [];
}
