import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as stats from './mod.ts';

const { controlRun, ELEMENTARY_DEFAULTS, fit, PRIVET_DEFAULTS, score, sentenceOf, simulate } =
  stats;
const DAY_MS = 86_400_000;
const daily = (values: readonly (number | null)[]) =>
  values.map((value, day) => ({ atMs: day * DAY_MS, value }));
const steady = Array.from({ length: 40 }, (_, day) => 1_000 + ((day * 37) % 11));
const settings = { ...PRIVET_DEFAULTS, measure: 'count' } as const;

test('simulate counts points in a row as one alarm', () => {
  const { alarms, judged, unjudged } = simulate(
    daily([...steady, 0, null, 0, 1_003, 5_000]),
    settings,
  );
  assert.deepEqual(
    alarms.map(({ points, first }) => [points, first.side]),
    [
      [2, 'drop'],
      [1, 'spike'],
    ],
  );
  // Fourteen errors have to be known first, and the first point has none.
  assert.deepEqual([judged, unjudged], [29, 16]);
});

test('fit says of the next point what score says of it afterwards', () => {
  const expected = fit(daily(steady), settings, 40 * DAY_MS);
  const verdict = score(daily([...steady, 1_004]), settings).at(-1);
  assert.ok(expected !== null && verdict?.kind === 'normal');
  const { candidates, ...rest } = expected;
  const {
    score: _score,
    pValue: _pValue,
    threshold: _threshold,
    view: _view,
    ...same
  } = verdict.explanation;
  assert.deepEqual(rest, same);
  assert.equal(candidates[0]?.model, expected.model);
  assert.equal(fit(daily(steady.slice(0, 9)), settings, 9 * DAY_MS), null);
});

test('sentenceOf names what was found, what was expected, and how rare that is', () => {
  const [drop, early] = [
    score(daily([...steady, 0]), settings).at(-1),
    score(daily([5]), settings).at(0),
  ];
  assert.ok(drop !== undefined && early !== undefined);
  assert.match(
    sentenceOf(drop, 'rows of crm.orders'),
    /^rows of crm\.orders: 0 is a drop; expected 100\d, accepted 99\d\.\d to 101\d \(level, Tuesday, 40 points; fewer than 1 normal point in a million/u,
  );
  const inUnits = (measure: 'count' | 'seconds' | 'percent', value: number) =>
    / is .*/u.exec(sentenceOf({ ...drop, value }, 'x', measure).replace(/;.*/u, ''))?.input;
  assert.deepEqual(
    [inUnits('count', 12_345.6), inUnits('seconds', 93_600), inUnits('percent', 2.4)],
    ['x: 12,350 is a drop', 'x: 26 h is a drop', 'x: 2.4 % is a drop'],
  );
  assert.equal(sentenceOf(early, 'rows of x'), 'rows of x: not judged, too little history');
});

test('controlRun takes back the weakest alarms of a run over many series, and no strong one', () => {
  const strong = score(daily([...steady, 0]), settings).slice(-1);
  const weak = score(daily([...steady, 1_014]), { ...settings, falseAlarmsPerThousand: 100 }).slice(
    -1,
  );
  const usual = score(daily([...steady, 1_004]), settings).slice(-1);
  assert.equal(weak[0]?.kind, 'anomalous');
  const run = [...strong, ...weak, ...Array.from({ length: 998 }, () => usual).flat()];
  assert.deepEqual(
    controlRun(run)
      .slice(0, 3)
      .map(({ kind }) => kind),
    ['anomalous', 'normal', 'normal'],
  );
  assert.equal(controlRun(weak)[0]?.kind, 'anomalous');
});

test('controlRun keeps what the definition of Benjamini and Hochberg keeps', () => {
  const explained = score(daily([...steady, 0]), settings).at(-1);
  assert.ok(explained?.kind === 'anomalous');
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1e-9, max: 1, noNaN: true }), { minLength: 1 }),
      (pValues) => {
        const run = pValues.map((pValue) => ({
          ...explained,
          explanation: { ...explained.explanation, pValue },
        }));
        const kept = controlRun(run, 0.2).map(({ kind }) => kind === 'anomalous');
        const ranks = pValues.map((p) => pValues.filter((other) => other <= p).length);
        const limit = Math.max(
          0,
          ...pValues.filter((p, at) => p <= (0.2 * (ranks[at] ?? 0)) / pValues.length),
        );
        assert.deepEqual(
          kept,
          pValues.map((p) => p <= limit),
        );
      },
    ),
  );
});

test('controlRun leaves verdicts by Elementary as they are', () => {
  const verdicts = score(daily([...steady, 0]), ELEMENTARY_DEFAULTS);
  assert.deepEqual(controlRun(verdicts, 1e-9), verdicts);
});

test('assertSettings refuses what is out of range', () => {
  const refused = (change: object, method: 'privet' | 'elementary') => {
    const base = method === 'privet' ? PRIVET_DEFAULTS : ELEMENTARY_DEFAULTS;
    assert.throws(() => stats.assertSettings({ ...base, ...change }), {
      code: 'invalid',
    });
  };
  refused({ falseAlarmsPerThousand: 0 }, 'privet');
  refused({ confirmations: 1 }, 'privet');
  refused({ calendar: { timeZone: 'UTC', holidays: ['25.12.2026'] } }, 'privet');
  refused({ calendar: { timeZone: 'Mars/Olympus', holidays: [] } }, 'privet');
  refused({ sensitivity: -1 }, 'elementary');
  refused({ seasonality: 'hour_of_day' }, 'elementary');
});
