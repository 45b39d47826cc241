import assert from 'node:assert/strict';
import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fastHmac } from './hmac.ts';

test('the prepared HMAC is that of node:crypto, for every length and however the message is cut', () => {
  const keys = [1, 20, 32, 64].map((size) => createSecretKey(randomBytes(size)));
  const prepared = keys.map((key) => ({ key, fast: fastHmac(key) }));
  const part = fc.uint8Array({ maxLength: 300 });
  const parts = fc.oneof(
    fc.array(part, { maxLength: 5 }),
    fc.nat({ max: 5_000 }).map((size) => [new Uint8Array(size).fill(7)]),
  );
  fc.assert(
    fc.property(fc.constantFrom(...prepared), parts, ({ key, fast }, message) => {
      const expected = createHmac('sha256', key).update(Buffer.concat(message)).digest('binary');
      assert.equal(fast.text(message), expected);
    }),
    { numRuns: 500 },
  );
  for (let size = 0; size <= 2_100; size += 1) {
    const message = new Uint8Array(size).fill(size & 255);
    const { key, fast } = prepared[2] as (typeof prepared)[number];
    assert.equal(fast.text([message]), createHmac('sha256', key).update(message).digest('binary'));
  }
});
