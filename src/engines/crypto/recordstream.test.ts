import assert from 'node:assert/strict';
import { createCipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { maskKeyFrom, recordStreams } from './mod.ts';

const SECRET = randomBytes(32);
const key = maskKeyFrom(SECRET, 1);
const use = (name: string) => {
  const root = hkdfSync('sha256', SECRET, '', 'privet/mask/v1/vault', 32);
  return new Uint8Array(
    hkdfSync('sha256', new Uint8Array(root), '', `privet/vault/v1/${name}`, 32),
  );
};

test('a stream is AES-256-CTR from its counter block on, wherever and in whatever pieces it is used', () => {
  const subjects = [null, new Uint8Array(randomBytes(32))];
  const nonces = fc.oneof(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    // Counters that carry over one, three and all words.
    ...[4, 12, 16].map((ones) =>
      fc.constant(Uint8Array.from({ length: 16 }, (_, i) => (i >= 16 - ones ? 255 : 7))),
    ),
  );
  const places = fc.array(fc.tuple(fc.nat({ max: 1_500 }), fc.nat({ max: 300 })), { maxLength: 6 });
  fc.assert(
    fc.property(
      fc.constantFrom(...subjects),
      nonces,
      fc.tuple(fc.nat({ max: 2_000 }), places),
      (subject, nonce, [sizeBytes, pieces]) => {
        const own =
          subject === null
            ? use('record-cells')
            : createHmac('sha256', use('subject-record-cells')).update(subject).digest();
        const expected = createCipheriv('aes-256-ctr', own, nonce).update(new Uint8Array(1_900));
        const stream = recordStreams(key, subject)(nonce, sizeBytes);
        assert.deepEqual(Buffer.from(stream.seal), expected.subarray(0, 16));
        for (const [at, size] of pieces) {
          const out = new Uint8Array(size);
          stream.crypt(new Uint8Array(size), at, out);
          assert.deepEqual(Buffer.from(out), expected.subarray(at, at + size));
        }
      },
    ),
    { numRuns: 300 },
  );
});
