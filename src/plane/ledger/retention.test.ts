import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { textOf } from '#base/bytes';
import { parseProofFile, parseTrustPolicy } from '#engines/merkle';
import { openLocalBlobs } from '#platform/blob';
import { migrate } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openFileProvider } from '#platform/kms';
import { CATEGORIES, LEAF_KINDS, openLedger, openLog, retain } from './mod.ts';
import type { LeafBody } from './mod.ts';
import { categoryOf } from './retention.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const DAYS = { access: 365, administration: 365, keys: 365, operation: 365, details: 365 };
let cluster: TestCluster;
const folder = mkdtempSync(join(tmpdir(), 'privet-retention-'));

before(async () => {
  cluster = await startTestCluster();
});
after(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

async function stand(name: string) {
  let ageDays = 0;
  const clock = () => Date.now() - ageDays * DAY_MS;
  const { pool } = await cluster.createDatabase();
  await migrate(pool, new URL('../migrations/', import.meta.url));
  const ledger = await openLedger({
    pool,
    plane: 'plane-1',
    clock,
    headFile: join(folder, `${name}.head`),
  });
  const blobs = await openLocalBlobs(join(folder, name));
  const { provider: keyService } = await openFileProvider({
    path: join(folder, 'key'),
    create: true,
  });
  const log = await openLog({
    pool,
    plane: 'plane-1',
    clock,
    blobs,
    keyService,
    origin: 'privet.example/plane-1',
    witnesses: parseTrustPolicy('quorum none\n'),
    askWitness: () => Promise.reject(new Error('nobody is there')),
  });
  const write = async (age: number, leaves: readonly LeafBody[]) => {
    ageDays = age;
    const links = await Promise.all(leaves.map((leaf) => ledger.write(leaf)));
    ageDays = 0;
    await log.covered(Math.max(...links.map(({ index }) => index)));
  };
  return {
    pool,
    ledger,
    blobs,
    log,
    write,
    clock,
    close: async () => {
      await log.close();
      await ledger.close();
    },
  };
}

const many = (count: number, leaf: LeafBody) => Array.from({ length: count }, () => leaf);
const operation: LeafBody = { kind: 'plane-started', actor: { kind: 'plane' }, version: '1' };
const refused: LeafBody = {
  kind: 'access-refused',
  actor: { kind: 'unknown' },
  session: null,
  operation: 'listLeaves',
  code: 'denied',
  address: '192.0.2.7',
  decisions: [],
};

test('retain prunes whole bundles from the front, and every proof of what stays still holds', async () => {
  const { pool, ledger, blobs, log, write, clock, close } = await stand('prune');
  await write(400, many(600, operation));
  await write(400, many(1, refused));
  await write(2, many(300, operation));
  const settings = { pool, ledger, log, blobs, clock, days: DAYS };
  assert.deepEqual(
    await retain({ ...settings, days: { ...DAYS, operation: 1_000, details: 1_000 } }),
    {
      minimum: 0,
      pruned: 0,
      erased: 0,
    },
  );
  assert.deepEqual(await retain(settings), { minimum: 512, pruned: 512, erased: 1 });
  assert.equal(textOf((await blobs.get('minimum')) ?? new Uint8Array()), '512\n');
  assert.equal(await blobs.get('tile/entries/001'), null);
  assert.ok(await blobs.get('tile/entries/002'));
  assert.ok(await blobs.get('tile/0/000'));
  const verdict = await ledger.verify();
  assert.equal(verdict.kind, 'intact');
  assert.equal(verdict.checked, 901 + 2 - 512);
  const kinds = ['ledger-pruned', 'details-erased'] as const;
  const leaves = (await ledger.read({ kinds, from: 0 })).map(({ leaf }) => leaf);
  assert.deepEqual(
    leaves.map((leaf) => [leaf.kind, 'leaves' in leaf && leaf.leaves]),
    [
      ['details-erased', 1],
      ['ledger-pruned', 512],
    ],
  );
  await log.covered((await ledger.head()).size - 1);
  for (const index of [0, 511, 512, 902]) {
    assert.equal(parseProofFile(await log.proof(index)).index, index);
  }
  assert.deepEqual(await retain(settings), { minimum: 512, pruned: 0, erased: 0 });
  await close();
  const again = await openLedger({
    pool,
    plane: 'plane-1',
    clock,
    headFile: join(folder, 'prune.head'),
  });
  assert.equal((await again.verify()).kind, 'intact');
  await again.close();
});

test('retain keeps a bundle for the category that is kept longest, and nothing below the floor comes back', async () => {
  const { pool, ledger, blobs, log, write, clock, close } = await stand('category');
  await write(400, [...many(10, refused), ...many(600, operation)]);
  const settings = { pool, ledger, log, blobs, clock };
  const kept = await retain({ ...settings, days: { ...DAYS, access: 500, details: 30 } });
  assert.deepEqual(kept, { minimum: 0, pruned: 0, erased: 10 });
  assert.equal((await retain({ ...settings, days: DAYS })).minimum, 256);
  await assert.rejects(pool.query('update ledger.floor set size = 0'), { code: '42501' });
  await assert.rejects(pool.query('delete from ledger.leaf where index = 256'), { code: '42501' });
  await close();
});

test('retain does nothing while plane and database disagree about the time', async () => {
  const { pool, ledger, blobs, log, write, close } = await stand('clock');
  await write(2, many(600, operation));
  const clock = () => Date.now() + 4_000 * DAY_MS;
  await assert.rejects(retain({ pool, ledger, log, blobs, clock, days: DAYS }), {
    code: 'conflict',
  });
  assert.equal((await ledger.verify()).checked, 600);
  await close();
});

test('every kind of leaf has a category', () => {
  for (const kind of LEAF_KINDS) assert.ok(CATEGORIES.includes(categoryOf(kind)));
  assert.equal(categoryOf('policy-change'), 'administration');
  assert.equal(categoryOf('key-unwrapped'), 'keys');
  assert.equal(categoryOf('query'), 'access');
  assert.equal(categoryOf('plane-started'), 'operation');
});
