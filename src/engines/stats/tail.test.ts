import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { normal, randomFrom } from '../../../bench/anomalies/noise.ts';
import { Errors } from './errors.ts';
import { medianOf } from './median.ts';
import { pValueOf, tailOf } from './tail.ts';
import { Window } from './window.ts';

const numbers = fc.array(
  fc.oneof(fc.integer({ min: 0, max: 9 }), fc.double({ min: 0, max: 100, noNaN: true })),
  {
    minLength: 1,
    maxLength: 80,
  },
);

test('Window keeps the last numbers in order as a naive one does', () => {
  fc.assert(
    fc.property(
      numbers,
      fc.integer({ min: 1, max: 20 }),
      fc.double({ min: -5, max: 5, noNaN: true }),
      (all, capacity, by) => {
        const window = new Window(capacity);
        for (const number of all) window.add(number);
        const kept = all.slice(-capacity);
        assert.deepEqual(
          [...window.sorted],
          kept.toSorted((left, right) => left - right),
        );
        assert.equal(window.median, medianOf(kept));
        window.shift(by);
        window.add(1);
        const moved = [...all.map((number) => number + by), 1].slice(-capacity);
        assert.deepEqual(
          [...window.sorted],
          moved.toSorted((left, right) => left - right),
        );
      },
    ),
  );
});

test('medianOf has as many numbers on either side', () => {
  fc.assert(
    fc.property(numbers, (all) => {
      const median = medianOf(all);
      const below = all.filter((number) => number < median).length;
      const above = all.filter((number) => number > median).length;
      assert.ok(below <= all.length / 2 && above <= all.length / 2);
    }),
  );
});

const errors = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), {
  minLength: 12,
  maxLength: 200,
});

test('pValueOf falls as errors grow, and is never less than the rank of what was seen', () => {
  fc.assert(
    fc.property(
      errors,
      fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 20 }),
      (seen, asked) => {
        const sorted = seen.toSorted((left, right) => left - right);
        const past = { errors: sorted, tail: tailOf(sorted), floor: 0.01 };
        let before = 1;
        for (const error of [...asked, ...seen].sort((left, right) => left - right)) {
          const pValue = pValueOf(error, past);
          assert.ok(pValue > 0 && pValue <= before + 1e-12, `${pValue} after ${before}`);
          const rank = (seen.filter((one) => one >= error).length + 1) / (seen.length + 1);
          if (error <= (sorted.at(-1) ?? 0)) assert.ok(pValue >= rank - 1e-12);
          before = pValue;
        }
      },
    ),
  );
});

test('Errors says what pValueOf says of the last errors', () => {
  fc.assert(
    fc.property(errors, fc.double({ min: 0, max: 300, noNaN: true }), (seen, error) => {
      const kept = new Errors(50);
      for (const one of seen) kept.add(one);
      const sorted = seen.slice(-50).sort((left, right) => left - right);
      assert.equal(
        kept.pValue(error, 1),
        pValueOf(error, { errors: sorted, tail: tailOf(sorted), floor: 1 }),
      );
    }),
  );
});

test('tailOf knows the tail of normal errors from two hundred of them, and errs to the careful side', () => {
  const random = randomFrom(3);
  const ratios = Array.from({ length: 200 }, () => {
    const sorted = Array.from({ length: 200 }, () => Math.abs(normal(random))).sort(
      (left, right) => left - right,
    );
    // 3.2905 is exceeded by one normal error in a thousand.
    return pValueOf(3.2905, { errors: sorted, tail: tailOf(sorted), floor: 1 }) / 0.001;
  });
  const median = medianOf(ratios);
  assert.ok(median > 1 && median < 6, `${median}`);
});
