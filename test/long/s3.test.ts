import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Agent } from 'undici';
import { textOf, utf8 } from '#base/bytes';
import { parseTrustPolicy } from '#engines/merkle';
import { openLocalBlobs, openS3Blobs } from '#platform/blob';
import { migrate } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import { openFileProvider } from '#platform/kms';
import { egressDispatcher, openEgress } from '#plane/egress';
import { openExports, s3Sink } from '#plane/exports';
import { openLedger, openLog } from '#plane/ledger';
import { testBlobs } from '../../src/platform/blob/testconformance.ts';
import { installMoto, startMoto } from '../s3/moto.ts';
import type { Moto } from '../s3/moto.ts';

process.env['AWS_ACCESS_KEY_ID'] ??= 'AKIDEXAMPLE';
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'example';
const REGION = 'eu-west-1';
const DAY_MS = 24 * 60 * 60 * 1000;
const missing = installMoto();
const skip = missing ?? false;
const folder = mkdtempSync(join(tmpdir(), 'privet-s3-'));

let moto: Moto;
let admin: S3Client;
const dispatcher = new Agent();

before(async () => {
  if (missing !== null) return;
  moto = await startMoto();
  admin = new S3Client({ region: REGION, endpoint: moto.endpoint, forcePathStyle: true });
});
after(async () => {
  await dispatcher.close();
  rmSync(folder, { recursive: true });
  if (missing === null) await moto.stop();
});

let buckets = 0;
async function bucket(locked: boolean): Promise<{ Bucket: string; address: string }> {
  const Bucket = `privet-test-${++buckets}`;
  await admin.send(
    new CreateBucketCommand({
      Bucket,
      ObjectLockEnabledForBucket: locked,
      CreateBucketConfiguration: { LocationConstraint: REGION },
    }),
  );
  const address = `s3://${Bucket}/plane-1?region=${REGION}&endpoint=${moto.endpoint}`;
  return { Bucket, address };
}

testBlobs({
  label: 'a bucket (moto)',
  ...(missing === null ? {} : { skip: missing }),
  open: async () => openS3Blobs({ address: (await bucket(false)).address, dispatcher }),
});

describe('a bucket', () => {
  test('that is not there, or cannot be reached, is unavailable', { skip }, async () => {
    const gone = `s3://privet-none/x?region=${REGION}&endpoint=${moto.endpoint}`;
    const store = await openS3Blobs({ address: gone, dispatcher });
    await assert.rejects(store.put('a', utf8('x')), { code: 'unavailable' });
    const nowhere = `s3://privet-none/x?region=${REGION}&endpoint=http://127.0.0.1:1`;
    const silent = await openS3Blobs({ address: nowhere, dispatcher });
    await assert.rejects(silent.get('a'), { code: 'unavailable' });
  });

  test('keeps to its prefix', { skip }, async () => {
    const { address } = await bucket(false);
    const [one, two] = await Promise.all(
      [address, address.replace('plane-1', 'plane-10')].map((place) =>
        openS3Blobs({ address: place, dispatcher }),
      ),
    );
    await one?.put('a', utf8('one'));
    await two?.put('a', utf8('two'));
    assert.equal(textOf((await one?.get('a')) ?? new Uint8Array()), 'one');
    const found = [];
    for await (const { key } of one?.list('') ?? []) found.push(key);
    assert.deepEqual(found, ['a']);
  });

  test('without Object Lock is refused where it is wanted', { skip }, async () => {
    const { address } = await bucket(false);
    await assert.rejects(openS3Blobs({ address, dispatcher, retainDays: 1 }), { code: 'invalid' });
  });

  test('with Object Lock keeps what was put, whoever deletes it', { skip }, async () => {
    const { Bucket, address } = await bucket(true);
    const store = await openS3Blobs({ address, dispatcher, retainDays: 30 });
    await store.put('leaf', utf8('kept'));
    const { Versions = [] } = await admin.send(new ListObjectVersionsCommand({ Bucket }));
    const [{ Key, VersionId } = {}] = Versions;
    const asked = { Bucket, Key, VersionId };
    const head = await admin.send(new HeadObjectCommand(asked));
    assert.equal(head.ObjectLockMode, 'COMPLIANCE');
    const days = (Number(head.ObjectLockRetainUntilDate) - Date.now()) / DAY_MS;
    assert.ok(days > 29.9 && days <= 30, `${days}`);
    const bypass = { ...asked, BypassGovernanceRetention: true };
    await assert.rejects(admin.send(new DeleteObjectCommand(bypass)));
    await store.delete('leaf');
    const { Versions: still = [] } = await admin.send(new ListObjectVersionsCommand({ Bucket }));
    assert.equal(still.length, 1);
  });
});

describe('the ledger', () => {
  test(
    'lies in a bucket, and is exported to one that nobody can delete from',
    { skip },
    async () => {
      const cluster = await startTestCluster();
      const { pool } = await cluster.createDatabase();
      await migrate(pool, new URL('../../src/plane/migrations/', import.meta.url));
      const plane = 'plane-1';
      const headFile = join(folder, 'head');
      const ledger = await openLedger({ pool, plane, clock: Date.now, headFile });
      const way = { workload: 'storage', purpose: 'blobs', host: '127.0.0.1' };
      const rule = {
        ...way,
        port: Number(new URL(moto.endpoint).port),
        networks: [],
        expiresAtMs: null,
      };
      const egress = openEgress({
        pool,
        ledger,
        clock: Date.now,
        random: randomBytes,
        configured: { moto: rule },
        onFault: () => undefined,
      });
      const byEgress = egressDispatcher(egress, { ...way, responseBytesMax: 64 * 1024 * 1024 });
      const { provider: keyService } = await openFileProvider({
        path: join(folder, 'key'),
        create: true,
      });
      const log = await openLog({
        pool,
        plane,
        clock: Date.now,
        blobs: await openS3Blobs({ address: (await bucket(false)).address, dispatcher: byEgress }),
        keyService,
        origin: 'privet.example/plane-1',
        witnesses: parseTrustPolicy('quorum none\n'),
        askWitness: () => Promise.reject(new Error('nobody is there')),
      });
      const archive = await bucket(true);
      const blobs = await openS3Blobs({ ...archive, dispatcher: byEgress, retainDays: 365 });
      const exports = openExports({
        plane,
        pool,
        ledger,
        clock: Date.now,
        jitter: () => 0,
        lookMs: 50,
        exports: [
          {
            name: 'archive',
            format: 'leaf',
            details: false,
            begin: 'start',
            sink: s3Sink({
              place: 'archive',
              open: () => Promise.resolve(blobs),
              everyMs: 0,
              checkpoint: () => log.newest(),
            }),
          },
        ],
        onFault: (problem) => assert.fail(problem),
      });
      for (let version = 0; version < 300; version++) {
        const actor = { kind: 'plane' } as const;
        void ledger.write({ kind: 'plane-started', actor, version: String(version) });
      }
      await ledger.write({
        kind: 'acts-missing',
        actor: { kind: 'plane' },
        from: 1,
        through: 1,
        bundleSerial: 1,
      });
      await log.covered(300);
      assert.ok((await log.resource('tile/entries/000')) !== null);
      exports.start();
      const endMs = Date.now() + 20_000;
      while (((await exports.list())[0]?.nextIndex ?? 0) < 301 && Date.now() < endMs)
        await sleep(50);
      await exports.stop();
      const lines: string[] = [];
      const checkpoints: string[] = [];
      for await (const { key } of blobs.list('')) {
        const text = textOf((await blobs.get(key)) ?? new Uint8Array());
        if (key.startsWith('leaves/')) lines.push(...text.trimEnd().split('\n'));
        else checkpoints.push(text);
      }
      const indices = lines.map((line) => (JSON.parse(line) as { index: number }).index);
      assert.deepEqual(
        indices.slice(0, 301),
        Array.from({ length: 301 }, (_, i) => i),
      );
      assert.ok(checkpoints.some((text) => text.startsWith('privet.example/plane-1\n')));
      await log.close();
      await byEgress.close();
      await egress.close();
      await ledger.close();
      await cluster.stop();
    },
  );

  test('openLocalBlobs and a bucket hold the same keys', { skip }, async () => {
    const local = await openLocalBlobs(join(folder, 'same'));
    const remote = await openS3Blobs({ address: (await bucket(false)).address, dispatcher });
    for (const store of [local, remote]) {
      for (const key of ['tile/0/000', 'tile/0/x001/000.p/3', 'tile/entries/000', 'checkpoint']) {
        await store.put(key, utf8(key));
      }
    }
    const keysOf = async (store: typeof local) => {
      const found = [];
      for await (const one of store.list('')) found.push(one);
      return found;
    };
    assert.deepEqual(await keysOf(remote), await keysOf(local));
  });
});
