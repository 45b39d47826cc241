import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseTrustPolicy } from '#engines/merkle';
import { openLocalBlobs } from '#platform/blob';
import { migrate } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import { openFileProvider } from '#platform/kms';
import { fileSink, openExports } from '#plane/exports';
import { openLedger, openLog } from '#plane/ledger';

/** A real disk that is full: a file system of 4 MB in memory, which only root may mount. */
const base = mkdtempSync(join(tmpdir(), 'privet-full-'));
const disk = join(base, 'disk');
let skip: string | false = false;

before(() => {
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]);
  if (mounted.status !== 0) skip = 'needs the right to mount a file system of its own';
});
after(() => {
  if (skip === false) spawnSync('umount', [disk]);
  rmSync(base, { recursive: true });
});

function fill(): void {
  for (let size = 1024 * 1024; size >= 512;) {
    try {
      writeFileSync(join(disk, 'ballast'), new Uint8Array(size), { flag: 'a' });
    } catch {
      size = Math.floor(size / 2);
    }
  }
}

test('on a full disk leaves go on, nothing is signed, exports wait, and nothing is lost', async (t) => {
  if (skip !== false) return t.skip(skip);
  const cluster = await startTestCluster();
  const { pool } = await cluster.createDatabase();
  await migrate(pool, new URL('../../src/plane/migrations/', import.meta.url));
  const plane = 'plane-1';
  const ledger = await openLedger({ pool, plane, clock: Date.now, headFile: join(base, 'head') });
  const { provider: keyService } = await openFileProvider({
    path: join(base, 'key'),
    create: true,
  });
  const log = await openLog({
    pool,
    plane,
    clock: Date.now,
    blobs: await openLocalBlobs(join(disk, 'log')),
    keyService,
    origin: 'privet.example/plane-1',
    witnesses: parseTrustPolicy('quorum none\n'),
    askWitness: () => Promise.reject(new Error('nobody is there')),
    coverTimeoutMs: 3_000,
  });
  const path = join(disk, 'export.ndjson');
  const sink = fileSink(path);
  const common = { name: 'disk', format: 'leaf', details: false, begin: 'start' } as const;
  const exports = openExports({
    plane,
    pool,
    ledger,
    clock: Date.now,
    jitter: () => 0,
    lookMs: 50,
    exports: [{ ...common, sink }],
    onFault: () => undefined,
  });
  const act = (at: number) =>
    ledger.write({
      kind: 'acts-missing',
      actor: { kind: 'plane' },
      from: at,
      through: at,
      bundleSerial: 1,
    });
  await log.covered((await act(0)).index);
  fill();
  exports.start();
  const links = await Promise.all(Array.from({ length: 2_000 }, (_, i) => act(i + 1)));
  const last = links.at(-1)?.index ?? 0;
  await assert.rejects(log.covered(last), { code: 'unavailable' });
  const state = async () => (await exports.list())[0];
  for (const endMs = Date.now() + 20_000; (await state())?.code !== 'limit'; await sleep(100)) {
    assert.ok(Date.now() < endMs, 'the export says that its disk is full');
  }
  rmSync(join(disk, 'ballast'));
  for (const endMs = Date.now() + 30_000; ; await sleep(200)) {
    if (
      await log.covered(last).then(
        () => true,
        () => false,
      )
    )
      break;
    assert.ok(Date.now() < endMs, 'the log goes on once there is room');
  }
  for (const endMs = Date.now() + 30_000; (await state())?.waiting !== 0; await sleep(100)) {
    assert.ok(Date.now() < endMs, 'the export goes on once there is room');
  }
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const indices = lines.map((line) => (JSON.parse(line) as { index: number }).index);
  assert.deepEqual(
    indices,
    Array.from({ length: last + 1 }, (_, i) => i),
  );
  assert.equal((await ledger.verify()).kind, 'intact');
  await exports.stop();
  await log.close();
  await ledger.close();
  await cluster.stop();
});
