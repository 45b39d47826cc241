import { Problem } from '#base/problem';
import type { BindMessage, ParseMessage, Target } from '#engines/pgwire';
import type { VaultServed, VaultStatement } from '../port.ts';
import { refusing } from '../refusal.ts';
import { sqlState } from '../sqlstate.ts';
import { holdAnswer, keepPortal, letGo } from './vaultheld.ts';
import {
  understood,
  type VaultPortal,
  type VaultPrepared,
  type VaultSession,
} from './vaultsession.ts';
import { describe, hasRows, perform } from './vaultstatement.ts';

/** Parse: the text is understood, so that a mistake is told now, and kept. */
export async function prepare(session: VaultSession, message: ParseMessage): Promise<void> {
  const { name, text, parameterTypes } = message;
  await only(session, text);
  if (name !== '' && session.statements.has(name)) {
    const problem = new Problem('conflict', `prepared statement \`${name}\` already exists`);
    throw refusing(sqlState.duplicateStatement, problem);
  }
  if (session.statements.size >= session.limits.statementsPerSessionMax) {
    const max = session.limits.statementsPerSessionMax;
    throw new Problem('limit', `prepared statements above ${max}`);
  }
  session.statements.set(name, { text, parameterTypes });
}

/** Bind: nothing runs before its rows or their description are asked for. */
export function bindPortal(session: VaultSession, message: BindMessage): void {
  const { portal, parameters, resultFormats } = message;
  const prepared = statementOf(session, message.statement);
  if (portal !== '' && session.portals.has(portal)) {
    const problem = new Problem('conflict', `cursor \`${portal}\` already exists`);
    throw refusing(sqlState.duplicateCursor, problem);
  }
  if (session.portals.size >= session.limits.portalsPerSessionMax) {
    throw new Problem('limit', `portals above ${session.limits.portalsPerSessionMax}`);
  }
  // The message's bytes may be the socket's, which are used again.
  const kept = parameters.slice();
  const nothing = { answer: null, heldBytes: 0, sent: 0 };
  keepPortal(session, portal, { prepared, parameters: kept, resultFormats, ...nothing });
}

/** What a statement takes and gives, or what a portal gives: that is known by working it out. */
export async function describeName(
  session: VaultSession,
  { target, name }: { readonly target: Target; readonly name: string },
): Promise<VaultServed> {
  if (target === 'statement') {
    const prepared = statementOf(session, name);
    const statement = await only(session, prepared.text);
    if (statement === null) return EMPTY;
    return describe(session, statement, prepared.parameterTypes);
  }
  const portal = portalOf(session, name);
  const statement = portal.answer === null ? await only(session, portal.prepared.text) : null;
  // What has no rows acts only when it is executed.
  if (portal.answer === null && (statement === null || !hasRows(statement.plan))) return EMPTY;
  return answered(session, portal);
}

const EMPTY: VaultServed = { parameterTypes: [], fields: null, rows: [], tag: '' };

/** The next rows of a portal, all that are left for 0; `done` when there are no more. */
export async function fetchPortal(
  session: VaultSession,
  { portal: name, rowsMax }: { readonly portal: string; readonly rowsMax: number },
): Promise<{ readonly served: VaultServed; readonly done: boolean }> {
  const portal = portalOf(session, name);
  const served = await answered(session, portal);
  const end = rowsMax === 0 ? served.rows.length : portal.sent + rowsMax;
  const rows = served.rows.slice(portal.sent, end);
  portal.sent += rows.length;
  if (portal.sent >= served.rows.length) letGo(session, portal);
  // As PostgreSQL: a portal that gave as many rows as were asked for is suspended, even at its end.
  const done = rowsMax === 0 || rows.length < rowsMax;
  const tag = served.fields === null ? served.tag : `SELECT ${rows.length}`;
  return { served: { ...served, rows, tag: served.tag === 'SHOW' ? 'SHOW' : tag }, done };
}

async function answered(session: VaultSession, portal: VaultPortal): Promise<VaultServed> {
  if (portal.answer !== null) return portal.answer;
  const { prepared, parameters, resultFormats } = portal;
  const statement = await only(session, prepared.text);
  const bound = { parameters, resultFormats };
  const { parameterTypes } = prepared;
  const answer =
    statement === null ? EMPTY : await perform(session, statement, { parameterTypes, bound });
  holdAnswer(session, portal, answer);
  return answer;
}

/** The one statement of a text, or null for an empty one. */
async function only(session: VaultSession, text: string): Promise<VaultStatement | null> {
  const [statement = null, ...more] = await understood(session, text);
  if (more.length > 0) {
    const problem = new Problem('invalid', 'a prepared statement expected one statement, got more');
    throw refusing(sqlState.syntaxError, problem);
  }
  return statement?.plan.kind === 'empty' ? null : statement;
}

function statementOf(session: VaultSession, name: string): VaultPrepared {
  const found = session.statements.get(name);
  if (found !== undefined) return found;
  const problem = new Problem('not-found', `prepared statement \`${name}\` does not exist`);
  throw refusing(sqlState.noSuchStatement, problem);
}

function portalOf(session: VaultSession, name: string): VaultPortal {
  const found = session.portals.get(name);
  if (found !== undefined) return found;
  throw refusing(
    sqlState.noSuchPortal,
    new Problem('not-found', `portal \`${name}\` does not exist`),
  );
}
