import type { Point, Series } from './series.ts';
import type { ElementarySettings } from './settings.ts';
import type { Explanation, Verdict } from './verdict.ts';
import { bucketsOf, DAY_MS, endOf, HOUR_MS, windowOf } from './elementarybuckets.ts';
import type { Window } from './elementarybuckets.ts';
import { RunningMoments } from './runningmoments.ts';

/** One line of Elementary's `anomaly_scores`, with its verdict. `score` and the band are null where it has none. */
export type ElementaryRow = {
  readonly atMs: number;
  readonly bucketEndMs: number;
  readonly value: number;
  readonly score: number | null;
  readonly trainingAverage: number;
  readonly trainingDeviation: number | null;
  readonly trainingSize: number;
  readonly trainingFromMs: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly anomalous: boolean;
};

type Measured = { readonly atMs: number; readonly endMs: number; readonly value: number | null };
type Training = { readonly moments: RunningMoments; readonly fromMs: number };
type Unread = Omit<ElementaryRow, 'anomalous'>;

const MAY_BE_NEGATIVE = new Set(['min', 'max', 'average', 'standard_deviation', 'variance', 'sum']);
const SPIKES_ONLY = new Set(['freshness', 'event_freshness']);

/**
 * What one run of an Elementary anomaly test at `runAtMs` gives, quirks included: the judged point is part of its own training, empty buckets count as
 * zero rows even before the table's first one, and a threshold for one direction silences the other.
 */
export function elementaryRun(
  series: Series,
  settings: ElementarySettings,
  runAtMs: number,
): readonly ElementaryRow[] {
  const window = windowOf(settings, runAtMs);
  const rows = scored(measuredIn(series, settings, window), settings, window);
  const lastEndMs = rows.reduce(
    (last, row) => Math.max(last, row.bucketEndMs),
    Number.NEGATIVE_INFINITY,
  );
  const sinceMs = lastEndMs - backfillDaysOf(settings) * DAY_MS;
  return rows.map((row) => ({
    ...row,
    anomalous: row.bucketEndMs > sinceMs && isAnomalous(row, settings),
  }));
}

/** The verdict on each point by the run that saw it first: the one that starts the moment its bucket is complete. */
export function scoreElementary(
  series: Series,
  settings: ElementarySettings,
  sinceMs = Number.NEGATIVE_INFINITY,
): readonly Verdict[] {
  return series
    .filter(({ atMs }) => atMs >= sinceMs)
    .map((point) => {
      if (point.value === null) return { ...point, kind: 'unjudged', why: 'no-value' };
      const endMs =
        settings.timeBucket === null ? point.atMs : endOf(point.atMs, settings.timeBucket);
      const rows = elementaryRun(series, settings, endMs + settings.detectionDelayHours * HOUR_MS);
      const row = rows.findLast(({ atMs }) => atMs === point.atMs);
      return row === undefined
        ? { ...point, kind: 'unjudged', why: 'excluded' }
        : verdictOf(row, settings);
    });
}

function verdictOf(row: ElementaryRow, settings: ElementarySettings): Verdict {
  const { atMs, value, score } = row;
  if (score === null) return { atMs, value, kind: 'unjudged', why: 'too-little-history' };
  const explanation: Explanation = {
    model: settings.seasonality === 'none' ? 'z-score' : `z-score by ${settings.seasonality}`,
    expected: row.trainingAverage,
    accepted: { low: row.low, high: row.high },
    score,
    pValue: null,
    threshold: settings.sensitivity,
    view: { kind: 'point', points: 1 },
    training: { fromMs: row.trainingFromMs, toMs: atMs, points: row.trainingSize, setAside: 0 },
    calendar: [],
  };
  if (!row.anomalous) return { atMs, value, kind: 'normal', explanation };
  return { atMs, value, kind: 'anomalous', side: score > 0 ? 'spike' : 'drop', explanation };
}

/** The points a run reads. Buckets of rows that are not in the series are empty ones; a point that fits no bucket is dropped. */
function measuredIn(
  series: Series,
  settings: ElementarySettings,
  window: Window,
): readonly Measured[] {
  const size = settings.timeBucket;
  if (size === null) {
    return series
      .filter(({ atMs }) => atMs > window.fromMs && atMs <= window.detectionEndMs)
      .map(({ atMs, value }) => ({ atMs, endMs: atMs, value }));
  }
  const known = new Map(series.map((point): [number, Point] => [point.atMs, point]));
  const absent = settings.metricName === 'row_count' ? 0 : null;
  return bucketsOf(window, size).map(({ startMs, endMs }) => {
    const point = known.get(startMs);
    return { atMs: startMs, endMs, value: point === undefined ? absent : point.value };
  });
}

function scored(
  measured: readonly Measured[],
  settings: ElementarySettings,
  window: Window,
): readonly Unread[] {
  const detectionFromMs = window.detectionEndMs - backfillDaysOf(settings) * DAY_MS;
  const seasons = new Map<number, Training>();
  const rows: Unread[] = [];
  for (const { atMs, endMs, value } of measured) {
    const key = seasonOf(endMs, settings.seasonality);
    const season = seasons.get(key) ?? { moments: new RunningMoments(), fromMs: atMs };
    seasons.set(key, season);
    const apart = settings.excludeDetectionPeriodFromTraining && endMs > detectionFromMs;
    if (value !== null && !apart) season.moments.add(value);
    if (value === null || season.moments.moments.count === 0) continue;
    rows.push(rowOf({ atMs, endMs, value }, season, settings));
  }
  return rows;
}

function rowOf(
  { atMs, endMs, value }: { atMs: number; endMs: number; value: number },
  season: Training,
  settings: ElementarySettings,
): Unread {
  const { count, mean, deviation } = season.moments.moments;
  const base = {
    atMs,
    bucketEndMs: endMs,
    value,
    trainingAverage: mean,
    trainingSize: count,
    trainingFromMs: season.fromMs,
  };
  if (count < 2) return { ...base, score: null, trainingDeviation: null, low: null, high: null };
  const { spikeFailurePercent, dropFailurePercent, sensitivity } = settings;
  const wideLow = -1 * sensitivity * deviation + mean;
  const wideHigh = sensitivity * deviation + mean;
  const low = dropFailurePercent ? Math.min(less(mean, dropFailurePercent), wideLow) : wideLow;
  const high = spikeFailurePercent ? Math.max(more(mean, spikeFailurePercent), wideHigh) : wideHigh;
  return {
    ...base,
    score: deviation === 0 ? 0 : (value - mean) / deviation,
    trainingDeviation: deviation,
    low: low > 0 || MAY_BE_NEGATIVE.has(settings.metricName) ? low : 0,
    high,
  };
}

function isAnomalous(row: Unread, settings: ElementarySettings): boolean {
  const { score, value, trainingAverage } = row;
  if (score === null) return false;
  if (settings.failOnZero && value === 0) return true;
  const direction = SPIKES_ONLY.has(settings.metricName) ? 'spike' : settings.direction;
  const far = { spike: score, drop: -score, both: Math.abs(score) }[direction];
  if (!(far > settings.sensitivity)) return false;
  if (settings.minValue !== null && value < settings.minValue) return false;
  return isLargeChange(value, trainingAverage, settings);
}

/** A threshold of null or 0 is none. With one threshold and both directions the other direction never passes: so it is coded there. */
function isLargeChange(value: number, average: number, settings: ElementarySettings): boolean {
  const { spikeFailurePercent: spike, dropFailurePercent: drop, direction } = settings;
  const rises = spike ? value > more(average, spike) : null;
  const falls = drop ? value < less(average, drop) : null;
  if (rises !== null && falls !== null && direction === 'both') return rises || falls;
  const risesEnough = rises === null || direction === 'drop' || rises;
  const fallsEnough = falls === null || direction === 'spike' || falls;
  return risesEnough && fallsEnough;
}

const SCALE = 1e8;
/** SQL computes the factor in decimals; scaled whole numbers give the same double for up to six of them. */
const factor = (percent: number) => Math.round(percent * 1e6);
const more = (average: number, percent: number) => ((SCALE + factor(percent)) / SCALE) * average;
const less = (average: number, percent: number) => ((SCALE - factor(percent)) / SCALE) * average;

function seasonOf(endMs: number, seasonality: ElementarySettings['seasonality']): number {
  const date = new Date(endMs);
  if (seasonality === 'none') return 0;
  if (seasonality === 'day_of_week') return date.getUTCDay();
  if (seasonality === 'hour_of_day') return date.getUTCHours();
  return date.getUTCDay() * 24 + date.getUTCHours();
}

/** At least one bucket is judged. */
function backfillDaysOf({ timeBucket, backfillDays }: ElementarySettings): number {
  if (timeBucket === null) return backfillDays;
  const days = { hour: 1 / 24, day: 1, week: 7, month: 30 }[timeBucket.period];
  return Math.max(backfillDays, Math.floor(days * timeBucket.count));
}
