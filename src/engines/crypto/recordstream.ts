import { createCipheriv, createSecretKey } from 'node:crypto';
import { sized } from '#base/assert';
import { BLOCK_BYTES, createBlockCipher, viewOf } from './blocks.ts';
import type { BlockCipher } from './blocks.ts';
import { fullDigest, vaultKey } from './cell.ts';
import { preparedWith } from './key.ts';
import type { MaskKey } from './key.ts';

/**
 * The key stream of one record of a vault: AES-256-CTR (SP 800-38A §6.5) from a random counter block on, under a key that is
 * the data key's own or, where a data subject has a key, needs both. It encrypts and proves nothing: who uses it puts what
 * is encrypted, with the seal, under a code. docs/formats/vault-record.md
 */
export type RecordStream = {
  /** The first bytes of the stream: they encrypt nothing, and only who has the key can tell them. */
  readonly seal: Uint8Array;
  /** Writes `bytes` xor the stream from byte `at` on into `out`, which they fill; both directions. */
  crypt(bytes: Uint8Array, at: number, out: Uint8Array): void;
};

/** The stream from a counter block of 16 fresh random bytes on; about `sizeBytes` of it will be used. */
export type RecordStreams = (nonce: Uint8Array, sizeBytes: number) => RecordStream;

export const STREAM_NONCE_BYTES = BLOCK_BYTES;
export const STREAM_SEAL_BYTES = BLOCK_BYTES;

/** So many blocks of a stream are made at once: all of most records. */
const HEAD_BLOCKS_MAX = 64;

/**
 * Prepares streams. The cipher of a data key is set up once, for what is made with a cipher of its own costs more to set up
 * and to collect than to encrypt.
 */
export function recordStreams(key: MaskKey, subjectKey: Uint8Array | null): RecordStreams {
  const cipher =
    subjectKey === null
      ? preparedWith(key, 'vault/record-cells', () =>
          createBlockCipher(vaultKey(key, 'record-cells')),
        )
      : subjectCipher(key, subjectKey);
  return (nonce, sizeBytes) => {
    sized(nonce, STREAM_NONCE_BYTES, 'record nonce');
    const wanted = 1 + Math.ceil(sizeBytes / BLOCK_BYTES);
    const head = cipher.encrypt(counterBlocks(nonce, Math.min(wanted, HEAD_BLOCKS_MAX)));
    return {
      seal: head.subarray(0, STREAM_SEAL_BYTES),
      crypt(bytes, at, out) {
        if (at + bytes.length > head.length) return long(cipher, { nonce, at }, { bytes, out });
        for (let i = 0; i < bytes.length; i++) {
          out[i] = (bytes[i] as number) ^ (head[at + i] as number);
        }
      },
    };
  };
}

function subjectCipher(key: MaskKey, subjectKey: Uint8Array): BlockCipher {
  const bytes = fullDigest(key, 'subject-record-cells', subjectKey);
  const both = createSecretKey(bytes);
  bytes.fill(0);
  return createBlockCipher(both);
}

/** Counter blocks one after the other: the nonce as a number of 128 bits, and those that follow. */
function counterBlocks(nonce: Uint8Array, count: number, from = 0): Uint8Array {
  const blocks = new Uint8Array(count * BLOCK_BYTES);
  const [start, view] = [viewOf(nonce), viewOf(blocks)];
  const words = [start.getUint32(0), start.getUint32(4), start.getUint32(8), start.getUint32(12)];
  for (let block = 0; block < count; block++) {
    let carry = from + block;
    for (let word = 3; word >= 0; word--) {
      const sum = (words[word] as number) + carry;
      view.setUint32(block * BLOCK_BYTES + 4 * word, sum >>> 0);
      carry = sum > 0xffff_ffff ? 1 : 0;
    }
  }
  return blocks;
}

type Place = { readonly nonce: Uint8Array; readonly at: number };

function long(
  { key }: BlockCipher,
  { nonce, at }: Place,
  { bytes, out }: { readonly bytes: Uint8Array; readonly out: Uint8Array },
): void {
  const first = counterBlocks(nonce, 1, Math.floor(at / BLOCK_BYTES));
  const cipher = createCipheriv('aes-256-ctr', key, first);
  cipher.update(new Uint8Array(at % BLOCK_BYTES));
  out.set(cipher.update(bytes));
}
