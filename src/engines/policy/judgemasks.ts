import type { Binding } from './binding.ts';
import { choose } from './chain.ts';
import type { Chosen } from './chain.ts';
import type { Acting } from './condition.ts';
import type { ColumnDecision, Outcome, Reason, Show } from './decision.ts';
import type { MaskStep } from './document.ts';
import { NULL_SHOW, shown } from './showing.ts';
import { UNREVIEWED_TAG } from './sourceplan.ts';
import type { ColumnPlan, CompiledMask, PolicyView, SourcePlan } from './policyview.ts';

export type MaskJudgement = {
  /** False: some mask policy cannot be applied to the source, so nothing may be shown. */
  readonly applicable: boolean;
  readonly columns: readonly ColumnDecision[];
  readonly reasons: readonly Reason[];
};

type Judged = { readonly show: Show; readonly reasons: readonly Reason[] };
type Chooser = (mask: CompiledMask) => Chosen<MaskStep>;

/** What each column shows: the winning mask's step, or the raw value where no mask selects the column. */
export function judgeMasks(view: PolicyView, plan: SourcePlan, acting: Acting): MaskJudgement {
  const chooser = choosingOnce(acting);
  const columns: ColumnDecision[] = [];
  const reasons: Reason[] = [];
  for (const column of plan.columns) {
    const binding = { acting, plan, tokensOf: view.tokensOf, unresolved: [], empty: [] };
    const judged = judgeColumn(column, binding, chooser);
    columns.push({ name: column.name, show: judged.show });
    reasons.push(...judged.reasons);
  }
  const applicable = reasons.every((reason) => reason.outcome !== 'denies');
  return { applicable, columns, reasons };
}

/** One mask often selects many columns; whom it acts on does not depend on the column. */
function choosingOnce(acting: Acting): Chooser {
  const known = new Map<CompiledMask, Chosen<MaskStep>>();
  return (mask) => {
    const found = known.get(mask);
    if (found !== undefined) return found;
    const chosen = choose(mask, acting, (step) => step.with.kind === 'clear');
    known.set(mask, chosen);
    return chosen;
  };
}

function judgeColumn(column: ColumnPlan, binding: Binding, chooser: Chooser): Judged {
  const judged = judgePolicy(column, binding, chooser);
  if (!column.unreviewed || judged.show.kind === 'hidden') return judged;
  const rule = `the column is tagged \`${UNREVIEWED_TAG}\`: masked until reviewed`;
  const reason: Reason = {
    about: 'mask',
    policy: null,
    clause: null,
    column: column.name,
    outcome: 'masks',
    rule,
  };
  return { show: NULL_SHOW, reasons: [...judged.reasons, reason] };
}

function judgePolicy(column: ColumnPlan, binding: Binding, chooser: Chooser): Judged {
  const { mask } = column;
  if (mask === null) return { show: { kind: 'clear' }, reasons: [] };
  const chosen = chooser(mask);
  const judged = (show: Show, reason: readonly [string, Outcome, string]): Judged => {
    const [clause, outcome, rule] = reason;
    const policy = mask.document.name;
    const own: Reason = { about: 'mask', policy, clause, column: column.name, outcome, rule };
    return { show, reasons: [own, ...column.overridden] };
  };
  if (chosen.kind === 'spared') {
    return judged({ kind: 'clear' }, ['mask.except', 'spares', 'the exception holds']);
  }
  if (chosen.kind === 'failed') {
    const rule = 'the condition cannot be worked out, so NULL';
    return judged(NULL_SHOW, [chosen.clause, 'fails', rule]);
  }
  const { clause, step } = chosen.step;
  const { show, fallback } = shown(binding, column, step);
  const [unresolved] = binding.unresolved;
  if (unresolved !== undefined) {
    const rule = `the policy cannot be applied: ${unresolved}`;
    return judged({ kind: 'hidden' }, [clause, 'denies', rule]);
  }
  if (fallback !== null) return judged(show, [clause, 'falls-back', fallback]);
  return judged(show, [clause, outcomeOf(show), 'the first step whose `for` holds acts']);
}

function outcomeOf(show: Show): Outcome {
  if (show.kind === 'clear') return 'shows';
  return show.kind === 'hidden' ? 'hides' : 'masks';
}
