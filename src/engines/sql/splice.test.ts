import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splice } from './splice.ts';

const spliced = (text: string, edits: Parameters<typeof splice>[1]) =>
  splice(Buffer.from(text), edits, { start: 0, end: Buffer.byteLength(text) });

test('splice counts in bytes', () => {
  assert.equal(spliced('é t ü', [{ start: 3, end: 4, text: 'x' }]), 'é x ü');
});

test('splice drops edits inside another and keeps insertions in order', () => {
  const edits = [
    { start: 2, end: 2, text: 'A' },
    { start: 0, end: 5, text: 'whole' },
    { start: 5, end: 5, text: '1' },
    { start: 5, end: 5, text: '2' },
  ];
  assert.equal(spliced('abcdef', edits), 'whole12f');
});

test('splice puts an insertion before a replacement that starts there', () => {
  const edits = [
    { start: 1, end: 2, text: 'X' },
    { start: 1, end: 1, text: '+' },
  ];
  assert.equal(spliced('abc', edits), 'a+Xc');
});

test('splice throws for edits that overlap', () => {
  const edits = [
    { start: 0, end: 3, text: 'x' },
    { start: 2, end: 4, text: 'y' },
  ];
  assert.throws(() => spliced('abcdef', edits), /expected not to overlap/u);
});

test('splice leaves out what is outside the part', () => {
  const bytes = Buffer.from('ab; cd');
  assert.equal(splice(bytes, [{ start: 4, end: 5, text: 'X' }], { start: 4, end: 6 }), 'Xd');
});
