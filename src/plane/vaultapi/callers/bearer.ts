import { base64url, equalConstantTime, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { fullDigest } from '#engines/crypto';
import { ROLLING } from '#plane/keys';
import type { Keyring } from '#plane/keys';
import { contextFrom } from '../context.ts';
import type { Context } from '../context.ts';
import { readJws, textClaim, timeClaim } from './jws.ts';

/** Skyflow's own. */
const BEARER_SECONDS = 3_600;
const TYPE = 'privet-vault+jwt';
const SCOPE = `${ROLLING}vault-bearer`;
const USE = 'vault/bearer';
const ROLES_MAX = 100;

/** What a bearer token says of whoever shows it. */
export type BearerClaims = {
  readonly subject: string;
  /** The key that signed the assertion; when it is revoked, so are the bearers it brought. */
  readonly keyId: string;
  /** Ids of roles the bearer is narrowed to; null for all its holder has. */
  readonly roles: readonly string[] | null;
  readonly context: Context | null;
};

type Terms = {
  readonly plane: string;
  readonly keyring: Pick<Keyring, 'use' | 'version'>;
  readonly nowMs: number;
};

/** A bearer token: a JWT with HMAC-SHA-256 (RFC 7518 §3.2) under a key of the plane's keyring, which every process has. */
export async function signBearer(
  claims: BearerClaims,
  terms: Terms & { readonly random: (sizeBytes: number) => Uint8Array },
): Promise<string> {
  const { version, maskKey } = await terms.keyring.use(SCOPE);
  const now = Math.floor(terms.nowMs / 1_000);
  const { subject, keyId, roles, context } = claims;
  const body = {
    iss: terms.plane,
    aud: terms.plane,
    sub: subject,
    key: keyId,
    ...(roles === null ? {} : { roles }),
    ...(context === null ? {} : { ctx: context }),
    iat: now,
    exp: now + BEARER_SECONDS,
    jti: base64url(terms.random(16)),
  };
  const header = { alg: 'HS256', typ: TYPE, kid: String(version) };
  const signed = [header, body].map((one) => base64url(utf8(JSON.stringify(one)))).join('.');
  return `${signed}.${base64url(fullDigest(maskKey, USE, utf8(signed)))}`;
}

/** The claims of a bearer that verifies, is of this plane and alive; throws `unauthenticated`, or `expired`. */
export async function verifyBearer(token: string, terms: Terms): Promise<BearerClaims> {
  const jws = readJws(token, 'bearer token');
  const { alg, typ, kid } = jws.header;
  const version = typeof kid === 'string' && /^[1-9]\d{0,8}$/u.test(kid) ? Number(kid) : null;
  if (alg !== 'HS256' || typ !== TYPE || version === null) throw refused();
  const key = await keyOf(terms.keyring, version);
  const expected = fullDigest(key, USE, utf8(jws.signed));
  if (!equalConstantTime(expected, jws.signature)) throw refused();
  const [subject, keyId, audience] = ['sub', 'key', 'aud'].map((name) => textClaim(jws, name));
  const expires = timeClaim(jws, 'exp');
  if (audience !== terms.plane || !subject || !keyId || expires === null) throw refused();
  if (expires * 1_000 <= terms.nowMs) {
    throw new Problem('expired', 'the bearer token has expired', { hint: 'ask for a new one' });
  }
  return {
    subject,
    keyId,
    roles: rolesIn(jws.claims['roles']),
    context: contextFrom(jws.claims['ctx']),
  };
}

/** A version there never was is a forgery, not a fault. */
async function keyOf(keyring: Terms['keyring'], version: number) {
  try {
    return (await keyring.version(SCOPE, version)).maskKey;
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'not-found') throw refused();
    throw thrown;
  }
}

function rolesIn(claim: unknown): readonly string[] | null {
  if (claim === undefined) return null;
  if (Array.isArray(claim) && claim.every((one) => typeof one === 'string')) return claim;
  throw refused();
}

/** Ids of roles in a `scope` such as `role:rol_… role:rol_… `; null when it names none. Throws `invalid` for anything else. */
export function rolesOfScope(scope: string | undefined): readonly string[] | null {
  const words = (scope ?? '').split(' ').filter((word) => word !== '');
  if (words.length === 0) return null;
  const roles = words.map((word) => /^role:(?<id>\S{1,80})$/u.exec(word)?.groups?.['id'] ?? null);
  if (roles.includes(null) || roles.length > ROLES_MAX) {
    throw new Problem(
      'invalid',
      `scope expected at most ${ROLES_MAX} words of the form \`role:<id>\``,
    );
  }
  return roles.filter((role) => role !== null);
}

function refused(): Problem {
  return new Problem('unauthenticated', 'the bearer token does not verify', {
    hint: 'ask for a new one with the credentials of the service account',
  });
}
