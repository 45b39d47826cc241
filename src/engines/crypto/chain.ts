import { createCipheriv } from 'node:crypto';
import { BLOCK_BYTES, keyBits, plainBytes, viewOf, wordsOf } from './blocks.ts';
import type { BlockCipher } from './blocks.ts';

/** Many chains of blocks (CBC, SP 800-38A §6.2): block `begins[i]` and the `counts[i] - 1` after it are chain `i`. */
export type Chains = {
  /** Blocks of 16 bytes, as words in the machine's order; only their xor matters. */
  readonly words: Uint32Array;
  readonly begins: Uint32Array;
  readonly counts: Uint32Array;
  /** In: the IV of each chain. Out: its last encrypted block (which is CBC-MAC's answer). */
  readonly states: Uint32Array;
  /** Whether encrypted blocks replace the plain ones. */
  readonly store: boolean;
};

/** Chains longer than this go through OpenSSL one by one: few are left to share a call with. */
const TOGETHER_BLOCKS_MAX = 64;

/** Encrypts all chains: the first block of all, then the second of all that have one, and so on, one AES call each. */
export function chainCells(cipher: BlockCipher, chains: Chains): void {
  const { counts } = chains;
  let active = new Uint32Array(counts.length);
  let used = 0;
  for (let i = 0; i < counts.length; i++) {
    if ((counts[i] as number) <= TOGETHER_BLOCKS_MAX) active[used++] = i;
    else chainAlone(cipher, chains, i);
  }
  active = active.subarray(0, used);
  for (let index = 0; active.length > 0; index++) {
    chainStep(cipher, chains, { active, index });
    active = stillActive(active, counts, index + 1);
  }
}

/** The chains with more blocks than `done`; overwrites `active`. */
function stillActive(
  active: Uint32Array<ArrayBuffer>,
  counts: Uint32Array,
  done: number,
): Uint32Array<ArrayBuffer> {
  let used = 0;
  for (let i = 0; i < active.length; i++) {
    const chain = active[i] as number;
    if ((counts[chain] as number) > done) active[used++] = chain;
  }
  return active.subarray(0, used);
}

/** One block of every active chain; the four words of a block are spelled out because a loop over them took twice as long. */
function chainStep(
  cipher: BlockCipher,
  { words, begins, states, store }: Chains,
  { active, index }: { readonly active: Uint32Array; readonly index: number },
): void {
  const work = new Uint32Array(active.length * 4);
  for (let i = 0, to = 0; i < active.length; i++, to += 4) {
    const state = (active[i] as number) * 4;
    const block = ((begins[active[i] as number] as number) + index) * 4;
    work[to] = (words[block] as number) ^ (states[state] as number);
    work[to + 1] = (words[block + 1] as number) ^ (states[state + 1] as number);
    work[to + 2] = (words[block + 2] as number) ^ (states[state + 2] as number);
    work[to + 3] = (words[block + 3] as number) ^ (states[state + 3] as number);
  }
  const output = wordsOf(cipher.encrypt(new Uint8Array(work.buffer)));
  for (let i = 0, from = 0; i < active.length; i++, from += 4) {
    const chain = active[i] as number;
    copyBlock(output, from, { into: states, at: chain * 4 });
    if (store)
      copyBlock(output, from, { into: words, at: ((begins[chain] as number) + index) * 4 });
  }
}

/** Copies the four words of one block. */
export function copyBlock(
  source: Uint32Array,
  from: number,
  { into, at }: { readonly into: Uint32Array; readonly at: number },
): void {
  into[at] = source[from] as number;
  into[at + 1] = source[from + 1] as number;
  into[at + 2] = source[from + 2] as number;
  into[at + 3] = source[from + 3] as number;
}

function chainAlone(
  cipher: BlockCipher,
  { words, begins, counts, states, store }: Chains,
  chain: number,
): void {
  const first = (begins[chain] as number) * 4;
  const plain = words.subarray(first, first + (counts[chain] as number) * 4);
  const iv = states.slice(chain * 4, chain * 4 + 4);
  const native = createCipheriv(
    `aes-${keyBits(cipher.key)}-cbc`,
    cipher.key,
    new Uint8Array(iv.buffer),
  );
  native.setAutoPadding(false);
  const output = wordsOf(
    plainBytes(native.update(new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength))),
  );
  states.set(output.subarray(-4), chain * 4);
  if (store) plain.set(output);
}

/** The constant of doubling in GF(2^128) (SP 800-38B §5.3). */
const DOUBLING = 0x87;

/** CMAC's K1 (SP 800-38B §6.1), for messages of whole blocks, as words in the machine's order. */
export function subkeyOf(cipher: BlockCipher): Uint32Array {
  const block = cipher.encrypt(new Uint8Array(BLOCK_BYTES));
  const out = new Uint8Array(BLOCK_BYTES);
  const from = viewOf(block);
  const to = viewOf(out);
  for (let at = 0; at < BLOCK_BYTES; at += 4) {
    const carry = at + 4 < BLOCK_BYTES ? from.getUint8(at + 4) >>> 7 : 0;
    to.setUint32(at, (from.getUint32(at) << 1) | carry);
  }
  if (from.getUint8(0) >>> 7 === 1) to.setUint8(15, to.getUint8(15) ^ DOUBLING);
  return new Uint32Array(out.buffer);
}

/** CMAC of chains of whole blocks, left in `states`: CBC-MAC with K1 in the last block (SP 800-38B §6.2). */
export function tagChains(cipher: BlockCipher, chains: Chains, subkey: Uint32Array): void {
  xorLast(chains, subkey);
  chainCells(cipher, chains);
  xorLast(chains, subkey);
}

function xorLast({ words, begins, counts }: Chains, subkey: Uint32Array): void {
  for (let i = 0; i < counts.length; i++) {
    const last = ((begins[i] as number) + (counts[i] as number) - 1) * 4;
    for (let w = 0; w < 4; w++)
      words[last + w] = (words[last + w] as number) ^ (subkey[w] as number);
  }
}
