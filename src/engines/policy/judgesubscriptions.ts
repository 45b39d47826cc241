import type { Acting, Verdict } from './condition.ts';
import type { Reason } from './decision.ts';
import type { CompiledSubscription, SourcePlan } from './policyview.ts';

export type SubscriptionJudgement = {
  readonly allowed: boolean;
  readonly reasons: readonly Reason[];
};

/** Every required policy and, where there are shared ones, at least one of them; without any policy nobody. */
export function judgeSubscriptions(plan: SourcePlan, acting: Acting): SubscriptionJudgement {
  const judged = plan.subscriptions.map((policy) => ({
    policy,
    verdict: policy.allow.judge(acting),
  }));
  const reasons = judged.map(({ policy, verdict }) => reasonFor(policy, verdict));
  const required = judged.filter(({ policy }) => policy.document.combine === 'required');
  const shared = judged.filter(({ policy }) => policy.document.combine === 'shared');
  const rule = refusal(
    required.every(({ verdict }) => verdict === 'yes'),
    shared.length === 0 || shared.some(({ verdict }) => verdict === 'yes'),
    judged.length,
  );
  if (rule === null) return { allowed: true, reasons };
  const denial = { policy: null, clause: null, column: null, outcome: 'denies' } as const;
  return { allowed: false, reasons: [...reasons, { about: 'subscription', ...denial, rule }] };
}

/** The same answer without its reasons. */
export function isSubscribed(plan: SourcePlan, acting: Acting): boolean {
  let shared = false;
  let allowed = false;
  for (const { document, allow } of plan.subscriptions) {
    if (document.combine === 'required') {
      if (allow.judge(acting) !== 'yes') return false;
    } else {
      shared = true;
      allowed ||= allow.judge(acting) === 'yes';
    }
  }
  return plan.subscriptions.length > 0 && (allowed || !shared);
}

function refusal(required: boolean, shared: boolean, count: number): string | null {
  if (count === 0) return 'no subscription policy covers the source, so nobody may see it';
  if (!required) return 'a required subscription policy does not allow it';
  return shared ? null : 'none of the shared subscription policies allows it';
}

const RULES: Readonly<Record<Verdict, string>> = {
  yes: 'the condition holds',
  no: 'the condition does not hold',
  error: 'the condition cannot be worked out, so it does not hold',
};

function reasonFor({ document }: CompiledSubscription, verdict: Verdict): Reason {
  return {
    about: 'subscription',
    policy: document.name,
    clause: 'allow',
    column: null,
    outcome: verdict === 'yes' ? 'allows' : verdict === 'no' ? 'does-not-allow' : 'fails',
    rule: `${RULES[verdict]} (${document.combine})`,
  };
}
