import { unreachable } from '#base/assert';
import { Problem } from '#base/problem';
import { authenticationSasl, authenticationStep, negotiateProtocolVersion } from './backend.ts';
import type { Frame, Framing } from './framer.ts';
import { LOGIN_BYTES_MAX, STARTUP_BYTES_MAX } from './limits.ts';
import {
  type ChannelBinding,
  mechanismsFor,
  type ScramHashes,
  type ScramVerifier,
} from './scram.ts';
import { type Authenticated, beginScram, finishScram, type ScramExchange } from './scramserver.ts';
import { decodeStartup, PROTOCOL_MINOR_MAX, type StartupPacket } from './startup.ts';
import { frontendTag } from './tags.ts';

export type Startup = Extract<StartupPacket, { kind: 'startup' }>;

/** Where a connection stands before it may ask anything; it only ever moves down this list. */
export type LoginState =
  | { readonly kind: 'opening'; readonly sslAsked: boolean; readonly gssAsked: boolean }
  | { readonly kind: 'securing' }
  | { readonly kind: 'secured'; readonly gssAsked: boolean }
  | { readonly kind: 'challenged'; readonly startup: Startup }
  | { readonly kind: 'proving'; readonly startup: Startup; readonly exchange: ScramExchange }
  | { readonly kind: 'authenticated'; readonly startup: Startup; readonly proof: Authenticated }
  | { readonly kind: 'cancelling'; readonly processId: number; readonly key: Uint8Array };

/** What the log-in needs from outside. */
export type LoginPort = {
  /** Whether the server has a certificate, and whether it insists that it is used. */
  readonly tls: 'none' | 'offered' | 'required';
  /** The binding of this very connection; `none` while it is plain. */
  readonly binding: ChannelBinding;
  /** The verifier of a user, or one that looks like it for a name that is not known; never throws. */
  readonly verifierOf: (startup: Startup) => ScramVerifier;
  /** Fresh printable text without commas. */
  readonly nonce: string;
  readonly hashes: ScramHashes;
};

export type LoginStep = { readonly state: LoginState; readonly send: readonly Uint8Array[] };

/** A connection that has just been accepted, in plain. */
export const opening: LoginState = { kind: 'opening', sslAsked: false, gssAsked: false };

/** A connection whose TLS handshake is done; nothing that came before it counts. */
export const secured: LoginState = { kind: 'secured', gssAsked: false };

const YES = new Uint8Array([0x53]);
const NO = new Uint8Array([0x4e]);

/** How the next message of this state is cut; null where the client has nothing to say. */
export function loginFraming(state: LoginState): Framing | null {
  switch (state.kind) {
    case 'opening':
    case 'secured':
      return { kind: 'packet', bytesMax: STARTUP_BYTES_MAX };
    case 'challenged':
    case 'proving':
      return { kind: 'message', bytesMax: LOGIN_BYTES_MAX, only: frontendTag.password };
    case 'securing':
    case 'authenticated':
    case 'cancelling':
      return null;
    default:
      return unreachable(state);
  }
}

/**
 * One step of a log-in: a message in, the next state and the bytes to send out. Throws a `Problem` for every message
 * that does not belong to the state, after which the connection must end: there is no way back.
 */
export function stepLogin(state: LoginState, frame: Frame, port: LoginPort): LoginStep {
  switch (state.kind) {
    case 'opening':
      return open(state, decodeStartup(frame.body), port);
    case 'secured':
      return openSecured(state, decodeStartup(frame.body), port);
    case 'challenged': {
      const verifier = port.verifierOf(state.startup);
      const { binding, nonce } = port;
      const { exchange, reply } = beginScram(passwordBody(frame), { verifier, binding, nonce });
      return {
        state: { kind: 'proving', startup: state.startup, exchange },
        send: [authenticationStep('continue', reply)],
      };
    }
    case 'proving': {
      const done = finishScram(passwordBody(frame), state.exchange, port.hashes);
      return {
        state: { kind: 'authenticated', startup: state.startup, proof: done.authenticated },
        send: [authenticationStep('final', done.reply)],
      };
    }
    case 'securing':
    case 'authenticated':
    case 'cancelling':
      throw outOfPlace();
    default:
      return unreachable(state);
  }
}

function open(
  state: Extract<LoginState, { kind: 'opening' }>,
  packet: StartupPacket,
  port: LoginPort,
): LoginStep {
  switch (packet.kind) {
    case 'ssl-request':
      if (state.sslAsked) throw outOfPlace();
      if (port.tls === 'none') return { state: { ...state, sslAsked: true }, send: [NO] };
      return { state: { kind: 'securing' }, send: [YES] };
    case 'gssenc-request':
      if (state.gssAsked) throw outOfPlace();
      return { state: { ...state, gssAsked: true }, send: [NO] };
    case 'cancel-request':
      return { state: { ...packet, kind: 'cancelling' }, send: [] };
    case 'startup':
      if (port.tls === 'required') {
        throw new Problem('unauthenticated', 'this server expects TLS, got a plain connection', {
          hint: 'connect with sslmode=require or verify-full',
        });
      }
      return challenge(packet, port);
    default:
      return unreachable(packet);
  }
}

function openSecured(
  state: Extract<LoginState, { kind: 'secured' }>,
  packet: StartupPacket,
  port: LoginPort,
): LoginStep {
  switch (packet.kind) {
    case 'ssl-request':
      throw outOfPlace();
    case 'gssenc-request':
      if (state.gssAsked) throw outOfPlace();
      return { state: { kind: 'secured', gssAsked: true }, send: [NO] };
    case 'cancel-request':
      return { state: { ...packet, kind: 'cancelling' }, send: [] };
    case 'startup':
      return challenge(packet, port);
    default:
      return unreachable(packet);
  }
}

function challenge(startup: Startup, port: LoginPort): LoginStep {
  const offer = authenticationSasl(mechanismsFor(port.binding));
  const newer = startup.minor > PROTOCOL_MINOR_MAX || startup.unknownOptions.length > 0;
  const send = newer ? [negotiateProtocolVersion(startup.unknownOptions), offer] : [offer];
  return { state: { kind: 'challenged', startup }, send };
}

function passwordBody(frame: Frame): Uint8Array {
  if (frame.tag !== frontendTag.password) throw outOfPlace();
  return frame.body;
}

function outOfPlace(): Problem {
  return new Problem('invalid', 'protocol violation: message does not belong here');
}
