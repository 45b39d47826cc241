import { Problem } from '#base/problem';
import type { StatementPlan } from '#engines/sql';
import { barriersOf, ensureBarriers } from './barrier.ts';
import { hasEffect } from './effect.ts';
import type { Planned, PlanRefusal } from './planning/planning.ts';
import { refusing } from './refusal.ts';
import { currentRules, planSession, type Session } from './session.ts';
import { sqlState } from './sqlstate.ts';
import type { UpstreamWriter } from './upstream/upstreamwriter.ts';
import type { VirtualValues } from './virtual.ts';

/** A text to be planned, under settings other than the session's own where they are given. */
export type ToPlan = { readonly text: string; readonly settings?: VirtualValues };

/** Plans as `planReady` does and records a refusal. */
export async function planChecked(
  session: Session,
  asked: ToPlan,
  upstream: UpstreamWriter,
): Promise<Planned | PlanRefusal> {
  const planned = await planReady(session, asked, upstream);
  return planned.kind === 'refusal' ? recordRefusal(session, planned) : planned;
}

/**
 * Plans a text and makes what it reads through; plans again without temporary views where they cannot be made.
 * Statements with effects wait until nothing is on its way, so that what they name is what the source has.
 */
export async function planReady(
  session: Session,
  asked: ToPlan,
  upstream: UpstreamWriter,
): Promise<Planned | PlanRefusal> {
  const { text, settings } = asked;
  for (;;) {
    const rules = await currentRules(session, settings);
    const facts = planSession(session, settings);
    const planned = await session.planning({ text, session: facts, rules });
    if (planned.kind === 'refusal') return planned;
    if (session.cancelled) throw cancelledWhilePlanned();
    if (planned.statements.some(needsOrder)) await upstream.settle();
    const barriers = barriersOf(planned.statements).filter(
      ({ name }) => !session.barriers.has(name),
    );
    if (barriers.length === 0) return planned;
    await upstream.settle();
    if (upstream.failing()) return planned;
    const made = await ensureBarriers(session, barriers, (bytes) => upstream.now(bytes));
    if (made === 'ready') return planned;
    if (session.fence === 'offset') continue;
    // Only this statement does without: a later transaction can make the view.
    return session.planning({ text, session: { ...facts, fence: 'offset' }, rules });
  }
}

function cancelledWhilePlanned(): Error {
  const problem = new Problem('unavailable', 'canceling statement due to user request');
  return refusing(sqlState.cancelled, problem);
}

function needsOrder(plan: StatementPlan): boolean {
  return hasEffect(plan) || plan.kind === 'execute' || plan.kind === 'fetch';
}

/** Counts a refused text and writes its leaf; gives the refusal back. */
export async function recordRefusal(session: Session, refusal: PlanRefusal): Promise<PlanRefusal> {
  session.meters.statements.inc({ effect: 'refused' });
  await session.auditor.refused(refusal, await currentRules(session));
  return refusal;
}
