import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { sized } from '#base/assert';
import { base64url, fromBase64 } from '#base/bytes';
import { Problem } from '#base/problem';

export const SIGNATURE_BYTES = 64;
const PUBLIC_KEY_BYTES = 32;

export type SigningKeyPair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };

/** A new Ed25519 key pair (RFC 8032). */
export function newSigningKeyPair(): SigningKeyPair {
  return generateKeyPairSync('ed25519');
}

/** Ed25519 signature, 64 bytes. Callers put the name of what they sign in front of it, so that none passes for another. */
export function signBytes(privateKey: KeyObject, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, bytes, ed25519(privateKey)));
}

/** Whether a signature is by that key over those bytes. */
export function verifyBytes(
  publicKey: KeyObject,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  return signature.length === SIGNATURE_BYTES && verify(null, bytes, ed25519(publicKey), signature);
}

/** The public key, of either key of a pair, as 32 bytes in base64url. */
export function publicKeyText(key: KeyObject): string {
  const { x } = ed25519(key).export({ format: 'jwk' });
  if (x === undefined) throw new Problem('internal', 'public key expected its coordinate');
  return x;
}

/** The public key of a text that `publicKeyText` or another made; throws `invalid` when it is not 32 bytes. */
export function publicKeyFrom(text: string): KeyObject {
  const x = base64url(sized(fromBase64(text), PUBLIC_KEY_BYTES, 'public key'));
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
}

/** A private key as PKCS#8 PEM (RFC 5958): handle as a secret. */
export function privateKeyText(key: KeyObject): string {
  return ed25519(key).export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** The private key of a PEM text; throws `invalid` when it is not an Ed25519 one. */
export function privateKeyFrom(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // the parser's error may quote what it read
    throw new Problem('invalid', 'private key expected PKCS#8 PEM');
  }
  return ed25519(key);
}

function ed25519(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new Problem(
    'invalid',
    `signing key expected \`ed25519\`, got \`${key.asymmetricKeyType ?? key.type}\``,
  );
}
