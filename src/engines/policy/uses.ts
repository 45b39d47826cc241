import { celProgram } from './cel.ts';
import type { MatchAgainst, Policy, RowRule, Who } from './document.ts';
import type { SubjectFacts } from './facts.ts';
import { sqlTexts } from './fragments.ts';
import { tokens } from './template.ts';

/** What of a person a set of policies looks at: people equal in it are treated alike, but for their own values. */
export type Uses = {
  /** Groups named by conditions; null when any group may matter. */
  groups: Set<string> | null;
  attributes: Set<string> | null;
  names: Set<string> | null;
};

export function usesOf(policies: readonly Policy[]): Uses {
  const uses: Uses = { groups: new Set(), attributes: new Set(), names: new Set() };
  for (const policy of policies) {
    for (const who of whosOf(policy)) addWho(uses, who);
    for (const rule of rulesOf(policy)) addRule(uses, rule);
    for (const sql of sqlTexts(policy)) addSql(uses, sql);
  }
  return uses;
}

/** Equal for people whom policies with these uses cannot tell apart. */
export function classOf(uses: Uses, subject: SubjectFacts): string {
  const { groups, attributes, names } = uses;
  const own = Object.entries(subject.attributes)
    .filter(([name, values]) => (attributes?.has(name) ?? true) && values.length > 0)
    .map(([name, values]) => [name, values.toSorted()] as const)
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  const member = subject.groups.filter((group) => groups?.has(group) ?? true).toSorted();
  const name = (names?.has(subject.name) ?? true) ? subject.name : '';
  // Whether there are groups at all decides what `@groups` lets through.
  const grouped = subject.groups.length > 0;
  return JSON.stringify([subject.kind, grouped, member, own, name]);
}

function whosOf(policy: Policy): readonly Who[] {
  if (policy.kind === 'SubscriptionPolicy') return [policy.allow];
  const steps = policy.steps.map((step) => step.for);
  return [...steps, policy.except].filter((who) => who !== null);
}

function rulesOf(policy: Policy): readonly RowRule[] {
  if (policy.kind === 'SubscriptionPolicy') return [];
  if (policy.does === 'rows') return policy.steps.map((step) => step.keep);
  return policy.steps.flatMap((step) => step.where ?? []);
}

function addWho(uses: Uses, who: Who): void {
  if (who.kind === 'anyone') return;
  for (const clause of who.clauses) {
    if (clause.kind === 'groups') for (const group of clause.groups) uses.groups?.add(group);
    if (clause.kind === 'attribute') uses.attributes?.add(clause.name);
    if (clause.kind === 'users') for (const name of clause.users) uses.names?.add(name);
    if (clause.kind === 'any-of') for (const part of clause.whos) addWho(uses, part);
    if (clause.kind !== 'when') continue;
    // A condition may compute what it looks for, so everything it can reach counts.
    uses.groups = null;
    uses.attributes = null;
    if (celProgram(clause.cel).use.identity) uses.names = null;
  }
}

function addRule(uses: Uses, rule: RowRule): void {
  if (rule.kind === 'match') addMatch(uses, rule.against);
  if (rule.kind === 'all-of' || rule.kind === 'any-of') {
    for (const part of rule.rules) addRule(uses, part);
  }
}

function addMatch(uses: Uses, against: MatchAgainst): void {
  if (against.kind === 'attribute') uses.attributes?.add(against.name);
}

function addSql(uses: Uses, sql: string): void {
  for (const token of tokens(sql)) if (token.kind === 'attr') uses.attributes?.add(token.name);
}
