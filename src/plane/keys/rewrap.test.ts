import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { openFileProvider } from '#platform/kms';
import type { KeyProvider } from '#platform/kms';
import { openRewrapping } from './mod.ts';
import { startTestKeys } from './testkeys.ts';
import type { KeySetup, TestKeys } from './testkeys.ts';

let keys: TestKeys;
before(async () => {
  keys = await startTestKeys();
});
after(() => keys.stop());

const OPERATOR = { kind: 'subject', id: 'sub_01k00000000000000000000000' } as const;
const CONTEXT = { record: 'rec_1' };
const isProblem = (code: string) => (thrown: unknown) =>
  thrown instanceof Problem && thrown.code === code;

let files = 0;
async function anotherService(): Promise<{ provider: KeyProvider; path: string }> {
  const path = join(keys.directory, `next-${files++}.key`);
  return { provider: (await openFileProvider({ path, create: true })).provider, path };
}

/** Keys of two versions in five scopes, and a text sealed under each of the older. */
async function filled(setup: KeySetup) {
  const keyring = setup.another();
  const sealed: Uint8Array[] = [];
  for (const scope of [1, 2, 3, 4, 5].map((i) => `rolling/a/${i}`)) {
    sealed.push(await keyring.seal(scope, utf8(scope), CONTEXT));
    await keyring.roll(scope, OPERATOR);
  }
  return sealed;
}

test('rewrap moves every key to the next service, so that the former one is not needed', async () => {
  const setup = await keys.setUp();
  const sealed = await filled(setup);
  const next = await anotherService();
  const moving = setup.another({ provider: next.provider, formerProviders: [setup.provider] });
  assert.deepEqual(await moving.wrapped(), { keys: 10, waiting: 10, service: next.provider.name });
  const reports: string[] = [];
  const report = async (done: number, total: number) => void reports.push(`${done}/${total}`);
  assert.equal(await moving.rewrap({ actor: OPERATOR, report }), 10);
  assert.equal(reports.at(-1), '10/10');
  assert.deepEqual(await moving.wrapped(), { keys: 10, waiting: 0, service: next.provider.name });
  assert.equal(await moving.rewrap({ actor: OPERATOR }), 0);

  await rename(setup.keyFile, `${setup.keyFile}.gone`);
  const after = setup.another({ provider: next.provider });
  for (const [i, one] of sealed.entries())
    assert.deepEqual(await after.open(one, CONTEXT), utf8(`rolling/a/${i + 1}`));
  const leaves = setup.leaves.filter(({ kind }) => kind === 'key-rewrapped');
  assert.deepEqual(leaves[0], {
    kind: 'key-rewrapped',
    actor: OPERATOR,
    scope: 'rolling/a/1',
    version: 1,
    from: setup.provider.name,
    to: next.provider.name,
  });
  assert.equal(leaves.length, 10);
});

test('rewrap that ends in the middle goes on where it was', async () => {
  const setup = await keys.setUp();
  await filled(setup);
  const next = await anotherService();
  let wraps = 0;
  const failing: KeyProvider = {
    ...next.provider,
    wrap: (key, context) =>
      ++wraps > 4
        ? Promise.reject(new Problem('unavailable', 'the next service went away'))
        : next.provider.wrap(key, context),
  };
  const formerProviders = [setup.provider];
  const first = setup.another({ provider: failing, formerProviders });
  await assert.rejects(first.rewrap({ actor: OPERATOR }), isProblem('unavailable'));
  const second = setup.another({ provider: next.provider, formerProviders });
  // those of the first run that were still under way may end after it
  await sleep(100);
  const { waiting } = await second.wrapped();
  assert.ok(waiting > 0 && waiting < 10, `${waiting} wait`);
  assert.equal(await second.rewrap({ actor: OPERATOR }), waiting);
  assert.equal(setup.leaves.filter(({ kind }) => kind === 'key-rewrapped').length, 10);
});

test('rewrap says which keys do not open, moves the others, and brings none back that was destroyed', async () => {
  const setup = await keys.setUp();
  await filled(setup);
  await setup.database.pool.query(
    "update keys.data_key set wrapped = set_byte(wrapped, 50, 255 - get_byte(wrapped, 50)) where scope = 'rolling/a/2'",
  );
  const next = await anotherService();
  const moving = setup.another({
    provider: {
      ...next.provider,
      async wrap(key, context) {
        if (context['scope'] === 'rolling/a/3')
          await setup.another().destroy('rolling/a/3', OPERATOR);
        return next.provider.wrap(key, context);
      },
    },
    formerProviders: [setup.provider],
  });
  await assert.rejects(moving.rewrap({ actor: OPERATOR }), isProblem('corrupt'));
  assert.deepEqual(await moving.wrapped(), { keys: 8, waiting: 2, service: next.provider.name });
  await assert.rejects(moving.use('rolling/a/3'), isProblem('gone'));
  const refused = setup.leaves.filter(({ kind }) => kind === 'key-refused');
  assert.deepEqual(refused.map(({ scope, version }) => `${scope} ${version}`).toSorted(), [
    'rolling/a/2 1',
    'rolling/a/2 2',
  ]);
});

test('rewrapping is a job: begun once however often it is asked for, with its state for all to see', async () => {
  const setup = await keys.setUp();
  await filled(setup);
  const next = await anotherService();
  const keyring = setup.another({ provider: next.provider, formerProviders: [setup.provider] });
  const { pool } = setup.database;
  const faults: Problem[] = [];
  const onFault = (problem: Problem) => void faults.push(problem);
  const rewrapping = await openRewrapping({ pool, keyring, clock: Date.now, onFault });
  assert.equal((await rewrapping.state()).job, null);
  await Promise.all([rewrapping.begin(OPERATOR), rewrapping.begin(OPERATOR)]);
  const endMs = performance.now() + 10_000;
  let state = await rewrapping.state();
  while (state.job?.state !== 'done' && performance.now() < endMs) {
    await sleep(50);
    state = await rewrapping.state();
  }
  assert.deepEqual([state.waiting, state.job?.state], [0, 'done']);
  assert.ok((state.job?.done ?? 0) <= 10 && faults.length === 0);
  assert.equal(setup.leaves.filter(({ kind }) => kind === 'key-rewrapped').length, 10);
  await rewrapping.close();
});
