import { encodeFrontend } from '#engines/pgwire';
import type { Reading } from './rows/reading.ts';
import { currentRules, type Session } from './session.ts';
import { borrowed, checkedFields, describedAs, runningOf } from './statement.ts';
import type { UpstreamWriter } from './upstream/upstreamwriter.ts';

/** A cursor made by DECLARE, which protocol messages reach as the portal of its name (protocol 55.2.3). */
export type CursorPortal = { readonly name: string; readonly reading: Reading };

/** The cursor of that name, once every DECLARE and CLOSE on its way is done; undefined when there is none. */
export async function cursorPortal(
  session: Session,
  name: string,
  upstream: UpstreamWriter,
): Promise<CursorPortal | undefined> {
  if (session.unsettledEffects > 0) await upstream.settle();
  const cursor = session.cursors.get(name);
  return cursor && { name, reading: cursor.reading };
}

/** Describe of a cursor; `shown` says whether the client asked for it. */
export function describeCursor(
  session: Session,
  { name, reading }: CursorPortal,
  to: { readonly upstream: UpstreamWriter; readonly shown: boolean },
): void {
  session.replies.expect({
    kind: 'describe-portal',
    shown: to.shown,
    passing: { governed: reading.plan.governed, positions: false },
    describe: (body) => {
      if (body === null) return null;
      checkedFields(session, reading, body);
      return describedAs(session, reading, body);
    },
  });
  to.upstream.write(encodeFrontend({ kind: 'describe', target: 'portal', name }));
}

/** Execute of a cursor: a FETCH in all but name, under the masks it was declared with; throws `denied` when policy moved. */
export async function executeCursor(
  session: Session,
  cursor: CursorPortal & { readonly rowsMax: number },
  upstream: UpstreamWriter,
): Promise<void> {
  const { name, rowsMax } = cursor;
  const reading = borrowed(cursor.reading, {
    what: 'cursor',
    name,
    rules: await currentRules(session),
  });
  const plan = { ...reading.plan, kind: 'fetch' as const, name, move: false };
  const running = await runningOf(session, { plan, reading, positions: false });
  // Rows of Execute come without a description, so the source is asked for it first.
  describeCursor(session, cursor, { upstream, shown: false });
  running.checked = true;
  session.replies.expect({
    kind: 'execute',
    running: [running],
    passing: { governed: reading.plan.governed, positions: false },
  });
  upstream.write(encodeFrontend({ kind: 'execute', portal: name, rowsMax }));
}

/** Close of a cursor; it stays known when the source skipped the message. */
export function closeCursor(session: Session, name: string, upstream: UpstreamWriter): void {
  const cursor = session.cursors.get(name);
  session.cursors.delete(name);
  session.replies.expect({
    kind: 'close',
    settled: (outcome) => {
      if (outcome !== 'done' && cursor !== undefined) session.cursors.set(name, cursor);
    },
  });
  upstream.write(encodeFrontend({ kind: 'close', target: 'portal', name }));
}
