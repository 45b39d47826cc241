import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { columnOf, maskColumn } from '#engines/crypto';
import { transaction } from '#platform/db';
import { startTestKeys } from './testkeys.ts';
import type { TestKeys } from './testkeys.ts';

let keys: TestKeys;
before(async () => {
  keys = await startTestKeys();
});
after(() => keys.stop());

const PERSON = { kind: 'subject', id: 'sub_01k00000000000000000000000' } as const;
const isProblem = (code: string) => (thrown: unknown) =>
  thrown instanceof Problem && thrown.code === code;

test('destroy takes every version away for good and says so ever after', async () => {
  const { another, database, leaves } = await keys.setUp();
  const keyring = another();
  const context = { record: 'rec_1' };
  const older = await keyring.seal('rolling/person/1', utf8('ada'), context);
  await keyring.roll('rolling/person/1', PERSON);
  const newer = await keyring.seal('rolling/person/1', utf8('lovelace'), context);
  const other = await keyring.seal('rolling/person/2', utf8('grace'), context);

  const receipt = await keyring.destroy('rolling/person/1', PERSON);
  assert.deepEqual(
    [receipt.scope, receipt.version, leaves[receipt.leaf]],
    [
      'rolling/person/1',
      2,
      { kind: 'key-destroyed', actor: PERSON, scope: 'rolling/person/1', version: 2 },
    ],
  );
  for (const sealed of [older, newer])
    await assert.rejects(keyring.open(sealed, context), isProblem('gone'));
  await assert.rejects(keyring.use('rolling/person/1'), isProblem('gone'));
  await assert.rejects(keyring.roll('rolling/person/1', PERSON), isProblem('not-found'));
  await assert.rejects(another().seal('rolling/person/1', utf8('x'), context), isProblem('gone'));
  assert.deepEqual(await keyring.open(other, context), utf8('grace'));
  const { rows } = await database.pool.query('select scope from keys.data_key');
  assert.deepEqual(rows, [{ scope: 'rolling/person/2' }]);

  assert.deepEqual(await another().destroy('rolling/person/1', PERSON), receipt);
  assert.equal(leaves.filter(({ kind }) => kind === 'key-destroyed').length, 1);
});

test('destroy keeps a scope from ever getting its first key', async () => {
  const { another } = await keys.setUp();
  assert.equal((await another().destroy('rolling/person/9', PERSON)).version, 0);
  await assert.rejects(another().use('rolling/person/9'), isProblem('gone'));
});

test('destroy against use at the same time leaves no key behind', async () => {
  const { another, database } = await keys.setUp();
  const keyrings = Array.from({ length: 4 }, () => another());
  for (let round = 0; round < 10; round += 1) {
    const scope = `rolling/person/${round}`;
    const uses = keyrings.map((keyring) => keyring.use(scope).catch((thrown: unknown) => thrown));
    await keyrings[0]?.destroy(scope, PERSON);
    for (const used of await Promise.all(uses))
      assert.ok(!(used instanceof Error) || isProblem('gone')(used), String(used));
    await assert.rejects(another().use(scope), isProblem('gone'));
  }
  const { rows } = await database.pool.query('select scope from keys.data_key');
  assert.deepEqual(rows, []);
});

test('destroy zeroes what other processes hold within the cache time, though they use it all the time', async () => {
  const { another } = await keys.setUp();
  const [here, there] = [another({ cacheSeconds: 0.5 }), another({ cacheSeconds: 0.5 })];
  const { maskKey: ours } = await here.use('rolling/person/1');
  const { maskKey: theirs } = await there.use('rolling/person/1');
  await here.destroy('rolling/person/1', PERSON);
  const destroyedMs = performance.now();
  assert.throws(() => maskColumn(columnOf(['ada']), { kind: 'hash' }, ours), isProblem('expired'));
  let lastMs = destroyedMs;
  await assert.rejects(async () => {
    for (;;) {
      maskColumn(columnOf(['ada']), { kind: 'hash' }, theirs);
      lastMs = performance.now();
      await sleep(10);
    }
  }, isProblem('expired'));
  assert.ok(lastMs - destroyedMs <= 520, `held ${Math.round(lastMs - destroyedMs)} ms`);
  await assert.rejects(there.use('rolling/person/1'), isProblem('gone'));
});

test('destroy happens only with its leaf and with the transaction of the caller', async () => {
  const { another, database } = await keys.setUp();
  const keyring = another();
  await keyring.use('rolling/person/1');
  const full = another({
    record: () => Promise.reject(new Problem('unavailable', 'ledger is full')),
  });
  await assert.rejects(full.destroy('rolling/person/1', PERSON), isProblem('unavailable'));
  await assert.rejects(
    transaction(database.pool, async (tx) => {
      await keyring.destroy('rolling/person/1', PERSON, tx);
      throw new Problem('conflict', 'changed meanwhile');
    }),
    isProblem('conflict'),
  );
  await another().use('rolling/person/1');
  await transaction(database.pool, (tx) => keyring.destroy('rolling/person/1', PERSON, tx));
  await assert.rejects(another().use('rolling/person/1'), isProblem('gone'));
});
