import type { Socket } from 'node:net';
import { Problem } from '#base/problem';
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
import { type Inbox, openInbox } from './channel.ts';
import type { GatewayContext } from './context.ts';
import { type Credential, credentialOf } from './credential.ts';
import { scramHashes } from './hashes.ts';
import { upgrade } from './servertls.ts';

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

/**
 * Takes a connection from its first byte to a proven password (or a cancel request). Throws `RefusedEntry`; whoever
 * catches it answers and closes.
 */
export async function admit(plain: Socket, context: GatewayContext): Promise<Entry> {
  const millisecondsMax = context.settings.loginSecondsMax * 1_000;
  let inbox = openInbox(plain, millisecondsMax);
  let socket: Socket = plain;
  let binding: ChannelBinding = { kind: 'none' };
  let credential: Credential | null = null;
  let limited = false;
  const secure = async (direct: boolean): Promise<void> => {
    inbox.release();
    if (context.tls === null) throw new Problem('unauthenticated', 'this server has no TLS');
    socket = await upgrade(plain, context.tls, { direct, millisecondsMax });
    binding = context.tls.binding;
    inbox = openInbox(socket, millisecondsMax);
  };
  const lookUp = (startup: Startup): Credential => {
    const user = startup.parameters.get('user') ?? '';
    limited = !context.lockout.allows(user, addressOf(plain));
    if (limited) throw new Problem('unauthenticated', 'too many failed log-ins; try again later');
    credential = credentialOf(user, {
      view: context.ports.access(),
      secret: context.secret,
      nowMs: context.ports.clock(),
    });
    return credential;
  };
  try {
    const first = await inbox.chunk();
    let buffered: Uint8Array = first;
    let state: LoginState = opening;
    if (first[0] === TLS_HANDSHAKE) {
      plain.unshift(Buffer.from(first));
      await secure(true);
      state = secured;
      buffered = new Uint8Array();
    }
    const port = (): LoginPort => ({
      tls: tlsOffer(plain, context),
      binding,
      verifierOf: (startup) => lookUp(startup).verifier,
      nonce: Buffer.from(context.ports.random(NONCE_BYTES)).toString('base64'),
      hashes: scramHashes,
    });
    for (;;) {
      const step: LoginState = await converse({ state, buffered, inbox, socket }, port());
      if (step.kind === 'cancelling') {
        inbox.release();
        return { ...step, kind: 'cancel' };
      }
      if (step.kind === 'authenticated') {
        inbox.release();
        const { startup } = step;
        if (credential === null) throw new Problem('internal', 'log-in without a credential');
        return {
          kind: 'authenticated',
          socket,
          startup,
          credential,
          plus: binding.kind !== 'none',
        };
      }
      await secure(false);
      state = secured;
      buffered = new Uint8Array();
    }
  } catch (thrown) {
    inbox.release();
    const problem =
      thrown instanceof Problem
        ? thrown
        : new Problem('internal', 'internal error', { cause: thrown });
    throw new RefusedEntry({ problem, credential, socket, limited });
  }
}

type Conversation = {
  readonly state: LoginState;
  readonly buffered: Uint8Array;
  readonly inbox: Inbox;
  readonly socket: Socket;
};

/** Steps the log-in until it waits for nothing from the client any more: TLS, cancel, or a proven password. */
async function converse(from: Conversation, port: LoginPort): Promise<LoginState> {
  const framer = createFramer();
  framer.push(from.buffered);
  let { state } = from;
  for (let framing = loginFraming(state); framing !== null; framing = loginFraming(state)) {
    const frame = framer.next(framing);
    if (frame === null) {
      framer.push(await from.inbox.chunk());
      continue;
    }
    const step = stepLogin(state, frame, port);
    state = step.state;
    for (const bytes of step.send) from.socket.write(bytes);
  }
  // A client that sends ahead of its log-in would be answered with what somebody else may have put there.
  if (state.kind !== 'securing' && framer.held() > 0) {
    throw new Problem('invalid', 'protocol violation: messages before the log-in is done');
  }
  return state;
}

function tlsOffer(plain: Socket, context: GatewayContext): LoginPort['tls'] {
  if (context.settings.plaintext === 'loopback' && isLoopback(addressOf(plain))) {
    return context.tls === null ? 'none' : 'offered';
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
