import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concat } from '#base/bytes';
import { Problem } from '#base/problem';
import { decodeFrontend, encodeFrontend, type FrontendMessage } from './frontend.ts';
import { createFramer } from './framer.ts';
import { int16, int32 } from './writer.ts';

const name = fc
  .string({ maxLength: 20 })
  .filter((text) => !text.includes('\0') && text.isWellFormed());
const target = fc.constantFrom('statement' as const, 'portal' as const);
const parameters = fc
  .array(fc.option(fc.uint8Array({ maxLength: 20 })), { maxLength: 5 })
  .map((values) =>
    concat(
      int16(0),
      int16(values.length),
      ...values.flatMap((v) => (v === null ? [int32(-1)] : [int32(v.length), v])),
    ),
  );

const anyMessage: fc.Arbitrary<FrontendMessage> = fc.oneof(
  fc.record({ kind: fc.constant('query' as const), text: name }),
  fc.record({
    kind: fc.constant('parse' as const),
    name,
    text: name,
    parameterTypes: fc.array(fc.nat(), { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('bind' as const),
    portal: name,
    statement: name,
    parameters,
    resultFormats: fc.array(fc.constantFrom(0, 1), { maxLength: 4 }),
  }),
  fc.record({ kind: fc.constantFrom('describe' as const, 'close' as const), target, name }),
  fc.record({ kind: fc.constant('execute' as const), portal: name, rowsMax: fc.nat() }),
  fc.record({ kind: fc.constantFrom('sync' as const, 'flush' as const, 'terminate' as const) }),
);

function frameOf(bytes: Uint8Array) {
  const framer = createFramer();
  framer.push(bytes);
  const frame = framer.next({ kind: 'message', bytesMax: 1_000_000 });
  assert.ok(frame);
  return frame;
}

test('decodeFrontend reads what encodeFrontend wrote', () => {
  fc.assert(
    fc.property(anyMessage, (sent) => {
      if (sent.kind === 'function-call') return;
      const got = decodeFrontend(frameOf(encodeFrontend(sent)));
      assert.deepEqual(JSON.stringify(got), JSON.stringify(sent));
    }),
  );
});

test('decodeFrontend refuses every truncation and extension of a bind', () => {
  const whole = encodeFrontend({
    kind: 'bind',
    portal: 'p',
    statement: 's',
    parameters: concat(int16(1), int16(1), int16(1), int32(2), new Uint8Array([1, 2])),
    resultFormats: [1],
  });
  const body = whole.subarray(5);
  for (let size = 0; size < body.length; size++) {
    assert.throws(
      () => decodeFrontend({ tag: 0x42, bytes: body, body: body.subarray(0, size) }),
      Problem,
    );
  }
  const longer = concat(body, new Uint8Array(1));
  assert.throws(() => decodeFrontend({ tag: 0x42, bytes: longer, body: longer }), Problem);
});

test('decodeFrontend throws only problems for random bodies', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 80 }), (tag, body) => {
      try {
        decodeFrontend({ tag, bytes: body, body });
      } catch (thrown) {
        assert.ok(thrown instanceof Problem);
      }
    }),
    { numRuns: 3_000 },
  );
});
