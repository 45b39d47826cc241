/**
 * The anomaly engine: a series of measured points in, verdicts with exact numbers out. Pure: no clock, no disk, no randomness; it
 * knows nothing of tables or metrics, only of `{ atMs, value }` and what a person said about them. Two methods: `privet`, which picks a model per
 * series, and `elementary`, which does what Elementary does. Why: docs/design/anomalies.md; what it says: docs/formats/verdict.md.
 */
export type { Point, Series } from './series.ts';
export { SERIES_POINTS_MAX } from './series.ts';
export type {
  Calendar,
  Direction,
  ElementarySettings,
  Feedback,
  Measure,
  PrivetSettings,
  Settings,
} from './settings.ts';
export { assertSettings, ELEMENTARY_DEFAULTS, PRIVET_DEFAULTS } from './settings.ts';
export type { Expectation, Explanation, Verdict } from './verdict.ts';
export { elementaryRun } from './elementary.ts';
export type { ElementaryRow } from './elementary.ts';
export { fit } from './fit.ts';
export { freshness } from './freshness.ts';
export type { Freshness } from './freshness.ts';
export { score } from './score.ts';
export { simulate } from './simulate.ts';
export type { Alarm, Simulation } from './simulate.ts';
export { controlRun } from './run.ts';
export { sentenceOf } from './sentence.ts';
