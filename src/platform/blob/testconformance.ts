import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concat, textOf, utf8 } from '#base/bytes';
import type { BlobStore } from './mod.ts';

export type BlobCandidate = {
  readonly label: string;
  /** A store with nothing in it. */
  readonly open: () => Promise<BlobStore>;
  /** Why it cannot be tested here. */
  readonly skip?: string;
};

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

/** What every store of blobs does. */
const LAWS: readonly (readonly [law: string, holds: (store: BlobStore) => Promise<void>])[] = [
  [
    'put is there for get and read, and replaces what was there',
    async (store) => {
      assert.equal(await store.get('a/b'), null);
      await store.put('a/b', utf8('first'));
      await store.put('a/b', utf8('second'));
      assert.equal(textOf((await store.get('a/b')) ?? new Uint8Array()), 'second');
      assert.equal(await read(store, 'a/b'), 'second');
      assert.equal(await read(store, 'a/b', { from: 2 }), 'cond');
      assert.equal(await read(store, 'a/b', { from: 1, sizeBytes: 3 }), 'eco');
      assert.equal(await read(store, 'a/b', { from: 1, sizeBytes: 0 }), '');
      assert.equal(await read(store, 'a/b', { from: 6 }), '');
      await store.put('empty', new Uint8Array());
      assert.equal(await read(store, 'empty'), '');
    },
  ],
  [
    'put takes pieces of any number',
    async (store) => {
      async function* pieces() {
        for (let i = 0; i < 5; i++) yield utf8(`${i},`);
      }
      await store.put('p', pieces());
      assert.equal(await read(store, 'p'), '0,1,2,3,4,');
    },
  ],
  [
    'put with ifAbsent lets exactly one of many in',
    async (store) => {
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
    },
  ],
  [
    'put that fails half-way leaves the old blob',
    async (store) => {
      await store.put('k', utf8('old'));
      async function* broken() {
        yield utf8('new');
        throw new Error('source broke');
      }
      await assert.rejects(store.put('k', broken()), { code: 'unavailable' });
      assert.equal(await read(store, 'k'), 'old');
    },
  ],
  [
    'list gives keys in byte order, by prefix and from a place on',
    async (store) => {
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
    },
  ],
  [
    'delete removes it, and nothing happens when there is none',
    async (store) => {
      await store.put('k', utf8('x'));
      await store.delete('k');
      await store.delete('k');
      assert.equal(await store.get('k'), null);
      await assert.rejects(read(store, 'k'), { code: 'not-found' });
      await store.put('k', utf8('y'));
      assert.equal(await read(store, 'k'), 'y');
    },
  ],
  [
    'keys that are not plain names are refused',
    async (store) => {
      const bad = ['', '/', 'a/', '/a', '..', 'a/../b', '.staging/x', 'a//b', 'a b', 'a\0', 'ü'];
      for (const key of [...bad, 'x'.repeat(129), Array(200).fill('abc').join('/')]) {
        await assert.rejects(store.put(key, utf8('x')), { code: 'invalid' }, key);
        await assert.rejects(store.get(key), { code: 'invalid' }, key);
      }
    },
  ],
  [
    'a long blob goes and comes whole',
    async (store) => {
      const piece = new Uint8Array(5 * 1024 * 1024 + 7).fill(7);
      async function* long() {
        for (let i = 0; i < 5; i++) yield piece;
      }
      await store.put('long', long());
      let sizeBytes = 0;
      for await (const found of store.read('long')) {
        assert.ok(found.every((byte) => byte === 7));
        sizeBytes += found.length;
      }
      assert.equal(sizeBytes, 5 * piece.length);
      await assert.rejects(store.put('long', long(), { ifAbsent: true }), { code: 'conflict' });
    },
  ],
];

/** Tests them the same for each store. */
export function testBlobs({ label, open, skip = '' }: BlobCandidate): void {
  void describe(`blobs of ${label}`, () => {
    for (const [law, holds] of LAWS) {
      void test(law, { skip: skip === '' ? false : skip }, async () => holds(await open()));
    }
  });
}
