import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { score } from './score.ts';
import { PRIVET_DEFAULTS } from './settings.ts';
import type { PrivetSettings } from './settings.ts';
import { openZone } from './zone.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test('openZone agrees with the clock of Intl at any moment', () => {
  const zones = ['Europe/Vienna', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC'];
  const moments = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2035, 0) });
  fc.assert(
    fc.property(fc.constantFrom(...zones), moments, (timeZone, atMs) => {
      const clock = new Date(atMs + openZone(timeZone)(atMs)).toISOString().slice(0, 16);
      const shown = new Date(atMs).toLocaleString('sv-SE', { timeZone }).replace(' ', 'T');
      assert.equal(clock, shown.slice(0, 16));
    }),
    { numRuns: 300 },
  );
});

test('openZone knows the hour in which clocks change', () => {
  const vienna = openZone('Europe/Vienna');
  const changeMs = Date.UTC(2026, 2, 29, 1);
  assert.deepEqual([vienna(changeMs - 1), vienna(changeMs)], [HOUR_MS, 2 * HOUR_MS]);
});

/** Loads at 06:00 by the clock of Vienna, 60 days across the change of clocks, the hours between empty. */
function loads(timeZone: string) {
  const vienna = openZone('Europe/Vienna');
  const startMs = Date.UTC(2026, 1, 16);
  const series = Array.from({ length: 60 * 24 }, (_, hour) => {
    const atMs = startMs + hour * HOUR_MS;
    const clock = ((atMs + vienna(atMs)) / HOUR_MS) % 24;
    return { atMs, value: clock === 6 ? 5_000 + ((hour * 31) % 97) : 0 };
  });
  const settings: PrivetSettings = {
    ...PRIVET_DEFAULTS,
    measure: 'count',
    calendar: { timeZone, holidays: [] },
  };
  return score(series, settings).filter(({ kind }) => kind === 'anomalous').length;
}

test('score counts hours by the clock of the calendar, so that a change of clocks is no anomaly', () => {
  assert.equal(loads('Europe/Vienna'), 0);
  assert.ok(loads('UTC') > 0);
});

/** Plain days, with noise; `special` replaces some of them. */
function days(count: number, special: (date: Date) => number | null) {
  const startMs = Date.UTC(2026, 0, 1);
  return Array.from({ length: count }, (_, day) => {
    const atMs = startMs + day * DAY_MS;
    return { atMs, value: (special(new Date(atMs)) ?? 1_000) + ((day * 37) % 23) };
  });
}

const isMonthEnd = (date: Date) => new Date(date.getTime() + DAY_MS).getUTCDate() === 1;

test('score learns what month ends do from two of them, and that they may be plain as well', () => {
  const settings: PrivetSettings = { ...PRIVET_DEFAULTS, measure: 'count' };
  const verdicts = score(
    days(220, (date) => (isMonthEnd(date) ? 3_000 : null)),
    settings,
  );
  const flagged = verdicts.filter(({ kind }) => kind === 'anomalous');
  assert.ok(flagged.length <= 3 && flagged.every(({ atMs }) => atMs < Date.UTC(2026, 3, 1)));
  const plain = score(
    days(220, (date) => (isMonthEnd(date) && date.getUTCMonth() < 6 ? 3_000 : null)),
    settings,
  );
  assert.ok(plain.slice(150).every(({ kind }) => kind !== 'anomalous'));
});

test('score judges holidays by earlier holidays, and not before there are two', () => {
  const holidays = ['2026-02-02', '2026-03-03', '2026-04-06', '2026-05-01'];
  const settings: PrivetSettings = {
    ...PRIVET_DEFAULTS,
    measure: 'count',
    calendar: { timeZone: 'UTC', holidays },
  };
  const isHoliday = (date: Date) => holidays.includes(date.toISOString().slice(0, 10));
  const verdictsOf = (mayDay: number) =>
    score(
      days(130, (date) => (isHoliday(date) ? (date.getUTCMonth() === 4 ? mayDay : 300) : null)),
      settings,
    );
  const whys = verdictsOf(300).map((one) => (one.kind === 'unjudged' ? one.why : one.kind));
  const on = (day: string) => whys[(Date.parse(day) - Date.UTC(2026, 0, 1)) / DAY_MS];
  assert.deepEqual(holidays.map(on), [
    'no-earlier-holidays',
    'no-earlier-holidays',
    'normal',
    'normal',
  ]);
  assert.ok(!whys.includes('anomalous'));
  assert.equal(verdictsOf(0).filter(({ kind }) => kind === 'anomalous').length, 1);
});
