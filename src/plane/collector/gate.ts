import { unreachable } from '#base/assert';
import type { FactOf } from '#boundary';
import type { MetricClass } from './metric.ts';
import { coarse, toDigits } from './rounding.ts';

/** Significant digits as the border allows them (boundary/observefact.ts), which checks them again. */
const MOMENT_DIGITS = 4;
const EXTREME_DIGITS = 2;

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
 * What may be written down of a number: counts and shares as they are; numbers over values rounded, and nothing at all
 * when they are over fewer than `least` of them, for then they may be somebody's own.
 */
export function gate(raw: Raw, least: number): Gated {
  const { value } = raw;
  if (value === null || !Number.isFinite(value)) return { value: null, state: 'empty' };
  switch (raw.class) {
    case 'count':
      return { value: Math.max(0, Math.round(value)), state: 'measured' };
    case 'share':
      return { value: Math.round(value * 1_000) / 1_000 + 0, state: 'measured' };
    case 'moment':
      if (raw.over < least) return { value: null, state: 'suppressed' };
      return { value: toDigits(value, MOMENT_DIGITS), state: 'measured' };
    case 'extreme':
      if (raw.over < least) return { value: null, state: 'suppressed' };
      return { value: coarse(value, raw.spread, EXTREME_DIGITS), state: 'measured' };
  }
  return unreachable(raw.class);
}
