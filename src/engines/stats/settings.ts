import { Problem } from '#base/problem';
import { openZone } from './zone.ts';

/** What the values mean, which says how their noise behaves and where they end. */
export type Measure =
  /** Rows, nulls, distinct values: whole numbers from 0 up. */
  | 'count'
  /** Percent, from 0 to 100. */
  | 'percent'
  /** Durations and delays, from 0 up. */
  | 'seconds'
  /** Anything else: averages, sums, extremes. */
  | 'number';

export type Direction = 'both' | 'spike' | 'drop';

/** Whose clock and holidays the data follows. */
export type Calendar = {
  /** An IANA name, `Europe/Vienna`. Hours and days are counted by its clock, daylight saving included. */
  readonly timeZone: string;
  /** Days that are not like others, `2026-12-25`, by that clock. */
  readonly holidays: readonly string[];
};

/** What a person said about the past. `toMs` is not included. */
export type Feedback =
  /** Right as it was: learn from it, and accept the likes of it. */
  | { readonly kind: 'normal'; readonly atMs: number }
  /** Wrong as it was: never learn from it. */
  | { readonly kind: 'anomalous'; readonly atMs: number }
  /** From here on the level is another one. */
  | { readonly kind: 'new-normal'; readonly atMs: number }
  /** Neither learn from these nor judge them. */
  | { readonly kind: 'exclude'; readonly fromMs: number; readonly toMs: number };

export type PrivetSettings = {
  readonly method: 'privet';
  readonly measure: Measure;
  readonly direction: Direction;
  /** The budget: of a thousand normal points, how many may raise an alarm. */
  readonly falseAlarmsPerThousand: number;
  readonly calendar: Calendar;
  /** Changes of less than this share of what is expected are never reported; 0 reports all. */
  readonly smallestChangePercent: number;
  /** A new level is accepted after this many points in a row agree on it; null: a day's of a series faster than daily, 7 of a daily one. */
  readonly confirmations: number | null;
  readonly feedback: readonly Feedback[];
};

/** Elementary's arguments, by their meaning there (docs/design/anomalies.md). */
export type ElementarySettings = {
  readonly method: 'elementary';
  /** Elementary's name of the metric, such as `row_count`: some metrics only look at spikes, some may be negative. */
  readonly metricName: string;
  readonly sensitivity: number;
  readonly direction: Direction;
  readonly daysBack: number;
  readonly backfillDays: number;
  readonly seasonality: 'none' | 'day_of_week' | 'hour_of_day' | 'hour_of_week';
  /** Null: no timestamp column, each point is one run's reading. */
  readonly timeBucket: ElementaryBucket | null;
  readonly detectionDelayHours: number;
  readonly failOnZero: boolean;
  readonly spikeFailurePercent: number | null;
  readonly dropFailurePercent: number | null;
  /** A floor: nothing below it is anomalous. */
  readonly minValue: number | null;
  readonly excludeDetectionPeriodFromTraining: boolean;
};

export type ElementaryBucket = {
  readonly period: 'hour' | 'day' | 'week' | 'month';
  readonly count: number;
};

export type Settings = PrivetSettings | ElementarySettings;

export const PRIVET_DEFAULTS: PrivetSettings = {
  method: 'privet',
  measure: 'number',
  direction: 'both',
  falseAlarmsPerThousand: 1,
  calendar: { timeZone: 'UTC', holidays: [] },
  smallestChangePercent: 0,
  confirmations: null,
  feedback: [],
};

/** Elementary's defaults, as of its version 0.25. */
export const ELEMENTARY_DEFAULTS: ElementarySettings = {
  method: 'elementary',
  metricName: 'row_count',
  sensitivity: 3,
  direction: 'both',
  daysBack: 14,
  backfillDays: 2,
  seasonality: 'none',
  timeBucket: { period: 'day', count: 1 },
  detectionDelayHours: 0,
  failOnZero: false,
  spikeFailurePercent: null,
  dropFailurePercent: null,
  minValue: null,
  excludeDetectionPeriodFromTraining: false,
};

/** Kept short, because each is looked at for each point of each series. */
const FEEDBACK_MAX = 1_000;
const HOLIDAYS_MAX = 1_000;

/** Throws `invalid` or `limit` when a setting is out of its range. */
export function assertSettings(settings: Settings): void {
  if (settings.method === 'privet') assertPrivet(settings);
  else assertElementary(settings);
}

function assertPrivet(settings: PrivetSettings): void {
  const { falseAlarmsPerThousand, smallestChangePercent, confirmations, calendar } = settings;
  ranged(falseAlarmsPerThousand, [0.001, 100], 'falseAlarmsPerThousand');
  ranged(smallestChangePercent, [0, 10_000], 'smallestChangePercent');
  if (confirmations !== null) ranged(confirmations, [2, 1_000], 'confirmations');
  ranged(settings.feedback.length, [0, FEEDBACK_MAX], 'feedback.length');
  ranged(calendar.holidays.length, [0, HOLIDAYS_MAX], 'calendar.holidays.length');
  openZone(calendar.timeZone);
  for (const day of calendar.holidays) {
    if (!/^\d{4}-\d{2}-\d{2}$/u.test(day))
      throw new Problem('invalid', `holiday expected as 2026-12-25, got \`${day}\``);
  }
}

function assertElementary(settings: ElementarySettings): void {
  const { seasonality, timeBucket } = settings;
  ranged(settings.sensitivity, [0, 1_000], 'sensitivity');
  ranged(settings.daysBack, [1, 3_650], 'daysBack');
  ranged(settings.backfillDays, [0, 3_650], 'backfillDays');
  ranged(settings.detectionDelayHours, [0, 8_760], 'detectionDelayHours');
  if (timeBucket !== null) ranged(timeBucket.count, [1, 1_000], 'timeBucket.count');
  const wanted = { none: null, day_of_week: 'day', hour_of_day: 'hour', hour_of_week: 'hour' }[
    seasonality
  ];
  const fits = timeBucket?.period === wanted && timeBucket?.count === 1;
  if (wanted !== null && !fits)
    throw new Problem('invalid', `seasonality \`${seasonality}\` expected buckets of 1 ${wanted}`);
}

function ranged(value: number, [low, high]: readonly [number, number], label: string): void {
  if (!(value >= low && value <= high))
    throw new Problem('invalid', `\`${label}\` expected ${low} to ${high}, got ${value}`);
}
