import { unreachable } from '#base/assert';
import type { FactOf } from '#boundary';
import type { MetricClass } from './metric.ts';
import { coarse, toDigits } from '../rounding.ts';

/** Significant digits as the border allows them (boundary/observefact.ts), which checks them again. */
const MOMENT_DIGITS = 4;
const EXTREME_DIGITS = 2;
/** Numbers over fewer values, and fewer failures, are not told: of a handful of rows somebody may know who they are. */
export const LEAST_ROWS = 10;

export type PointState = FactOf<'metric-points'>['points'][number]['state'];

/** A number as it was measured, still as exact as the engine gave it. */
export type Raw = {
  readonly class: MetricClass;
  readonly value: number | null;
  /** Values it was computed over. */
  readonly over: number;
  /** Standard deviation of the column, for extremes; null when unknown. */
  readonly spread: number | null;
};

export type Gated = { readonly value: number | null; readonly state: PointState };

/**
 * What may be written down of a number: nothing at all when it is over fewer than `least` values (and some), for then it
 * may be somebody's own; else counts and shares as they are, numbers over values rounded.
 */
export function gate(raw: Raw, least: number): Gated {
  const { value } = raw;
  if (value === null || !Number.isFinite(value)) return { value: null, state: 'empty' };
  const few = raw.over < least;
  switch (raw.class) {
    case 'count':
      // No rows at all are nobody's.
      if (few && raw.over > 0) return SUPPRESSED;
      return { value: Math.max(0, Math.round(value)), state: 'measured' };
    case 'share':
      if (few) return SUPPRESSED;
      return { value: Math.round(value * 1_000) / 1_000 + 0, state: 'measured' };
    case 'moment':
      if (few) return SUPPRESSED;
      return { value: toDigits(value, MOMENT_DIGITS), state: 'measured' };
    case 'extreme':
      if (few) return SUPPRESSED;
      return { value: coarse(value, raw.spread, EXTREME_DIGITS), state: 'measured' };
  }
  return unreachable(raw.class);
}

const SUPPRESSED: Gated = { value: null, state: 'suppressed' };

/**
 * What may be written down of how many rows somebody's test or condition picked out: none, or at least `least`, to two
 * significant digits. Null for fewer: two tests that differ by one person differ by nothing that is told.
 */
export function tally(count: number | null, least: number): number | null {
  if (count === null || (count > 0 && count < least)) return null;
  return toDigits(count, EXTREME_DIGITS);
}
