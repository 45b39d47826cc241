import { Problem } from '#base/problem';
import { encodeFrontend } from '#engines/pgwire';
import type { BindMessage, ParseMessage, Target } from '#engines/pgwire';
import { isParameterType } from '#engines/sql';
import type { StatementPlan } from '#engines/sql';
import { closeCursor, cursorPortal, describeCursor, executeCursor } from './cursorportal.ts';
import { hasEffect } from './effect.ts';
import type { Planned } from './planning/planning.ts';
import type { Reading } from './rows/reading.ts';
import { type Refusal, RefusedStatement, refusing } from './refusal.ts';
import { currentRules, freshName } from './session.ts';
import type { Portal, Prepared, Session } from './session.ts';
import { planChecked } from './ready.ts';
import { FAILING_TEXT } from './simple.ts';
import { sqlState } from './sqlstate.ts';
import {
  checkPortalRoom,
  checkStatementRoom,
  checkedFields,
  describedAs,
  emptyBatch,
  readingOf,
  runningOf,
  upstreamText,
} from './statement.ts';
import type { UpstreamWriter } from './upstream/upstreamwriter.ts';

/** The empty text: what Parse of it plans to. */
const empty: StatementPlan = {
  kind: 'empty',
  answer: 'upstream',
  text: '',
  output: [],
  guards: [],
  barriers: [],
  relations: [],
  governed: false,
  sets: [],
  fingerprint: '',
  normalized: '',
  parameters: 0,
};

/** Refuses inside the extended protocol: the source is made to fail there, so that both skip to the same Sync. */
export function refuseExtended(session: Session, refusal: Refusal, upstream: UpstreamWriter): void {
  session.replies.expect({ kind: 'parse', refusal });
  const failing = { kind: 'parse' as const, name: '', text: FAILING_TEXT, parameterTypes: [] };
  upstream.write(encodeFrontend(failing));
}

/** Parse: plans the text, prepares the rewritten one under a name of ours, and asks for its columns where masks need them. */
export async function parse(
  session: Session,
  sent: ParseMessage,
  upstream: UpstreamWriter,
): Promise<void> {
  if (session.unsettledEffects > 0) await upstream.settle();
  if (sent.name !== '' && session.statements.has(sent.name)) {
    throw refusing(
      sqlState.duplicateStatement,
      new Problem('conflict', `prepared statement \`${sent.name}\` already exists`),
    );
  }
  checkStatementRoom(session);
  closeOld(session, session.statements.get(sent.name), upstream);
  session.statements.delete(sent.name);
  const planned = await planChecked(session, { text: sent.text }, upstream);
  if (planned.kind === 'refusal') {
    refuseExtended(session, planned, upstream);
    return;
  }
  if (planned.statements.length > 1) {
    throw refusing(
      sqlState.syntaxError,
      new Problem('invalid', 'a prepared statement expected one command, got several'),
    );
  }
  const searchPath = session.virtual.values().search_path;
  const parameterTypes = sent.parameterTypes;
  const { catalog } = planned.rules.acting.system;
  if (!parameterTypes.every((oid) => isParameterType(catalog, oid))) {
    throw refusing(
      sqlState.noSuchObject,
      new Problem('invalid', 'parameters expected types a statement may name'),
    );
  }
  const prepared = prepare(
    session,
    { planned, text: sent.text, parameterTypes, searchPath },
    upstream,
  );
  session.statements.set(sent.name, prepared);
}

/** Closes upstream what a new Parse of the same name replaces; the client hears nothing of it. */
function closeOld(session: Session, old: Prepared | undefined, upstream: UpstreamWriter): void {
  if (old === undefined) return;
  session.replies.expect({ kind: 'close', shown: false });
  upstream.write(encodeFrontend({ kind: 'close', target: 'statement', name: old.upstreamName }));
}

type ToPrepare = Pick<Prepared, 'planned' | 'text' | 'parameterTypes' | 'searchPath'>;

function prepare(
  session: Session,
  made: ToPrepare & { readonly shown?: boolean },
  upstream: UpstreamWriter,
): Prepared {
  const { planned, text, parameterTypes, searchPath, shown = true } = made;
  const plan = planned.statements[0] ?? empty;
  const upstreamName = freshName(session);
  const prepared: Prepared = {
    upstreamName,
    text,
    parameterTypes,
    searchPath,
    planned,
    plan,
    fields: 'unknown',
  };
  const sent = upstreamText(session, plan);
  const reading = currentReading(session, prepared, planned);
  const passing = { governed: reading.plan.governed, positions: sent === text };
  session.replies.expect({
    kind: 'parse',
    shown,
    passing,
    settled: (outcome) => {
      if (outcome !== 'done') forgetPrepared(session, prepared);
    },
  });
  upstream.write(encodeFrontend({ kind: 'parse', name: upstreamName, text: sent, parameterTypes }));
  const mustCheck =
    reading.plan.guards.length > 0 || reading.plan.output.some(({ stream }) => stream !== null);
  if (mustCheck) describeUnseen(session, prepared, upstream);
  return prepared;
}

/** A Parse that failed or was skipped leaves no statement behind, so that its name is free again. */
function forgetPrepared(session: Session, prepared: Prepared): void {
  for (const [name, known] of session.statements) {
    if (known === prepared) session.statements.delete(name);
  }
}

function currentReading(session: Session, prepared: Prepared, planned: Planned): Reading {
  return readingOf(session, planned, { plan: prepared.plan, batch: emptyBatch() });
}

/** Asks the source for the columns of a statement and checks them, without the client hearing of it. */
function describeUnseen(session: Session, prepared: Prepared, upstream: UpstreamWriter): void {
  session.replies.expect({
    kind: 'describe-statement',
    shown: false,
    describe: (body) => learnFields(session, prepared, body),
  });
  const name = prepared.upstreamName;
  upstream.write(encodeFrontend({ kind: 'describe', target: 'statement', name }));
}

function learnFields(
  session: Session,
  prepared: Prepared,
  body: Uint8Array | null,
): Uint8Array | null {
  if (body === null) {
    prepared.fields = null;
    return null;
  }
  const reading = currentReading(session, prepared, prepared.planned);
  prepared.fields = checkedFields(session, reading, body);
  return describedAs(session, reading, body);
}

/** Bind: with the policy of now; a statement whose rewriting changed is prepared anew before it is bound. */
export async function bind(
  session: Session,
  sent: BindMessage,
  upstream: UpstreamWriter,
): Promise<void> {
  if (session.unsettledEffects > 0) await upstream.settle();
  const known = session.statements.get(sent.statement);
  if (known === undefined) throw noStatement(sent.statement);
  if (sent.portal !== '') checkPortalRoom(session);
  if (sent.portal !== '' && portalExists(session, sent.portal)) {
    throw refusing(
      sqlState.duplicateCursor,
      new Problem('conflict', `portal \`${sent.portal}\` already exists`),
    );
  }
  const prepared = await renewed(session, { name: sent.statement, known }, upstream);
  // A name of its own for every Bind: PostgreSQL tells names apart by 63 bytes only, and dead portals must stay dead.
  const upstreamName = sent.portal === '' ? '' : `${freshName(session)}_portal`;
  const portal: Portal = { prepared, upstreamName, segment: session.segment, reading: null };
  session.portals.set(sent.portal, portal);
  session.replies.expect({
    kind: 'bind',
    passing: passingOf(prepared),
    settled: (outcome) => {
      if (outcome !== 'done') forgetPortal(session, portal);
    },
  });
  upstream.write(
    encodeFrontend({ ...sent, statement: prepared.upstreamName, portal: upstreamName }),
  );
}

function forgetPortal(session: Session, portal: Portal): void {
  for (const [name, known] of session.portals) {
    if (known === portal) session.portals.delete(name);
  }
}

/** A cursor of SQL and a portal of the protocol share their names (PostgreSQL manual, DECLARE). */
function portalExists(session: Session, name: string): boolean {
  return session.portals.has(name) || session.cursors.has(name);
}

function passingOf(prepared: Prepared): { governed: boolean; positions: boolean } {
  const { plan } = prepared;
  const borrows = plan.kind === 'execute' || plan.kind === 'fetch';
  return { governed: plan.governed || borrows, positions: plan.text === prepared.text };
}

/** The statement as policy now has it; throws when it is denied, or when its columns are others than the client knows. */
async function renewed(
  session: Session,
  at: { name: string; known: Prepared },
  upstream: UpstreamWriter,
): Promise<Prepared> {
  const { known, name } = at;
  const rules = await currentRules(session);
  if (rules.keyOf(known.planned.consulted) === known.planned.rulesKey) return known;
  const { text, parameterTypes, searchPath } = known;
  const settings = { ...session.virtual.values(), search_path: searchPath };
  const planned = await planChecked(session, { text, settings }, upstream);
  if (planned.kind === 'refusal') throw new RefusedStatement(planned);
  const fresh = prepare(
    session,
    { planned, text, parameterTypes, searchPath, shown: false },
    upstream,
  );
  describeUnseen(session, fresh, upstream);
  await upstream.settle();
  closeOld(session, known, upstream);
  session.statements.set(name, fresh);
  if (known.fields !== 'unknown' && !sameShape(known.fields, fresh.fields)) {
    throw refusing(
      sqlState.featureNotSupported,
      new Problem('conflict', 'cached plan must not change result type'),
    );
  }
  return fresh;
}

function sameShape(left: Prepared['fields'], right: Prepared['fields']): boolean {
  if (left === 'unknown' || right === 'unknown' || left === null || right === null)
    return left === right;
  return (
    left.length === right.length &&
    left.every((field, i) => field.type === right[i]?.type && field.name === right[i]?.name)
  );
}

/** Describe of a statement or a portal. */
export async function describe(
  session: Session,
  sent: { readonly target: Target; readonly name: string },
  upstream: UpstreamWriter,
): Promise<void> {
  const portal = sent.target === 'portal' ? session.portals.get(sent.name) : undefined;
  if (sent.target === 'portal' && portal === undefined) {
    const cursor = await cursorPortal(session, sent.name, upstream);
    if (cursor !== undefined) return describeCursor(session, cursor, { upstream, shown: true });
  }
  const prepared = sent.target === 'portal' ? portal?.prepared : session.statements.get(sent.name);
  if (prepared === undefined)
    throw sent.target === 'portal' ? noPortal(sent.name) : noStatement(sent.name);
  session.replies.expect({
    kind: sent.target === 'portal' ? 'describe-portal' : 'describe-statement',
    passing: passingOf(prepared),
    describe: (body) => learnFields(session, prepared, body),
  });
  const name = portal?.upstreamName ?? prepared.upstreamName;
  upstream.write(encodeFrontend({ kind: 'describe', target: sent.target, name }));
}

/** Execute: with the policy of now; a portal bound under another is refused, since its rows are already chosen. */
export async function execute(
  session: Session,
  sent: { readonly portal: string; readonly rowsMax: number },
  upstream: UpstreamWriter,
): Promise<void> {
  const portal = session.portals.get(sent.portal);
  if (portal === undefined) {
    const cursor = await cursorPortal(session, sent.portal, upstream);
    if (cursor === undefined) throw noPortal(sent.portal);
    return executeCursor(session, { ...cursor, rowsMax: sent.rowsMax }, upstream);
  }
  const { prepared, upstreamName } = portal;
  const { planned, plan } = prepared;
  const rules = await currentRules(session);
  if (rules.keyOf(planned.consulted) !== planned.rulesKey) {
    throw new Problem('denied', 'policy changed since this statement was bound', {
      hint: 'run it again',
    });
  }
  if (hasEffect(plan) || plan.kind === 'execute' || plan.kind === 'fetch') await upstream.settle();
  const reading = portalReading(session, portal, { ...planned, rules });
  const running = await runningOf(session, {
    plan,
    reading,
    positions: plan.text === prepared.text,
  });
  // The source answered the unseen Describe before it ran the statement, or this session would be over.
  running.checked = true;
  const effects = hasEffect(plan) ? 1 : 0;
  session.unsettledEffects += effects;
  session.replies.expect({
    kind: 'execute',
    running: [running],
    passing: passingOf(prepared),
    settled: () => {
      session.unsettledEffects -= effects;
    },
  });
  upstream.write(encodeFrontend({ kind: 'execute', portal: upstreamName, rowsMax: sent.rowsMax }));
}

/**
 * What a portal's rows are read by: found once, at its first Execute. A suspended EXECUTE or FETCH goes on with rows the
 * source has already made, whatever its name has come to mean since; policy must still say the same.
 */
function portalReading(session: Session, portal: Portal, planned: Planned): Reading {
  const held = portal.reading;
  portal.reading ??= currentReading(session, portal.prepared, planned);
  if (held !== null && planned.rules.keyOf(held.consulted) !== held.rulesKey) {
    throw new Problem('denied', 'policy changed since this statement was bound', {
      hint: 'run it again',
    });
  }
  return portal.reading;
}

/** Close of a statement or portal; closing what does not exist is no error (protocol 55.2.3). */
export async function close(
  session: Session,
  sent: { readonly target: Target; readonly name: string },
  upstream: UpstreamWriter,
): Promise<void> {
  if (sent.target === 'portal' && !session.portals.has(sent.name)) {
    const cursor = await cursorPortal(session, sent.name, upstream);
    if (cursor !== undefined) return closeCursor(session, cursor.name, upstream);
  }
  const names = sent.target === 'portal' ? session.portals : session.statements;
  const name = names.get(sent.name)?.upstreamName ?? 'privet_none';
  names.delete(sent.name);
  session.replies.expect({ kind: 'close' });
  upstream.write(encodeFrontend({ kind: 'close', target: sent.target, name }));
}

/** Sync: the source answers ReadyForQuery, and portals bound before it end unless a transaction is open. */
export function sync(session: Session, upstream: UpstreamWriter): void {
  const segment = session.segment++;
  session.replies.expect({
    kind: 'sync',
    settled: () => {
      if (session.status === 'T') return;
      for (const [name, portal] of session.portals) {
        if (portal.segment <= segment) session.portals.delete(name);
      }
    },
  });
  upstream.write(encodeFrontend({ kind: 'sync' }));
}

function noStatement(name: string): RefusedStatement {
  return refusing(
    sqlState.noSuchStatement,
    new Problem('not-found', `prepared statement \`${name}\` does not exist`),
  );
}

function noPortal(name: string): RefusedStatement {
  return refusing(
    sqlState.noSuchPortal,
    new Problem('not-found', `portal \`${name}\` does not exist`),
  );
}
