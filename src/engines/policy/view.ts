import { canonicalJson } from '#base/canonical';
import { celProgram } from './cel.ts';
import type { CelProgram } from './cel.ts';
import { condition } from './condition.ts';
import type { Condition } from './condition.ts';
import type { Policy, Who } from './document.ts';
import type { Facts } from './facts.ts';
import { factsFrom } from './factsfrom.ts';
import type { FactsInput } from './factsfrom.ts';
import { sqlTexts } from './fragments.ts';
import { glob, sourceGlob } from './glob.ts';
import type { Glob } from './glob.ts';
import { noReasons } from './reason.ts';
import { compileTarget } from './target.ts';
import { targetIndex } from './targetindex.ts';
import { tokens } from './template.ts';
import { compileVaults } from './vaultview.ts';
import type {
  CompiledMask,
  CompiledProject,
  CompiledRows,
  CompiledSubscription,
  MaskIndex,
  PolicyView,
  Step,
  Tools,
} from './policyview.ts';

type Compile = { readonly cel: (text: string) => CelProgram };

/** What a bundle holds, prepared once for many decisions; throws `invalid` as `factsFrom` and `prepareFacts` do. */
export function prepare(input: FactsInput, tools: Tools): PolicyView {
  return prepareFacts(factsFrom(input), tools);
}

/**
 * The facts prepared once for many decisions. Policies keep their order. Throws `invalid` when a document holds a
 * condition, pattern or template that cannot be read, so that it is refused as a whole and never in part.
 */
export function prepareFacts(facts: Facts, tools: Tools): PolicyView {
  const compile = { cel: remembering(celProgram) };
  const active = facts.policies.map((document, order) => ({ document, order }));
  const compiled = active
    .filter(({ document }) => document.state === 'active')
    .map(({ document, order }) => compilePolicy(document, order, compile));
  const masks = compiled.filter((policy) => policy.kind === 'mask').map((policy) => policy.mask);
  const tokensOf = remembering(tokens);
  for (const document of facts.policies) for (const sql of sqlTexts(document)) tokensOf(sql);
  return {
    digest: digestOf(facts, tools),
    tools,
    facts,
    subjects: byId(facts.subjects),
    sources: byId(facts.sources),
    projects: projectsOf(facts),
    purposes: new Set(facts.purposes.map((purpose) => purpose.name)),
    subscriptions: targetIndex(
      compiled.flatMap((policy) => (policy.kind === 'subscription' ? [policy.subscription] : [])),
    ),
    masks: maskIndex(masks),
    rows: targetIndex(compiled.flatMap((policy) => (policy.kind === 'rows' ? [policy.rows] : []))),
    vaults: compileVaults(facts.vaultPolicies ?? [], facts.roles ?? [], compile.cel),
    tokensOf,
    plans: new Map(),
    decisions: new Map(),
    reasons: noReasons(),
    outcomes: new Map(),
  };
}

/** Stands for what is decided by, without catalog and people: those show in the outcome. */
function digestOf(facts: Facts, tools: Tools): string {
  const { policies, purposes, vaultPolicies = [] } = facts;
  const projects = facts.projects.map((project) => ({ ...project, members: [] }));
  return tools.sha256(canonicalJson({ policies, purposes, projects, vaultPolicies }));
}

function byId<T extends { readonly id: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}

function remembering<T>(compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = compute(text);
    known.set(text, made);
    return made;
  };
}

type Compiled =
  | { readonly kind: 'subscription'; readonly subscription: CompiledSubscription }
  | { readonly kind: 'mask'; readonly mask: CompiledMask }
  | { readonly kind: 'rows'; readonly rows: CompiledRows };

function compilePolicy(document: Policy, order: number, compile: Compile): Compiled {
  const target = compileTarget(document.target);
  const who = (text: Who) => condition(text, compile.cel);
  if (document.kind === 'SubscriptionPolicy') {
    const subscription = { order, target, document, allow: who(document.allow) };
    return { kind: 'subscription', subscription };
  }
  const except = document.except === null ? null : who(document.except);
  if (document.does === 'mask') {
    const steps = document.steps.map((step, i) => compileStep(step, clauseOf('mask', i), who));
    return { kind: 'mask', mask: { order, target, document, except, steps } };
  }
  const steps = document.steps.map((step, i) => compileStep(step, clauseOf('rows', i), who));
  return { kind: 'rows', rows: { order, target, document, except, steps } };
}

function compileStep<S extends { readonly for: Who | null }>(
  step: S,
  clause: string,
  who: (text: Who) => Condition,
): Step<S> {
  return { clause, step, who: step.for === null ? null : who(step.for) };
}

function clauseOf(root: 'mask' | 'rows', index: number): string {
  return index === 0 ? root : `${root}.otherwise[${index - 1}]`;
}

function maskIndex(masks: readonly CompiledMask[]): MaskIndex {
  const byTag = new Map<string, CompiledMask[]>();
  const byName = new Map<string, CompiledMask[]>();
  const wild: { readonly pattern: Glob; readonly mask: CompiledMask }[] = [];
  for (const mask of masks) {
    const { tags, names } = mask.document.columns;
    for (const tag of new Set(tags)) file(byTag, tag, mask);
    for (const name of new Set(names.map((text) => text.toLowerCase()))) {
      const pattern = glob(name, 'ignore-case');
      if (pattern.wild) wild.push({ pattern, mask });
      else file(byName, name, mask);
    }
  }
  return { byTag, byName, wild };
}

function file<T>(index: Map<string, T[]>, key: string, item: T): void {
  const list = index.get(key);
  if (list === undefined) index.set(key, [item]);
  else list.push(item);
}

function projectsOf(facts: Facts): ReadonlyMap<string, CompiledProject> {
  const projects = new Map<string, CompiledProject>();
  for (const project of facts.projects) {
    if (project.state !== 'active') continue;
    const compiled = {
      facts: project,
      sources: project.sources.map((pattern) => sourceGlob(pattern)),
      members: new Map(
        project.members.map((member) => [member.subject, new Set(member.acknowledged)] as const),
      ),
    };
    projects.set(project.id, compiled);
    projects.set(project.name, compiled);
  }
  return projects;
}
