import { z } from 'zod';
import { assertSettings, ELEMENTARY_DEFAULTS, PRIVET_DEFAULTS } from '#engines/stats';
import type { Feedback, Measure, Settings } from '#engines/stats';

const HOLIDAYS_MAX = 1_000;

/** How points are judged: by Privet's own method, or as Elementary does for people who come from there. */
export const scoringShape = z.strictObject({
  state: z.enum(['on', 'off']).default('on').describe('`off`: points are kept and not judged'),
  method: z.enum(['privet', 'elementary']).default('privet'),
  direction: z
    .enum(['both', 'spike', 'drop'])
    .nullable()
    .default(null)
    .describe('null: as the monitor says'),
  falseAlarmsPerThousand: z
    .number()
    .min(0.001)
    .max(100)
    .default(PRIVET_DEFAULTS.falseAlarmsPerThousand)
    .describe('of a thousand normal points, how many may raise an alarm'),
  smallestChangePercent: z.number().min(0).max(10_000).default(0),
  confirmations: z
    .number()
    .int()
    .min(2)
    .max(1_000)
    .nullable()
    .default(PRIVET_DEFAULTS.confirmations)
    .describe(
      'a new level is accepted after so many points in a row; null: a day of hours, a week of days',
    ),
  holidays: z
    .array(z.iso.date())
    .max(HOLIDAYS_MAX)
    .default([])
    .describe('days that are not like others'),
  elementary: z
    .strictObject({
      sensitivity: z.number().min(0).max(1_000).default(ELEMENTARY_DEFAULTS.sensitivity),
      daysBack: z.number().int().min(1).max(3_650).default(ELEMENTARY_DEFAULTS.daysBack),
      seasonality: z.enum(['none', 'day_of_week', 'hour_of_day', 'hour_of_week']).default('none'),
    })
    .default({
      sensitivity: ELEMENTARY_DEFAULTS.sensitivity,
      daysBack: ELEMENTARY_DEFAULTS.daysBack,
      seasonality: 'none',
    })
    .describe('what `method: elementary` goes by'),
});
export type Scoring = z.infer<typeof scoringShape>;

export const SCORING_DEFAULTS: Scoring = scoringShape.parse({});

/** What of a series its judge must know. */
export type JudgedSeries = {
  readonly metric: string;
  readonly direction: 'both' | 'spike' | 'drop';
  readonly timeZone: string;
  readonly bucketSeconds: number | null;
};

/** The engine's settings for a series; throws `invalid` for ones that do not fit it. */
export function settingsFor(
  series: JudgedSeries,
  scoring: Scoring,
  feedback: readonly Feedback[],
): Settings {
  const settings =
    scoring.method === 'privet'
      ? privetSettings(series, scoring, feedback)
      : elementarySettings(series, scoring);
  assertSettings(settings);
  return settings;
}

function privetSettings(
  series: JudgedSeries,
  scoring: Scoring,
  feedback: readonly Feedback[],
): Settings {
  return {
    ...PRIVET_DEFAULTS,
    measure: measureOf(series.metric),
    direction: scoring.direction ?? series.direction,
    falseAlarmsPerThousand: scoring.falseAlarmsPerThousand,
    calendar: { timeZone: series.timeZone, holidays: scoring.holidays },
    smallestChangePercent: scoring.smallestChangePercent,
    confirmations: scoring.confirmations,
    feedback,
  };
}

function elementarySettings(series: JudgedSeries, scoring: Scoring): Settings {
  return {
    ...ELEMENTARY_DEFAULTS,
    metricName: series.metric,
    direction: scoring.direction ?? series.direction,
    sensitivity: scoring.elementary.sensitivity,
    daysBack: scoring.elementary.daysBack,
    seasonality: scoring.elementary.seasonality,
    timeBucket: bucketOf(series.bucketSeconds),
  };
}

function bucketOf(seconds: number | null) {
  if (seconds === null) return null;
  if (seconds % 604_800 === 0) return { period: 'week', count: seconds / 604_800 } as const;
  if (seconds % 86_400 === 0) return { period: 'day', count: seconds / 86_400 } as const;
  return { period: 'hour', count: Math.max(1, Math.round(seconds / 3_600)) } as const;
}

/** What the numbers of a metric mean, by its name in facts. */
export function measureOf(metric: string): Measure {
  if (/percent/u.test(metric)) return 'percent';
  if (/freshness/u.test(metric)) return 'seconds';
  return /count|bytes/u.test(metric) && metric !== 'row_count_difference' ? 'count' : 'number';
}

/** What holds for a series: its own settings where a person chose some, else those for all. */
export function scoringOf(all: Scoring, own: unknown): Scoring {
  return own === null || own === undefined ? all : scoringShape.parse(own);
}
