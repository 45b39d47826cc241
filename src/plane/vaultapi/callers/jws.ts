import { base64url, fromBase64, textOf } from '#base/bytes';
import { Problem } from '#base/problem';

/** Longer than any token with the context a caller may give. */
const TOKEN_CHARACTERS_MAX = 8_192;

/** A compact JWS (RFC 7515 §7.1), taken apart and not yet believed. */
export type Jws = {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the signature is over. */
  readonly signed: string;
  readonly signature: Uint8Array;
};

/** The parts of a token; throws `unauthenticated`, calling it `what`, for anything that is none. */
export function readJws(token: string, what: string): Jws {
  const [head = '', body = '', tail = '', ...more] = token.split('.');
  const whole = token.length <= TOKEN_CHARACTERS_MAX && more.length === 0;
  const spelled = whole && [head, body, tail].every(isCanonical);
  const header = spelled ? objectIn(head) : null;
  const claims = spelled ? objectIn(body) : null;
  if (header === null || claims === null) {
    throw new Problem('unauthenticated', `${what} expected a signed JWT, got something else`);
  }
  return { header, claims, signed: `${head}.${body}`, signature: fromBase64(tail) };
}

/** Whether the part is base64url (RFC 7515 §2) in its one spelling: the bits left over are zero. */
function isCanonical(part: string): boolean {
  return part !== '' && base64url(fromBase64(part)) === part;
}

function objectIn(part: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(textOf(fromBase64(part)));
    const plain = typeof value === 'object' && value !== null && !Array.isArray(value);
    return plain ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

/** A claim that is a text; null for anything else. */
export function textClaim({ claims }: Jws, name: string): string | null {
  const value = Object.hasOwn(claims, name) ? claims[name] : null;
  return typeof value === 'string' ? value : null;
}

/** A claim that is a moment in seconds (RFC 7519 §2); null for anything else. */
export function timeClaim({ claims }: Jws, name: string): number | null {
  const value = Object.hasOwn(claims, name) ? claims[name] : null;
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
