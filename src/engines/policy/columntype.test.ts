import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { familyOf, holdsConstant, roundsBy } from './columntype.ts';

describe('familyOf', () => {
  it('reads what format_type() writes and calls the rest other', () => {
    for (const [type, family] of [
      ['text', 'text'],
      ['character varying(20)', 'text'],
      ['character(3)', 'text'],
      ['bpchar', 'loose-text'],
      ['citext', 'loose-text'],
      ['numeric(10,2)', 'decimal'],
      ['numeric(5,-2)', 'decimal'],
      ['timestamp(3) with time zone', 'timestamp'],
      ['timestamp without time zone', 'timestamp'],
      ['double precision', 'float'],
      ['jsonb', 'json'],
      ['text[]', 'other'],
      ['character varying(20)[]', 'other'],
      ['clinic.mood', 'other'],
      ['"char"', 'other'],
      ['interval', 'other'],
      ['constructor', 'other'],
    ] as const) {
      assert.equal(familyOf(type), family, type);
    }
  });
});

describe('holdsConstant', () => {
  it('takes what PostgreSQL reads as the type', () => {
    for (const [family, good, bad] of [
      ['smallint', ['32767', '-32768', '0'], ['32768', '1.0', 'x', '']],
      ['bigint', ['9223372036854775807'], ['9223372036854775808', '1e3']],
      ['decimal', ['1.50', '-3'], ['1,5', 'NaN']],
      ['boolean', ['true'], ['yes']],
      ['date', ['2024-02-29'], ['2023-02-29', '0000-01-01', 'today']],
      [
        'timestamp',
        ['2024-02-29', '2024-02-29 23:59', '2024-02-29T23:59:59Z'],
        ['2024-02-29 24:00'],
      ],
      ['uuid', ['00000000-0000-0000-0000-000000000000'], ['0']],
      ['json', ['{}', '"x"'], ['{', String.raw`"\u0000"`]],
      ['text', ['', 'anything'], []],
      ['other', [], ['x']],
    ] as const) {
      for (const value of good) assert.ok(holdsConstant(family, value), `${family} ${value}`);
      for (const value of bad) assert.ok(!holdsConstant(family, value), `${family} ${value}`);
    }
  });
});

describe('roundsBy', () => {
  it('never takes a unit that would leave the value as it is', () => {
    assert.deepEqual(
      (['year', 'quarter', 'month', 'week', 'day', 'hour'] as const).map((unit) =>
        roundsBy('date', unit),
      ),
      [true, true, true, true, false, false],
    );
    assert.ok(roundsBy('timestamp', 'hour') && !roundsBy('text', 'year'));
  });
});
