import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Series } from '#engines/stats';

const HOUR_MS = 3_600_000;

/** One file of the Numenta Anomaly Benchmark, as hourly means, with the windows its labels say are anomalous. */
export type Labelled = {
  readonly name: string;
  readonly series: Series;
  readonly windows: readonly (readonly [number, number])[];
};

/** Every series of the benchmark in order of name, or null where the data is not there. */
export function readNab(root: string): readonly Labelled[] | null {
  const labels = join(root, 'labels/combined_windows.json');
  if (!existsSync(labels)) return null;
  const windows: Record<string, [string, string][]> = JSON.parse(readFileSync(labels, 'utf8'));
  return globSync('data/*/*.csv', { cwd: root })
    .sort()
    .map((path) => {
      const name = path.slice('data/'.length);
      return {
        name,
        series: hourly(readFileSync(join(root, path), 'utf8')),
        windows: (windows[name] ?? []).map(([from, to]) => [timeOf(from), timeOf(to)] as const),
      };
    });
}

function timeOf(text: string): number {
  return Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`);
}

/** Means of each clock hour; hours without a row are gaps. */
function hourly(text: string): Series {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const line of text.trim().split('\n').slice(1)) {
    const [time = '', value = ''] = line.split(',');
    const hour = Math.floor(timeOf(time) / HOUR_MS);
    const { sum, count } = sums.get(hour) ?? { sum: 0, count: 0 };
    sums.set(hour, { sum: sum + Number(value), count: count + 1 });
  }
  const hours = [...sums.keys()].sort((left, right) => left - right);
  const [first = 0, last = -1] = [hours[0], hours.at(-1)];
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const found = sums.get(first + index);
    return {
      atMs: (first + index) * HOUR_MS,
      value: found === undefined ? null : found.sum / found.count,
    };
  });
}

export const WARM_UP_MS = 48 * HOUR_MS;

/** Sums over series; windows that end inside the warm-up are nobody's to find. */
export type Tally = {
  readonly windows: number;
  readonly found: number;
  readonly falseEvents: number;
  readonly normalPoints: number;
};

export const NOTHING: Tally = { windows: 0, found: 0, falseEvents: 0, normalPoints: 0 };

/**
 * Windows with at least one flag in them, and runs of flags outside of all windows: an event is flagged points in a row. `flags` has
 * one entry a point of the series.
 */
export function tally({ series, windows }: Labelled, flags: readonly boolean[]): Tally {
  const startMs = (series[0]?.atMs ?? 0) + WARM_UP_MS;
  const counted = windows.filter(([, toMs]) => toMs >= startMs);
  const found = counted.filter(([fromMs, toMs]) =>
    series.some(
      ({ atMs }, index) =>
        flags[index] === true && atMs >= startMs && atMs >= fromMs && atMs <= toMs,
    ),
  );
  let [falseEvents, normalPoints, running] = [0, 0, false];
  series.forEach(({ atMs, value }, index) => {
    if (value === null || atMs < startMs) return;
    const inside = windows.some(([fromMs, toMs]) => atMs >= fromMs && atMs <= toMs);
    const flag = flags[index] === true;
    if (!inside) normalPoints += 1;
    if (!inside && flag && !running) falseEvents += 1;
    running = flag;
  });
  return { windows: counted.length, found: found.length, falseEvents, normalPoints };
}

export function added(left: Tally, right: Tally): Tally {
  return {
    windows: left.windows + right.windows,
    found: left.found + right.found,
    falseEvents: left.falseEvents + right.falseEvents,
    normalPoints: left.normalPoints + right.normalPoints,
  };
}

/** Recall of windows, precision of events, their harmonic mean, and false events in a thousand normal points. */
export function figuresOf({ windows, found, falseEvents, normalPoints }: Tally) {
  const recall = windows === 0 ? 1 : found / windows;
  const precision = found + falseEvents === 0 ? 1 : found / (found + falseEvents);
  const f1 = recall + precision === 0 ? 0 : (2 * recall * precision) / (recall + precision);
  return { recall, precision, f1, falsePerThousand: (falseEvents / normalPoints) * 1_000 };
}
