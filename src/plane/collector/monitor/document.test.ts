import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { bucketStart, bucketsBetween, nominalSeconds, widthFrom } from './bucket.ts';
import { gate, tally } from './gate.ts';
import { monitorFrom } from './monitor.ts';
import { coarse } from '../rounding.ts';
import { lastDue, scheduleFrom } from '#base/schedule';
import { typeFrom } from '../warehouse/typename.ts';
import { zoneOf } from './zone.ts';

const PAGES = ['docs/formats/monitors.md', 'docs/tasks/watch-a-table.md'];

test('every monitor in the documentation is one', () => {
  for (const page of PAGES) {
    const text = readFileSync(new URL(`../../../../${page}`, import.meta.url), 'utf8');
    const blocks = [...text.matchAll(/^```yaml\n(?<body>[\s\S]*?)^```/gmu)];
    assert.ok(blocks.length > 0, page);
    for (const block of blocks) monitorFrom(parse(block.groups?.['body'] ?? ''));
  }
});

describe('buckets', () => {
  const berlin = zoneOf('Europe/Berlin');
  const at = (text: string) => Date.parse(text);
  const shown = (range: readonly [string, string], width: string) =>
    bucketsBetween(
      { fromMs: at(range[0]), throughMs: at(range[1]) },
      widthFrom(width, 'bucket'),
      berlin,
    ).map(
      ({ startMs, endMs }) =>
        `${new Date(startMs).toISOString().slice(5, 16)} ${(endMs - startMs) / 3_600_000}`,
    );

  test('a day has 23 hours in spring and 25 in autumn', () => {
    assert.deepEqual(shown(['2026-03-28T12:00Z', '2026-03-30T12:00Z'], '1 day'), [
      '03-27T23:00 24',
      '03-28T23:00 23',
    ]);
    assert.deepEqual(shown(['2026-10-24T12:00Z', '2026-10-26T12:00Z'], '1 day'), [
      '10-23T22:00 24',
      '10-24T22:00 25',
    ]);
  });
  test('hours count from midnight, the last of an odd day is shorter or longer', () => {
    assert.deepEqual(shown(['2026-03-28T23:30Z', '2026-03-29T22:00Z'], '6 hours'), [
      '03-28T23:00 6',
      '03-29T05:00 6',
      '03-29T11:00 6',
      '03-29T17:00 5',
    ]);
    assert.deepEqual(shown(['2026-10-25T16:30Z', '2026-10-26T00:00Z'], '6 hours'), [
      '10-25T16:00 7',
    ]);
    assert.equal(shown(['2026-10-24T22:00Z', '2026-10-25T23:00Z'], '1 hour').length, 25);
  });
  test('weeks begin on Monday and months on the first, by the wall clock', () => {
    assert.deepEqual(shown(['2026-03-25T12:00Z', '2026-04-06T12:00Z'], '1 week'), [
      '03-22T23:00 167',
      '03-29T22:00 168',
    ]);
    assert.deepEqual(shown(['2026-03-25T12:00Z', '2026-05-06T12:00Z'], '1 month'), [
      '02-28T23:00 743',
      '03-31T22:00 720',
    ]);
  });
  test('every instant of two years lies in the bucket that begins where bucketStart says', () => {
    for (const text of ['1 hour', '2 hours', '6 hours', '1 day', '1 week', '1 month']) {
      const width = widthFrom(text, 'bucket');
      for (const zone of [
        berlin,
        zoneOf('America/New_York'),
        zoneOf('Australia/Lord_Howe'),
        zoneOf('UTC'),
      ]) {
        for (let ms = at('2025-01-01T00:00Z'); ms < at('2027-01-01T00:00Z'); ms += 601_000 * 997) {
          const start = bucketStart(ms, width, zone);
          const [bucket] = bucketsBetween(
            { fromMs: ms, throughMs: ms + 1.2 * 1_000 * nominalSeconds(width) + 2 * 3_600_000 },
            width,
            zone,
          );
          assert.ok(
            start <= ms && bucket?.startMs === start && bucket.endMs > ms,
            `${text} ${zone.name} ${new Date(ms).toISOString()}`,
          );
        }
      }
    }
  });
});

test('lastDue gives the latest moment once, and nothing when none has come', () => {
  const due = (text: string, after: string, through: string) => {
    const found = lastDue(scheduleFrom(text), {
      afterMs: Date.parse(after),
      throughMs: Date.parse(through),
    });
    return found === null ? null : new Date(found).toISOString().slice(0, 16);
  };
  assert.equal(due('15 * * * *', '2026-03-01T10:00Z', '2026-03-01T14:20Z'), '2026-03-01T14:15');
  assert.equal(due('15 * * * *', '2026-03-01T14:15Z', '2026-03-01T14:59Z'), null);
  assert.equal(due('0 6 * * 1-5', '2026-03-06T06:00Z', '2026-03-08T12:00Z'), null);
  assert.equal(
    due('*/10 0 1,15 * *', '2026-03-01T12:00Z', '2026-03-15T00:35Z'),
    '2026-03-15T00:30',
  );
  // As cron has it: where day and weekday are both given, either will do.
  assert.equal(due('0 0 1 * 1', '2026-03-01T12:00Z', '2026-03-03T00:00Z'), '2026-03-02T00:00');
});

test('gate rounds by class and tells nothing over too few values', () => {
  const raw = { value: 918_273.645, over: 10, spread: null };
  const told = (value: number) => ({ value, state: 'measured' });
  const none = (state: string) => ({ value: null, state });
  assert.deepEqual(gate({ ...raw, class: 'moment', over: 9 }, 10), none('suppressed'));
  assert.deepEqual(gate({ ...raw, class: 'moment' }, 10), told(918_300));
  assert.deepEqual(gate({ ...raw, class: 'extreme' }, 10), told(920_000));
  assert.deepEqual(gate({ ...raw, class: 'extreme', over: 9 }, 10), none('suppressed'));
  assert.deepEqual(gate({ class: 'extreme', value: 97, over: 10, spread: 20 }, 10), told(95));
  assert.deepEqual(gate({ ...raw, class: 'share', value: Number.NaN }, 10), none('empty'));
  // One row of one: how many of them are true says what it is.
  for (const kind of ['count', 'share'] as const) {
    assert.deepEqual(gate({ ...raw, class: kind, value: 1, over: 1 }, 10), none('suppressed'));
  }
  assert.deepEqual(gate({ ...raw, class: 'count', value: 0, over: 0 }, 10), told(0));
  assert.deepEqual(gate({ ...raw, class: 'count', value: 7, over: 10 }, 10), told(7));
  for (const value of [-97, 0, 1e-9, 3e12]) assert.ok(Number.isFinite(coarse(value, 17, 2)));
});

test('tally tells none, or many to two digits, and nothing of a few', () => {
  assert.deepEqual(
    [null, 0, 1, 9, 10, 123, 99_499].map((count) => tally(count, 10)),
    [null, 0, null, null, 10, 120, 99_000],
  );
});

test('typeFrom lets names of types through, and no label of an enum', () => {
  const types: readonly (readonly [string | null, string | null])[] = [
    [null, null],
    [' ', null],
    ['character varying(255)', 'character varying(255)'],
    ['NUMERIC(38,10)', 'NUMERIC(38,10)'],
    ['timestamp without time zone', 'timestamp without time zone'],
    ['INTEGER[]', 'INTEGER[]'],
    ['MAP(VARCHAR, DECIMAL(18,3)[])', 'MAP(VARCHAR, DECIMAL(18,3)[])'],
    ['ARRAY<STRING>', 'ARRAY<STRING>'],
    ['USER-DEFINED', 'USER-DEFINED'],
    [`enum('hiv-positive','negative')`, 'enum'],
    [`ENUM('hiv-positive', 'negative')`, 'ENUM'],
    [`Enum8('hiv' = 1)`, 'Enum8'],
    ['set("hiv")', 'set'],
    ['STRUCT(hiv_positive BOOLEAN, ada_lovelace VARCHAR)', 'STRUCT'],
    [`STRUCT(a ENUM('hiv'))`, 'STRUCT'],
    ['ada_lovelace', 'other'],
    [`'hiv'`, 'other'],
    [`varchar(10) check (x in ('hiv'))`, 'varchar'],
    [`array<${'struct<'.repeat(60)}`, 'array'],
  ];
  for (const [text, told] of types) assert.equal(typeFrom(text), told, text ?? '');
});
