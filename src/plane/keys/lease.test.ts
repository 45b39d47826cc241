import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '#base/problem';
import { createLease } from './lease.ts';

const secret = () => new Uint8Array(32).fill(5);
const KEY = { scope: 'rolling/a', version: 1 };

test('a lease outlives a key service that was away for a moment', async () => {
  let asked = 0;
  const faults: unknown[] = [];
  const lease = createLease({ ...KEY, secret: secret() }, performance.now(), {
    lengthMs: 900,
    renew: () => {
      asked += 1;
      return asked === 1
        ? Promise.reject(new Problem('unavailable', 'away'))
        : Promise.resolve(secret());
    },
    onEnd: () => undefined,
    onFault: (problem) => void faults.push(problem),
  });
  lease.touch();
  await sleep(1_000);
  assert.equal(faults.length, 1);
  assert.deepEqual(lease.secret(), secret());
  lease.end();
});

test('a lease ends at once when its key was destroyed, or is another', async () => {
  for (const renew of [
    () => Promise.reject(new Problem('gone', 'destroyed')),
    () => Promise.resolve(new Uint8Array(32)),
  ]) {
    const held = secret();
    const lease = createLease({ ...KEY, secret: held }, performance.now(), {
      lengthMs: 300,
      renew,
      onEnd: () => undefined,
      onFault: () => undefined,
    });
    lease.touch();
    await sleep(240);
    assert.throws(() => lease.secret(), { code: 'expired' });
    assert.deepEqual(held, new Uint8Array(32));
  }
});
