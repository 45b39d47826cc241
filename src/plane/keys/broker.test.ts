import assert from 'node:assert/strict';
import { mkdtemp, rm, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '#base/problem';
import { openFileProvider } from '#platform/kms';
import type { KeyProvider } from '#platform/kms';
import { createBroker } from './broker.ts';
import type { BrokerSettings } from './broker.ts';
import type { KeyLeaf } from './record.ts';

const NAME = { scope: 'rolling/a', version: 1 };
const DATA_KEY = new Uint8Array(32).fill(9);
const isProblem = (code: string) => (thrown: unknown) =>
  thrown instanceof Problem && thrown.code === code;

/** A broker over a real key file, which tells in which order things happened. */
async function setUp(t: TestContext, more: Partial<BrokerSettings> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'privet-broker-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, 'master.key');
  const { provider } = await openFileProvider({ path, create: true });
  const steps: string[] = [];
  const leaves: KeyLeaf[] = [];
  const told: KeyProvider = {
    ...provider,
    unwrap: (wrapped, context) => {
      steps.push('unwrap');
      return provider.unwrap(wrapped, context);
    },
  };
  const broker = createBroker({
    provider: told,
    plane: 'pln_example',
    record: async (leaf) => {
      steps.push(leaf.kind);
      return { index: leaves.push(leaf) - 1 };
    },
    ...more,
    ...(more.covered === undefined
      ? {}
      : {
          covered: async (index) => {
            steps.push(`cover ${index}`);
            await more.covered?.(index);
            steps.push('covered');
          },
        }),
  });
  const wrapped = await broker.wrap(DATA_KEY, NAME);
  return {
    broker,
    row: { ...NAME, wrapped, provider: provider.name },
    steps,
    leaves,
    path,
    provider,
  };
}

test('unwrap asks the key service only after the log covers the leaf of this request', async (t) => {
  const { broker, row, steps, leaves } = await setUp(t, { covered: () => sleep(20) });
  assert.deepEqual(await broker.unwrap(row), DATA_KEY);
  assert.deepEqual(steps, ['key-unwrapped', 'cover 0', 'covered', 'unwrap']);
  assert.deepEqual(leaves, [{ kind: 'key-unwrapped', actor: { kind: 'plane' }, ...NAME }]);
});

test('unwrap asks nobody when the log does not come to cover the leaf, and says so in a leaf', async (t) => {
  const covered = () => Promise.reject(new Problem('unavailable', 'no quorum of witnesses'));
  const { broker, row, steps, leaves } = await setUp(t, { covered });
  await assert.rejects(broker.unwrap(row), isProblem('unavailable'));
  assert.deepEqual(steps, ['key-unwrapped', 'cover 0', 'key-refused']);
  assert.deepEqual(leaves[1], {
    kind: 'key-refused',
    actor: { kind: 'plane' },
    ...NAME,
    request: 0,
    code: 'unavailable',
  });
});

test('unwrap does not give a key under the name of another', async (t) => {
  const { broker, row, steps } = await setUp(t, { covered: () => Promise.resolve() });
  await assert.rejects(broker.unwrap({ ...row, version: 2 }), isProblem('corrupt'));
  await assert.rejects(broker.unwrap({ ...row, scope: 'rolling/b' }), isProblem('corrupt'));
  assert.equal(steps.at(-1), 'key-refused');
  assert.deepEqual(await broker.unwrap(row), DATA_KEY);
});

test('unwrap leaves a service that fails alone for a moment, and writes no leaf meanwhile', async (t) => {
  const { broker, row, steps, path } = await setUp(t);
  assert.equal(broker.fault(), null);
  await rename(path, `${path}.away`);
  for (let i = 0; i < 50; i += 1)
    await assert.rejects(broker.unwrap(row), isProblem('unavailable'));
  assert.deepEqual(steps, ['key-unwrapped', 'unwrap', 'key-refused']);
  assert.equal(broker.fault()?.code, 'unavailable');
  await rename(`${path}.away`, path);
  await sleep(510);
  assert.deepEqual(await broker.unwrap(row), DATA_KEY);
  assert.equal(broker.fault(), null);
});

test('unwrap finds the service that wrapped, and asks no other', async (t) => {
  const older = await setUp(t);
  const newer = await setUp(t, { formerProviders: [older.provider] });
  assert.deepEqual(await newer.broker.unwrap(older.row), DATA_KEY);
  assert.deepEqual(await newer.broker.unwrap({ ...newer.row, provider: 'file' }), DATA_KEY);
  await assert.rejects(older.broker.unwrap(newer.row), isProblem('unavailable'));
  assert.deepEqual(older.steps, []);
});
