import { Problem } from '#base/problem';
import type { TimeUnit } from './type.ts';

/** Parts of a second a unit counts. */
const PER_SECOND: Readonly<Record<TimeUnit, bigint>> = {
  s: 1n,
  ms: 1_000n,
  us: 1_000_000n,
  ns: 1_000_000_000n,
};
const DIGITS: Readonly<Record<TimeUnit, number>> = { s: 0, ms: 3, us: 6, ns: 9 };
const DAY_SECONDS = 86_400;
/** Years 1 to 9999: others have no text that RFC 3339 knows. */
const [SECONDS_MIN, SECONDS_MAX] = [-62_135_596_800n, 253_402_300_799n];

/** A moment counted from 1970, as `2006-01-02T15:04:05.000`; throws `invalid` where it has no such text. */
export function momentText(value: bigint, unit: TimeUnit): string {
  const per = PER_SECOND[unit];
  const part = ((value % per) + per) % per;
  const seconds = (value - part) / per;
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX)
    throw new Problem('invalid', 'a date or moment expected a year from 1 to 9999');
  const whole = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19);
  return `${whole}${fractionText(part, unit)}`;
}

/** The count of a moment that `momentText` wrote. */
export function momentCount(text: string, unit: TimeUnit): bigint {
  const seconds = BigInt(Date.parse(`${text.slice(0, 19)}Z`) / 1_000);
  return seconds * PER_SECOND[unit] + fractionCount(text.slice(20), unit);
}

export function dateText(days: number): string {
  return momentText(BigInt(days) * BigInt(DAY_SECONDS), 's').slice(0, 10);
}

export function dayCount(text: string): number {
  return Date.parse(`${text}T00:00:00Z`) / 1_000 / DAY_SECONDS;
}

/** A time of day, as `15:04:05.000`. */
export function timeText(value: bigint, unit: TimeUnit): string {
  const per = PER_SECOND[unit];
  if (value < 0n || value >= BigInt(DAY_SECONDS) * per)
    throw new Problem('invalid', 'a time of day expected to lie within a day');
  return momentText(value, unit).slice(11);
}

export function timeCount(text: string, unit: TimeUnit): bigint {
  return momentCount(`1970-01-01T${text}`, unit);
}

function fractionText(part: bigint, unit: TimeUnit): string {
  return unit === 's' ? '' : `.${String(part).padStart(DIGITS[unit], '0')}`;
}

function fractionCount(digits: string, unit: TimeUnit): bigint {
  return unit === 's' ? 0n : BigInt(digits.slice(0, DIGITS[unit]).padEnd(DIGITS[unit], '0'));
}
