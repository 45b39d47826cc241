import { assertSeries, type Series } from './series.ts';
import { assertSettings, type Settings } from './settings.ts';
import type { Verdict } from './verdict.ts';
import { scoreElementary } from './elementary.ts';
import { scorePrivet } from './privet.ts';

/**
 * One verdict a point from `sinceMs` on, each made from the points before it alone (Elementary's rule: and from itself). Throws
 * `invalid` or `limit` for a series or settings that break their contract.
 */
export function score(
  series: Series,
  settings: Settings,
  sinceMs = Number.NEGATIVE_INFINITY,
): readonly Verdict[] {
  assertSeries(series);
  assertSettings(settings);
  if (settings.method === 'privet') return scorePrivet(series, settings, sinceMs);
  return scoreElementary(series, settings, sinceMs);
}
