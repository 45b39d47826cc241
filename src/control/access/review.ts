import { canonicalJson } from '#base/canonical';
import { Problem } from '#base/problem';
import { listVaults, sensitiveTags } from '#control/catalog';
import {
  check,
  fragmentProbes,
  needsConfirmation,
  plan,
  runTests,
  SENSITIVE_TAGS,
  sentence,
} from '#engines/policy';
import type { AccessDiff, PolicyTest, TestOutcome } from '#engines/policy';
import type { Queryable } from '#platform/db';
import { carriageProblems } from './carriage.ts';
import { sha256 } from './digest.ts';
import { draftOf, lostPolicies } from './draft.ts';
import type { Draft, PolicyChange } from './draft.ts';
import { fragmentProblem, loadFragmentParser } from './fragment.ts';
import { documentsAt, policyRevision } from './stored.ts';
import type { Family } from './stored.ts';
import { viewOf, worldOf } from './world.ts';
import type { DecidedWorld, SetDocument } from './world.ts';

/** What a change would do, before it is done. */
export type Review = {
  /** The revision the change was compared with. */
  readonly base: number;
  readonly added: readonly Touched[];
  readonly changed: readonly Touched[];
  readonly removed: readonly Touched[];
  /** Any of these keeps the change from being applied. */
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Null when there are errors: there is nothing to compare with then. */
  readonly diff: AccessDiff | null;
  readonly tests: readonly TestOutcome[];
  /** What to say yes with, when something sensitive would show; it stands for exactly what would. */
  readonly confirmation: string | null;
};
export type Touched = {
  readonly family: Family;
  readonly name: string;
  /** What the document says, in one sentence. */
  readonly sentence: string;
};

export type Reviewed = { readonly review: Review; readonly draft: Draft };
/** Checks and plans a change against what is in force now; run it in one transaction. */
export async function reviewChange(
  tx: Queryable,
  change: PolicyChange,
  at: { readonly nowMs: number },
): Promise<Reviewed> {
  await loadFragmentParser();
  const base = await policyRevision(tx);
  const stored = await documentsAt(tx, base);
  const draft = draftOf(stored, change, await listVaults(tx));
  const set = draft.documents.map(({ family, name, authored }) => {
    return { family, name, json: authored.json };
  });
  const world = await worldOf(tx, set, at);
  const findings = findingsOf(draft, world);
  const errors = [...draft.problems, ...findings.errors];
  const touched = {
    base,
    added: draft.added.map(touchedDraft),
    changed: draft.changed.map(touchedDraft),
    removed: draft.removed.map(({ family, name, sentence: text }) => ({
      family,
      name,
      sentence: text,
    })),
    errors,
    warnings: findings.warnings,
  };
  if (errors.length > 0) {
    return { draft, review: { ...touched, diff: null, tests: [], confirmation: null } };
  }
  const old = await oldWorld(tx, stored, { ...at, world });
  const compared = compare(old, world, { ...at, sensitive: await sensitive(tx), draft });
  return { draft, review: { ...touched, ...compared } };
}

/** The same people and sources under the documents in force. */
async function oldWorld(
  tx: Queryable,
  stored: readonly SetDocument[],
  at: { readonly nowMs: number; readonly world: DecidedWorld },
): Promise<DecidedWorld> {
  const { policies, projects, purposes } = await worldOf(tx, stored, at);
  return { ...at.world, policies, projects, purposes };
}

type Comparing = {
  readonly nowMs: number;
  readonly sensitive: readonly string[];
  readonly draft: Draft;
};

function compare(
  before: DecidedWorld,
  after: DecidedWorld,
  { nowMs, sensitive: tags, draft }: Comparing,
): Pick<Review, 'diff' | 'tests' | 'confirmation'> {
  const view = viewOf(after);
  const diff = plan(viewOf(before), view, { nowMs, sensitive: tags });
  const tests = draft.documents.map(({ authored }) => authored.document);
  const confirm = needsConfirmation(diff);
  const { sensitive: gains, unexamined } = diff;
  return {
    diff,
    tests: runTests(
      view,
      tests.filter((one): one is PolicyTest => one.kind === 'PolicyTest'),
      nowMs,
    ),
    confirmation: confirm ? sha256(canonicalJson({ gains, unexamined })).slice(0, 16) : null,
  };
}

async function sensitive(tx: Queryable): Promise<readonly string[]> {
  return [...new Set([...SENSITIVE_TAGS, ...(await sensitiveTags(tx))])];
}

function findingsOf(
  draft: Draft,
  world: DecidedWorld,
): { readonly errors: readonly Problem[]; readonly warnings: readonly Problem[] } {
  const set = draft.documents.map(({ authored }) => authored);
  const { errors, warnings } = check(set, world);
  const others = [...fragmentErrors(set, world), ...carriageProblems(world)];
  const lost = lostPolicies(draft.documents, world.vaults ?? []);
  return { errors: [...errors, ...others], warnings: [...warnings, ...lost] };
}

/** One problem a fragment is enough, however many sources it does not fit. */
function fragmentErrors(
  set: Parameters<typeof fragmentProbes>[0],
  world: DecidedWorld,
): readonly Problem[] {
  const seen = new Set<unknown>();
  return fragmentProbes(set, world.sources).flatMap((probe) => {
    if (seen.has(probe.where)) return [];
    const found = fragmentProblem(probe);
    if (found === null) return [];
    seen.add(probe.where);
    const message = `\`${probe.policy}\` on \`${probe.source}\`: ${found.message}`;
    const hint = found.hint === undefined ? {} : { hint: found.hint };
    return [new Problem('invalid', message, { where: probe.where, ...hint })];
  });
}

function touchedDraft({ family, name, authored }: Draft['added'][number]): Touched {
  return { family, name, sentence: sentence(authored.document) };
}
