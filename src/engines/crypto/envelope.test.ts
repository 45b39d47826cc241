import assert from 'node:assert/strict';
import { createDecipheriv, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromHex, hex, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { envelopeKey, openEnvelope, sealEnvelope } from './envelope.ts';

type Vector = {
  secret: string;
  scope: string;
  version: number;
  context: Record<string, string>;
  nonce: string;
  plaintext: string;
  sealed: string;
};
const VECTORS = (
  JSON.parse(
    readFileSync(new URL('../../../test/vectors/envelope.json', import.meta.url), 'utf8'),
  ) as { vectors: Vector[] }
).vectors;

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const sealing = fc.record({
  secret: bytes32,
  nonce: bytes32,
  plaintext: fc.uint8Array({ maxLength: 300 }),
  name: fc.record({
    scope: fc.stringMatching(/^[a-z/_é]{1,40}$/u),
    version: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  }),
  context: fc.dictionary(
    fc.stringMatching(/^[a-z]{1,9}$/u),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
  ),
});
const corrupt = (thrown: unknown) => thrown instanceof Problem && thrown.code === 'corrupt';

test('openEnvelope gives back what sealEnvelope sealed, and the name of its key', () => {
  fc.assert(
    fc.property(sealing, ({ secret, ...input }) => {
      const sealed = sealEnvelope(secret, input);
      assert.deepEqual(openEnvelope(secret, sealed, input.context), input.plaintext);
      assert.deepEqual(envelopeKey(sealed), { ...input.name });
    }),
  );
});

test('openEnvelope refuses another key, another context and any flipped bit', () => {
  const secret = new Uint8Array(32).fill(1);
  const name = { scope: 'rolling/credentials', version: 1 };
  const context = { system: 'sys_1', field: 'password' };
  const sealed = sealEnvelope(secret, {
    plaintext: utf8('hunter2'),
    name,
    context,
    nonce: new Uint8Array(32),
  });
  assert.throws(() => openEnvelope(new Uint8Array(32).fill(2), sealed, context), corrupt);
  assert.throws(() => openEnvelope(secret, sealed, { ...context, system: 'sys_2' }), corrupt);
  assert.throws(() => openEnvelope(secret, sealed, {}), corrupt);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const flipped = sealed.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => openEnvelope(secret, flipped, context), corrupt);
  }
  for (let size = 0; size < sealed.length; size++) {
    assert.throws(() => openEnvelope(secret, sealed.subarray(0, size), context), corrupt);
  }
});

test('sealEnvelope and openEnvelope agree with the committed vectors', () => {
  assert.ok(VECTORS.length >= 3);
  for (const { secret, scope, version, context, nonce, plaintext, sealed } of VECTORS) {
    const input = {
      plaintext: fromHex(plaintext),
      name: { scope, version },
      context,
      nonce: fromHex(nonce),
    };
    assert.equal(hex(sealEnvelope(fromHex(secret), input)), sealed);
    assert.equal(hex(openEnvelope(fromHex(secret), fromHex(sealed), context)), plaintext);
  }
});

test('sealEnvelope writes what docs/formats/envelope.md says', () => {
  const [vector] = VECTORS;
  assert.ok(vector !== undefined);
  const sealed = Buffer.from(vector.sealed, 'hex');
  const scopeEnd = 10 + vector.scope.length;
  const nonce = sealed.subarray(scopeEnd, scopeEnd + 32);
  const keys = Buffer.from(
    hkdfSync('sha256', fromHex(vector.secret), nonce, 'privet/envelope/v1', 76),
  );
  assert.deepEqual(sealed.subarray(scopeEnd + 32, scopeEnd + 64), keys.subarray(44));
  const decipher = createDecipheriv('aes-256-gcm', keys.subarray(0, 32), keys.subarray(32, 44));
  const ordered = Object.fromEntries(
    Object.keys(vector.context)
      .toSorted()
      .map((key) => [key, vector.context[key]]),
  );
  decipher.setAAD(
    Buffer.concat([sealed.subarray(0, scopeEnd + 64), utf8(JSON.stringify(ordered))]),
  );
  decipher.setAuthTag(sealed.subarray(-16));
  const opened = Buffer.concat([
    decipher.update(sealed.subarray(scopeEnd + 64, -16)),
    decipher.final(),
  ]);
  assert.equal(opened.toString('hex'), vector.plaintext);
});

test('sealEnvelope refuses wrong sizes', () => {
  const input = {
    plaintext: utf8('x'),
    name: { scope: 's', version: 1 },
    context: {},
    nonce: new Uint8Array(32),
  };
  const invalid = (thrown: unknown) => thrown instanceof Problem && thrown.code === 'invalid';
  assert.throws(() => sealEnvelope(new Uint8Array(16), input), invalid);
  assert.throws(
    () => sealEnvelope(new Uint8Array(32), { ...input, nonce: new Uint8Array(12) }),
    invalid,
  );
  assert.throws(
    () => sealEnvelope(new Uint8Array(32), { ...input, name: { scope: '', version: 1 } }),
    invalid,
  );
});
