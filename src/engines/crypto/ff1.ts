import type { KeyObject } from 'node:crypto';
import { assert } from '#base/assert';
import { Problem } from '#base/problem';
import { createBlockCipher } from './blocks.ts';
import type { BlockCipher } from './blocks.ts';
import type { DigitBatch, Direction } from './digits.ts';
import { createLongRounds } from './ff1long.ts';
import { lengthPlan } from './ff1plan.ts';
import type { Group, LengthPlan } from './ff1plan.ts';
import { createShortRounds, SHORT_VALUES_MAX } from './ff1short.ts';

/** FF1 under one key, radix and tweak. */
export type Ff1 = {
  /** The fewest numerals it takes: radix^least ≥ 1,000,000 (SP 800-38G Rev. 1). */
  readonly digitsMin: number;
  /** Replaces the numerals of every value in place; throws `internal` for a length out of bounds. */
  crypt(batch: DigitBatch, direction: Direction): void;
};

/** SP 800-38G Rev. 1 §5: smaller domains can be recovered from too few pairs. */
const DOMAIN_MIN = 1_000_000;
/** Longer values are text, not identifiers; work grows with the square of the length. */
export const DIGITS_MAX = 1_024;
/** Below this the largest radix of SP 800-38G still fits our numerals. */
const RADIX_MAX = 65_535;

/** FF1 (NIST SP 800-38G) with that AES key; throws `invalid` for a radix outside 2 to 65,535. */
export function createFf1(key: KeyObject, radix: number, tweak: Uint8Array): Ff1 {
  if (!Number.isInteger(radix) || radix < 2 || radix > RADIX_MAX) {
    throw new Problem('invalid', `radix expected 2 to ${RADIX_MAX}, got \`${radix}\``);
  }
  const cipher = createBlockCipher(key);
  const plans = new Map<number, LengthPlan>();
  const planOf = (length: number) => {
    const known = plans.get(length) ?? lengthPlan({ radix, tweak, length }, cipher);
    plans.set(length, known);
    return known;
  };
  const engine = {
    cipher,
    planOf,
    short: createShortRounds(cipher),
    long: createLongRounds(cipher),
  };
  const digitsMin = leastDigits(radix);
  return {
    digitsMin,
    crypt(batch, direction) {
      const count = batch.starts.length - 1;
      for (let from = 0; from < count; from += SHORT_VALUES_MAX) {
        const to = Math.min(from + SHORT_VALUES_MAX, count);
        cryptSlice(engine, groupsOf(batch, { from, to, digitsMin, planOf }), { batch, direction });
      }
    },
  };
}

type Engine = {
  readonly cipher: BlockCipher;
  readonly short: ReturnType<typeof createShortRounds>;
  readonly long: ReturnType<typeof createLongRounds>;
};

function cryptSlice(
  engine: Engine,
  groups: readonly Group[],
  work: { readonly batch: DigitBatch; readonly direction: Direction },
): void {
  const short = groups.filter((group) => group.plan.kind === 'short');
  if (short.length > 0) engine.short(short, work.batch, work.direction);
  for (const group of groups) {
    if (group.plan.kind === 'long') engine.long(group, work.batch, work.direction);
  }
}

type Slice = {
  readonly from: number;
  readonly to: number;
  readonly digitsMin: number;
  readonly planOf: (length: number) => LengthPlan;
};

/** The values of a slice by length (a counting sort), so that what depends on the length leaves the loops. */
function groupsOf({ starts }: DigitBatch, { from, to, digitsMin, planOf }: Slice): Group[] {
  const counts = new Uint32Array(DIGITS_MAX + 1);
  for (let i = from; i < to; i++) {
    const length = (starts[i + 1] as number) - (starts[i] as number);
    assert(length >= digitsMin && length <= DIGITS_MAX, 'ff1 expected a length within its bounds');
    counts[length] = (counts[length] as number) + 1;
  }
  const order = new Uint32Array(to - from);
  const groups: Group[] = [];
  let first = 0;
  for (let length = digitsMin; length <= DIGITS_MAX; length++) {
    const count = counts[length] as number;
    if (count === 0) continue;
    groups.push({ plan: planOf(length), places: order.subarray(first, first + count) });
    counts[length] = first;
    first += count;
  }
  for (let i = from; i < to; i++) {
    const length = (starts[i + 1] as number) - (starts[i] as number);
    const place = counts[length] as number;
    order[place] = i;
    counts[length] = place + 1;
  }
  return groups;
}

function leastDigits(radix: number): number {
  let digits = 1;
  for (let domain = radix; domain < DOMAIN_MIN; domain *= radix) digits++;
  return Math.max(digits, 2);
}
