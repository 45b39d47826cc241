import type { Measure } from './settings.ts';

/** The scale on which noise is about as wide everywhere: errors are measured there, people are shown values. */
export type Scale = {
  readonly of: (value: number) => number;
  readonly back: (scaled: number) => number;
  /** The error a series that never erred is given, around a forecast (scaled). */
  readonly floor: (forecast: number) => number;
};

/** One percent: what changes less than that, after never having changed, is no surprise. */
const STILL = 0.01;

/** Counts and durations vary in proportion to their size, so ratios count (log of one more, so that zero has a place). */
const ratios: Scale = {
  of: (value) => Math.sign(value) * Math.log1p(Math.abs(value)),
  back: (scaled) => Math.sign(scaled) * Math.expm1(Math.abs(scaled)),
  floor: () => STILL,
};

const percents: Scale = {
  of: (value) => value,
  back: (scaled) => scaled,
  floor: (forecast) => STILL * Math.max(1, Math.abs(forecast)),
};

const plain: Scale = {
  of: (value) => value,
  back: (scaled) => scaled,
  floor: (forecast) => Math.max(STILL * Math.abs(forecast), Number.MIN_VALUE),
};

export const SCALES: Readonly<Record<Measure, Scale>> = {
  count: ratios,
  seconds: ratios,
  percent: percents,
  number: plain,
};
