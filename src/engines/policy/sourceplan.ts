import type { Reason } from './decision.ts';
import { familyOf } from './columntype.ts';
import type { ColumnFacts, SourceFacts } from './facts.ts';
import { depthOf, under } from './hierarchy.ts';
import { sharedReason } from './reason.ts';
import { covers, lineages, traitsOf } from './target.ts';
import type { SourceTraits } from './target.ts';
import { about } from './targetindex.ts';
import type { ColumnPlan, CompiledMask, PolicyView, SourcePlan } from './policyview.ts';

/** Columns with this tag, or one below it, are masked for everyone until someone has looked at them. */
export const UNREVIEWED_TAG = 'New';

/** An exact name is more specific than any tag, a pattern less than any. */
const EXACT_NAME_DEPTH = 1_000;
const PATTERN_DEPTH = 0;

type Candidate = { readonly mask: CompiledMask; readonly depth: number };

/** What the view's policies say about one source. */
export function sourcePlan(view: PolicyView, source: SourceFacts): SourcePlan {
  const known = view.plans.get(source.id);
  if (known !== undefined) return known;
  const traits = traitsOf(source);
  const columns = source.columns.map((column) => ({ column, tags: lineages(column.tags) }));
  const covered = coverage(traits);
  const plan = {
    traits,
    cel: {
      name: traits.name,
      system: source.system,
      schema: source.schema,
      table: source.name,
      tags: source.tags.map((tag) => tag.name),
    },
    subscriptions: about(view.subscriptions, traits),
    columns: columns.map(({ column, tags }) => {
      return columnPlan(view, column, candidatesFor(view, { column, tags, covered }));
    }),
    rows: about(view.rows, traits),
    types: new Map(source.columns.map((column) => [column.name, familyOf(column.type)])),
    byTag: columnsByTag(columns),
  };
  const kept = { ...plan, timed: isTimed(plan) };
  view.plans.set(source.id, kept);
  return kept;
}

function isTimed(plan: Pick<SourcePlan, 'subscriptions' | 'rows' | 'columns'>): boolean {
  if (plan.subscriptions.some((policy) => policy.allow.timed)) return true;
  const data = [...plan.rows, ...plan.columns.flatMap(({ mask }) => mask ?? [])];
  return data.some(
    ({ except, steps }) => except?.timed === true || steps.some((step) => step.who?.timed === true),
  );
}

/** Whether a mask's target covers the source, asked once for each mask. */
function coverage(traits: SourceTraits): (mask: CompiledMask) => boolean {
  const answers = new Map<CompiledMask, boolean>();
  return (mask) => {
    const known = answers.get(mask);
    if (known !== undefined) return known;
    const answer = covers(mask.target, traits);
    answers.set(mask, answer);
    return answer;
  };
}

type TaggedColumn = { readonly column: ColumnFacts; readonly tags: ReadonlySet<string> };

/** The masks that select the column, each once, by the most specific thing it selects it by. */
function candidatesFor(
  view: PolicyView,
  at: TaggedColumn & { readonly covered: (mask: CompiledMask) => boolean },
): readonly Candidate[] {
  const best = new Map<CompiledMask, Candidate>();
  const add = (candidate: Candidate) => {
    if (!at.covered(candidate.mask)) return;
    const known = best.get(candidate.mask);
    if (known === undefined || known.depth < candidate.depth) best.set(candidate.mask, candidate);
  };
  for (const tag of at.tags) {
    const masks = view.masks.byTag.get(tag) ?? [];
    for (const mask of masks) add({ mask, depth: depthOf(tag) });
  }
  const name = at.column.name;
  for (const mask of view.masks.byName.get(name.toLowerCase()) ?? []) {
    add({ mask, depth: EXACT_NAME_DEPTH });
  }
  for (const { pattern, mask } of view.masks.wild) {
    if (at.covered(mask) && pattern.test(name)) add({ mask, depth: PATTERN_DEPTH });
  }
  return [...best.values()].toSorted(bySpecificity);
}

function bySpecificity(left: Candidate, right: Candidate): number {
  return right.depth - left.depth || left.mask.order - right.mask.order;
}

function columnPlan(
  view: PolicyView,
  column: ColumnFacts,
  candidates: readonly Candidate[],
): ColumnPlan {
  const [winner, ...losers] = candidates;
  return {
    name: column.name,
    type: column.type,
    family: familyOf(column.type),
    unreviewed: column.tags.some((tag) => under(tag.name, UNREVIEWED_TAG)),
    mask: winner?.mask ?? null,
    overridden:
      winner === undefined
        ? []
        : losers.map((loser) => sharedReason(view, lost(loser, winner, column.name))),
  };
}

const LESS_SPECIFIC = 'the policy that acts selects the column more specifically';
const LATER = 'the policy that acts is as specific and was authored first';

function lost(loser: Candidate, winner: Candidate, column: string): Reason {
  return {
    about: 'mask',
    policy: loser.mask.document.name,
    clause: 'mask.columns',
    column,
    outcome: 'overridden',
    rule: loser.depth < winner.depth ? LESS_SPECIFIC : LATER,
  };
}

function columnsByTag(columns: readonly TaggedColumn[]): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>();
  for (const { column, tags } of columns) {
    for (const tag of tags) {
      const names = index.get(tag);
      if (names === undefined) index.set(tag, [column.name]);
      else names.push(column.name);
    }
  }
  return index;
}
