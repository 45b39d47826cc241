import assert from 'node:assert/strict';
import { createHash, createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { TextColumn } from './column.ts';
import { hashCells, saltOf } from './sha256.ts';

function columnOfBytes(values: readonly Uint8Array[]): TextColumn {
  const offsets = new Uint32Array(values.length + 1);
  values.forEach((value, i) => (offsets[i + 1] = (offsets[i] ?? 0) + value.length));
  return {
    bytes: new Uint8Array(Buffer.concat(values)),
    offsets,
    nulls: new Uint8Array(values.length),
  };
}

function hashed(salt: Uint8Array, values: readonly Uint8Array[]): string[] {
  const cells = Uint32Array.from(values, (_, i) => i);
  const out = new Uint8Array(values.length * 64);
  const positions = cells.map((cell) => cell * 64);
  hashCells(columnOfBytes(values), saltOf(createSecretKey(salt)), { cells, out, positions });
  return values.map((_, i) => Buffer.from(out.subarray(i * 64, i * 64 + 64)).toString('latin1'));
}

const oracle = (salt: Uint8Array, value: Uint8Array) =>
  createHash('sha256').update(salt).update(value).digest('hex');

test('hashCells agrees with OpenSSL at every length over two blocks', () => {
  const salt = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
  const values = Array.from({ length: 300 }, (_, size) => new Uint8Array(size).fill(size));
  assert.deepEqual(
    hashed(salt, values),
    values.map((value) => oracle(salt, value)),
  );
});

test('hashCells agrees with OpenSSL for any mix of lengths', () => {
  const bytes = fc.uint8Array({ maxLength: 400 });
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.array(bytes, { maxLength: 9 }),
      (salt, values) => {
        assert.deepEqual(
          hashed(salt, values),
          values.map((value) => oracle(salt, value)),
        );
      },
    ),
  );
});
