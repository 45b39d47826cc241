import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { shiftedDate } from './mod.ts';

const CASES: readonly (readonly [text: string, days: number, moved: string | null])[] = [
  ['2026-11-28', 4, '2026-12-02'],
  ['2026-11-28T10:00:00Z', -28, '2026-10-31T10:00:00Z'],
  ['2024.02.28', 1, '2024.02.29'],
  ['28.11.2026', 4, '02.12.2026'],
  ['11/28/2026', 4, '12/02/2026'],
  ['1/2/26', 1, '1/3/26'],
  ['1.2.69', 1, '2.2.69'],
  ['13/2/2026', 1, '14/2/2026'],
  ['28 November 2026', 4, '2 December 2026'],
  ['28th of NOV 2026', 4, '2nd of DEC 2026'],
  ['Nov. 28th, 2026', 3, 'Dec. 1st, 2026'],
  ["november 28 '26", 1, "november 29 '26"],
  ['May 31, 2026', 1, 'Jun 1, 2026'],
  ['2026-02-30', 1, null],
  ['November 2026', 1, null],
  ['28 November', 1, null],
  ['9999-12-31', 1, null],
  ['tomorrow', 1, null],
  ['01/02/99', 36_525, null],
  ['2024-01-05 10:30 pm', 1, null],
];

describe('shiftedDate', () => {
  for (const [text, days, moved] of CASES) {
    it(`moves \`${text}\` by ${days}`, () => assert.equal(shiftedDate(text, days), moved));
  }

  it('goes back by as many days as it went, and keeps the days between dates', () => {
    const day = fc.date({
      min: new Date('1700-01-01'),
      max: new Date('2100-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(
        day,
        fc.integer({ min: -4_000, max: 4_000 }).filter((days) => days !== 0),
        (date, days) => {
          const text = date.toISOString().slice(0, 10);
          const there = shiftedDate(text, days) ?? '';
          assert.equal(shiftedDate(there, -days), text);
          assert.equal(Date.parse(there) - Date.parse(text), days * 86_400_000);
        },
      ),
    );
  });
});
