import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshness } from './freshness.ts';
import { PRIVET_DEFAULTS } from './settings.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Monday, 06:00. */
const START_MS = Date.UTC(2026, 0, 5, 6);
const minutes = (index: number) => ((index * 37) % 23) * 60_000;

/** Twenty weeks of loads at about six, on weekdays. */
const weekdays = Array.from(
  { length: 140 },
  (_, day) => START_MS + day * DAY_MS + minutes(day),
).filter((_, day) => day % 7 < 5);
const lastMs = weekdays.at(-1) ?? 0;
const kindAt = (nowMs: number) => freshness(weekdays, nowMs, PRIVET_DEFAULTS)?.verdict.kind;

test('freshness lets data of weekdays be two days late on a Sunday, and not on a Tuesday', () => {
  // The last load was on a Friday.
  assert.equal(kindAt(lastMs + 2 * DAY_MS), 'normal');
  assert.equal(kindAt(lastMs + 3 * DAY_MS + 20 * HOUR_MS), 'anomalous');
  const untilTuesday = [...weekdays, lastMs + 3 * DAY_MS, lastMs + 4 * DAY_MS];
  const thursday = freshness(untilTuesday, lastMs + 6 * DAY_MS, PRIVET_DEFAULTS);
  assert.equal(thursday?.verdict.kind, 'anomalous');
});

test('freshness says when the next load is overdue', () => {
  const { dueMs } = freshness(weekdays, lastMs + HOUR_MS, PRIVET_DEFAULTS) ?? {};
  assert.ok(typeof dueMs === 'number');
  assert.equal(kindAt(dueMs - 1_000), 'normal');
  assert.equal(kindAt(dueMs + 60_000), 'anomalous');
});

test('freshness leaves out arrivals from the future, takes them in any order, and says nothing of few', () => {
  const shuffled = [...weekdays.toReversed(), lastMs, lastMs + 365 * DAY_MS];
  const nowMs = lastMs + HOUR_MS;
  assert.deepEqual(
    freshness(shuffled, nowMs, PRIVET_DEFAULTS),
    freshness(weekdays, nowMs, PRIVET_DEFAULTS),
  );
  assert.equal(freshness([], nowMs, PRIVET_DEFAULTS), null);
  assert.equal(freshness([START_MS], nowMs, PRIVET_DEFAULTS)?.verdict.kind, 'unjudged');
});
