import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { csvLine } from '#engines/tabular';
import { tallyFor } from './vaultrowtally.ts';
import type { Tallied } from './vaultrowtally.ts';

type Row = { readonly note: string | null; readonly error: string | null };
const FORMATS: Readonly<Record<string, (rows: readonly Row[]) => string>> = {
  'text/csv': (rows) =>
    [['note', 'privet_error'], ...rows.map(({ note, error }) => [note, error])]
      .map(csvLine)
      .join(''),
  'application/x-ndjson': (rows) =>
    rows.map(({ note, error }) => `${JSON.stringify({ note, privet_error: error })}\n`).join(''),
};

function tally(media: string, bytes: Buffer, sizeBytes: number): Tallied | undefined {
  const counting = tallyFor(media);
  for (let at = 0; at < bytes.length; at += sizeBytes) {
    counting?.push(bytes.subarray(at, at + sizeBytes));
  }
  return counting?.end();
}

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '"', ',', '\r\n', 'ü'));
const row = fc.record({
  note: fc.option(text),
  error: fc.option(text.map((one) => `denied: ${one}`)),
});

for (const [media, write] of Object.entries(FORMATS)) {
  test(`rows of ${media} are counted, however they are cut, with the first that failed`, () => {
    fc.assert(
      fc.property(fc.array(row), fc.integer({ min: 1, max: 40 }), (rows, sizeBytes) => {
        const got = tally(media, Buffer.from(write(rows)), sizeBytes);
        const failures = rows.flatMap(({ error }, i) =>
          error === null ? [] : { row: i + 1, error },
        );
        assert.deepEqual(got, {
          rows: rows.length,
          failed: failures.length,
          failures: failures.slice(0, 5),
        });
      }),
    );
  });

  test(`how a stream of ${media} broke off is no row`, () => {
    const rows = [
      { note: 'x', error: null },
      { note: null, error: 'stopped: after row 1: limit: used up' },
    ];
    assert.deepEqual(tally(media, Buffer.from(write(rows)), 7), {
      rows: 1,
      failed: 0,
      failures: [],
    });
  });
}

test('rows of what is not known here are not counted', () => {
  assert.equal(tallyFor('application/vnd.apache.arrow.stream'), null);
});
