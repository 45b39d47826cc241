import { encodeFrontend, reply } from '#engines/pgwire';
import { planBatch } from './batch.ts';
import { hasEffect } from './effect.ts';
import type { Running } from './rows/reading.ts';
import { encodeRefusal, refusalOfThrown, type Refusal } from './refusal.ts';
import type { Session } from './session.ts';
import { describedAs, type Part, runningOf } from './statement.ts';
import type { UpstreamWriter } from './upstream/upstreamwriter.ts';

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
    const planned = await planBatch(session, text, upstream);
    if ('kind' in planned) await refuse(session, planned, upstream);
    else await send(session, { parts: planned, text }, upstream);
  } catch (thrown) {
    await refuse(session, refusalOfThrown(thrown, session.ports.log), upstream);
  }
}

async function send(
  session: Session,
  query: { parts: readonly Part[]; text: string },
  upstream: UpstreamWriter,
): Promise<void> {
  const { parts, text } = query;
  const sent = parts.map((part) => part.text).join(';\n');
  const positions = sent === text;
  const running: Running[] = [];
  for (const { plan, reading } of parts) {
    running.push(await runningOf(session, { plan, reading, positions }));
  }
  const effects = parts.some(({ plan }) => hasEffect(plan)) ? 1 : 0;
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
