import { BLOCK_BYTES, wordsOf } from './blocks.ts';
import type { BlockCipher } from './blocks.ts';
import type { DigitBatch, Direction } from './digits.ts';
import { createFf1Kernel } from './ff1kernel.ts';
import type { InputWords, SlotRun } from './ff1kernel.ts';
import type { Group, LengthPlan } from './ff1plan.ts';

/**
 * FF1 for values whose halves fit 32 bits (16 decimal digits are two halves of 27 bits). Every round is one AES call
 * over one block for each value of the slice, whatever their lengths.
 */
export type ShortRounds = (
  groups: readonly Group[],
  batch: DigitBatch,
  direction: Direction,
) => void;

const ROUNDS = 10;
const SPLIT_BITS = 20;
/** radix^3 stays below 2^20, so that splitting a pair is exact. */
const PAIRED_RADIX_MAX = 101;

/** A group with the slots it takes in the kernel. */
type Run = SlotRun & { readonly group: Group };

/** Values a call takes at most: what they need stays in the second-level cache, over which the rounds pass ten times. */
export const SHORT_VALUES_MAX = 4_096;

/** One for all keys: a memory of WebAssembly reserves gigabytes of address space, and calls do not interleave. */
const kernel = createFf1Kernel(SHORT_VALUES_MAX);

/** Rounds over at most `SHORT_VALUES_MAX` values a call. */
export function createShortRounds(cipher: BlockCipher): ShortRounds {
  return (groups, batch, direction) => {
    const runs = runsOf(groups);
    for (const run of runs) load(run, batch);
    const count = runs.reduce((sum, run) => sum + run.count, 0);
    const blocks = kernel.blocks.subarray(0, count * BLOCK_BYTES);
    for (let step = 0; step < ROUNDS; step++) {
      const round = direction === 'encrypt' ? step : ROUNDS - 1 - step;
      const [target, source] =
        round % 2 === 0 ? (['left', 'right'] as const) : (['right', 'left'] as const);
      for (const run of runs) kernel.writeInputs(run, source, inputWords(run.group.plan, round));
      kernel.output.set(cipher.encrypt(blocks));
      for (const run of runs) {
        const modulus = modulusOf(run.group.plan, round);
        kernel.applyOutput(run, target, { modulus, subtract: direction === 'decrypt' });
      }
    }
    for (const run of runs) store(run, batch);
    blocks.fill(0);
    kernel.left.fill(0, 0, count);
    kernel.right.fill(0, 0, count);
  };
}

function runsOf(groups: readonly Group[]): Run[] {
  let first = 0;
  return groups.map((group) => {
    const run = { group, first, count: group.places.length };
    first += run.count;
    return run;
  });
}

/** Reads the halves of each value as numbers and writes what stays the same in its block over all rounds. */
function load({ group, first }: Run, { digits, starts }: DigitBatch): void {
  const { plan, places } = group;
  const { radix, u, n } = plan;
  const { left, right } = kernel;
  const blocks = new Uint32Array(kernel.blocks.buffer, kernel.blocks.byteOffset);
  const word0 = fixedWord(plan, 0);
  const word1 = fixedWord(plan, 1);
  for (let i = 0; i < places.length; i++) {
    const start = starts[places[i] as number] as number;
    let a = 0;
    let b = 0;
    for (let j = start; j < start + u; j++) a = (Math.imul(a, radix) + (digits[j] as number)) | 0;
    for (let j = start + u; j < start + n; j++)
      b = (Math.imul(b, radix) + (digits[j] as number)) | 0;
    left[first + i] = a;
    right[first + i] = b;
    blocks[(first + i) * 4] = word0;
    blocks[(first + i) * 4 + 1] = word1;
  }
}

/** The last words of Q xor AES(P) of a round, NUM(B) not yet in it: Q ends in [round] NUM(B) (algorithm 7, step 6.i). */
function inputWords(plan: LengthPlan, round: number): InputWords {
  const numbered = new Uint8Array(BLOCK_BYTES);
  numbered[BLOCK_BYTES - 1 - plan.b] = round;
  const words = wordsOf(numbered);
  return {
    word2: fixedWord(plan, 2) ^ (words[2] as number),
    word3: fixedWord(plan, 3) ^ (words[3] as number),
  };
}

/** Writes the halves back as numerals. */
function store({ group, first }: Run, { digits, starts }: DigitBatch): void {
  const { left, right } = kernel;
  const { plan, places } = group;
  const { radix, u, n } = plan;
  const write = radix <= PAIRED_RADIX_MAX ? writePairs : writeSingles;
  for (let i = 0; i < places.length; i++) {
    const start = starts[places[i] as number] as number;
    write(digits, { value: left[first + i] as number, radix, from: start, to: start + u });
    write(digits, { value: right[first + i] as number, radix, from: start + u, to: start + n });
  }
}

type HalfAsDigits = {
  readonly value: number;
  readonly radix: number;
  readonly from: number;
  readonly to: number;
};

/** Two numerals a division; the pair is split by a multiplication that is exact below 2^20 / radix. */
function writePairs(digits: Uint16Array, { value, radix, from, to }: HalfAsDigits): void {
  const pair = radix * radix;
  const inverse = 1 / pair;
  const split = Math.ceil(2 ** SPLIT_BITS / radix);
  let rest = value;
  let at = to - 1;
  for (; at > from; at -= 2) {
    const quotient = ((rest + 0.5) * inverse) >>> 0;
    const both = (rest - Math.imul(quotient, pair)) | 0;
    const high = Math.imul(both, split) >>> SPLIT_BITS;
    digits[at] = both - Math.imul(high, radix);
    digits[at - 1] = high;
    rest = quotient;
  }
  if (at === from) digits[at] = rest;
}

function writeSingles(digits: Uint16Array, { value, radix, from, to }: HalfAsDigits): void {
  let rest = value;
  for (let at = to - 1; at >= from; at--) {
    const quotient = (rest / radix) >>> 0;
    digits[at] = rest - Math.imul(quotient, radix);
    rest = quotient;
  }
}

function modulusOf({ radix, u, v }: LengthPlan, round: number): number {
  return radix ** (round % 2 === 0 ? u : v);
}

/** A word of Q xor AES(P) that no round changes, as it is in memory. */
function fixedWord({ p, q }: LengthPlan, index: number): number {
  return (wordsOf(p)[index] as number) ^ (wordsOf(q)[index] as number);
}
