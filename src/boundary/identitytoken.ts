import { base64url, fromBase64, textOf, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { NAME_MAX } from './bundlelimits.ts';
import { PERMISSIONS } from './bundle.ts';
import type { Sign, Verify } from './bundle.ts';
import { check } from './check.ts';
import { keyId, planeId } from './names.ts';
import { count, id, idLike, list, name, oneOf, record } from './shape.ts';
import type { ValueOf } from './shape.ts';

/** A person's proof of identity to a plane lives at most this long; revocation waits no longer than that. */
const IDENTITY_TOKEN_SECONDS_MAX = 15 * 60;
/** How far the clocks of control and plane may differ. */
const CLOCK_SKEW_SECONDS = 30;
/** Longer than any token of these claims. */
const TOKEN_BYTES_MAX = 4_096;
const TYPE = 'privet-identity+jwt';

const seconds = () => count(253_402_300_799);

const headerShape = record({ alg: oneOf('EdDSA'), kid: keyId(), typ: oneOf(TYPE) });

/** The claims (RFC 7519): the subject's id as `sub`, the plane's as `aud`, times in seconds. */
export const identityClaimsShape = record({
  iss: oneOf('privet-control'),
  aud: planeId(),
  sub: id('sub'),
  name: name(NAME_MAX),
  permissions: list(oneOf(...PERMISSIONS), PERMISSIONS.length),
  iat: seconds(),
  exp: seconds(),
  jti: idLike(/^[A-Za-z0-9_-]{16,64}$/u),
});
export type IdentityClaims = ValueOf<typeof identityClaimsShape>;

/** The claims as a compact JWS (RFC 7515 §7.1) with EdDSA (RFC 8037); throws `invalid` for claims out of limits. */
export async function signIdentityToken(
  claims: IdentityClaims,
  key: { readonly kid: string; readonly sign: Sign },
): Promise<string> {
  check(identityClaimsShape, claims, 'claims');
  checkLife(claims);
  const header = check(headerShape, { alg: 'EdDSA', kid: key.kid, typ: TYPE }, 'header');
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${base64url(await key.sign(utf8(signed)))}`;
}

/**
 * The claims of a token that verifies, is meant for this plane and is alive; throws `unauthenticated`, and
 * `expired` when it merely ran out. Algorithms other than EdDSA do not exist here, so none can be chosen.
 */
export function verifyIdentityToken(
  token: string,
  options: { readonly verify: Verify; readonly audience: string; readonly nowMs: number },
): IdentityClaims {
  const { signed, header, payload, signature } = split(token);
  const kid = guarded(() => check(headerShape, header(), 'header').kid);
  if (!options.verify(kid, utf8(signed), signature)) throw refusedToken();
  const claims = guarded(() => check(identityClaimsShape, payload(), 'claims'));
  guarded(() => checkLife(claims));
  if (claims.aud !== options.audience) {
    throw new Problem('unauthenticated', 'identity token expected this plane as audience', {
      hint: 'ask control for an identity token for this plane',
    });
  }
  const nowSeconds = options.nowMs / 1000;
  if (claims.iat > nowSeconds + CLOCK_SKEW_SECONDS) throw refusedToken();
  if (claims.exp <= nowSeconds - CLOCK_SKEW_SECONDS) {
    throw new Problem('expired', 'identity token has expired', {
      hint: 'ask control for a new one',
    });
  }
  return claims;
}

function checkLife(claims: IdentityClaims): void {
  const life = claims.exp - claims.iat;
  if (life <= 0 || life > IDENTITY_TOKEN_SECONDS_MAX) {
    throw new Problem(
      'invalid',
      `identity token expected to live 1 to ${IDENTITY_TOKEN_SECONDS_MAX} seconds`,
    );
  }
}

function split(token: string) {
  const [head = '', body = '', tail = '', ...more] = token.slice(0, TOKEN_BYTES_MAX + 1).split('.');
  const parts = [head, body, tail];
  const bad = token.length > TOKEN_BYTES_MAX || more.length > 0;
  // Exactly one spelling of a token is accepted, so that a revoked one cannot return in another.
  if (bad || !parts.every((text) => text !== '' && base64url(fromBase64(text)) === text)) {
    throw refusedToken();
  }
  return {
    signed: `${head}.${body}`,
    header: () => json(head),
    payload: () => json(body),
    signature: fromBase64(tail),
  };
}

function part(value: object): string {
  return base64url(utf8(JSON.stringify(value)));
}

function json(text: string): unknown {
  return JSON.parse(textOf(fromBase64(text)));
}

function guarded<T>(act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw refusedToken(cause);
  }
}

function refusedToken(cause?: unknown): Problem {
  return new Problem('unauthenticated', 'identity token expected to verify, it does not', {
    hint: 'sign in again, or ask control for a new identity token',
    cause,
  });
}
