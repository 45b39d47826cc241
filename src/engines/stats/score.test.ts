import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { normal, randomFrom } from '../../../bench/anomalies/noise.ts';
import { score } from './score.ts';
import type { Series } from './series.ts';
import { PRIVET_DEFAULTS } from './settings.ts';
import type { PrivetSettings } from './settings.ts';
import type { Verdict } from './verdict.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Monday. */
const START_MS = Date.UTC(2026, 0, 5);

const every = (stepMs: number, values: readonly (number | null)[]): Series =>
  values.map((value, index) => ({ atMs: START_MS + index * stepMs, value }));
const daily = (values: readonly (number | null)[]) => every(DAY_MS, values);

/** About 1,000 a day, half of that on weekends, with a little that looks like chance. */
const rowsOn = (day: number) =>
  Math.round((day % 7 >= 5 ? 500 : 1_000) * (1 + ((day * 37) % 11) / 100));
const rows = (days: number) => Array.from({ length: days }, (_, day) => rowsOn(day));

const counts: PrivetSettings = { ...PRIVET_DEFAULTS, measure: 'count' };
const kinds = (verdicts: readonly Verdict[]) => verdicts.map(({ kind }) => kind);
const last = (series: Series, settings: PrivetSettings = counts): Verdict => {
  const verdict = score(series, settings, series.at(-1)?.atMs).at(-1);
  assert.ok(verdict !== undefined);
  return verdict;
};

test('score flags an empty load, on a weekday and on a weekend, and leaves the days after it alone', () => {
  for (const day of [58, 62]) {
    const values = rows(70).with(day, 0);
    const flagged = score(daily(values), counts).flatMap(({ kind }, at) =>
      kind === 'anomalous' ? [at] : [],
    );
    assert.deepEqual(flagged, [day]);
  }
});

test('score sees every day of an outage, for as long as it lasts', () => {
  const verdicts = score(daily([...rows(60), ...Array<number>(20).fill(0)]), counts);
  assert.deepEqual(kinds(verdicts.slice(60)), Array<string>(20).fill('anomalous'));
});

test('score says exactly what would have been accepted', () => {
  const history = rows(60);
  const verdict = last(daily([...history, 1_040]));
  assert.ok(verdict.kind === 'normal');
  const { low, high } = verdict.explanation.accepted;
  assert.ok(
    low !== null && high !== null && low > 800 && low < 1_000 && high > 1_050 && high < 1_400,
  );
  const standsOut = (value: number) => {
    const found = last(daily([...history, value]));
    return found.kind === 'anomalous' && found.explanation.view.kind === 'point';
  };
  assert.deepEqual([low, high].map(standsOut), [false, false]);
  assert.deepEqual([low * 0.999, high * 1.001].map(standsOut), [true, true]);
  assert.deepEqual(verdict.explanation.calendar, ['Friday']);
});

test('score does not judge gaps, nor what has too little history, nor what it was told to leave out', () => {
  const feedback = [
    { kind: 'exclude', fromMs: START_MS + 30 * DAY_MS, toMs: START_MS + 32 * DAY_MS },
  ] as const;
  const values = rows(40).with(30, 9_999).with(35, 0);
  const whys = score(daily([...values, null]), { ...counts, feedback }).map((one) =>
    one.kind === 'unjudged' ? one.why : one.kind,
  );
  assert.ok(whys.slice(0, 14).every((why) => why === 'too-little-history'));
  assert.deepEqual(whys.slice(30, 32), ['excluded', 'excluded']);
  assert.equal(whys[35], 'anomalous');
  assert.equal(whys[40], 'no-value');
});

test('score never raises an alarm on an empty, short or constant series, with gaps or without', () => {
  const still = fc.record({
    measure: fc.constantFrom('count', 'percent', 'seconds', 'number'),
    value: fc.double({ min: 0, max: 100, noNaN: true }),
    present: fc.array(fc.boolean(), { maxLength: 120 }),
    stepMs: fc.constantFrom(HOUR_MS, DAY_MS, 7 * DAY_MS),
  }) as fc.Arbitrary<{
    measure: PrivetSettings['measure'];
    value: number;
    present: boolean[];
    stepMs: number;
  }>;
  fc.assert(
    fc.property(still, ({ measure, value, present, stepMs }) => {
      const series = every(
        stepMs,
        present.map((is) => (is ? value : null)),
      );
      const verdicts = score(series, { ...PRIVET_DEFAULTS, measure });
      assert.ok(verdicts.every(({ kind }) => kind !== 'anomalous'));
    }),
    { numRuns: 60 },
  );
});

test('score notices that what was constant is not any more, unless it is by less than a percent', () => {
  const still = Array<number>(40).fill(1_000);
  const kindOf = (value: number) => last(daily([...still, value])).kind;
  assert.deepEqual([0, 500, 2_000].map(kindOf), ['anomalous', 'anomalous', 'anomalous']);
  assert.deepEqual([999, 1_001].map(kindOf), ['normal', 'normal']);
});

/** Values with a weekly pattern, noise, gaps and now and then something wild. */
const lively = fc
  .array(
    fc.record({
      noise: fc.double({ min: -1, max: 1, noNaN: true }),
      what: fc.constantFrom('as usual', 'as usual', 'as usual', 'as usual', 'gap', 'wild'),
    }),
    { minLength: 30, maxLength: 90 },
  )
  .map((days) =>
    days.map(({ noise, what }, day) => {
      if (what === 'gap' && noise > 0.5) return null;
      const usual = (day % 7 >= 5 ? 50 : 100) + noise * 5;
      return what === 'wild' && noise > 0.8 ? usual * 3 : usual;
    }),
  );

test('score never looks ahead: what comes later changes no verdict', () => {
  fc.assert(
    fc.property(lively, fc.nat(89), (values, cut) => {
      const at = Math.min(values.length, 22 + cut);
      const [whole, part] = [daily(values), daily(values.slice(0, at))];
      assert.deepEqual(score(whole, PRIVET_DEFAULTS).slice(0, at), score(part, PRIVET_DEFAULTS));
    }),
    { numRuns: 40 },
  );
});

test('score does not depend on the unit', () => {
  fc.assert(
    fc.property(lively, fc.integer({ min: -20, max: 20 }), (values, power) => {
      // Powers of two, so that equal errors stay equal to the last bit.
      const moved = values.map((value) => (value === null ? null : value * 2 ** power));
      const [plain, other] = [values, moved].map((each) => score(daily(each), PRIVET_DEFAULTS));
      assert.deepEqual(kinds(other ?? []), kinds(plain ?? []));
    }),
    { numRuns: 40 },
  );
});

test('score does not depend on where zero is, nor on the unit, where no two errors are equal', () => {
  const moves = fc.record({
    seed: fc.nat(),
    factor: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
    offset: fc.double({ min: -1e3, max: 1e3, noNaN: true }),
  });
  fc.assert(
    fc.property(moves, ({ seed, factor, offset }) => {
      const random = randomFrom(seed);
      const values = Array.from({ length: 90 }, (_, day) => {
        const wild = random() < 0.03 ? 20 : 0;
        return (day % 7 >= 5 ? 50 : 100) + normal(random) + wild;
      });
      const moved = values.map((value) => value * factor + offset);
      const [plain, other] = [values, moved].map((each) => score(daily(each), PRIVET_DEFAULTS));
      assert.deepEqual(kinds(other ?? []), kinds(plain ?? []));
    }),
    { numRuns: 40 },
  );
});

test('score takes a budget literally: a smaller one never raises more', () => {
  fc.assert(
    fc.property(lively, (values) => {
      const first = (budget: number) =>
        score(daily(values), { ...PRIVET_DEFAULTS, falseAlarmsPerThousand: budget }).findIndex(
          ({ kind }) => kind === 'anomalous',
        );
      const [wide, narrow] = [first(10), first(0.1)];
      assert.ok(narrow === -1 || (wide !== -1 && wide <= narrow));
    }),
    { numRuns: 30 },
  );
});

test('score accepts a new level after a week of days that agree on it', () => {
  const values = [
    ...rows(60),
    ...rows(90)
      .slice(60)
      .map((count) => count * 3),
  ];
  const verdicts = kinds(score(daily(values), counts)).slice(60);
  assert.deepEqual(verdicts.slice(0, 7), Array<string>(7).fill('anomalous'));
  assert.ok(
    verdicts.slice(7).every((kind) => kind === 'normal'),
    verdicts.join(' '),
  );
});

test('score accepts a new level at once when a person says so', () => {
  const values = [
    ...rows(60),
    ...rows(75)
      .slice(60)
      .map((count) => count * 3),
  ];
  const feedback = [{ kind: 'new-normal', atMs: START_MS + 60 * DAY_MS }] as const;
  const verdicts = score(daily(values), { ...counts, feedback });
  assert.ok(kinds(verdicts).every((kind) => kind !== 'anomalous'));
});

test('score learns from what a person called normal, and never from what a person called anomalous', () => {
  const feedbackOn = (kind: 'normal' | 'anomalous') => ({ kind, atMs: START_MS + 59 * DAY_MS });
  const values = [...rows(59), 600, ...rows(80).slice(60).with(13, 620)];
  const again = (kind: 'normal' | 'anomalous') =>
    kinds(score(daily(values), { ...counts, feedback: [feedbackOn(kind)] }));
  assert.deepEqual([again('normal')[59], again('normal')[73]], ['normal', 'normal']);
  assert.deepEqual([again('anomalous')[59], again('anomalous')[73]], ['anomalous', 'anomalous']);
});

test('score learns that something keeps happening after it said so twice', () => {
  const spikes = new Set([50, 60, 71, 80]);
  const values = rows(90).map((count, day) => (spikes.has(day) ? count * 2 : count));
  const verdicts = kinds(score(daily(values), counts));
  assert.deepEqual(
    [50, 60, 71, 80].map((day) => verdicts[day]),
    ['anomalous', 'anomalous', 'normal', 'normal'],
  );
});

test('score is as watchful after alarms that repeated as it was before them', () => {
  const usual = rows(160);
  const spikes = usual.map((count, day) => ([50, 60, 71].includes(day) ? count * 2 : count));
  const limits = [usual, spikes].map((values) => {
    const verdict = last(daily([...values, 1_000]));
    return verdict.kind === 'unjudged' ? null : verdict.explanation.accepted.low;
  });
  const [before = null, after = null] = limits;
  assert.ok(
    before !== null && after !== null && Math.abs(after / before - 1) < 0.03,
    limits.join(),
  );
  assert.equal(last(daily([...spikes, 0])).kind, 'anomalous');
  assert.equal(last(daily([...spikes, 9_000])).kind, 'anomalous');
});

test('score follows a total that grows, and sees that it shrank', () => {
  const totals = Array.from({ length: 60 }, (_, day) => 50_000 + day * 400 + ((day * 29) % 13) * 9);
  assert.ok(score(daily(totals), counts).every(({ kind }) => kind !== 'anomalous'));
  const shrunk = last(daily([...totals, 60_000]));
  assert.ok(shrunk.kind === 'anomalous' && shrunk.side === 'drop');
});

test('score notices a drift of which no point stands out', () => {
  const random = randomFrom(5);
  const values = Array.from(
    { length: 700 },
    (_, hour) => 100 + normal(random) + (hour < 600 ? 0 : 1.5),
  );
  const found = score(every(HOUR_MS, values), PRIVET_DEFAULTS).find(
    ({ kind }) => kind === 'anomalous',
  );
  assert.ok(found?.kind === 'anomalous' && found.side === 'spike');
  assert.ok(found.atMs > START_MS + 600 * HOUR_MS);
  assert.deepEqual(found.explanation.view, { kind: 'drift', points: 24 });
});

test('score knows how long a count that comes now and then may stay away', () => {
  const sparse = Array.from({ length: 120 }, (_, day) =>
    day % 3 === 0 || day % 7 === 0 ? 4 + (day % 5) : 0,
  );
  const quiet = [...sparse, ...Array<number>(12).fill(0)];
  const verdicts = score(daily(quiet), counts);
  assert.ok(kinds(verdicts.slice(0, 122)).every((kind) => kind !== 'anomalous'));
  const found = verdicts.find(({ kind }) => kind === 'anomalous');
  assert.ok(found?.kind === 'anomalous' && found.explanation.view.kind === 'silence');
  assert.equal(found.side, 'drop');
});

test('score looks only where it is told to look', () => {
  const [low, high] = [rows(60).with(59, 0), rows(60).with(59, 5_000)].map(daily);
  const kindOf = (series: Series = [], direction: PrivetSettings['direction']) =>
    last(series, { ...counts, direction }).kind;
  assert.deepEqual([kindOf(low, 'spike'), kindOf(low, 'drop')], ['normal', 'anomalous']);
  assert.deepEqual([kindOf(high, 'spike'), kindOf(high, 'drop')], ['anomalous', 'normal']);
});

test('score keeps small changes to itself when told to', () => {
  const values = [...rows(60), 1_300];
  const with20 = last(daily(values), { ...counts, smallestChangePercent: 20 });
  const with50 = last(daily(values), { ...counts, smallestChangePercent: 50 });
  assert.deepEqual([with20.kind, with50.kind], ['anomalous', 'normal']);
});

test('score refuses a series out of order, a value that is no number, and a zone that is not', () => {
  const twice = [
    { atMs: 5, value: 1 },
    { atMs: 5, value: 2 },
  ];
  assert.throws(() => score(twice, counts), { code: 'invalid', message: /rising times/u });
  assert.throws(() => score([{ atMs: 5, value: Number.NaN }], counts), { code: 'invalid' });
  const calendar = { timeZone: 'Europe/Atlantis', holidays: [] };
  assert.throws(() => score([], { ...counts, calendar }), { message: /`Europe\/Atlantis`/u });
});
