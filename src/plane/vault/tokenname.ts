import { hash } from 'node:crypto';
import { concat, utf8 } from '#base/bytes';
import { fullDigest, KEYED_DIGEST_BYTES } from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
import { uuidBytes } from './place.ts';
import type { TokenStand } from './tokentable.ts';

/** What a token's text gives who has the vault's key: the digest it is found by, and a secret that binds its row. */
export type TokenNames = { readonly digest: Uint8Array; readonly secret: Uint8Array };

export function tokenNames(index: MaskKey, token: string): TokenNames {
  const bytes = fullDigest(index, 'token', utf8(token));
  return {
    digest: bytes.subarray(0, KEYED_DIGEST_BYTES),
    secret: bytes.subarray(KEYED_DIGEST_BYTES),
  };
}

/** The digest a token is kept by. */
export function tokenDigest(index: MaskKey, token: string): Uint8Array {
  return tokenNames(index, token).digest;
}

const NOTHING = new Uint8Array(0);

/**
 * Binds a token to what it stands for: whoever can write the table but has no key cannot point a token at another value or
 * make it live longer. SHA-256 over a secret and a text of fixed lengths, so HMAC would add nothing.
 */
export function bindToken(secret: Uint8Array, stand: TokenStand): Uint8Array {
  const head = new Uint8Array(4 + 4 + 4 + 8 + 1);
  const view = new DataView(head.buffer);
  view.setInt32(0, stand.space);
  view.setInt32(4, stand.owner?.table ?? 0);
  view.setInt32(8, stand.owner?.column ?? 0);
  view.setBigInt64(12, BigInt(stand.expiresAtMs ?? -1));
  head[20] = stand.owner === null ? 0 : 1;
  const what =
    stand.owner === null ? (stand.valueDigest ?? NOTHING) : uuidBytes(stand.owner.record);
  const bytes = hash('sha256', concat(secret, head, what), 'buffer');
  return new Uint8Array(bytes.subarray(0, KEYED_DIGEST_BYTES));
}
