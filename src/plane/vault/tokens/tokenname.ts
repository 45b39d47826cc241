import { hash } from 'node:crypto';
import { utf8 } from '#base/bytes';
import { fullDigest, hmacOf, KEYED_DIGEST_BYTES } from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
import { uuidBytes } from '../schema/place.ts';
import type { TokenStand } from './tokentable.ts';

const SECRET_BYTES = 16;

/** What a token's text gives who has the vault's key: the digest it is found by, and a secret that binds its row. */
export type TokenNames = { readonly digest: Uint8Array; readonly secret: Uint8Array };

export function tokenNames(index: MaskKey, token: string): TokenNames {
  const bytes = fullDigest(index, 'token', utf8(token));
  return {
    digest: bytes.subarray(0, KEYED_DIGEST_BYTES),
    secret: bytes.subarray(KEYED_DIGEST_BYTES),
  };
}

/** The names of many tokens, as few long arrays. */
export type ManyNames = {
  /** One after the other. */
  readonly digests: Uint8Array;
  secret(i: number): Uint8Array;
};

export function manyTokenNames(index: MaskKey, tokens: readonly string[]): ManyNames {
  const hmac = hmacOf(index, 'token');
  const digests = Buffer.alloc(tokens.length * KEYED_DIGEST_BYTES);
  const secrets = Buffer.alloc(tokens.length * SECRET_BYTES);
  for (const [i, token] of tokens.entries()) {
    const text = hmac.text([Buffer.from(token, 'utf8')]);
    digests.write(text.slice(0, KEYED_DIGEST_BYTES), i * KEYED_DIGEST_BYTES, 'latin1');
    secrets.write(text.slice(KEYED_DIGEST_BYTES), i * SECRET_BYTES, 'latin1');
  }
  return { digests, secret: (i) => secrets.subarray(i * SECRET_BYTES, (i + 1) * SECRET_BYTES) };
}

/** The digest a token is kept by. */
export function tokenDigest(index: MaskKey, token: string): Uint8Array {
  return tokenNames(index, token).digest;
}

/**
 * Binds a token to what it stands for: whoever can write the table but has no key cannot point a token at another value or
 * make it live longer. SHA-256 over a secret and a text of fixed lengths, so HMAC would add nothing.
 */
export function bindToken(secret: Uint8Array, stand: TokenStand): Uint8Array {
  const { owner, expiresAtMs, valueDigest } = stand;
  const bytes = Buffer.alloc(SECRET_BYTES + 4 + 4 + 4 + 8 + 1 + 16);
  bytes.set(secret);
  bytes.writeInt32BE(stand.space, SECRET_BYTES);
  bytes.writeInt32BE(owner?.table ?? 0, SECRET_BYTES + 4);
  bytes.writeInt32BE(owner?.column ?? 0, SECRET_BYTES + 8);
  bytes.writeBigInt64BE(BigInt(expiresAtMs ?? -1), SECRET_BYTES + 12);
  bytes[SECRET_BYTES + 20] = owner === null ? 0 : 1;
  const what = owner === null ? valueDigest : uuidBytes(owner.record);
  if (what !== null) bytes.set(what, SECRET_BYTES + 21);
  return Buffer.from(hash('sha256', bytes, 'binary').slice(0, KEYED_DIGEST_BYTES), 'latin1');
}
