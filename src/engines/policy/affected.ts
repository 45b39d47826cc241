import type { Policy } from './document.ts';
import type { SourceFacts } from './facts.ts';
import { glob, sourceGlob } from './glob.ts';
import { compileTarget, covers, traitsOf } from './target.ts';
import type { SourceTraits } from './target.ts';
import type { PolicyView } from './policyview.ts';

/** The sources about which anything may have changed between two views: of all others the answers are the same. */
export function affectedSources(before: PolicyView, after: PolicyView): readonly SourceFacts[] {
  const { sources } = after.facts;
  const changed = changedPolicies(before.facts.policies, after.facts.policies);
  if (changed === 'order' || purposesChanged(before, after)) return sources;
  const targets = changed.map((policy) => aboutSource(policy));
  const projects = changedProjects(before, after);
  return sources.filter((source) => {
    const traits = traitsOf(source);
    return (
      targets.some((isAbout) => isAbout(traits)) || projects.some((pattern) => pattern.test(source))
    );
  });
}

/** Whether a policy is about a source; a mask that selects no column of it is not. */
function aboutSource(policy: Policy): (source: SourceTraits) => boolean {
  const target = compileTarget(policy.target);
  if (policy.kind === 'SubscriptionPolicy' || policy.does === 'rows') {
    return (source) => covers(target, source);
  }
  const { tags, names } = policy.columns;
  const patterns = names.map((name) => glob(name, 'ignore-case'));
  const selects = (source: SourceTraits) =>
    tags.some((tag) => source.columnTags.has(tag)) ||
    source.columnNames.some((name) => patterns.some((pattern) => pattern.test(name)));
  return (source) => selects(source) && covers(target, source);
}

/** Policies in force in one view only, or other in one; `order` when those in both are ordered otherwise. */
function changedPolicies(
  before: readonly Policy[],
  after: readonly Policy[],
): readonly Policy[] | 'order' {
  const [old, now] = [before, after].map((set) => byText(set));
  if (old === undefined || now === undefined) return [];
  const kept = [...old.keys()].filter((text) => now.has(text));
  const stillKept = [...now.keys()].filter((text) => old.has(text));
  if (kept.some((text, i) => text !== stillKept[i])) return 'order';
  return [
    ...old.entries().filter(([text]) => !now.has(text)),
    ...now.entries().filter(([text]) => !old.has(text)),
  ].map(([, policy]) => policy);
}

function byText(policies: readonly Policy[]): ReadonlyMap<string, Policy> {
  const active = policies.filter((policy) => policy.state === 'active');
  return new Map(active.map((policy) => [JSON.stringify(policy), policy]));
}

function purposesChanged(before: PolicyView, after: PolicyView): boolean {
  const [old, now] = [before.purposes, after.purposes];
  return old.size !== now.size || old.symmetricDifference(now).size > 0;
}

function changedProjects(before: PolicyView, after: PolicyView): ReturnType<typeof sourceGlob>[] {
  const [old, now] = [before, after].map(
    (view) => new Map(view.facts.projects.map((project) => [JSON.stringify(project), project])),
  );
  if (old === undefined || now === undefined) return [];
  const changed = [
    ...old.entries().filter(([text]) => !now.has(text)),
    ...now.entries().filter(([text]) => !old.has(text)),
  ];
  return changed.flatMap(([, project]) => project.sources.map((pattern) => sourceGlob(pattern)));
}
