import { encodeFrontend, reply } from '#engines/pgwire';
import type { StatementPlan } from '#engines/sql';
import { barriersOf, ensureBarriers } from './barrier.ts';
import { hasEffect } from './effect.ts';
import type { Planned, PlanRefusal } from './planning.ts';
import type { Running } from './reading.ts';
import { encodeRefusal, refusalOfThrown, type Refusal } from './refusal.ts';
import { currentRules, planSession, type Session } from './session.ts';
import {
  checkBatch,
  describedAs,
  emptyBatch,
  readingOf,
  runningOf,
  upstreamText,
} from './statement.ts';
import type { UpstreamWriter } from './upstreamwriter.ts';

/** A statement that is sure to fail, sent where the gateway refuses inside a transaction: the source must fail with us. */
export const FAILING_TEXT = "SELECT 'refused by privet'::pg_catalog.int4";

/** Runs a simple query (protocol 55.2.2): all its statements or, when one is refused, none. */
export async function runQuery(
  session: Session,
  text: string,
  upstream: UpstreamWriter,
): Promise<void> {
  try {
    if (session.unsettledEffects > 0) await upstream.settle();
    const planned = await planChecked(session, { text }, upstream);
    if (planned.kind === 'refusal') await refuse(session, planned, upstream);
    else await send(session, { planned, text }, upstream);
  } catch (thrown) {
    await refuse(session, refusalOfThrown(thrown, session.ports.log), upstream);
  }
}

/**
 * Plans a text and makes what it reads through; plans again without temporary views where they cannot be made.
 * Statements with effects wait until nothing is on its way, so that what they name is what the source has.
 */
export async function planChecked(
  session: Session,
  asked: { readonly text: string; readonly searchPath?: string },
  upstream: UpstreamWriter,
): Promise<Planned | PlanRefusal> {
  const { text, searchPath } = asked;
  for (;;) {
    const rules = await currentRules(session);
    const planned = await session.planning({
      text,
      session: planSession(session, searchPath),
      rules,
    });
    if (planned.kind === 'refusal') {
      session.meters.statements.inc({ effect: 'refused' });
      await session.auditor.refused(planned, rules);
      return planned;
    }
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
    const fenced = { ...planSession(session, searchPath), fence: 'offset' as const };
    return session.planning({ text, session: fenced, rules });
  }
}

function needsOrder(plan: StatementPlan): boolean {
  return hasEffect(plan) || plan.kind === 'execute' || plan.kind === 'fetch';
}

async function send(
  session: Session,
  query: { planned: Planned; text: string },
  upstream: UpstreamWriter,
): Promise<void> {
  const { planned, text } = query;
  const { statements } = planned;
  checkBatch(statements);
  const texts = statements.map((plan) => upstreamText(session, plan));
  const sent = texts.join(';\n');
  const positions = sent === text;
  const batch = emptyBatch();
  const running: Running[] = [];
  for (const plan of statements) {
    const reading = readingOf(session, planned, { plan, batch });
    running.push(await runningOf(session, { plan, reading, positions }));
  }
  const effects = statements.some(hasEffect) ? 1 : 0;
  session.unsettledEffects += effects;
  session.segment++;
  session.replies.expect({
    kind: 'query',
    running: running.filter(({ plan }) => plan.kind !== 'empty'),
    passing: { governed: running.some(({ reading }) => reading.plan.governed), positions },
    describe: (body) => {
      const current = session.replies.running();
      if (current === undefined || body === null) return null;
      const bytes = describedAs(session, current.reading, body);
      current.checked = true;
      return bytes;
    },
    settled: () => {
      session.unsettledEffects -= effects;
    },
  });
  upstream.write(encodeFrontend({ kind: 'query', text: sent }));
}

/** Answers a simple query with our error; inside a transaction the source is made to fail at the same place. */
export async function refuse(
  session: Session,
  refusal: Refusal,
  upstream: UpstreamWriter,
): Promise<void> {
  session.segment++;
  if (session.replies.size() === 0 && session.status === 'I') {
    session.client.write(encodeRefusal(refusal));
    session.client.write(reply.readyForQuery('I'));
    await session.client.drained();
    return;
  }
  session.replies.expect({ kind: 'query', refusal });
  upstream.write(encodeFrontend({ kind: 'query', text: FAILING_TEXT }));
}
