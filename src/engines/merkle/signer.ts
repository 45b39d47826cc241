import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { fromBase64, fromHex } from '#base/bytes';
import { noteKey } from './notekey.ts';
import type { NoteKey, SignatureType } from './notekey.ts';

/** A private key under a name: what a log or a witness signs with. */
export type Signer = {
  readonly key: NoteKey;
  /** The Ed25519 signature over the bytes, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
};

export const SEED_BYTES = 32;
/** An Ed25519 private key in PKCS #8 is these bytes and the seed (RFC 8410 §7). */
const PKCS8_PREFIX = fromHex('302e020100300506032b657004220420');

/** The signer of a seed of 32 random bytes, which is not kept. */
export function signerOf(type: SignatureType, name: string, seed: Uint8Array): Signer {
  const pkcs8 = Buffer.concat([PKCS8_PREFIX, seed]);
  const secret = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  pkcs8.fill(0);
  const publicKey = fromBase64(createPublicKey(secret).export({ format: 'jwk' }).x ?? '');
  return {
    key: noteKey(type, name, publicKey),
    sign: (message) => new Uint8Array(sign(null, message, secret)),
  };
}
