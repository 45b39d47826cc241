import { allOf, bindRule } from './binding.ts';
import type { Binding } from './binding.ts';
import { choose } from './chain.ts';
import type { Acting } from './condition.ts';
import type { Outcome, Predicate, Reason } from './decision.ts';
import type { CompiledRows, PolicyView, SourcePlan } from './policyview.ts';

export type RowJudgement = {
  /** False: some row policy cannot be applied to the source, so nothing may be shown. */
  readonly applicable: boolean;
  readonly filter: Predicate | null;
  readonly reasons: readonly Reason[];
};

/** All row policies of the source, combined with AND. */
export function judgeRows(view: PolicyView, plan: SourcePlan, acting: Acting): RowJudgement {
  const judged = plan.rows.map((policy) => {
    const binding = { acting, plan, tokensOf: view.tokensOf, unresolved: [], empty: [] };
    return judgeOne(policy, binding);
  });
  return {
    applicable: judged.every((one) => one.reason.outcome !== 'denies'),
    filter: allOf(judged.map((one) => one.filter)),
    reasons: judged.map((one) => one.reason),
  };
}

type Judged = { readonly filter: Predicate | null; readonly reason: Reason };
const NEVER: Predicate = { kind: 'never' };

function judgeOne(policy: CompiledRows, binding: Binding): Judged {
  const chosen = choose(policy, binding.acting, (step) => step.keep.kind === 'all');
  const reason = (clause: string, outcome: Outcome, rule: string): Reason => {
    return { about: 'rows', policy: policy.document.name, clause, column: null, outcome, rule };
  };
  if (chosen.kind === 'spared') {
    return { filter: null, reason: reason('rows.except', 'spares', 'the exception holds') };
  }
  if (chosen.kind === 'failed') {
    const rule = 'the condition cannot be worked out, so no rows';
    return { filter: NEVER, reason: reason(chosen.clause, 'fails', rule) };
  }
  const { clause, step } = chosen.step;
  const filter = bindRule(binding, step.keep);
  const [unresolved] = binding.unresolved;
  if (unresolved !== undefined) {
    const rule = `the policy cannot be applied: ${unresolved}`;
    return { filter: NEVER, reason: reason(clause, 'denies', rule) };
  }
  if (filter === null) {
    return { filter, reason: reason(clause, 'keeps-all', 'the step that acts keeps every row') };
  }
  const empty = binding.empty[0];
  const why = empty === undefined ? '' : `: ${empty}`;
  const rule = `the first step whose \`for\` holds acts, on raw values${why}`;
  return { filter, reason: reason(clause, 'filters', rule) };
}
