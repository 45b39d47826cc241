import { createHmac, createSecretKey } from 'node:crypto';
import type { ScramVerifier } from '#engines/pgwire';
import type { AccessView, GatewaySubject } from './port.ts';

/** What a user name at start-up stands for. */
export type Credential = {
  /** As it was typed. */
  readonly user: string;
  readonly subject: GatewaySubject | null;
  /** The token the name selects, or null for the password. */
  readonly token: `tok_${string}` | null;
  readonly verifier: ScramVerifier;
  /** Whether `verifier` can be met at all: false for the stand-in. */
  readonly real: boolean;
};

/** Rounds of every verifier control makes; the stand-in must not differ (docs/design/seams.md §3). */
const ITERATIONS = 4_096;
const SALT_BYTES = 16;

/**
 * The credential of `<name>` (password) or `<name>+<token id>`. For names, tokens and accounts without one it gives a
 * stand-in verifier, the same each time for a name, so that nothing tells whether the name exists (RFC 5802 §9).
 */
export function credentialOf(
  user: string,
  from: { readonly view: AccessView | null; readonly secret: Uint8Array; readonly nowMs: number },
): Credential {
  const plus = user.lastIndexOf('+');
  const name = plus < 0 ? user : user.slice(0, plus);
  const subject = from.view?.subject(name) ?? null;
  const token = subject?.tokens.find((known) => plus >= 0 && known.id === user.slice(plus + 1));
  const live = token !== undefined && token.expiresAtMs > from.nowMs ? token : null;
  const verifier = plus < 0 ? (subject?.password ?? null) : (live?.verifier ?? null);
  if (verifier !== null) return { user, subject, token: live?.id ?? null, verifier, real: true };
  return { user, subject, token: null, verifier: standIn(user, from.secret), real: false };
}

function standIn(user: string, secret: Uint8Array): ScramVerifier {
  const key = createSecretKey(secret);
  const derive = (use: string): Uint8Array =>
    createHmac('sha256', key).update(`${use}\0${user}`).digest();
  return {
    salt: derive('salt').subarray(0, SALT_BYTES),
    iterations: ITERATIONS,
    storedKey: derive('stored key'),
    serverKey: derive('server key'),
  };
}
