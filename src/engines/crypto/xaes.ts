import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { sized } from '#base/assert';
import { Problem } from '#base/problem';
import { BLOCK_BYTES, createBlockCipher } from './blocks.ts';
import type { BlockCipher } from './blocks.ts';

/**
 * XAES-256-GCM (C2SP, xaes-256-gcm): AES-256-GCM with nonces of 24 bytes, random ones for as many messages as there will
 * ever be. The first half of the nonce chooses a key, the second is GCM's own; messages that share a first half share
 * the derived key, so that many cells cost one derivation.
 */

/** The half of a nonce that chooses the derived key, and the half that is GCM's. */
export const NONCE_HALF_BYTES = 12;
export const TAG_BYTES = 16;
/** GCM's own options; an object made once, for it is handed over for every cell. */
const OPTIONS = { authTagLength: TAG_BYTES } as const;
/** R of CMAC's doubling in GF(2^128) (SP 800-38B §5.3). */
const R_128 = 0x87;

/** What derives keys from first halves of nonces. */
export type NonceKeys = (half: Uint8Array) => KeyObject;

/** Prepares a key of 32 bytes for deriving. */
export function nonceKeys(key: KeyObject): NonceKeys {
  const cipher = createBlockCipher(key);
  const subkey = doubled(cipher.encrypt(new Uint8Array(BLOCK_BYTES)));
  return (half) => derive(cipher, subkey, sized(half, NONCE_HALF_BYTES, 'nonce half'));
}

function derive(cipher: BlockCipher, subkey: Uint8Array, half: Uint8Array): KeyObject {
  const blocks = new Uint8Array(2 * BLOCK_BYTES);
  for (const [at, counter] of [
    [0, 1],
    [BLOCK_BYTES, 2],
  ] as const) {
    blocks[at + 1] = counter;
    blocks[at + 2] = 0x58; // `X`, the label of the derivation
    blocks.set(half, at + 4);
    for (let i = 0; i < BLOCK_BYTES; i++) {
      blocks[at + i] = (blocks[at + i] as number) ^ (subkey[i] as number);
    }
  }
  const bytes = cipher.encrypt(blocks);
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

/** The block shifted left by one bit, in GF(2^128). */
function doubled(block: Uint8Array): Uint8Array {
  const out = new Uint8Array(BLOCK_BYTES);
  for (let i = 0; i < BLOCK_BYTES; i++) {
    out[i] = ((block[i] as number) << 1) | ((block[i + 1] ?? 0) >> 7);
  }
  const carry = ((block[0] as number) >> 7) * R_128;
  out[BLOCK_BYTES - 1] = (out[BLOCK_BYTES - 1] as number) ^ carry;
  return out;
}

/** What one message is bound to, beside its key. */
export type Message = { readonly half: Uint8Array; readonly associated: Uint8Array };

/** Writes ciphertext and tag under a derived key into `out` from `at` on. */
export function sealUnder(
  key: KeyObject,
  {
    plaintext,
    out,
    at,
  }: { readonly plaintext: Uint8Array; readonly out: Uint8Array; readonly at: number },
  message: Message,
): void {
  const cipher = createCipheriv('aes-256-gcm', key, message.half, OPTIONS);
  cipher.setAAD(message.associated);
  out.set(cipher.update(plaintext), at);
  cipher.final();
  out.set(cipher.getAuthTag(), at + plaintext.length);
}

/** The plaintext; throws `corrupt` when key, nonce, associated data or bytes are not those it was sealed with. */
export function openUnder(key: KeyObject, sealed: Uint8Array, message: Message): Uint8Array {
  const bodyBytes = sealed.length - TAG_BYTES;
  if (bodyBytes < 0) throw unopened();
  const decipher = createDecipheriv('aes-256-gcm', key, message.half, OPTIONS);
  decipher.setAAD(message.associated);
  decipher.setAuthTag(sealed.subarray(bodyBytes));
  const body = decipher.update(sealed.subarray(0, bodyBytes));
  try {
    decipher.final();
  } catch {
    throw unopened();
  }
  return body;
}

function unopened(): Problem {
  return new Problem('corrupt', 'cell does not open: it is not what was written in this place');
}
