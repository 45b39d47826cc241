import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Problem } from '#base/problem';
import type { Verify } from '#boundary';

/** An Ed25519 public key by its id: 32 bytes, base64url (RFC 8037 §2). */
export type PublicKey = { readonly kid: string; readonly publicKey: string };

/** Checks signatures under these keys and no others; throws `invalid` for a key that is none. */
export function verifierOf(keys: readonly PublicKey[]): Verify {
  const known = new Map(keys.map((key) => [key.kid, importKey(key)]));
  return (kid, message, signature) => {
    const key = known.get(kid);
    return key !== undefined && signature.length === 64 && verify(null, message, key, signature);
  };
}

function importKey({ kid, publicKey }: PublicKey): KeyObject {
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  } catch (cause) {
    throw new Problem('invalid', `key \`${kid}\` expected an Ed25519 public key`, { cause });
  }
}
