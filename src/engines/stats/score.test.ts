import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as stats from './mod.ts';

const { PRIVET_DEFAULTS, controlRun, score, sentenceOf, simulate } = stats;

const DAY_MS = 86_400_000;
const daily = (values: readonly (number | null)[]) =>
  values.map((value, day) => ({ atMs: day * DAY_MS, value }));
const steady = Array.from({ length: 40 }, (_, day) => 1_000 + ((day * 37) % 11));

test('score flags an empty load and leaves the days around it alone', () => {
  const verdicts = score(daily([...steady, 0, 1_003, 1_001]), PRIVET_DEFAULTS, 30 * DAY_MS);
  assert.deepEqual(
    verdicts.map(({ kind }) => kind),
    [...Array<string>(10).fill('normal'), 'anomalous', 'normal', 'normal'],
  );
});

test('score refuses times that do not rise', () => {
  const twice = [
    { atMs: 5, value: 1 },
    { atMs: 5, value: 2 },
  ];
  assert.throws(() => score(twice, PRIVET_DEFAULTS), /expected rising times/u);
});

test('simulate counts points in a row as one alarm', () => {
  const { alarms } = simulate(daily([...steady, 0, null, 0, 1_003, 5_000]), PRIVET_DEFAULTS);
  assert.deepEqual(
    alarms.map(({ points, first }) => [points, first.side]),
    [
      [2, 'drop'],
      [1, 'spike'],
    ],
  );
});

test('sentenceOf names what was found and what was expected', () => {
  const verdict = score(daily([...steady, 0]), PRIVET_DEFAULTS).at(-1);
  assert.match(
    verdict === undefined ? '' : sentenceOf(verdict, 'rows of crm.orders'),
    /^rows of crm\.orders: 0 is a drop; expected 100\d, accepted /u,
  );
});

test('controlRun takes back what one run over many series would raise by chance', () => {
  const verdicts = score(daily([...steady, 0]), PRIVET_DEFAULTS);
  const kinds = controlRun(verdicts, 1e-9).map(({ kind }) => kind);
  assert.ok(!kinds.includes('anomalous'));
});
