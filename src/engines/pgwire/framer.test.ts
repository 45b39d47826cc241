import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concat } from '#base/bytes';
import { createFramer, type Framing } from './framer.ts';
import { createRunFramer, messageAt } from './run.ts';
import { message } from './writer.ts';

const typed: Framing = { kind: 'message', bytesMax: 1_000_000 };
const messages = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 255 }), fc.uint8Array({ maxLength: 300 })),
  { maxLength: 30 },
);

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const edges = [0, ...at.map((n) => n % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i] ?? 0, end));
}

test('framer gives the same messages for any chunking', () => {
  fc.assert(
    fc.property(messages, fc.array(fc.nat(), { maxLength: 40 }), (list, cuts) => {
      const sent = list.map(([tag, body]) => message(tag, body));
      const framer = createFramer();
      const got: Uint8Array[] = [];
      for (const chunk of cut(concat(...sent), cuts)) {
        framer.push(chunk);
        for (let frame = framer.next(typed); frame !== null; frame = framer.next(typed)) {
          got.push(frame.bytes);
        }
      }
      assert.deepEqual(
        got.map((b) => [...b]),
        sent.map((b) => [...b]),
      );
      assert.equal(framer.held(), 0);
    }),
  );
});

test('run framer gives the same messages for any chunking', () => {
  fc.assert(
    fc.property(messages, fc.array(fc.nat(), { maxLength: 40 }), (list, cuts) => {
      const sent = list.map(([tag, body]) => message(tag, body));
      const framer = createRunFramer();
      const got: Uint8Array[] = [];
      for (const chunk of cut(concat(...sent), cuts)) {
        for (const run of framer.push(chunk)) {
          for (let i = 0; i + 1 < run.starts.length; i++) got.push(messageAt(run, i));
        }
      }
      assert.deepEqual(
        got.map((b) => [...b]),
        sent.map((b) => [...b]),
      );
    }),
  );
});

test('framer refuses a length with its sign bit set instead of looping on it', () => {
  for (const first of [0x80, 0xff]) {
    const framer = createFramer();
    framer.push(new Uint8Array([0x51, first, 0xff, 0xff, 0xff, 0]));
    assert.throws(() => framer.next(typed), { code: 'invalid' });
    const runs = createRunFramer();
    assert.throws(() => runs.push(new Uint8Array([0x51, first, 0xff, 0xff, 0xff, 0])), {
      code: 'invalid',
    });
  }
});

test('framer refuses a message above its cap from the header alone', () => {
  const framer = createFramer();
  framer.push(new Uint8Array([0x70, 0, 0, 0x30, 0]));
  assert.throws(() => framer.next({ kind: 'message', bytesMax: 10_000 }), { code: 'limit' });
  const startup = createFramer();
  startup.push(new Uint8Array([0, 1, 0, 0]));
  assert.throws(() => startup.next({ kind: 'packet', bytesMax: 10_000 }), { code: 'limit' });
});
