import assert from 'node:assert/strict';
import { createCipheriv, createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FF1 } from '@noble/ciphers/ff1.js';
import * as fc from 'fast-check';
import { fromHex } from '#base/bytes';
import { Problem } from '#base/problem';
import type { DigitBatch } from './digits.ts';
import { createFf1, DIGITS_MAX } from './ff1.ts';

type Vector = { key: string; radix: number; tweak: string; plaintext: string; ciphertext: string };

function vectorsOf(file: string): Vector[] {
  const url = new URL(`../../../test/vectors/${file}`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { samples: Vector[] }).samples;
}

function batchOf(values: readonly (readonly number[])[]): DigitBatch {
  const starts = new Uint32Array(values.length + 1);
  values.forEach((value, i) => (starts[i + 1] = (starts[i] ?? 0) + value.length));
  return { digits: Uint16Array.from(values.flat()), starts };
}

function valuesOf({ digits, starts }: DigitBatch): number[][] {
  return Array.from({ length: starts.length - 1 }, (_, i) => [
    ...digits.subarray(starts[i], starts[i + 1]),
  ]);
}

/** Digits as 0-9a-z, the notation of NIST's samples. */
const numerals = (text: string) => Array.from(text, (digit) => Number.parseInt(digit, 36));

/** FF1 as SP 800-38G writes it (algorithms 2 to 4, 6, 7), one value at a time, with BigInt: the slow twin. */
function slowFf1(key: Uint8Array, radix: number, tweak: Uint8Array) {
  return (digits: readonly number[]): number[] => {
    const aes = (block: Uint8Array) => {
      const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
      return new Uint8Array(cipher.update(block));
    };
    const R = BigInt(radix);
    const num = (x: readonly number[]) => x.reduce((sum, digit) => sum * R + BigInt(digit), 0n);
    const str = (x: bigint, m: number) => {
      const out: number[] = [];
      for (let rest = x; out.length < m; rest /= R) out.unshift(Number(rest % R));
      return out;
    };
    const bytes = (x: bigint, size: number) => fromHex(x.toString(16).padStart(size * 2, '0'));
    const n = digits.length;
    const u = Math.floor(n / 2);
    const v = n - u;
    let b = 0;
    while (256n ** BigInt(b) < R ** BigInt(v)) b++;
    const d = 4 * Math.ceil(b / 4) + 4;
    const p = [
      1,
      2,
      1,
      ...bytes(R, 3),
      10,
      u % 256,
      ...bytes(BigInt(n), 4),
      ...bytes(BigInt(tweak.length), 4),
    ];
    let [left, right] = [digits.slice(0, u), digits.slice(u)];
    for (let i = 0; i < 10; i++) {
      const padding = (((-tweak.length - b - 1) % 16) + 16) % 16;
      const q = [...tweak, ...new Uint8Array(padding), i, ...bytes(num(right), b)];
      let state = new Uint8Array(16);
      for (let at = 0; at < p.length + q.length; at += 16) {
        state = aes(state.map((byte, k) => byte ^ ([...p, ...q][at + k] ?? 0)));
      }
      const s = [...state];
      for (let j = 1; s.length < d; j++)
        s.push(
          ...aes(
            fromHex(
              (BigInt(`0x${Buffer.from(state).toString('hex')}`) ^ BigInt(j))
                .toString(16)
                .padStart(32, '0'),
            ),
          ),
        );
      const y = BigInt(`0x${Buffer.from(s.slice(0, d)).toString('hex')}`);
      const m = i % 2 === 0 ? u : v;
      const c = (num(left) + y) % R ** BigInt(m);
      [left, right] = [right, str(c, m)];
    }
    return [...left, ...right];
  };
}

test('createFf1 gives the answers of NIST samples 1 to 9, both ways', () => {
  const vectors = vectorsOf('ff1-nist.json');
  assert.equal(vectors.length, 9);
  for (const { key, radix, tweak, plaintext, ciphertext } of vectors) {
    const ff1 = createFf1(createSecretKey(fromHex(key)), radix, fromHex(tweak));
    const batch = batchOf([numerals(plaintext)]);
    ff1.crypt(batch, 'encrypt');
    assert.deepEqual(valuesOf(batch), [numerals(ciphertext)]);
    ff1.crypt(batch, 'decrypt');
    assert.deepEqual(valuesOf(batch), [numerals(plaintext)]);
  }
});

const setting = fc
  .record({
    radix: fc.oneof(
      fc.constantFrom(2, 10, 16, 26, 36, 62, 64),
      fc.integer({ min: 2, max: 65_535 }),
    ),
    key: fc
      .constantFrom(16, 24, 32)
      .chain((size) => fc.uint8Array({ minLength: size, maxLength: size })),
    tweak: fc.uint8Array({ maxLength: 20 }),
  })
  .chain(({ radix, key, tweak }) => {
    const ff1 = createFf1(createSecretKey(key), radix, tweak);
    const digit = fc.oneof(fc.integer({ min: 0, max: radix - 1 }), fc.constantFrom(0, radix - 1));
    const value = fc.array(digit, { minLength: ff1.digitsMin, maxLength: ff1.digitsMin + 40 });
    return fc.record({
      ff1: fc.constant(ff1),
      radix: fc.constant(radix),
      key: fc.constant(key),
      tweak: fc.constant(tweak),
      values: fc.array(value, { maxLength: 12 }),
    });
  });

test('createFf1 agrees with the slow twin and with noble for any radix, tweak, key size and mix of lengths', () => {
  fc.assert(
    fc.property(setting, ({ ff1, radix, key, tweak, values }) => {
      const batch = batchOf(values);
      ff1.crypt(batch, 'encrypt');
      const masked = valuesOf(batch);
      const slow = slowFf1(key, radix, tweak);
      const noble = FF1(radix, key, tweak);
      assert.deepEqual(masked, values.map(slow));
      assert.deepEqual(
        masked,
        values.map((value) => noble.encrypt(value)),
      );
      ff1.crypt(batch, 'decrypt');
      assert.deepEqual(valuesOf(batch), values);
    }),
    { numRuns: 60 },
  );
});

test('createFf1 agrees with the Go and Rust implementations on the committed vectors', () => {
  const vectors = vectorsOf('ff1.json');
  assert.ok(vectors.length >= 500, 'expected at least 500 vectors');
  for (const { key, radix, tweak, plaintext, ciphertext } of vectors) {
    const batch = batchOf([numerals(plaintext)]);
    createFf1(createSecretKey(fromHex(key)), radix, fromHex(tweak)).crypt(batch, 'encrypt');
    assert.deepEqual(valuesOf(batch), [numerals(ciphertext)]);
  }
});

test('createFf1 takes the longest value and more values than one slice', () => {
  const key = new Uint8Array(32).fill(9);
  const ff1 = createFf1(createSecretKey(key), 10, new Uint8Array(8));
  const values = Array.from({ length: 9_000 }, (_, i) => numerals(String(1_000_000_000 + i * 7)));
  values.push(Array.from({ length: DIGITS_MAX }, (_, i) => i % 10));
  const batch = batchOf(values);
  ff1.crypt(batch, 'encrypt');
  const noble = FF1(10, key, new Uint8Array(8));
  for (const index of [0, 4_095, 4_096, 8_999, 9_000]) {
    assert.deepEqual(valuesOf(batch)[index], noble.encrypt(values[index] ?? []));
  }
});

test('createFf1 refuses domains under a million and radices out of range', () => {
  const key = createSecretKey(new Uint8Array(32));
  assert.equal(createFf1(key, 10, new Uint8Array(0)).digitsMin, 6);
  assert.equal(createFf1(key, 26, new Uint8Array(0)).digitsMin, 5);
  assert.equal(createFf1(key, 62, new Uint8Array(0)).digitsMin, 4);
  assert.equal(createFf1(key, 1_000, new Uint8Array(0)).digitsMin, 2);
  assert.equal(createFf1(key, 2, new Uint8Array(0)).digitsMin, 20);
  for (const radix of [0, 1, 65_536, 2.5]) {
    assert.throws(
      () => createFf1(key, radix, new Uint8Array(0)),
      (thrown) => thrown instanceof Problem && thrown.code === 'invalid',
    );
  }
  const short = batchOf([[1, 2, 3, 4, 5]]);
  assert.throws(() => createFf1(key, 10, new Uint8Array(0)).crypt(short, 'encrypt'));
});
