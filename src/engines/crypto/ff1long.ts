import { BLOCK_BYTES, viewOf } from './blocks.ts';
import type { BlockCipher } from './blocks.ts';
import type { DigitBatch, Direction } from './digits.ts';
import type { Group, LengthPlan } from './ff1plan.ts';

/**
 * FF1 for values of any length, one length at a time. Halves are numbers of several limbs: a limb holds as many
 * numerals as stay below 2^36, so that limb × 2^16 is exact in a double; limb 0 is the least significant, and the last
 * one holds what is left over. All values of the group go through AES together, block index by block index.
 */
export type LongRounds = (group: Group, batch: DigitBatch, direction: Direction) => void;

const ROUNDS = 10;
const TWO_16 = 65_536;
const LIMB_MAX = 2 ** 36;

/** How one half is cut into limbs. */
type Half = {
  readonly from: number;
  readonly digits: number;
  readonly limbs: number;
  readonly modulus: number;
};

type Layout = {
  readonly plan: LengthPlan;
  readonly count: number;
  /** Numerals in a full limb, and radix to that power. */
  readonly width: number;
  readonly base: number;
  readonly left: Half;
  readonly right: Half;
};

/** One half of every value of the group, limbs of a value side by side. */
type Halves = { readonly half: Half; readonly limbs: Float64Array };

/** Rounds for one group a call. */
export function createLongRounds(cipher: BlockCipher): LongRounds {
  return (group, batch, direction) => {
    const layout = layoutOf(group);
    const left = load(layout, layout.left, { group, batch });
    const right = load(layout, layout.right, { group, batch });
    const words = new Float64Array(Math.ceil(Math.max(layout.plan.d, layout.plan.b) / 2));
    for (let step = 0; step < ROUNDS; step++) {
      const round = direction === 'encrypt' ? step : ROUNDS - 1 - step;
      const [target, source] = round % 2 === 0 ? [left, right] : [right, left];
      const inputs = roundInputs(layout, source, { round, words });
      const output = roundOutput(layout, inputs, cipher);
      applyOutput(layout, target, { output, words, sign: direction === 'encrypt' ? 1 : -1 });
    }
    store(layout, left, { group, batch });
    store(layout, right, { group, batch });
  };
}

function layoutOf({ plan, places }: Group): Layout {
  let width = 1;
  let base = plan.radix;
  while (base * plan.radix <= LIMB_MAX) {
    base *= plan.radix;
    width++;
  }
  const half = (from: number, digits: number): Half => {
    const limbs = Math.ceil(digits / width);
    return { from, digits, limbs, modulus: plan.radix ** (digits - (limbs - 1) * width) };
  };
  return {
    plan,
    count: places.length,
    width,
    base,
    left: half(0, plan.u),
    right: half(plan.u, plan.v),
  };
}

type Values = { readonly group: Group; readonly batch: DigitBatch };

function load(layout: Layout, half: Half, { group, batch }: Values): Halves {
  const { radix } = layout.plan;
  const limbs = new Float64Array(layout.count * half.limbs);
  for (let i = 0; i < layout.count; i++) {
    const start = (batch.starts[group.places[i] as number] as number) + half.from;
    let end = start + half.digits;
    for (let limb = 0; limb < half.limbs; limb++) {
      const begin = Math.max(start, end - layout.width);
      let value = 0;
      for (let j = begin; j < end; j++) value = value * radix + (batch.digits[j] as number);
      limbs[i * half.limbs + limb] = value;
      end = begin;
    }
  }
  return { half, limbs };
}

function store(layout: Layout, { half, limbs }: Halves, { group, batch }: Values): void {
  const { radix } = layout.plan;
  for (let i = 0; i < layout.count; i++) {
    const start = (batch.starts[group.places[i] as number] as number) + half.from;
    let end = start + half.digits;
    for (let limb = 0; limb < half.limbs; limb++) {
      const begin = Math.max(start, end - layout.width);
      let value = limbs[i * half.limbs + limb] as number;
      for (let j = end - 1; j >= begin; j--) {
        const quotient = Math.floor((value + 0.5) / radix);
        batch.digits[j] = value - quotient * radix;
        value = quotient;
      }
      end = begin;
    }
  }
}

/** The blocks of Q for every value, block index by block index (algorithm 7, step 6.i). */
function roundInputs(
  layout: Layout,
  source: Halves,
  { round, words }: { readonly round: number; readonly words: Float64Array },
): Uint8Array {
  const { plan, count } = layout;
  const stride = count * BLOCK_BYTES;
  const inputs = new Uint8Array(count * plan.q.length);
  const byteAt = (position: number) => (position >> 4) * stride + (position & 15);
  const used = Math.ceil(plan.b / 2);
  for (let i = 0; i < count; i++) {
    const base = i * BLOCK_BYTES;
    for (let k = 0; k < plan.q.length; k++) inputs[byteAt(k) + base] = plan.q[k] as number;
    inputs[byteAt(plan.q.length - plan.b - 1) + base] = round;
    toWords(layout, source, { index: i, words, used });
    for (let k = 0; k < plan.b; k++) {
      const word = words[k >> 1] as number;
      inputs[byteAt(plan.q.length - 1 - k) + base] = k % 2 === 0 ? word & 0xff : word >>> 8;
    }
  }
  return inputs;
}

/** One half as a number in base 2^16, least significant word first. */
function toWords(
  layout: Layout,
  { half, limbs }: Halves,
  {
    index,
    words,
    used,
  }: { readonly index: number; readonly words: Float64Array; readonly used: number },
): void {
  words.fill(0, 0, used);
  for (let limb = half.limbs - 1; limb >= 0; limb--) {
    let carry = limbs[index * half.limbs + limb] as number;
    for (let w = 0; w < used; w++) {
      const product = (words[w] as number) * layout.base + carry;
      carry = Math.floor(product / TWO_16);
      words[w] = product - carry * TWO_16;
    }
  }
}

/** S of step 6.iii for every value: CBC-MAC over P and Q, then as many more blocks as `d` needs, index by index. */
function roundOutput(
  { plan, count }: Layout,
  inputs: Uint8Array,
  cipher: BlockCipher,
): Uint8Array[] {
  const stride = count * BLOCK_BYTES;
  const first = inputs.subarray(0, stride);
  for (let at = 0; at < stride; at++)
    first[at] = (first[at] as number) ^ (plan.p[at & 15] as number);
  let state = cipher.encrypt(first);
  for (let from = stride; from < inputs.length; from += stride) {
    const block = inputs.subarray(from, from + stride);
    for (let at = 0; at < stride; at++) block[at] = (block[at] as number) ^ (state[at] as number);
    state = cipher.encrypt(block);
  }
  const output = [state];
  for (let more = 1; more * BLOCK_BYTES < plan.d; more++) {
    const block = state.slice();
    const view = viewOf(block);
    for (let at = 12; at < stride; at += BLOCK_BYTES) view.setUint32(at, view.getUint32(at) ^ more);
    output.push(cipher.encrypt(block));
  }
  return output;
}

/** Half ± NUM(S) modulo radix^m: S is divided by one limb's base after the other, the remainders are its limbs. */
function applyOutput(
  layout: Layout,
  { half, limbs }: Halves,
  work: {
    readonly output: readonly Uint8Array[];
    readonly words: Float64Array;
    readonly sign: 1 | -1;
  },
): void {
  const { words, output, sign } = work;
  const used = layout.plan.d / 2;
  const views = output.map(viewOf);
  for (let i = 0; i < layout.count; i++) {
    for (let w = 0; w < used; w++) {
      const at = w * 2;
      words[w] = (views[at >> 4] as DataView).getUint16(i * BLOCK_BYTES + (at & 15));
    }
    let carry = 0;
    for (let limb = 0; limb < half.limbs; limb++) {
      const base = limb === half.limbs - 1 ? half.modulus : layout.base;
      const place = i * half.limbs + limb;
      const sum = (limbs[place] as number) + sign * (divideWords(words, used, base) + carry);
      carry = sum < 0 || sum >= base ? 1 : 0;
      limbs[place] = sum - sign * carry * base;
    }
  }
}

/** Divides a number in base 2^16 (most significant word first) in place; gives the remainder. */
function divideWords(words: Float64Array, used: number, divisor: number): number {
  let rest = 0;
  for (let w = 0; w < used; w++) {
    const value = rest * TWO_16 + (words[w] as number);
    let quotient = Math.floor(value / divisor);
    rest = value - quotient * divisor;
    if (rest < 0) {
      rest += divisor;
      quotient -= 1;
    }
    words[w] = quotient;
  }
  return rest;
}
