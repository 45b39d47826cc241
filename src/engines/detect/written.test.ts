import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { codePoints, restored, rewritten, tokensIn, writtenEntity, writtenToken } from './mod.ts';

/** Texts full of what could be mistaken: brackets, marks, names of kinds, emoji, right-to-left, combining marks, halves of pairs. */
const piece = fc.constantFrom(
  '[',
  ']',
  '\\',
  '_',
  ' ',
  'SSN',
  'NAME',
  'NAME_GIVEN',
  '[SSN_',
  '[SSN_x]',
  '[\\SSN_x]',
  '[\\\\SSN_x]',
  '[SSN]',
  'x',
  '123-45-6789',
  '\u{1F600}',
  '👩‍👩‍👧',
  'שלום',
  '\u202Eabc',
  'e\u0301',
  '\uD83D',
  '\uDE00',
  '\u0000',
  '\n',
);
const text = fc
  .array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 30 })
  .map((all) => all.join(''));

describe('rewritten', () => {
  it('is put back byte for byte, whatever the text holds', () => {
    const cuts = fc.array(fc.nat(100), { maxLength: 10 });
    fc.assert(
      fc.property(text, cuts, (given, at) => {
        const sorted = [...new Set(at.filter((cut) => cut <= given.length))].toSorted(
          (a, b) => a - b,
        );
        const spans = sorted.flatMap((start, i) => {
          const end = sorted[i + 1];
          return i % 2 === 0 && end !== undefined ? [{ start, end }] : [];
        });
        const values = spans.map(({ start, end }) => given.slice(start, end));
        const replacements = spans.map((span, i) => ({
          ...span,
          by: writtenToken('ssn', `tok${i}`) ?? '',
          isToken: true,
        }));
        const { text: processed, places } = rewritten(given, replacements);
        for (const [i, { start, end }] of places.entries()) {
          assert.equal(processed.slice(start, end), `[SSN_tok${i}]`);
        }
        assert.equal(tokensIn(processed).length, spans.length);
        const back = restored(processed, ({ token }) => values[Number(token.slice(3))] ?? null);
        assert.equal(back, given);
      }),
    );
  });

  it('marks what becomes a token by plain replacements, and says where they are', () => {
    const by = { by: '2026-01-02', isToken: false };
    const done = rewritten('[SSN_x] [SSN_1999-01-01]', [{ start: 13, end: 23, ...by }]);
    assert.equal(done.text, '[\\SSN_x] [\\SSN_2026-01-02]');
    const [place = { start: 0, end: 0 }] = done.places;
    assert.equal(done.text.slice(place.start, place.end), '2026-01-02');
  });
});

describe('writtenToken', () => {
  it('writes what can be read back, and nothing else', () => {
    assert.equal(writtenToken('email_address', 'a@b.c'), '[EMAIL_ADDRESS_a@b.c]');
    assert.equal(writtenEntity('ssn'), '[SSN]');
    for (const token of ['', 'a b', 'a]', '[a', 'a\\', 'x'.repeat(513)]) {
      assert.equal(writtenToken('ssn', token), null);
    }
    assert.equal(writtenToken('name', 'GIVEN_x'), null);
    assert.deepEqual(tokensIn('[NAME_GIVEN_x]'), [{ entity: 'name_given', token: 'x' }]);
  });
});

describe('codePoints', () => {
  it('counts what is one character of Unicode once', () => {
    const place = codePoints('a\u{1F600}b');
    assert.deepEqual([0, 1, 3, 4, 1].map(place), [0, 1, 2, 3, 1]);
    assert.deepEqual([0, 2].map(codePoints('ab')), [0, 2]);
  });
});
