import { createCipheriv } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { present } from '#base/assert';

export const BLOCK_BYTES = 16;

/**
 * AES over many independent blocks in one call (ECB, SP 800-38A §6.1): the one primitive that FF1, CBC and CMAC are
 * built from here, because a call costs as much as two hundred blocks. Never used on data as it is.
 */
export type BlockCipher = {
  readonly key: KeyObject;
  /** The encrypted blocks, in a new buffer; `blocks` must be a multiple of 16 bytes. */
  encrypt(blocks: Uint8Array): Uint8Array;
};

/** A block cipher that lives as long as it is referred to; its context is set up once. */
export function createBlockCipher(key: KeyObject): BlockCipher {
  const cipher = createCipheriv(`aes-${keyBits(key)}-ecb`, key, null);
  cipher.setAutoPadding(false);
  return { key, encrypt: (blocks) => plainBytes(cipher.update(blocks)) };
}

/** The bytes of a Buffer as a plain array: a Buffer's `slice` shares memory where an array's copies. */
export function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** The key's size in bits, as it appears in OpenSSL's names. */
export function keyBits(key: KeyObject): number {
  return present(key.symmetricKeySize, 'key size') * 8;
}

/** A view for big-endian words of bytes that may lie anywhere in their buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Words of bytes in the machine's order; copies where the bytes do not begin on a word. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
