import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { cellsOf, columnOf, maskColumn, unmaskText } from '#engines/crypto';
import { openLedger } from '#plane/ledger';
import { maskScope } from './mod.ts';
import type { KeyringSettings } from './mod.ts';
import { matchesScope } from './scope.ts';
import { startTestKeys } from './testkeys.ts';
import type { TestKeys } from './testkeys.ts';

let keys: TestKeys;
before(async () => {
  keys = await startTestKeys();
});
after(() => keys.stop());
const setUp = () => keys.setUp();

const PLANE = { kind: 'plane' } as const;
const isProblem = (code: string) => (thrown: unknown) =>
  thrown instanceof Problem && thrown.code === code;

test('use gives one key to all who use a scope first at the same time', async () => {
  const { another, database, leaves } = await setUp();
  const keyrings = Array.from({ length: 6 }, () => another());
  const used = await Promise.all(
    keyrings.flatMap((keyring) => [keyring.use('rolling/a'), keyring.use('rolling/a')]),
  );
  const masked = used.map(
    ({ maskKey }) => cellsOf(maskColumn(columnOf(['ada']), { kind: 'hash' }, maskKey))[0],
  );
  assert.equal(new Set(masked).size, 1);
  const { rows } = await database.pool.query('select scope, version, state from keys.data_key');
  assert.deepEqual(rows, [{ scope: 'rolling/a', version: 1, state: 'newest' }]);
  assert.equal(leaves.filter(({ kind }) => kind === 'key-created').length, 1);
  assert.equal(leaves.filter(({ kind }) => kind === 'key-unwrapped').length, keyrings.length);
});

test('use keeps no key in the database that opens without the provider', async () => {
  const { another, database, provider } = await setUp();
  await another().use('rolling/a');
  const { rows } = await database.pool.query<{ wrapped: Buffer }>(
    'select wrapped from keys.data_key',
  );
  const wrapped = rows[0]?.wrapped ?? Buffer.alloc(0);
  const context = { plane: 'pln_example', scope: 'rolling/a', version: '1' };
  assert.equal((await provider.unwrap(wrapped, context)).length, 32);
  await assert.rejects(
    provider.unwrap(wrapped, { ...context, scope: 'rolling/b' }),
    isProblem('corrupt'),
  );
});

test('roll makes a newer key that masks, while older ones still unmask', async () => {
  const { another } = await setUp();
  const keyring = another();
  const scope = maskScope('reversible', 'source/src_example');
  const masked: string[] = [];
  for (const version of [1, 2, 3]) {
    const key = await keyring.use(scope);
    assert.equal(key.version, version);
    masked.push(
      cellsOf(maskColumn(columnOf([`ada ${version}`]), { kind: 'reversible' }, key.maskKey))[0] ??
        '',
    );
    assert.deepEqual(await keyring.roll(scope, PLANE), [{ scope, version: version + 1 }]);
  }
  const other = another();
  const versions = await Promise.all([1, 2, 3].map((version) => other.version(scope, version)));
  for (const [i, text] of masked.entries()) {
    const found = unmaskText(text, { kind: 'reversible' }, (version) => {
      const key = versions.find((known) => known.version === version);
      assert.ok(key !== undefined);
      return key.maskKey;
    });
    assert.equal(found, `ada ${i + 1}`);
  }
  await assert.rejects(other.version(scope, 9), isProblem('not-found'));
});

test('roll by two at once makes one newer key', async () => {
  const { another, database, leaves } = await setUp();
  const keyrings = [another(), another(), another()];
  await keyrings[0]?.use('rolling/a');
  const rolled = await Promise.all(keyrings.map((keyring) => keyring.roll('rolling/a', PLANE)));
  const { rows } = await database.pool.query<{ version: number; state: string }>(
    'select version, state from keys.data_key order by version',
  );
  assert.equal(rows.filter(({ state }) => state === 'newest').length, 1);
  assert.equal(leaves.filter(({ kind }) => kind === 'key-rolled').length, rows.length - 1);
  assert.ok(rolled.flat().every(({ version }) => version >= 2 && version <= rows.length));
});

test('rollDue rolls old rolling scopes and never consistent ones', async () => {
  const { another, database } = await setUp();
  const keyring = another();
  const consistent = maskScope('format-preserving', 'source/src_example/column/ssn');
  for (const scope of ['rolling/old', 'rolling/new', consistent]) await keyring.use(scope);
  await database.pool.query(
    "update keys.data_key set created_at = created_at - interval '31 days' where scope <> 'rolling/new'",
  );
  assert.deepEqual(await keyring.rollDue(30 * 86_400), [{ scope: 'rolling/old', version: 2 }]);
  assert.deepEqual(await keyring.rollDue(30 * 86_400), []);
  assert.deepEqual(
    (await keyring.roll('*', PLANE)).map(({ scope }) => scope),
    ['rolling/new', 'rolling/old'],
  );
  assert.deepEqual(await keyring.roll('consistent/*', PLANE), [{ scope: consistent, version: 2 }]);
  await assert.rejects(keyring.roll('nothing/*', PLANE), isProblem('not-found'));
});

test('matchesScope reaches consistent scopes only by a pattern that names them', () => {
  assert.equal(matchesScope('rolling/a', '*'), true);
  assert.equal(matchesScope('consistent/a', '*'), false);
  assert.equal(matchesScope('consistent/a', 'c*'), false);
  assert.equal(matchesScope('consistent/a', 'consistent/*'), true);
  assert.equal(matchesScope('consistent/a', 'consistent/a'), true);
  assert.equal(matchesScope('consistent/ab', 'consistent/a'), false);
});

test('open gives back what seal sealed, over rolls and processes, in its context only', async () => {
  const { another } = await setUp();
  const keyring = another();
  const context = { system: 'sys_example', field: 'password' };
  const sealed = await keyring.seal('rolling/credentials', utf8('hunter2'), context);
  await keyring.roll('rolling/credentials', PLANE);
  const newer = await keyring.seal('rolling/credentials', utf8('hunter3'), context);
  const other = another();
  assert.deepEqual(await other.open(sealed, context), utf8('hunter2'));
  assert.deepEqual(await other.open(newer, context), utf8('hunter3'));
  await assert.rejects(other.open(sealed, { ...context, field: 'token' }), isProblem('corrupt'));
});

test('use stops within the cache time after the master key is taken away, also for keys already held', async () => {
  const { another, keyFile } = await setUp();
  const faults: unknown[] = [];
  const keyring = another({ cacheSeconds: 0.6, onFault: (problem) => void faults.push(problem) });
  const { maskKey } = await keyring.use('rolling/a');
  const mask = () => maskColumn(columnOf(['ada']), { kind: 'hash' }, maskKey);
  mask();
  await rename(keyFile, `${keyFile}.away`);
  const started = performance.now();
  while (performance.now() - started < 450) {
    mask();
    await sleep(20);
  }
  await sleep(200);
  assert.throws(mask, isProblem('expired'));
  await assert.rejects(keyring.use('rolling/a'), isProblem('unavailable'));
  assert.ok(faults.length > 0);
  await rename(`${keyFile}.away`, keyFile);
  await sleep(600);
  await keyring.use('rolling/a');
});

test('use renews a key that is in use, and drops one that is not', async () => {
  const { another, leaves } = await setUp();
  const keyring = another({ cacheSeconds: 0.5 });
  const busy = await keyring.use('rolling/busy');
  const idle = await keyring.use('rolling/idle');
  const mask = (key: typeof busy) => maskColumn(columnOf(['ada']), { kind: 'hash' }, key.maskKey);
  const started = performance.now();
  while (performance.now() - started < 1_400) {
    mask(busy);
    await sleep(20);
  }
  assert.throws(() => mask(idle), isProblem('expired'));
  const unwraps = (scope: string) =>
    leaves.filter((leaf) => leaf.kind === 'key-unwrapped' && leaf.scope === scope).length;
  assert.ok(
    unwraps('rolling/busy') >= 3,
    `expected renewals, got ${unwraps('rolling/busy')} unwraps`,
  );
  assert.ok(unwraps('rolling/idle') <= 2);
});

test('use unwraps nothing that cannot be recorded', async () => {
  const { another } = await setUp();
  await another().use('rolling/a');
  const refuse = () => Promise.reject(new Problem('unavailable', 'ledger is full'));
  const keyring = another({ record: refuse });
  await assert.rejects(keyring.use('rolling/a'), isProblem('unavailable'));
  await assert.rejects(keyring.use('rolling/b'), isProblem('unavailable'));
  assert.deepEqual(
    (await another().list()).map(({ scope }) => scope),
    ['rolling/a'],
  );
});

test('use writes its leaves to the real ledger, with the key in one transaction', async () => {
  const { another, database } = await setUp();
  const headFile = join(keys.directory, 'head.json');
  const ledger = await openLedger({
    pool: database.pool,
    plane: 'plane-1',
    clock: Date.now,
    headFile,
  });
  const record: KeyringSettings['record'] = (leaf, tx) =>
    tx === null ? ledger.write(leaf) : ledger.append(tx, leaf);
  const keyring = another({ record });
  await keyring.use('rolling/a');
  await keyring.roll('rolling/a', PLANE);
  const leaves = await ledger.read({ from: 0, limit: 10 });
  const kinds = leaves.map(({ leaf }) => leaf.kind);
  assert.deepEqual(kinds, ['key-created', 'key-unwrapped', 'key-rolled']);
  await ledger.close();
});

test('openKeyring refuses to hold keys longer than the limit', async () => {
  const { another } = await setUp();
  assert.throws(() => another({ cacheSeconds: 61 }), isProblem('invalid'));
});

test('maskScope keeps masks that must stay equal apart from those that may roll', () => {
  assert.equal(maskScope('hash', 'source/src_a'), 'consistent/source/src_a');
  assert.equal(
    maskScope('format-preserving', 'source/src_a/column/ssn'),
    'consistent/source/src_a/column/ssn',
  );
  assert.equal(maskScope('reversible', 'source/src_a'), 'rolling/source/src_a');
  assert.throws(() => maskScope('hash', 'a b'), isProblem('invalid'));
});
