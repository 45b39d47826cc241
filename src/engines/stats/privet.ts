import type { Series } from './series.ts';
import type { PrivetSettings } from './settings.ts';
import type { Verdict } from './verdict.ts';
import { medianOf } from './median.ts';
import { cadenceOf } from './slot.ts';
import { Watch } from './watch.ts';

const DAY_MS = 86_400_000;
/** The step of a series is told from its first points, so that later ones cannot change what was said before. */
const STEPS_READ = 20;

/** The verdicts of Privet's own method, from `sinceMs` on. */
export function scorePrivet(
  series: Series,
  settings: PrivetSettings,
  sinceMs: number,
): readonly Verdict[] {
  const watch = watchFor(series, settings);
  return series.flatMap((point) => watch.next(point, point.atMs >= sinceMs) ?? []);
}

/** Nothing of the series is learned yet but its step. */
export function watchFor(series: Series, settings: PrivetSettings): Watch {
  return new Watch(cadenceOf(stepOf(series)), settings);
}

/** The median of the first steps; a day where there are none. */
function stepOf(series: Series): number {
  const first = series.slice(0, STEPS_READ + 1);
  const steps = first.slice(1).map(({ atMs }, index) => atMs - (first[index]?.atMs ?? 0));
  return steps.length === 0 ? DAY_MS : medianOf(steps);
}
