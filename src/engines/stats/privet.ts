import type { Series } from './series.ts';
import type { PrivetSettings } from './settings.ts';
import type { Verdict } from './verdict.ts';

const HISTORY_MIN = 8;

/** Level and spread by medians of what came before; a p-value by rank. */
export function scorePrivet(series: Series, settings: PrivetSettings): readonly Verdict[] {
  const kept: { atMs: number; value: number }[] = [];
  let setAside = 0;
  return series.map(({ atMs, value }): Verdict => {
    if (value === null) return { atMs, value, kind: 'unjudged', why: 'no-value' };
    const training = { fromMs: kept[0]?.atMs ?? atMs, toMs: kept.at(-1)?.atMs ?? atMs };
    const points = kept.length;
    const values = kept.map((point) => point.value);
    if (points < HISTORY_MIN) {
      kept.push({ atMs, value });
      return { atMs, value, kind: 'unjudged', why: 'too-little-history' };
    }
    const expected = median(values);
    const errors = values.map((one) => Math.abs(one - expected));
    const usual = median(errors) || Math.max(...errors);
    const [distance, far] = [value - expected, 4 * 1.4826 * usual];
    const explanation = {
      model: 'level',
      expected,
      accepted: { low: expected - far, high: expected + far },
      score: usual === 0 ? 0 : distance / (1.4826 * usual),
      pValue: (1 + errors.filter((error) => error >= Math.abs(distance)).length) / (points + 1),
      threshold: settings.falseAlarmsPerThousand / 1_000,
      training: { ...training, points, setAside },
      calendar: [],
    };
    if (usual === 0 || Math.abs(distance) <= far) {
      kept.push({ atMs, value });
      return { atMs, value, kind: 'normal', explanation };
    }
    setAside += 1;
    return { atMs, value, kind: 'anomalous', side: distance > 0 ? 'spike' : 'drop', explanation };
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
  return ((low ?? 0) + (high ?? 0)) / 2;
}
