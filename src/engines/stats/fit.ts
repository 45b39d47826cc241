import { assertSeries, type Series } from './series.ts';
import { assertSettings } from './settings.ts';
import type { PrivetSettings } from './settings.ts';
import type { Expectation } from './verdict.ts';
import { watchFor } from './privet.ts';

/**
 * What a history says about the point at `atMs`, which comes after it: for charts ahead of time, and for asking why a model was
 * chosen. Null while there is too little history. Throws as `score` does.
 */
export function fit(history: Series, settings: PrivetSettings, atMs: number): Expectation | null {
  assertSeries(history);
  assertSettings(settings);
  const watch = watchFor(history, settings);
  for (const point of history) watch.next(point, false);
  return watch.expect(atMs);
}
