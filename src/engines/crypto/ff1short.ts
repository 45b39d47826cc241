import { BLOCK_BYTES, viewOf } from './blocks.ts';
import type { BlockCipher } from './blocks.ts';
import type { DigitBatch, Direction } from './digits.ts';
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
const TWO_16 = 65_536;
const SPLIT_BITS = 20;
/** radix^3 stays below 2^20, so that splitting a pair is exact. */
const PAIRED_RADIX_MAX = 101;

/** A group with its slots in the packed buffers and what its loops need. */
type Run = { readonly group: Group; readonly first: number };

/** Buffers of one instance: halves as numbers, and the blocks that go into AES. */
type Buffers = {
  readonly left: Uint32Array;
  readonly right: Uint32Array;
  readonly blocks: Uint8Array;
  readonly view: DataView;
};

/** Rounds over at most `valuesMax` values a call; buffers are made once and cleared of nothing, they hold masked state. */
export function createShortRounds(cipher: BlockCipher, valuesMax: number): ShortRounds {
  const blocks = new Uint8Array(valuesMax * BLOCK_BYTES);
  const buffers: Buffers = {
    left: new Uint32Array(valuesMax),
    right: new Uint32Array(valuesMax),
    blocks,
    view: viewOf(blocks),
  };
  return (groups, batch, direction) => {
    const runs = runsOf(groups);
    for (const run of runs) load(run, batch, buffers);
    const count = runs.reduce((sum, run) => sum + run.group.places.length, 0);
    for (let step = 0; step < ROUNDS; step++) {
      const round = direction === 'encrypt' ? step : ROUNDS - 1 - step;
      for (const run of runs) writeInputs(run, buffers, round);
      const output = viewOf(cipher.encrypt(blocks.subarray(0, count * BLOCK_BYTES)));
      for (const run of runs) {
        if (direction === 'encrypt') addOutputs(run, buffers, { output, round });
        else subtractOutputs(run, buffers, { output, round });
      }
    }
    for (const run of runs) store(run, batch, buffers);
  };
}

function runsOf(groups: readonly Group[]): Run[] {
  let first = 0;
  return groups.map((group) => {
    const run = { group, first };
    first += group.places.length;
    return run;
  });
}

/** Reads the halves of each value as numbers and writes what stays the same in its block over all rounds. */
function load(
  { group, first }: Run,
  { digits, starts }: DigitBatch,
  { left, right, view }: Buffers,
): void {
  const { plan, places } = group;
  const { radix, u, n } = plan;
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
    view.setUint32((first + i) * BLOCK_BYTES, word0);
    view.setUint32((first + i) * BLOCK_BYTES + 4, word1);
  }
}

/** Writes Q xor AES(P) of a round: its number and the half that is not changed (algorithm 7, step 6.i). */
function writeInputs({ group, first }: Run, { left, right, view }: Buffers, round: number): void {
  const { plan, places } = group;
  const source = round % 2 === 0 ? right : left;
  const word2 = fixedWord(plan, 2) ^ (plan.b === 4 ? round : 0);
  const word3 = fixedWord(plan, 3) ^ (plan.b === 4 ? 0 : round << (8 * plan.b));
  const end = first + places.length;
  for (let slot = first; slot < end; slot++) {
    view.setUint32(slot * BLOCK_BYTES + 8, word2);
    view.setUint32(slot * BLOCK_BYTES + 12, word3 ^ (source[slot] as number));
  }
}

type Output = { readonly output: DataView; readonly round: number };

/**
 * Half + NUM(S) modulo radix^m (steps 6.iii to 6.vii) for S of 8 bytes, by 48 and then 16 bits: each product stays
 * below 2^53, and a quotient that is one off is put right at the end.
 */
function addOutputs(
  { group, first }: Run,
  { left, right }: Buffers,
  { output, round }: Output,
): void {
  const target = round % 2 === 0 ? left : right;
  const modulus = modulusOf(group.plan, round);
  const inverse = 1 / modulus;
  const end = first + group.places.length;
  for (let slot = first; slot < end; slot++) {
    const high = output.getUint32(slot * BLOCK_BYTES);
    const low = output.getUint32(slot * BLOCK_BYTES + 4);
    const upper = high * TWO_16 + (low >>> 16);
    const rest = (upper - Math.floor(upper * inverse) * modulus) * TWO_16 + (low & 0xffff);
    const sum = rest + (target[slot] as number);
    const reduced = sum - Math.floor(sum * inverse) * modulus;
    target[slot] =
      reduced < 0 ? reduced + modulus : reduced >= modulus ? reduced - modulus : reduced;
  }
}

/** The same with a minus: undoes a round (algorithm 8). */
function subtractOutputs(
  { group, first }: Run,
  { left, right }: Buffers,
  { output, round }: Output,
): void {
  const target = round % 2 === 0 ? left : right;
  const modulus = modulusOf(group.plan, round);
  const inverse = 1 / modulus;
  const end = first + group.places.length;
  for (let slot = first; slot < end; slot++) {
    const high = output.getUint32(slot * BLOCK_BYTES);
    const low = output.getUint32(slot * BLOCK_BYTES + 4);
    const upper = high * TWO_16 + (low >>> 16);
    const rest = (upper - Math.floor(upper * inverse) * modulus) * TWO_16 + (low & 0xffff);
    const difference = (target[slot] as number) - rest;
    const reduced = difference - Math.floor(difference * inverse) * modulus;
    target[slot] =
      reduced < 0 ? reduced + modulus : reduced >= modulus ? reduced - modulus : reduced;
  }
}

/** Writes the halves back as numerals. */
function store(
  { group, first }: Run,
  { digits, starts }: DigitBatch,
  { left, right }: Buffers,
): void {
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

function fixedWord({ p, q }: LengthPlan, index: number): number {
  return viewOf(p).getUint32(index * 4) ^ viewOf(q).getUint32(index * 4);
}
