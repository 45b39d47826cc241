import { actingIn, resolve } from './acting.ts';
import type { Scene } from './acting.ts';
import type { ColumnDecision, Decision, Predicate, Reason, Request } from './decision.ts';
import type { SourceFacts } from './facts.ts';
import { judgeMasks } from './judgemasks.ts';
import { judgeRows } from './judgerows.ts';
import { judgeSubscriptions } from './judgesubscriptions.ts';
import { sharedReason } from './reason.ts';
import { sourcePlan } from './sourceplan.ts';
import type { PolicyView, SourcePlan } from './policyview.ts';

/** Decisions remembered by one view: a few thousand people at work on a few sources each, about 10 MB. */
const DECISIONS_KEPT_MAX = 10_000;

const DIGEST_LENGTH = 32;
const NEVER: Predicate = { kind: 'never' };

/** What a decision is made of, before it has a name. */
export type Outcome = Pick<Decision, 'effect' | 'columns' | 'filter' | 'reasons'>;

/** Whether and how the subject sees the source. Total: what cannot be found or worked out is denied, with the reason. */
export function decide(view: PolicyView, request: Request): Decision {
  const resolved = resolve(view, request);
  if (resolved.kind === 'refused') {
    const source = view.sources.get(request.source);
    const reason = { policy: null, clause: null, column: null, outcome: 'denies' } as const;
    const { about, rule } = resolved;
    return named(view, request, denied(source, [{ ...reason, about, rule }]));
  }
  const { scene } = resolved;
  const key = `${scene.subject.id}\n${scene.project?.facts.id ?? ''}\n${scene.purpose ?? ''}\n${scene.source.id}`;
  const known = view.decisions.get(key);
  if (known !== undefined) return known;
  const plan = sourcePlan(view, scene.source);
  // Named by what was meant, so that a project's name and its id lead to the same decision.
  const meant = { ...request, project: scene.project?.facts.id ?? null, purpose: scene.purpose };
  const decision = named(view, meant, outcomeOf(view, { scene, plan, nowMs: request.nowMs }));
  if (!plan.timed) remember(view.decisions, key, decision);
  return decision;
}

export type Question = {
  readonly scene: Scene;
  readonly plan: SourcePlan;
  readonly nowMs: number;
};

/** The answer to a question all of whose names are found: subscriptions, then rows, then masks. */
export function outcomeOf(view: PolicyView, question: Question): Outcome {
  const { scene, plan, nowMs } = question;
  const acting = actingIn(scene, plan.cel, nowMs);
  const subscribed = judgeSubscriptions(plan, acting);
  if (!subscribed.allowed) return denied(scene.source, subscribed.reasons);
  const rows = judgeRows(view, plan, acting);
  const masks = judgeMasks(view, plan, acting);
  const reasons = [...subscribed.reasons, ...rows.reasons, ...masks.reasons];
  if (!rows.applicable || !masks.applicable) return denied(scene.source, reasons);
  return { effect: 'allow', columns: masks.columns, filter: rows.filter, reasons };
}

/** A denial still names every column of the source: a door must know what to hide. */
function denied(source: SourceFacts | undefined, reasons: readonly Reason[]): Outcome {
  const columns: ColumnDecision[] = (source?.columns ?? []).map(({ name }) => ({
    name,
    show: { kind: 'hidden' },
  }));
  return { effect: 'deny', columns, filter: NEVER, reasons };
}

/** Names the outcome; equal parts of different decisions are kept once. */
function named(view: PolicyView, request: Request, outcome: Outcome): Decision {
  const { sha256 } = view.tools;
  const { subject, project, purpose, source, operation } = request;
  const { effect } = outcome;
  const audience = sha256(JSON.stringify([source, effect, outcome.columns, outcome.filter]));
  const digest = sha256(audience + JSON.stringify(outcome.reasons));
  const asked = [subject, project, purpose, source, operation];
  const id = sha256(JSON.stringify([view.digest, asked, digest])).slice(0, DIGEST_LENGTH);
  const shared = view.outcomes.get(digest) ?? {
    ...outcome,
    reasons: outcome.reasons.map((reason) => sharedReason(view, reason)),
  };
  remember(view.outcomes, digest, shared);
  const { columns, filter, reasons } = shared;
  const obligations = ['log'] as const;
  return { id: `dec_${id}`, effect, columns, filter, audience, obligations, reasons };
}

function remember<T>(kept: Map<string, T>, key: string, value: T): void {
  if (kept.size >= DECISIONS_KEPT_MAX) {
    for (const oldest of kept.keys()) {
      kept.delete(oldest);
      break;
    }
  }
  kept.set(key, value);
}
