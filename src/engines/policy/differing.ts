import { actingIn, resolve } from './acting.ts';
import { choose } from './chain.ts';
import type { Chosen } from './chain.ts';
import type { Acting } from './condition.ts';
import type { MaskStep, Policy, RowStep } from './document.ts';
import type { SourceFacts, SubjectFacts } from './facts.ts';
import { holdsDates } from './columntype.ts';
import { isSubscribed } from './judgesubscriptions.ts';
import type { CompiledMask, CompiledRows, PolicyView, SourcePlan } from './policyview.ts';
import { stepReferences } from './reference.ts';
import { sourcePlan } from './sourceplan.ts';

/** One source under two sets of policies, and what differs between them before anyone asks. */
export type SourcePair = {
  readonly source: SourceFacts;
  readonly before: Side;
  readonly after: Side;
  /** Whether both sides have the same chains for the same columns and rows. */
  readonly alike: boolean;
};
type Side = {
  readonly view: PolicyView;
  readonly plan: SourcePlan;
  /**
   * Chains whose steps decide whether and how an answer differs: masks of columns that have another one on the other
   * side, masks that may deny the source, and every row policy, as one that keeps no row hides what others change.
   */
  readonly telling: readonly Chain[];
  /** Every chain. */
  readonly chains: readonly Chain[];
};
type Chain = CompiledMask | CompiledRows;

/** The source under both views. */
export function sourcePair(before: PolicyView, after: PolicyView, source: SourceFacts): SourcePair {
  const [old, now] = [sourcePlan(before, source), sourcePlan(after, source)];
  const [oldColumns, nowColumns] = [columnTexts(old), columnTexts(now)];
  const moved = new Set(oldColumns.keys().filter((i) => oldColumns[i] !== nowColumns[i]));
  const side = (view: PolicyView, plan: SourcePlan): Side => ({
    view,
    plan,
    telling: [
      ...plan.rows,
      ...masksOf(plan, (index) => moved.has(index)),
      ...masksOf(plan, (index) => !moved.has(index)).filter((mask) => canFail(plan, mask)),
    ],
    chains: [...plan.rows, ...masksOf(plan, () => true)],
  });
  const sameRows = rowTexts(old).symmetricDifference(rowTexts(now)).size === 0;
  return {
    source,
    before: side(before, old),
    after: side(after, now),
    alike: moved.size === 0 && sameRows,
  };
}

/** Acting project and purpose, and who may act so. */
export type Context = {
  readonly project: string | null;
  readonly purpose: string | null;
  readonly people: readonly SubjectFacts[];
};

/**
 * The people whose answer may differ, in groups for whom the same policies and steps act: the answer of one tells that
 * of all, but for their own values. `traits` tells apart whom policies treat otherwise for what they have or lack.
 */
export function differingPeople(
  pair: SourcePair,
  context: Context,
  at: { readonly nowMs: number; readonly traits: ReadonlyMap<string, string> },
): readonly (readonly SubjectFacts[])[] {
  const groups = new Map<string, SubjectFacts[]>();
  for (const subject of context.people) {
    const signature = signatureOf(pair, { context, subject, nowMs: at.nowMs });
    if (signature === null) continue;
    const key = `${signature}${at.traits.get(subject.id) ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [subject]);
    else group.push(subject);
  }
  return [...groups.values()];
}

type Person = {
  readonly context: Context;
  readonly subject: SubjectFacts;
  readonly nowMs: number;
};

/** Which steps act on a person on both sides, where that matters; null when nothing can differ for them. */
function signatureOf(pair: SourcePair, person: Person): string | null {
  const old = actingOn(pair.before, pair.source, person);
  const now = actingOn(pair.after, pair.source, person);
  if (old !== null && now !== null) {
    const moved = actsDiffer(old, now);
    if (pair.alike && !moved) return null;
    const { before, after } = pair;
    const [left, right] = moved ? [before.chains, after.chains] : [before.telling, after.telling];
    return `=${old.purpose}/${now.purpose}/${stepsOf(left, old)}/${stepsOf(right, now)}`;
  }
  if (now !== null) return `+${now.purpose}/${stepsOf(pair.after.chains, now)}`;
  return old === null ? null : `-${old.purpose}/${stepsOf(pair.before.chains, old)}`;
}

/** Whether some step of the chain cannot be applied to the source, which denies it to those the step acts on. */
function canFail(plan: SourcePlan, chain: Chain): boolean {
  return chain.steps.some(({ step }) =>
    stepReferences(step).some(({ column, dates }) => {
      const names = column.kind === 'tag' ? (plan.byTag.get(column.tag) ?? []) : [column.column];
      const [name, ...more] = names;
      const family = name === undefined ? undefined : plan.types.get(name);
      return family === undefined || more.length > 0 || (dates && !holdsDates(family));
    }),
  );
}

/** A project that begins or ends to share its key, or means another purpose, changes answers under the same policies. */
function actsDiffer(old: Acting, now: Acting): boolean {
  return old.project?.sharesKey !== now.project?.sharesKey || old.purpose !== now.purpose;
}

/** How the person acts on one side; null when they may not see the source there. */
function actingOn(side: Side, source: SourceFacts, person: Person): Acting | null {
  const { context, subject, nowMs } = person;
  const { project, purpose } = context;
  const request = { subject: subject.id, project, purpose, source: source.id, nowMs } as const;
  const resolved = resolve(side.view, { ...request, operation: 'select' });
  if (resolved.kind === 'refused') return null;
  const acting = actingIn(resolved.scene, side.plan.cel, nowMs);
  return isSubscribed(side.plan, acting) ? acting : null;
}

function stepsOf(chains: readonly Chain[], acting: Acting): string {
  let steps = '';
  for (const chain of chains) steps += `${stepOf(chain, acting)},`;
  return steps;
}

function stepOf(chain: Chain, acting: Acting): string {
  const chosen: Chosen<MaskStep> | Chosen<RowStep> =
    'columns' in chain.document
      ? choose(chain as CompiledMask, acting, (step) => step.with.kind === 'clear')
      : choose(chain as CompiledRows, acting, (step) => step.keep.kind === 'all');
  return chosen.kind === 'step' ? chosen.step.clause : chosen.kind;
}

function masksOf(plan: SourcePlan, wanted: (index: number) => boolean): readonly CompiledMask[] {
  const masks = plan.columns.map((column, index) => (wanted(index) ? column.mask : null));
  return [...new Set(masks.filter((mask) => mask !== null))];
}

function columnTexts(plan: SourcePlan): readonly string[] {
  return plan.columns.map(({ mask }) => (mask === null ? '' : textOf(mask.document)));
}

function rowTexts(plan: SourcePlan): ReadonlySet<string> {
  return new Set(plan.rows.map((row) => textOf(row.document)));
}

const texts = new WeakMap<Policy, string>();

/** A policy as text, worked out once: equal texts are equal policies. */
function textOf(policy: Policy): string {
  const known = texts.get(policy);
  if (known !== undefined) return known;
  const text = JSON.stringify(policy);
  texts.set(policy, text);
  return text;
}
