import type { Socket } from 'node:net';
import { Problem } from '#base/problem';
import {
  answer,
  backendTag,
  type ChannelBinding,
  createFramer,
  encodeCancelRequest,
  encodeSslRequest,
  encodeStartup,
  type Frame,
  BACKEND_BYTES_MAX,
} from '#engines/pgwire';
import { startTls } from '#plane/egress';
import { type Inbox, openInbox } from './channel.ts';
import { endPointOf } from './endpoint.ts';
import { UPSTREAM_LOGIN_SECONDS_MAX } from '../limits.ts';
import type { ConnectPort, UpstreamAddress } from '../port.ts';
import { startFailure } from './startfailure.ts';
import { authenticate } from './upstreamlogin.ts';

/** A logged-in connection to a source, paused, with what the server said about itself. */
export type UpstreamConnection = {
  readonly socket: Socket;
  readonly parameters: ReadonlyMap<string, string>;
  readonly processId: number;
  readonly key: Uint8Array;
  readonly address: UpstreamAddress;
  /** How it was reached, for a cancel request, which takes a connection of its own. */
  readonly connect: ConnectPort;
};

/** Connects and logs in; throws `unavailable` or `unauthenticated`, never with the server's own words about a password. */
export async function connectUpstream(
  connect: ConnectPort,
  address: UpstreamAddress,
  parameters: ReadonlyMap<string, string>,
): Promise<UpstreamConnection> {
  const plain = await openSocket(connect, address);
  try {
    const { socket, binding } = await secure(plain, address);
    const inbox = openInbox(socket, UPSTREAM_LOGIN_SECONDS_MAX * 1_000);
    try {
      return { ...(await logIn({ socket, inbox, binding }, address, parameters)), connect };
    } finally {
      inbox.release();
    }
  } catch (thrown) {
    plain.destroy();
    throw thrown;
  }
}

/** Asks the server to cancel what a connection is running, over a connection of its own; failures are silent, as in libpq. */
export async function cancelUpstream(
  connection: Pick<UpstreamConnection, 'address' | 'connect' | 'processId' | 'key'>,
): Promise<void> {
  const plain = await openSocket(connection.connect, connection.address);
  const { socket } = await secure(plain, connection.address);
  socket.on('error', () => undefined);
  socket.end(encodeCancelRequest(connection.processId, connection.key));
}

/** Its own words about where the source is and why it may not be reached are for the log, not for who connects. */
async function openSocket(connect: ConnectPort, address: UpstreamAddress): Promise<Socket> {
  try {
    const socket = await connect(address);
    socket.on('error', () => undefined);
    return socket;
  } catch (cause) {
    throw new Problem('unavailable', 'source cannot be reached', { cause });
  }
}

/** Waits for TLS to be there; a failure or delay closes it and throws `unavailable`. */
function secured(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => failed(new Error('timeout')),
      UPSTREAM_LOGIN_SECONDS_MAX * 1_000,
    );
    const failed = (cause: unknown): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new Problem('unavailable', 'TLS to the source failed', { cause }));
    };
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', failed);
      socket.on('error', () => undefined);
      resolve();
    });
  });
}

type Secured = { readonly socket: Socket; readonly binding: ChannelBinding };

/** Brings TLS up as the address asks (libpq's sslmode); a unix socket stays plain. */
async function secure(plain: Socket, address: UpstreamAddress): Promise<Secured> {
  const none: Secured = { socket: plain, binding: { kind: 'none' } };
  if (address.tls === 'disable' || address.host.startsWith('/')) return none;
  const inbox = openInbox(plain, UPSTREAM_LOGIN_SECONDS_MAX * 1_000);
  plain.write(encodeSslRequest());
  const reply = await inbox.chunk();
  inbox.release();
  // Anything behind the one byte came before TLS and could be injected (CVE-2021-23222).
  if (reply.length !== 1)
    throw new Problem('unavailable', 'source answered TLS with more than one byte');
  if (reply[0] === 0x4e && address.tls === 'prefer') return none;
  if (reply[0] !== 0x53) throw new Problem('unavailable', 'source does not offer TLS');
  const verify = address.tls === 'verify-ca' || address.tls === 'verify-full';
  const socket = startTls(plain, address.host, {
    rejectUnauthorized: verify,
    ALPNProtocols: ['postgresql'],
    ...(address.certificateAuthorities === null ? {} : { ca: address.certificateAuthorities }),
    ...(address.tls === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  });
  await secured(socket);
  const raw = socket.getPeerCertificate().raw;
  return { socket, binding: endPointOf(raw) ?? { kind: 'none' } };
}

type Opened = Secured & { readonly inbox: Inbox };

async function logIn(
  opened: Opened,
  address: UpstreamAddress,
  parameters: ReadonlyMap<string, string>,
): Promise<Omit<UpstreamConnection, 'connect'>> {
  const { socket, inbox, binding } = opened;
  const framer = createFramer();
  const next = async (): Promise<Frame> => {
    for (;;) {
      const frame = framer.next({ kind: 'message', bytesMax: BACKEND_BYTES_MAX });
      if (frame !== null) return frame;
      framer.push(await inbox.chunk());
    }
  };
  socket.write(
    encodeStartup(new Map([['user', address.user], ['database', address.database], ...parameters])),
  );
  await authenticate({ next, write: (bytes) => void socket.write(bytes), binding }, address);
  return { socket, address, ...(await greeted(next)) };
}

/** Reads what a server tells after AuthenticationOk, up to its first ReadyForQuery. */
async function greeted(
  next: () => Promise<Frame>,
): Promise<Pick<UpstreamConnection, 'parameters' | 'processId' | 'key'>> {
  const parameters = new Map<string, string>();
  let key = { processId: 0, key: new Uint8Array() as Uint8Array };
  for (;;) {
    const { tag, body } = await next();
    if (tag === backendTag.readyForQuery) return { parameters, ...key };
    if (tag === backendTag.backendKeyData) key = answer.decodeBackendKey(body);
    if (tag === backendTag.parameterStatus) {
      const { name, value } = answer.decodeParameterStatus(body);
      parameters.set(name, value);
    }
    if (tag === backendTag.error) throw startFailure(body);
  }
}
