import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { createCsvReader, createLineReader, csvLine } from './mod.ts';
import type { Cell } from './mod.ts';

const read = (...pieces: readonly string[]) => {
  const reader = createCsvReader({ recordCharactersMax: 1_000 });
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
};
const cell = fc.option(
  fc.string({ unit: fc.constantFrom('a', '"', ',', '\r', '\n', ' ', 'é', '💡'), maxLength: 8 }),
);
const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { maxLength: 5 });
/** The text cut at any places. */
const pieces = (text: string, cuts: readonly number[]) => {
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].toSorted(
    (a, b) => a - b,
  );
  return at.map((from, i) => text.slice(from, at[i + 1] ?? text.length));
};

describe('createCsvReader', () => {
  it('gives what csvLine wrote, however the text is cut', () => {
    fc.assert(
      fc.property(table, fc.array(fc.nat(), { maxLength: 6 }), (rows, cuts) => {
        const text = rows.map(csvLine).join('');
        assert.deepEqual(read(...pieces(text, cuts)), rows);
      }),
    );
  });

  it('tells no value from the empty text, and takes both line breaks and no last one', () => {
    const expected: readonly Cell[][] = [
      ['a', null, ''],
      [null, 'b"c', 'd\r\n,'],
    ];
    assert.deepEqual(read('a,,""\n,"b""c","d\r\n,"'), expected);
    assert.deepEqual(read('a,,""\r\n,"b""c","d\r\n,"\r\n'), expected);
    assert.deepEqual(read(''), []);
    assert.deepEqual(read('\n'), [[null]]);
  });

  it('refuses what could be read in two ways, saying in which record', () => {
    for (const text of ['a\nb"c', 'a\n"b"c', 'a\n"b', 'a\nb\rc', 'a\nb\r']) {
      assert.throws(() => read(text), { code: 'invalid', message: /^csv record 2: / }, text);
    }
    assert.throws(() => read(`a\n${','.repeat(1_001)}`), { code: 'limit' });
    assert.throws(() => read(`"${'x'.repeat(1_001)}`), { code: 'limit' });
  });

  it('throws problems only, and never more than its limit holds', () => {
    const unit = fc.constantFrom('a', '"', ',', '\r', '\n');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        try {
          read(text);
        } catch (thrown) {
          assert.equal((thrown as { code?: string }).code, 'invalid');
        }
      }),
    );
  });
});

describe('createLineReader', () => {
  it('gives the lines, however the text is cut, without empty ones', () => {
    const line = fc.string({ unit: fc.constantFrom('a', ' ', '{', '\t'), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(), { maxLength: 6 }), (lines, cuts) => {
        const reader = createLineReader({ lineCharactersMax: 10 });
        const text = lines.join('\r\n');
        const got = [...pieces(text, cuts).flatMap((one) => reader.push(one)), ...reader.end()];
        assert.deepEqual(
          got,
          lines.filter((one) => one.trim() !== ''),
        );
      }),
    );
  });

  it('refuses a line that is too long as soon as it is', () => {
    const reader = createLineReader({ lineCharactersMax: 10 });
    assert.deepEqual(reader.push('ok\n12345'), ['ok']);
    assert.throws(() => reader.push('678901'), { code: 'limit', message: /^line 2 too long/ });
  });
});
