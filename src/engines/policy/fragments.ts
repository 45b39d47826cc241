import type { Policy, RowRule } from './document.ts';

/** Every SQL text in a policy. */
export function sqlTexts(document: Policy): readonly string[] {
  if (document.kind === 'SubscriptionPolicy') return [];
  if (document.does === 'rows') return document.steps.flatMap((step) => ruleTexts(step.keep));
  return document.steps.flatMap((step) => {
    const where = step.where === null ? [] : ruleTexts(step.where);
    return step.with.kind === 'sql' ? [step.with.expression, ...where] : where;
  });
}

function ruleTexts(rule: RowRule): readonly string[] {
  if (rule.kind === 'sql') return [rule.sql];
  if (rule.kind === 'all-of' || rule.kind === 'any-of') return rule.rules.flatMap(ruleTexts);
  return [];
}
