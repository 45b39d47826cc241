import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cellsOf, columnOf } from './column.ts';
import { maskColumn } from './mask.ts';
import type { ColumnMask } from './mask.ts';

function masked(values: readonly (string | null)[], spec: ColumnMask): (string | null)[] {
  return cellsOf(maskColumn(columnOf(values), spec, null));
}

test('partial counts code points and hides short values whole', () => {
  const spec = { kind: 'partial', keepFirst: 1, keepLast: 2, fill: '*' } as const;
  assert.deepEqual(masked(['héllo😀x', 'abc', 'ab', '', null, 'abcd'], spec), [
    'h****😀x',
    '***',
    '**',
    '',
    null,
    'a*cd',
  ]);
});

test('constant hides NULL too, null shows nothing', () => {
  assert.deepEqual(masked(['a', null], { kind: 'constant', value: 'é' }), ['é', 'é']);
  assert.deepEqual(masked(['a', null], { kind: 'null' }), [null, null]);
});

test('regex replaces as PostgreSQL writes replacements', () => {
  const values = ['ada@example.org, bob@example.org', 'nobody', null, ''];
  const once = {
    kind: 'regex',
    pattern: '([a-z]+)@',
    replacement: '<\\1>\\\\',
    flags: '',
  } as const;
  assert.deepEqual(masked(values, once), [
    '<ada>\\example.org, bob@example.org',
    'nobody',
    null,
    '',
  ]);
  const all = { kind: 'regex', pattern: '[A-Z]+@', replacement: '[\\&]', flags: 'gi' } as const;
  assert.deepEqual(masked(values, all), [
    '[ada@]example.org, [bob@]example.org',
    'nobody',
    null,
    '',
  ]);
  assert.deepEqual(
    masked(['abc'], { kind: 'regex', pattern: 'x*', replacement: '-', flags: 'g' }),
    ['-a-b-c-'],
  );
});

test('regex takes time in proportion to the value', () => {
  const started = performance.now();
  masked([`${'a'.repeat(50_000)}!`], {
    kind: 'regex',
    pattern: '^(a+)+$',
    replacement: '',
    flags: '',
  });
  assert.ok(performance.now() - started < 5_000, 'expected linear time');
});

test('round floors numbers exactly, whatever their size', () => {
  const values = [
    '-1',
    '-0.5',
    '12.49',
    '1e3',
    '2.5E-1',
    '99999999999999999999.99',
    'NaN',
    '-Infinity',
    'abc',
    '',
    '1e999',
  ];
  assert.deepEqual(masked(values, { kind: 'round', bucket: 0.5 }), [
    '-1.0',
    '-0.5',
    '12.0',
    '1000.0',
    '0.0',
    '99999999999999999999.5',
    'NaN',
    '-Infinity',
    null,
    null,
    null,
  ]);
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 100_000 }), (value, bucket) => {
      const floored =
        ((((BigInt(value) % BigInt(bucket)) + BigInt(bucket)) % BigInt(bucket)) - BigInt(value)) *
        -1n;
      assert.deepEqual(masked([String(value)], { kind: 'round', bucket }), [String(floored)]);
    }),
  );
});

test('round truncates dates as PostgreSQL does, zoned ones in UTC', () => {
  const values = [
    '2024-02-29',
    '2024-08-15 23:45:10.5-02',
    '0044-03-15 BC',
    '2024-01-01 00:30:00+01',
    '2024-08-15T10:20:30',
  ];
  const expected = {
    year: [
      '2024-01-01',
      '2024-01-01 00:00:00+00',
      '0044-01-01 BC',
      '2023-01-01 00:00:00+00',
      '2024-01-01T00:00:00',
    ],
    quarter: [
      '2024-01-01',
      '2024-07-01 00:00:00+00',
      '0044-01-01 BC',
      '2023-10-01 00:00:00+00',
      '2024-07-01T00:00:00',
    ],
    month: [
      '2024-02-01',
      '2024-08-01 00:00:00+00',
      '0044-03-01 BC',
      '2023-12-01 00:00:00+00',
      '2024-08-01T00:00:00',
    ],
    week: [
      '2024-02-26',
      '2024-08-12 00:00:00+00',
      '0044-03-11 BC',
      '2023-12-25 00:00:00+00',
      '2024-08-12T00:00:00',
    ],
    day: [
      '2024-02-29',
      '2024-08-16 00:00:00+00',
      '0044-03-15 BC',
      '2023-12-31 00:00:00+00',
      '2024-08-15T00:00:00',
    ],
    hour: [null, '2024-08-16 01:00:00+00', null, '2023-12-31 23:00:00+00', '2024-08-15T10:00:00'],
  } as const;
  for (const [unit, answers] of Object.entries(expected)) {
    assert.deepEqual(
      masked(values, { kind: 'round', unit: unit as keyof typeof expected }),
      answers,
    );
  }
  const nonsense = [
    '2024-13-01',
    '2023-02-29',
    '0000-01-01',
    '12:00:00',
    'yesterday',
    '2024-01-01 x',
  ];
  assert.deepEqual(masked([...nonsense, 'infinity'], { kind: 'round', unit: 'year' }), [
    null,
    null,
    null,
    null,
    null,
    null,
    'infinity',
  ]);
});
