import assert from 'node:assert/strict';
import { createCipheriv, createHash, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FF1 } from '@noble/ciphers/ff1.js';
import * as fc from 'fast-check';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import type { AlphabetName } from './alphabet.ts';
import { columnOf, cellsOf } from './column.ts';
import { destroyMaskKey, maskKeyFrom } from './key.ts';
import { maskColumn, unmaskText, versionOf } from './mask.ts';
import type { ColumnMask, KeyedMask } from './mask.ts';
import { maskReversible } from './reversible.ts';

const SECRET = Uint8Array.from({ length: 32 }, (_, i) => i);
const KEY = maskKeyFrom(SECRET, 7);
const derived = (use: string) =>
  Buffer.from(hkdfSync('sha256', SECRET, new Uint8Array(0), utf8(`privet/mask/v1/${use}`), 32));

type Cells = readonly (string | null)[];

function masked(values: Cells, spec: ColumnMask): (string | null)[] {
  return cellsOf(maskColumn(columnOf(values), spec, KEY));
}

function saltedHex(use: string, value: string): string {
  return createHash('sha256').update(derived(use)).update(value).digest('hex');
}

const ALPHABETS = {
  digits: '0123456789',
  lower: 'abcdefghijklmnopqrstuvwxyz',
  alphanumeric: '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
};

/** The masks as their document describes them, one cell at a time with strings: the slow twin. */
function slowMask(value: string, spec: ColumnMask): string | null {
  switch (spec.kind) {
    case 'null':
      return null;
    case 'constant':
      return spec.value;
    case 'partial': {
      const letters = Array.from(value);
      const hidden = letters.length - spec.keepFirst - spec.keepLast;
      if (hidden <= 0) return spec.fill.repeat(letters.length);
      return letters
        .map((letter, i) =>
          i < spec.keepFirst || i >= spec.keepFirst + hidden ? letter : spec.fill,
        )
        .join('');
    }
    case 'hash':
      return saltedHex('hash-salt', value);
    case 'format-preserving':
      return slowFormatPreserving(value, spec);
    case 'regex':
    case 'round':
    case 'reversible':
      throw new Error('has a test of its own');
    default:
      return null;
  }
}

function slowFormatPreserving(
  value: string,
  spec: Extract<ColumnMask, { kind: 'format-preserving' }>,
): string {
  const letters =
    typeof spec.alphabet === 'string' ? ALPHABETS[spec.alphabet] : spec.alphabet.custom;
  const alphabet = Array.from(letters);
  const shape = Array.from(value);
  const own = shape.filter((letter) => alphabet.includes(letter));
  const conforms = shape.every(
    (letter) => alphabet.includes(letter) || spec.separators.includes(letter),
  );
  if (!conforms || alphabet.length ** own.length < 1_000_000 || own.length > 1_024) {
    return `~${saltedHex('ff1-salt', value)}`;
  }
  const tweak = createHash('sha256').update(`privet/ff1/v1\n${letters}`).digest().subarray(0, 8);
  const out = FF1(alphabet.length, derived('ff1'), tweak).encrypt(
    own.map((letter) => alphabet.indexOf(letter)),
  );
  return shape
    .map((letter) => (alphabet.includes(letter) ? alphabet[out.shift() ?? 0] : letter))
    .join('');
}

const text = fc.oneof(
  fc
    .string({ unit: 'binary', maxLength: 90 })
    .filter((value) => value.isWellFormed() && !value.includes('\0')),
  fc.stringMatching(/^[0-9]{0,24}$/u),
  fc.stringMatching(/^[0-9]{3}-[0-9]{2}-[0-9]{4}$/u),
  fc.stringMatching(/^[a-zA-Z0-9 -]{0,30}$/u),
  fc.stringMatching(/^[абвгд-]{0,30}$/u),
);
const cells = fc.array(fc.option(text, { freq: 8 }), { maxLength: 20 });
const formats: fc.Arbitrary<Extract<ColumnMask, { kind: 'format-preserving' }>> = fc.record({
  kind: fc.constant('format-preserving' as const),
  alphabet: fc.constantFrom<AlphabetName[]>(
    'digits',
    'lower',
    'alphanumeric',
    { custom: 'абвгд' },
    { custom: '01😀é' },
    { custom: 'xyz0' },
  ),
  separators: fc.constantFrom('', '-', '- /', '–-'),
});
const specs: fc.Arbitrary<ColumnMask> = fc.oneof(
  fc.constant<ColumnMask>({ kind: 'null' }),
  fc.record({ kind: fc.constant('constant' as const), value: fc.string() }),
  fc.record({
    kind: fc.constant('partial' as const),
    keepFirst: fc.nat({ max: 8 }),
    keepLast: fc.nat({ max: 8 }),
    fill: fc.constantFrom('*', '', '•', 'xx'),
  }),
  fc.constant<ColumnMask>({ kind: 'hash' }),
  formats,
);

test('maskColumn agrees with the slow twin for every mask', () => {
  fc.assert(
    fc.property(cells, specs, (values, spec) => {
      const expected = values.map((value) =>
        value === null && spec.kind !== 'constant' ? null : slowMask(value ?? '', spec),
      );
      assert.deepEqual(masked(values, spec), expected);
    }),
    { numRuns: 400 },
  );
});

test('maskColumn agrees with the slow twin where every byte of a column is masked', () => {
  const spec = { kind: 'format-preserving', alphabet: 'digits', separators: '-' } as const;
  const bare = fc.array(fc.stringMatching(/^[0-9]{6,30}$/u), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(bare, fc.constantFrom(null, '12345', '123-4567', 'é'), (values, last) => {
      const expected = values.map((value) => slowMask(value, spec));
      assert.deepEqual(masked(values, spec), expected);
      const mixed = last === null ? null : slowMask(last, spec);
      assert.deepEqual(masked([...values, last], spec), [...expected, mixed]);
    }),
  );
});

test('maskColumn ignores what lies under a NULL', () => {
  const { bytes, offsets } = columnOf(['4111111111111111', '4222222222222222']);
  const column = { bytes, offsets, nulls: Uint8Array.of(0, 1) };
  for (const spec of [
    { kind: 'hash' },
    { kind: 'reversible' },
    { kind: 'format-preserving', alphabet: 'digits', separators: '' },
  ] as const) {
    const out = maskColumn(column, spec, KEY);
    assert.equal(cellsOf(out)[1], null);
    assert.equal(out.offsets[2], out.offsets[1]);
    assert.equal(out.bytes.length, out.offsets[1]);
  }
});

test('maskColumn reads only the cells of a column that is part of a larger buffer', () => {
  const { bytes, offsets, nulls } = columnOf(['SECRET', '123-45-6789', null, 'x', 'SECRET']);
  const part = { bytes, offsets: offsets.subarray(1, 5), nulls: nulls.subarray(1, 4) };
  const whole = columnOf(['123-45-6789', null, 'x']);
  const keyed: ColumnMask[] = [
    { kind: 'hash' },
    { kind: 'format-preserving', alphabet: 'digits', separators: '-' },
  ];
  for (const spec of [
    ...keyed,
    { kind: 'partial', keepFirst: 0, keepLast: 1, fill: '#' } as const,
  ]) {
    assert.deepEqual(cellsOf(maskColumn(part, spec, KEY)), cellsOf(maskColumn(whole, spec, KEY)));
  }
  const back = cellsOf(maskColumn(part, { kind: 'reversible' }, KEY)).map((value) =>
    value === null ? null : unmaskText(value, { kind: 'reversible' }, () => KEY),
  );
  assert.deepEqual(back, ['123-45-6789', null, 'x']);
});

test('maskColumn is injective and keeps lengths and separators under format-preserving', () => {
  const spec = { kind: 'format-preserving', alphabet: 'digits', separators: '-' } as const;
  const values = Array.from(
    { length: 20_000 },
    (_, i) => `${String(i).padStart(3, '0').slice(0, 3)}-${100_000 + i}`,
  );
  const out = masked(
    [...values, ...values.map((value) => value.replace('-', '')), '12345', '', 'abc', '~'],
    spec,
  );
  assert.equal(new Set(out).size, new Set(values).size * 2 + 4);
  for (const [i, value] of values.entries())
    assert.match(out[i] ?? '', value.length === 10 ? /^\d{3}-\d{6}$/u : /./u);
});

test('maskColumn shows nothing of a value that format-preserving cannot take', () => {
  const spec = { kind: 'format-preserving', alphabet: 'digits', separators: '-' } as const;
  for (const value of masked(
    ['12345', '', '-', '123-45-678X', '1'.repeat(1_025), '12345\u0661'],
    spec,
  )) {
    assert.match(value ?? '', /^~[0-9a-f]{64}$/u);
  }
  assert.deepEqual(masked(['1'.repeat(1_024)], spec)[0]?.length, 1_024);
});

test('unmaskText gives back what format-preserving and reversible masked', () => {
  fc.assert(
    fc.property(text, formats, (value, spec) => {
      const [shown] = masked([value], spec);
      if (shown?.startsWith('~') === true) {
        assert.throws(() => unmaskText(shown, spec, () => KEY), isProblem('unsupported'));
      } else {
        assert.equal(
          unmaskText(shown ?? '', spec, () => KEY),
          value,
        );
      }
      const [cell] = masked([value], { kind: 'reversible' });
      assert.equal(
        unmaskText(cell ?? '', { kind: 'reversible' }, () => KEY),
        value,
      );
    }),
    { numRuns: 200 },
  );
});

test('unmaskText finds the key by the version a reversible value names', () => {
  const keys = [1, 2, 30].map((version) => maskKeyFrom(new Uint8Array(32).fill(version), version));
  for (const key of keys) {
    const [shown] = cellsOf(maskColumn(columnOf(['ada']), { kind: 'reversible' }, key));
    assert.equal(versionOf(shown ?? '', { kind: 'reversible' }), key.version);
    const found = unmaskText(shown ?? '', { kind: 'reversible' }, (version) => {
      return keys.find((known) => known.version === version) ?? KEY;
    });
    assert.equal(found, 'ada');
  }
});

test('unmaskText refuses what cannot be undone', () => {
  assert.throws(() => unmaskText('x', { kind: 'hash' }, () => KEY), isProblem('unsupported'));
  assert.throws(() => unmaskText('x', { kind: 'reversible' }, () => KEY), isProblem('invalid'));
  const spec = { kind: 'format-preserving', alphabet: 'digits', separators: '' } as const;
  assert.throws(() => unmaskText('12a456', spec, () => KEY), isProblem('invalid'));
});

test('maskColumn refuses a keyed mask without a key, and a destroyed key', () => {
  const column = columnOf(['ada']);
  assert.throws(() => maskColumn(column, { kind: 'hash' }, null), isProblem('denied'));
  const key = maskKeyFrom(SECRET, 1);
  maskColumn(column, { kind: 'hash' }, key);
  destroyMaskKey(key);
  for (const spec of [
    { kind: 'hash' },
    { kind: 'reversible' },
    { kind: 'format-preserving', alphabet: 'digits', separators: '' },
  ] as const) {
    assert.throws(() => maskColumn(column, spec, key), isProblem('expired'));
  }
});

test('maskColumn refuses alphabets and parameters that make no sense', () => {
  const column = columnOf(['ada']);
  const format = (custom: string, separators: string): ColumnMask => ({
    kind: 'format-preserving',
    alphabet: { custom },
    separators,
  });
  const bad: ColumnMask[] = [
    format('a', ''),
    format('aba', ''),
    format('abc', 'c'),
    format('ab~', ''),
    format('abc', '~'),
    format('ab\0', ''),
    { kind: 'partial', keepFirst: -1, keepLast: 0, fill: '*' },
    { kind: 'round', bucket: 0 },
    { kind: 'round', bucket: Number.NaN },
    { kind: 'regex', pattern: '(', replacement: '', flags: '' },
    { kind: 'regex', pattern: 'a', replacement: '\\1', flags: '' },
  ];
  for (const spec of bad) assert.throws(() => maskColumn(column, spec, KEY), isProblem('invalid'));
});

test('maskKeyFrom gives keys that show nothing of their material', () => {
  const shown = JSON.stringify(KEY) + String(Object.values(KEY));
  assert.equal(shown.includes('hashSalt'), false);
  assert.deepEqual(Object.keys(KEY), ['kind', 'version']);
});

test('maskColumn keeps its columns apart: other uses of one key give unrelated output', () => {
  const iv = new Uint8Array(16);
  const uses = ['hash-salt', 'ff1', 'ff1-salt', 'cbc', 'cbc-cmac'].map((use) =>
    createCipheriv('aes-256-cbc', derived(use), iv).update(iv).toString('hex'),
  );
  assert.equal(new Set(uses).size, 5);
});

type Vector = { spec: KeyedMask; value: string; masked: string };

test('maskColumn gives the committed vectors', () => {
  const url = new URL('../../../test/vectors/masks.json', import.meta.url);
  const { vectors } = JSON.parse(readFileSync(url, 'utf8')) as { vectors: Vector[] };
  const key = maskKeyFrom(SECRET, 3);
  const countUp = (buffer: Uint8Array) => buffer.forEach((_, i) => (buffer[i] = i));
  const reversible = vectors.filter(({ spec }) => spec.kind === 'reversible');
  const cells = columnOf(reversible.map(({ value }) => value));
  assert.deepEqual(
    cellsOf(maskReversible(cells, key, countUp)),
    reversible.map((vector) => vector.masked),
  );
  for (const vector of vectors) {
    if (vector.spec.kind === 'reversible') {
      assert.equal(
        unmaskText(vector.masked, vector.spec, () => key),
        vector.value,
      );
    } else {
      assert.deepEqual(cellsOf(maskColumn(columnOf([vector.value]), vector.spec, key)), [
        vector.masked,
      ]);
    }
  }
  assert.equal(vectors.length, 18);
});

function isProblem(code: string): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof Problem && thrown.code === code;
}
