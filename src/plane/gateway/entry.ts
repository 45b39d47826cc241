import type { Socket } from 'node:net';
import { Problem, problemFrom } from '#base/problem';
import {
  type ChannelBinding,
  createFramer,
  loginFraming,
  type LoginPort,
  type LoginState,
  opening,
  secured,
  type Startup,
  stepLogin,
} from '#engines/pgwire';
import { type Inbox, openInbox } from './upstream/channel.ts';
import type { GatewayContext } from './context.ts';
import { type Credential, credentialOf } from './credential.ts';
import { scramHashes } from './hashes.ts';
import { upgrade } from './upstream/servertls.ts';

/** How a connection came in. */
export type Entry =
  | { readonly kind: 'cancel'; readonly processId: number; readonly key: Uint8Array }
  | {
      readonly kind: 'authenticated';
      readonly socket: Socket;
      readonly startup: Startup;
      readonly credential: Credential;
      readonly plus: boolean;
    };

/** A log-in that failed, with what is known of who tried; the client gets the problem. */
export class RefusedEntry extends Error {
  readonly problem: Problem;
  readonly credential: Credential | null;
  readonly socket: Socket;
  readonly limited: boolean;

  constructor(from: {
    problem: Problem;
    credential: Credential | null;
    socket: Socket;
    limited: boolean;
  }) {
    super(from.problem.message);
    this.problem = from.problem;
    this.credential = from.credential;
    this.socket = from.socket;
    this.limited = from.limited;
  }
}

const TLS_HANDSHAKE = 0x16;
const NONCE_BYTES = 18;

/** A connection on its way in. */
type Arrival = {
  readonly plain: Socket;
  readonly context: GatewayContext;
  socket: Socket;
  inbox: Inbox;
  binding: ChannelBinding;
  credential: Credential | null;
  limited: boolean;
};

/**
 * Takes a connection from its first byte to a proven password (or a cancel request). Throws `RefusedEntry`; whoever
 * catches it answers and closes.
 */
export async function admit(plain: Socket, context: GatewayContext): Promise<Entry> {
  const arrival: Arrival = {
    plain,
    context,
    socket: plain,
    inbox: openInbox(plain, context.settings.loginSecondsMax * 1_000),
    binding: { kind: 'none' },
    credential: null,
    limited: false,
  };
  try {
    return await arrive(arrival);
  } catch (thrown) {
    const { credential, socket, limited } = arrival;
    throw new RefusedEntry({ problem: problemFrom(thrown), credential, socket, limited });
  } finally {
    arrival.inbox.release();
  }
}

async function arrive(arrival: Arrival): Promise<Entry> {
  const first = await arrival.inbox.chunk();
  const direct = first[0] === TLS_HANDSHAKE;
  if (direct) await secure(arrival, first);
  let state = direct ? await converse(arrival, secured) : await converse(arrival, opening, first);
  if (state.kind === 'securing') {
    await secure(arrival, null);
    state = await converse(arrival, secured);
  }
  if (state.kind === 'cancelling') return { ...state, kind: 'cancel' };
  const { socket, credential } = arrival;
  if (state.kind !== 'authenticated' || credential === null) {
    throw new Problem('internal', 'log-in ended in the middle');
  }
  const plus = arrival.binding.kind !== 'none';
  return { kind: 'authenticated', socket, startup: state.startup, credential, plus };
}

/** Brings TLS up; `first` is the beginning of a handshake the client sent without asking. */
async function secure(arrival: Arrival, first: Uint8Array | null): Promise<void> {
  const { plain, context } = arrival;
  const millisecondsMax = context.settings.loginSecondsMax * 1_000;
  arrival.inbox.release();
  // Read once: channel binding must be about the certificate that was shown.
  const tls = context.tls();
  if (tls === null) throw new Problem('unauthenticated', 'this server has no TLS');
  if (first !== null) plain.unshift(Buffer.from(first));
  const direct = first !== null;
  arrival.socket = await upgrade(plain, tls, { direct, millisecondsMax });
  arrival.binding = tls.binding;
  arrival.inbox = openInbox(arrival.socket, millisecondsMax);
}

function portOf(arrival: Arrival): LoginPort {
  const { plain, context, binding } = arrival;
  return {
    tls: tlsOffer(plain, context),
    binding,
    verifierOf: (startup) => lookUp(arrival, startup).verifier,
    nonce: Buffer.from(context.ports.random(NONCE_BYTES)).toString('base64'),
    hashes: scramHashes,
  };
}

function lookUp(arrival: Arrival, startup: Startup): Credential {
  const { plain, context } = arrival;
  const user = startup.parameters.get('user') ?? '';
  arrival.limited = !context.lockout.allows(user, addressOf(plain));
  if (arrival.limited)
    throw new Problem('unauthenticated', 'too many failed log-ins; try again later');
  arrival.credential = credentialOf(user, {
    view: context.ports.access(),
    secret: context.secret,
    nowMs: context.ports.clock(),
  });
  return arrival.credential;
}

/** Steps the log-in until it waits for nothing from the client any more: TLS, cancel, or a proven password. */
async function converse(
  arrival: Arrival,
  from: LoginState,
  buffered?: Uint8Array,
): Promise<LoginState> {
  const framer = createFramer();
  const port = portOf(arrival);
  if (buffered !== undefined) framer.push(buffered);
  let state = from;
  for (let framing = loginFraming(state); framing !== null; framing = loginFraming(state)) {
    const frame = framer.next(framing);
    if (frame === null) {
      framer.push(await arrival.inbox.chunk());
      continue;
    }
    const step = stepLogin(state, frame, port);
    state = step.state;
    for (const bytes of step.send) arrival.socket.write(bytes);
  }
  // What a client sent ahead in plain may not be its own (CVE-2021-3935): it is not read, and the log-in ends.
  if (framer.held() > 0) {
    throw new Problem('invalid', 'protocol violation: messages before the log-in is done');
  }
  return state;
}

function tlsOffer(plain: Socket, context: GatewayContext): LoginPort['tls'] {
  if (context.settings.plaintext === 'loopback' && isLoopback(addressOf(plain))) {
    return context.tls() === null ? 'none' : 'offered';
  }
  return 'required';
}

/** The peer's address; empty when it is gone already. */
export function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/u, '');
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
