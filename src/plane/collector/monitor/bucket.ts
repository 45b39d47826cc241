import { Problem } from '#base/problem';
import type { Zone } from './zone.ts';

/** How time is cut: so many hours (24 or a divisor of it), a day, a week from Monday, or a calendar month. */
export type BucketWidth = {
  readonly unit: 'hour' | 'day' | 'week' | 'month';
  /** Hours a bucket; 1 for the other units. */
  readonly count: number;
};

/** A half-open stretch of time: what lies at `startMs` is in it, what lies at `endMs` is not. */
export type Bucket = { readonly startMs: number; readonly endMs: number };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A year of hours, with room; more is a mistake in the configuration. */
const BUCKETS_MAX = 10_000;

/** The width a text like `1 day` or `6 hours` names; throws `invalid`. */
export function widthFrom(text: string, path: string): BucketWidth {
  const found = /^(?<count>\d{1,2}) (?<unit>hour|day|week|month)s?$/u.exec(text)?.groups;
  const unit = found?.['unit'] as BucketWidth['unit'] | undefined;
  const count = Number(found?.['count']);
  const fits = unit === 'hour' ? count >= 1 && 24 % count === 0 : count === 1;
  if (unit !== undefined && fits) return { unit, count };
  throw new Problem('invalid', `\`${path}\` expected a bucket, got \`${text.slice(0, 40)}\``, {
    hint: '`1 hour` (2, 3, 4, 6, 8, 12, 24), `1 day`, `1 week` or `1 month`',
  });
}

/** How long a bucket is where clocks do not change; months are 30 days. */
export function nominalSeconds({ unit, count }: BucketWidth): number {
  const days = { hour: 1 / 24, day: 1, week: 7, month: 30 }[unit];
  return Math.round(days * count * 86_400);
}

/**
 * Every complete bucket of the range that begins at or after the bucket `fromMs` lies in and ends at or before
 * `throughMs`. Days follow the wall clock of the zone, so one may have 23 or 25 hours; buckets of hours count from its
 * midnight, and the last of such a day is shorter or longer. Throws `limit` for more than BUCKETS_MAX.
 */
export function bucketsBetween(
  range: { readonly fromMs: number; readonly throughMs: number },
  width: BucketWidth,
  zone: Zone,
): readonly Bucket[] {
  const buckets: Bucket[] = [];
  let startMs = bucketStart(range.fromMs, width, zone);
  for (;;) {
    const endMs = nextStart(startMs, width, zone);
    if (endMs > range.throughMs) return buckets;
    buckets.push({ startMs, endMs });
    if (buckets.length > BUCKETS_MAX) {
      throw new Problem('limit', `expected at most ${BUCKETS_MAX} buckets`, {
        hint: 'make `history` shorter or `bucket` longer',
      });
    }
    startMs = endMs;
  }
}

/**
 * The buckets of a column that holds what a wall clock shows: the hour that comes twice when clocks go back is one, for
 * its rows cannot be told apart.
 */
export function wallBuckets(buckets: readonly Bucket[], zone: Zone): readonly Bucket[] {
  const merged: Bucket[] = [];
  for (const bucket of buckets) {
    const last = merged.at(-1);
    if (last !== undefined && zone.wall(bucket.startMs) <= zone.wall(last.startMs)) {
      merged[merged.length - 1] = { startMs: last.startMs, endMs: bucket.endMs };
    } else {
      merged.push(bucket);
    }
  }
  return merged;
}

/** Where the bucket an instant lies in begins. */
export function bucketStart(ms: number, width: BucketWidth, zone: Zone): number {
  const wall = zone.wall(ms);
  const midnight = wall - modulo(wall, DAY_MS);
  if (width.unit === 'hour') return hourStart(ms, midnight, { width, zone });
  return zone.instant(floorWall(midnight, width.unit));
}

type Cut = { readonly width: BucketWidth; readonly zone: Zone };

function hourStart(ms: number, midnightWall: number, { width, zone }: Cut): number {
  const midnight = zone.instant(midnightWall);
  const step = width.count * HOUR_MS;
  const start = midnight + Math.floor((ms - midnight) / step) * step;
  // The last bucket of a day of 25 hours takes its extra hour, when it is wider than an hour.
  const next = zone.instant(midnightWall + DAY_MS);
  const last = midnight + (24 / width.count - 1) * step;
  return step > HOUR_MS && start > last && start < next ? last : start;
}

function nextStart(startMs: number, width: BucketWidth, zone: Zone): number {
  const wall = zone.wall(startMs);
  const midnight = wall - modulo(wall, DAY_MS);
  if (width.unit === 'hour') {
    const next = zone.instant(midnight + DAY_MS);
    const step = width.count * HOUR_MS;
    const end = startMs + step;
    if (end >= next || (step > HOUR_MS && next - end <= step / 2)) return next;
    return end;
  }
  if (width.unit === 'month') {
    const at = new Date(midnight);
    return zone.instant(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
  }
  return zone.instant(midnight + (width.unit === 'week' ? 7 : 1) * DAY_MS);
}

function floorWall(midnight: number, unit: 'day' | 'week' | 'month'): number {
  if (unit === 'day') return midnight;
  const at = new Date(midnight);
  if (unit === 'month') return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1);
  return midnight - modulo(at.getUTCDay() - 1, 7) * DAY_MS;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
