import { createHash } from 'node:crypto';
import { reply } from '#engines/pgwire';
import { openChannel } from '../upstream/channel.ts';
import type { SessionEnd } from '../connected.ts';
import type { GatewayContext } from '../context.ts';
import { addressOf } from '../entry.ts';
import type { Admitted, Authenticated } from '../open.ts';
import { encodeRefusal, refusalOf } from '../refusal.ts';
import type { VaultPlace } from '../port.ts';
import { createClientInbox } from '../serve.ts';
import { closePortals } from './vaultheld.ts';
import { serveVault } from './vaultserve.ts';
import type { VaultSession } from './vaultsession.ts';
import { createVaultSettings } from './vaultsettings.ts';

type AtVault = Omit<Admitted, 'place'> & { readonly place: VaultPlace };

/** What a PostgreSQL of the engine's version says of itself. */
const REPORTED: readonly (readonly [string, string])[] = [
  ['server_version', '18.0'],
  ['server_encoding', 'UTF8'],
  ['client_encoding', 'UTF8'],
  ['DateStyle', 'ISO, MDY'],
  ['IntervalStyle', 'postgres'],
  ['TimeZone', 'UTC'],
  ['integer_datetimes', 'on'],
  ['standard_conforming_strings', 'on'],
  ['is_superuser', 'off'],
  ['in_hot_standby', 'off'],
  ['default_transaction_read_only', 'on'],
];

/** Serves an admitted person at a vault until they leave. No connection is opened: the vault is asked statement by statement. */
export async function openVaultSession(
  entry: Authenticated,
  admitted: AtVault,
  context: GatewayContext,
): Promise<void> {
  const { session, inbox } = assemble(entry, admitted, context);
  context.sessions.add(session);
  context.meters.connections.set(context.sessions.size);
  const keyBytes = entry.startup.minor >= 2 ? 32 : 4;
  const { processId, key, release } = context.cancelKeys.issue(keyBytes, session.cancel);
  session.client.write(reply.authenticationOk);
  for (const [name, value] of [
    ...REPORTED,
    ['session_authorization', session.subject.name] as const,
  ]) {
    session.client.write(reply.parameterStatus(name, value));
  }
  session.client.write(reply.backendKeyData(processId, key));
  session.client.write(reply.readyForQuery('I'));
  session.client.resume();
  try {
    await serveVault(session, inbox);
  } finally {
    release();
    closePortals(session);
    context.sessions.delete(session);
    context.meters.connections.set(context.sessions.size);
  }
}

function assemble(entry: Authenticated, admitted: AtVault, context: GatewayContext) {
  const { ports, settings } = context;
  const { subject, place, wishes } = admitted;
  const inbox = createClientInbox(settings.messageBytesMax, entry.socket);
  const given = new Map([...wishes.forwarded, ...Object.entries(wishes.virtual)]);
  const session: VaultSession = {
    id: createHash('sha256').update(ports.random(32)).digest('hex').slice(0, 24),
    subject: { id: subject.id, name: subject.name },
    token: entry.credential.token,
    address: addressOf(entry.socket),
    place,
    ports,
    limits: settings,
    client: openChannel(entry.socket, {
      data: inbox.push,
      close: () => {
        session.cancel();
        inbox.close();
      },
    }),
    settings: createVaultSettings(given),
    statements: new Map(),
    portals: new Map(),
    held: { bytes: 0 },
    heldByAll: context.vaultHeld,
    status: 'I',
    skipping: false,
    running: null,
    lastActiveMs: ports.clock(),
    ended: false,
    activity: () => {
      const { running, lastActiveMs } = session;
      if (running === null) return { kind: 'idle', sinceMs: lastActiveMs };
      return { kind: 'running', startedMicros: running.startedMicros };
    },
    cancel: () => session.running?.abort.abort(),
    end: (reason) => endSession(session, inbox, reason),
  };
  return { session, inbox };
}

function endSession(
  session: VaultSession,
  inbox: { readonly close: () => void },
  reason: SessionEnd,
): void {
  if (session.ended) return;
  session.ended = true;
  session.cancel();
  if (reason.kind === 'fatal') {
    session.client.end(encodeRefusal(refusalOf(reason.problem, reason.sqlState), 'FATAL'));
  } else session.client.end();
  inbox.close();
}
