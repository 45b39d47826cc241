import type { Series } from '#engines/stats';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How far off each point is by somebody else's rule, or null where the rule says nothing; a threshold makes flags of it. */
export type Rival = {
  readonly name: string;
  /** The threshold people use; null where there is none. */
  readonly usual: number | null;
  readonly score: (series: Series) => readonly (number | null)[];
};

const deviations = (values: readonly number[], value: number): number | null => {
  if (values.length < 2) return null;
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  const variance = values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1);
  return variance === 0 ? 0 : Math.abs(value - mean) / Math.sqrt(variance);
};

/** Elementary's rule on hourly buckets: midnight 14 days back up to and with the point itself. */
function elementary(series: Series, days: number, hourOfDay: boolean): readonly (number | null)[] {
  return series.map(({ atMs, value }, index) => {
    if (value === null) return null;
    const fromMs = Math.floor((atMs + HOUR_MS - days * DAY_MS) / DAY_MS) * DAY_MS;
    const values: number[] = [];
    for (let at = index; at >= 0; at -= 1) {
      const point = series[at];
      if (point === undefined || point.atMs < fromMs) break;
      if (point.value !== null && (!hourOfDay || (atMs - point.atMs) % DAY_MS === 0))
        values.push(point.value);
    }
    return deviations(values, value);
  });
}

/** The values of the `hours` before a point. */
function prior(series: Series, index: number, hours: number): number[] {
  return series
    .slice(Math.max(0, index - hours), index)
    .flatMap(({ value }) => (value === null ? [] : [value]));
}

const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((left, right) => left - right);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
};

function byMad(values: readonly number[], value: number): number | null {
  if (values.length < 2) return null;
  const centre = medianOf(values);
  const spread = 1.4826 * medianOf(values.map((one) => Math.abs(one - centre)));
  if (spread === 0) return value === centre ? 0 : 1e9;
  return Math.abs(value - centre) / spread;
}

/** Differences from the value 24 hours earlier. */
function seasonalResiduals(series: Series): Series {
  return series.map(({ atMs, value }, index) => {
    const before = series[index - 24]?.value ?? null;
    return { atMs, value: value === null || before === null ? null : value - before };
  });
}

const WEEKS2 = 14 * 24;

export const RIVALS: readonly Rival[] = [
  { name: 'Elementary, 14 days', usual: 3, score: (series) => elementary(series, 14, false) },
  { name: 'Elementary, hour_of_day', usual: 3, score: (series) => elementary(series, 14, true) },
  {
    name: 'z-score of what came before, 14 days',
    usual: 3,
    score: (series) =>
      series.map(({ value }, index) =>
        value === null ? null : deviations(prior(series, index, WEEKS2), value),
      ),
  },
  {
    name: 'median and MAD of what came before, 14 days',
    usual: 3,
    score: (series) =>
      series.map(({ value }, index) =>
        value === null ? null : byMad(prior(series, index, WEEKS2), value),
      ),
  },
  {
    name: 'seasonal residual and MAD, period 24',
    usual: 3,
    score: (plain) => {
      const series = seasonalResiduals(plain);
      return series.map(({ value }, index) =>
        value === null ? null : byMad(prior(series, index, WEEKS2), value),
      );
    },
  },
  {
    name: 'conformal 0.99 of seasonal residuals, period 24',
    usual: null,
    score: (plain) => {
      const series = seasonalResiduals(plain);
      return series.map(({ value }, index) => {
        if (value === null) return null;
        const sizes = prior(series, index, WEEKS2)
          .map(Math.abs)
          .sort((left, right) => left - right);
        const limit = sizes[Math.min(sizes.length - 1, Math.ceil(0.99 * (sizes.length + 1)) - 1)];
        if (limit === undefined || sizes.length < 24) return null;
        return limit === 0 ? (value === 0 ? 0 : 1e9) : Math.abs(value) / limit;
      });
    },
  },
];
