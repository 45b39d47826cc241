import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { cellsOf, columnOf } from './column.ts';
import { maskKeyFrom } from './key.ts';
import { maskReversible, unmaskReversible } from './reversible.ts';

const SECRET = new Uint8Array(32).fill(5);
const KEY = maskKeyFrom(SECRET, 12);
const derived = (use: string) =>
  Buffer.from(hkdfSync('sha256', SECRET, new Uint8Array(0), utf8(`privet/mask/v1/${use}`), 32));

/** CMAC (SP 800-38B) by OpenSSL's CBC, for messages of whole blocks: the slow twin. */
function cmac(key: Uint8Array, message: Uint8Array): Buffer {
  const zero = new Uint8Array(16);
  const chain = (data: Uint8Array) =>
    createCipheriv('aes-256-cbc', key, zero).setAutoPadding(false).update(data);
  const l = BigInt(`0x${Buffer.from(chain(zero)).toString('hex')}`);
  const doubled = ((l << 1n) & ((1n << 128n) - 1n)) ^ (l >> 127n === 1n ? 0x87n : 0n);
  const k1 = Buffer.from(doubled.toString(16).padStart(32, '0'), 'hex');
  const last = Buffer.from(message).map((byte, i) => byte ^ (k1[i - message.length + 16] ?? 0));
  return chain(last).subarray(-16);
}

/** What the document says about one cell, with OpenSSL and nothing of ours. */
function openSlowly(text: string): string {
  const [mark, version, body = ''] = text.split('.');
  assert.deepEqual([mark, version], ['r1', '12']);
  const sealed = Buffer.from(body, 'base64url');
  assert.deepEqual(cmac(derived('cbc-cmac'), sealed.subarray(0, -16)), sealed.subarray(-16));
  const decipher = createDecipheriv('aes-256-cbc', derived('cbc'), sealed.subarray(0, 16));
  return Buffer.concat([decipher.update(sealed.subarray(16, -16)), decipher.final()]).toString(
    'utf8',
  );
}

const text = fc.string({ unit: 'grapheme', maxLength: 100 });

test('maskReversible agrees with the slow twin cell by cell', () => {
  fc.assert(
    fc.property(fc.array(fc.option(text), { maxLength: 20 }), (values) => {
      const out = cellsOf(maskReversible(columnOf(values), KEY));
      assert.deepEqual(
        out.map((cell) => (cell === null ? null : openSlowly(cell))),
        values,
      );
    }),
  );
});

test('maskReversible handles long cells beside short ones, and more cells than one slice', () => {
  const values = Array.from({ length: 9_000 }, (_, i) => 'x'.repeat(i % 7 === 0 ? 0 : i % 90));
  values[17] = 'y'.repeat(1_023);
  values[18] = 'y'.repeat(1_024);
  values[4_096] = 'z'.repeat(200_000);
  const out = cellsOf(maskReversible(columnOf(values), KEY));
  for (const i of [0, 16, 17, 18, 19, 4_095, 4_096, 4_097, 8_999]) {
    assert.equal(openSlowly(out[i] ?? ''), values[i]);
    assert.equal(unmaskReversible(out[i] ?? '', KEY), values[i]);
  }
});

test('maskReversible gives every cell an IV of its own', () => {
  const out = cellsOf(maskReversible(columnOf(Array.from({ length: 500 }, () => 'same')), KEY));
  assert.equal(new Set(out.map((cell) => cell?.slice(0, 26))).size, 500);
});

test('unmaskReversible refuses an altered value at every character', () => {
  const [cell = ''] = cellsOf(maskReversible(columnOf(['sixteen letters!']), KEY)) as string[];
  for (let at = 0; at < cell.length; at++) {
    const other = cell[at] === 'A' ? 'B' : 'A';
    const altered = cell.slice(0, at) + other + cell.slice(at + 1);
    assert.throws(
      () => unmaskReversible(altered, KEY),
      (thrown) => thrown instanceof Problem,
    );
  }
  for (const other of [
    cell.slice(0, -1),
    `${cell}A`,
    cell.slice(0, 30),
    `${cell}=`,
    '',
    'r1.12.',
  ]) {
    assert.throws(
      () => unmaskReversible(other, KEY),
      (thrown) => thrown instanceof Problem,
    );
  }
});

test('unmaskReversible refuses another key', () => {
  const [cell = ''] = cellsOf(maskReversible(columnOf(['ada']), KEY)) as string[];
  const code = (expected: string) => (thrown: unknown) =>
    thrown instanceof Problem && thrown.code === expected;
  assert.throws(
    () => unmaskReversible(cell, maskKeyFrom(new Uint8Array(32).fill(6), 12)),
    code('corrupt'),
  );
  assert.throws(() => unmaskReversible(cell, maskKeyFrom(SECRET, 13)), code('invalid'));
});
