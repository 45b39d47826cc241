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
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Agent } from 'undici';
import { concat, textOf, utf8 } from '#base/bytes';
import { openLocalBlobs, openS3Blobs, readS3Address } from './mod.ts';
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

describe('a bucket', () => {
  test('its endpoint is asked unencrypted on this machine only', () => {
    const at = (endpoint: string) => readS3Address(`s3://bucket/x?region=eu&endpoint=${endpoint}`);
    for (const endpoint of [
      'https://s3.example',
      'http://127.0.0.1:9000',
      'http://[::1]:9000',
      'http://localhost',
    ]) {
      assert.equal(at(endpoint).endpoint, endpoint);
    }
    for (const endpoint of [
      'http://s3.example',
      'http://10.0.0.1',
      'http://localhost.example',
      'http://127.0.0.1.example',
      'http://[::2]',
      'ftp://127.0.0.1',
    ]) {
      assert.throws(() => at(endpoint), { code: 'invalid' }, endpoint);
    }
  });

  test('a blob is not read on when it is longer than memory is for, whatever was said of its length', async (t) => {
    let sent = 0;
    const piece = Buffer.alloc(1024 * 1024);
    const server = createServer((_, reply) => {
      const more = () => {
        while (!reply.destroyed && sent < 512) {
          sent += 1;
          if (!reply.write(piece)) return;
        }
        reply.end();
      };
      reply.on('drain', more);
      more();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const dispatcher = new Agent();
    const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
    for (const name of names) process.env[name] = 'test';
    t.after(async () => {
      for (const name of names) Reflect.deleteProperty(process.env, name);
      await dispatcher.destroy();
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const address = `s3://bucket/x?region=eu-west-1&endpoint=http://127.0.0.1:${port}`;
    const blobs = await openS3Blobs({ address, dispatcher });
    await assert.rejects(blobs.get('long'), { code: 'limit' });
    assert.ok(sent < 256, `${sent} MiB were sent`);
  });
});
