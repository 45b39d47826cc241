import { Problem, problemFrom } from '#base/problem';
import { decodeFrontend, reply, type Field, type FrontendMessage } from '#engines/pgwire';
import { encodeRefusal, refusalOfThrown } from '../refusal.ts';
import type { ClientInbox } from '../serve.ts';
import { sqlStateOf } from '../sqlstate.ts';
import type { VaultServed, VaultStatement } from '../port.ts';
import { bindPortal, describeName, fetchPortal, prepare } from './vaultextended.ts';
import { closePortal, closePortals } from './vaultheld.ts';
import { understood, type VaultSession } from './vaultsession.ts';
import { NOTHING_BOUND, perform } from './vaultstatement.ts';

/** Rows sent before the client is waited for. */
const ROWS_A_WRITE = 500;

/** Serves a client at a vault until it leaves, breaks the protocol or is thrown out. */
export async function serveVault(session: VaultSession, inbox: ClientInbox): Promise<void> {
  try {
    while (!session.ended) {
      const frame = inbox.take();
      if (frame === null) {
        if (!(await inbox.more())) break;
        continue;
      }
      session.lastActiveMs = session.ports.clock();
      const message = decodeFrontend(frame);
      if (message.kind === 'terminate') break;
      await handle(session, message);
    }
    session.end({ kind: 'quiet' });
  } catch (thrown) {
    const problem = problemFrom(thrown);
    session.end({ kind: 'fatal', problem, sqlState: sqlStateOf(problem.code) });
  }
}

async function handle(session: VaultSession, message: FrontendMessage): Promise<void> {
  if (message.kind === 'query') return runQuery(session, message.text);
  if (message.kind === 'sync') return sync(session);
  if (session.skipping) return;
  try {
    await dispatch(session, message);
  } catch (thrown) {
    fail(session, thrown);
    session.skipping = true;
  }
}

/** Flush needs nothing, for everything is written as it comes; COPY messages are left over from one that was refused (55.2.6). */
async function dispatch(session: VaultSession, message: FrontendMessage): Promise<void> {
  const { client } = session;
  if (message.kind === 'parse') {
    await prepare(session, message);
    client.write(reply.parseComplete);
  } else if (message.kind === 'bind') {
    bindPortal(session, message);
    client.write(reply.bindComplete);
  } else if (message.kind === 'describe') {
    sendDescription(session, message.target, await describeName(session, message));
  } else if (message.kind === 'execute') {
    const { served, done } = await fetchPortal(session, message);
    await sendRows(session, served.rows);
    client.write(done ? complete(served) : reply.portalSuspended);
  } else if (message.kind === 'close') {
    if (message.target === 'portal') closePortal(session, message.name);
    else session.statements.delete(message.name);
    client.write(reply.closeComplete);
  } else if (message.kind === 'function-call') {
    throw new Problem('unsupported', 'fast-path function calls are not supported', {
      hint: 'call the function in a SELECT',
    });
  }
}

/** How often one message may change what the vault is asked with: all of it is understood anew each time. */
const CHANGES_MAX = 100;

/** The settings that statements are understood by. */
function saidIn({ settings }: VaultSession): string {
  return JSON.stringify(settings.own());
}

function tooManyChanges(): Problem {
  return new Problem('limit', `one message changes settings more than ${CHANGES_MAX} times`, {
    hint: 'send its statements one by one',
  });
}

/** A simple query (protocol 55.2.2): its statements one by one, until one fails. */
async function runQuery(session: VaultSession, text: string): Promise<void> {
  session.skipping = false;
  try {
    let [statements, said] = [await understood(session, text), saidIn(session)];
    let changes = 0;
    for (let at = 0; at < statements.length; at += 1) {
      // What was set counts for those behind it.
      if (saidIn(session) !== said) {
        changes += 1;
        if (changes > CHANGES_MAX) throw tooManyChanges();
        [statements, said] = [await understood(session, text), saidIn(session)];
      }
      const statement = statements[at] as VaultStatement; // INVARIANT: within the list
      const served = await perform(session, statement, NOTHING_BOUND);
      if (served.fields !== null) session.client.write(described(served.fields));
      await sendRows(session, served.rows);
      session.client.write(complete(served));
    }
  } catch (thrown) {
    fail(session, thrown);
  }
  sync(session);
}

function fail(session: VaultSession, thrown: unknown): void {
  session.client.write(encodeRefusal(refusalOfThrown(thrown, session.ports.log)));
  if (session.status === 'T') session.status = 'E';
}

function sync(session: VaultSession): void {
  session.skipping = false;
  if (session.status === 'I') closePortals(session);
  session.client.write(reply.readyForQuery(session.status));
}

function complete({ tag }: VaultServed): Uint8Array {
  return tag === '' ? reply.emptyQuery : reply.commandComplete(tag);
}

function sendDescription(
  session: VaultSession,
  target: 'statement' | 'portal',
  { parameterTypes, fields }: VaultServed,
): void {
  if (target === 'statement') {
    session.client.write(reply.encodeParameterDescription(parameterTypes));
  }
  session.client.write(fields === null ? reply.noData : described(fields));
}

function described(fields: readonly Field[]): Uint8Array {
  return reply.encodeRowDescription([...fields]);
}

async function sendRows(session: VaultSession, rows: readonly Uint8Array[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_A_WRITE) {
    const bytes = rows.slice(at, at + ROWS_A_WRITE).map((row) => reply.encodeRow(row));
    if (!session.client.write(Buffer.concat(bytes))) await session.client.drained();
    if (session.ended) return;
  }
}
