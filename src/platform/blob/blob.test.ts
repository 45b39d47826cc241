import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { concat, textOf, utf8 } from '#base/bytes';
import { openLocalBlobs } from './mod.ts';
import type { BlobStore } from './mod.ts';

const folder = mkdtempSync(join(tmpdir(), 'privet-blob-'));
after(() => rmSync(folder, { recursive: true }));

let count = 0;
async function fresh(): Promise<{ store: BlobStore; root: string }> {
  const root = join(folder, `store${++count}`);
  return { store: await openLocalBlobs(root), root };
}

async function keys(store: BlobStore, prefix: string, behind?: string): Promise<string[]> {
  const found = [];
  for await (const { key } of store.list(prefix, behind)) found.push(key);
  return found;
}

async function read(store: BlobStore, key: string, range?: { from: number; sizeBytes?: number }) {
  const pieces = [];
  for await (const piece of store.read(key, range)) pieces.push(piece);
  return textOf(concat(...pieces));
}

describe('local blobs', () => {
  test('put is there for get and read, and replaces what was there', async () => {
    const { store, root } = await fresh();
    assert.equal(await store.get('a/b'), null);
    await store.put('a/b', utf8('first'));
    await store.put('a/b', utf8('second'));
    assert.equal(textOf((await store.get('a/b')) ?? new Uint8Array()), 'second');
    assert.equal(await read(store, 'a/b'), 'second');
    assert.equal(await read(store, 'a/b', { from: 2 }), 'cond');
    assert.equal(await read(store, 'a/b', { from: 1, sizeBytes: 3 }), 'eco');
    assert.equal(await read(store, 'a/b', { from: 1, sizeBytes: 0 }), '');
    assert.equal(statSync(join(root, 'a/b')).mode & 0o777, 0o600);
    const again = await openLocalBlobs(root);
    assert.equal(await read(again, 'a/b'), 'second');
  });

  test('put takes pieces of any number', async () => {
    const { store } = await fresh();
    async function* pieces() {
      for (let i = 0; i < 5; i++) yield utf8(`${i},`);
    }
    await store.put('p', pieces());
    assert.equal(await read(store, 'p'), '0,1,2,3,4,');
  });

  test('put with ifAbsent lets exactly one of many in', async () => {
    const { store, root } = await fresh();
    const tries = Array.from({ length: 20 }, (_, i) =>
      store.put('one', utf8(String(i)), { ifAbsent: true }).then(
        () => i,
        (error: { code: string }) => error.code,
      ),
    );
    const results = await Promise.all(tries);
    const winners = results.filter((result) => typeof result === 'number');
    assert.equal(winners.length, 1);
    assert.equal(results.filter((result) => result === 'conflict').length, 19);
    assert.equal(await read(store, 'one'), String(winners[0]));
    assert.deepEqual(readdirSync(join(root, '.staging')), []);
  });

  test('put that fails half-way leaves the old blob and no litter', async () => {
    const { store, root } = await fresh();
    await store.put('k', utf8('old'));
    async function* broken() {
      yield utf8('new');
      throw new Error('source broke');
    }
    await assert.rejects(store.put('k', broken()), { code: 'unavailable' });
    assert.equal(await read(store, 'k'), 'old');
    assert.deepEqual(readdirSync(join(root, '.staging')), []);
  });

  test('list gives keys in byte order, by prefix and from a place on', async () => {
    const { store } = await fresh();
    const all = ['a', 'a-b', 'b/c', 'b/c.p/1', 'b/d', 'b0', 'tile/0/x001/067', 'tile/1/000'];
    for (const key of all.toReversed()) await store.put(key, utf8(key));
    assert.deepEqual(await keys(store, ''), [...all].sort());
    assert.deepEqual(await keys(store, 'b/'), ['b/c', 'b/c.p/1', 'b/d']);
    assert.deepEqual(await keys(store, 'b/c'), ['b/c', 'b/c.p/1']);
    assert.deepEqual(await keys(store, 'tile/', 'tile/0/x001/067'), ['tile/1/000']);
    for (const after of all) {
      assert.deepEqual(
        await keys(store, '', after),
        [...all].sort().filter((key) => key > after),
      );
    }
    assert.deepEqual(await keys(store, 'nothing'), []);
  });

  test('delete removes it, and nothing happens when there is none', async () => {
    const { store } = await fresh();
    await store.put('k', utf8('x'));
    await store.delete('k');
    await store.delete('k');
    assert.equal(await store.get('k'), null);
    await assert.rejects(read(store, 'k'), { code: 'not-found' });
    await store.put('k', utf8('y'));
    assert.equal(await read(store, 'k'), 'y');
  });

  test('put works on when somebody removed the folder', async () => {
    const { store, root } = await fresh();
    await store.put('a/b', utf8('x'));
    rmSync(join(root, 'a'), { recursive: true });
    await assert.rejects(store.put('a/b', utf8('x')), { code: 'unavailable' });
    await store.put('a/b', utf8('x'));
    assert.equal(await read(store, 'a/b'), 'x');
  });

  test('keys that are not plain names are refused', async () => {
    const { store } = await fresh();
    const bad = ['', '/', 'a/', '/a', '..', 'a/../b', '.staging/x', 'a//b', 'a b', 'a\0', 'ü'];
    for (const key of [...bad, 'x'.repeat(129), Array(200).fill('abc').join('/')]) {
      await assert.rejects(store.put(key, utf8('x')), { code: 'invalid' }, key);
      await assert.rejects(store.get(key), { code: 'invalid' }, key);
    }
  });

  test('openLocalBlobs sweeps what a crash left, once it is old', async () => {
    const { root } = await fresh();
    const [old, young] = ['old', 'young'].map((name) => join(root, '.staging', name));
    writeFileSync(old ?? '', 'x');
    writeFileSync(young ?? '', 'x');
    utimesSync(old ?? '', 1, 1);
    await openLocalBlobs(root);
    assert.equal(existsSync(old ?? ''), false);
    assert.equal(existsSync(young ?? ''), true);
  });

  test('a directory that cannot be made is unavailable', async () => {
    const { root } = await fresh();
    writeFileSync(join(root, 'file'), 'x');
    await assert.rejects(openLocalBlobs(join(root, 'file', 'below')), { code: 'unavailable' });
  });
});
