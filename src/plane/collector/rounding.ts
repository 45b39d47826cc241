/** The number with that many significant decimal digits. */
export function toDigits(value: number, digits: number): number {
  return Number(value.toPrecision(digits)) + 0;
}

/** Seconds to the minute: of how old something is, more would say when one row was written. */
export function toMinute(seconds: number): number {
  return Math.round(seconds / 60) * 60;
}

/**
 * A number that may be one row's own: rounded to a step of 1, 2 or 5 times a power of ten that is at least a quarter of
 * the spread of its column, then to `digits`. So a value among many like it stands for all of them, and a far outlier
 * still shows as one.
 */
export function coarse(value: number, spread: number | null, digits: number): number {
  if (spread === null || !(spread > 0)) return toDigits(value, digits);
  const step = niceStep(spread / 4);
  return toDigits(Math.round(value / step) * step, digits);
}

function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10;
  return step * power;
}
