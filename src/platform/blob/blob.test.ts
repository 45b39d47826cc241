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
import { testBlobs } from './testconformance.ts';

const folder = mkdtempSync(join(tmpdir(), 'privet-blob-'));
after(() => rmSync(folder, { recursive: true }));

let count = 0;
async function fresh(): Promise<{ store: BlobStore; root: string }> {
  const root = join(folder, `store${++count}`);
  return { store: await openLocalBlobs(root), root };
}

async function read(store: BlobStore, key: string, range?: { from: number; sizeBytes?: number }) {
  const pieces = [];
  for await (const piece of store.read(key, range)) pieces.push(piece);
  return textOf(concat(...pieces));
}

testBlobs({ label: 'a directory', open: async () => (await fresh()).store });

describe('local blobs', () => {
  test('what is put is readable by the plane alone, and there after opening again', async () => {
    const { store, root } = await fresh();
    await store.put('a/b', utf8('kept'));
    assert.equal(statSync(join(root, 'a/b')).mode & 0o777, 0o600);
    const again = await openLocalBlobs(root);
    assert.equal(textOf((await again.get('a/b')) ?? new Uint8Array()), 'kept');
  });

  test('put that fails leaves no litter', async () => {
    const { store, root } = await fresh();
    await store.put('k', utf8('old'));
    await assert.rejects(store.put('k', utf8('new'), { ifAbsent: true }), { code: 'conflict' });
    assert.deepEqual(readdirSync(join(root, '.staging')), []);
  });

  test('put works on when somebody removed the folder', async () => {
    const { store, root } = await fresh();
    await store.put('a/b', utf8('x'));
    rmSync(join(root, 'a'), { recursive: true });
    await assert.rejects(store.put('a/b', utf8('x')), { code: 'unavailable' });
    await store.put('a/b', utf8('x'));
    assert.equal(await read(store, 'a/b'), 'x');
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
