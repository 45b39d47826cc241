/**
 * What log-before-unwrap adds to asking a key service for a data key: the service alone (a key file), with a durable leaf
 * before, and with the log's checkpoint over the leaf before (local store, no witness). One after another, and 64 at once,
 * as when a plane starts. The database syncs as in production. `node bench/keys.ts [unwraps]` prints a table.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseTrustPolicy } from '#engines/merkle';
import { openLocalBlobs } from '#platform/blob';
import { migrate } from '#platform/db';
import { openFileProvider } from '#platform/kms';
import { openLedger, openLog } from '#plane/ledger';
import { createBroker } from '../src/plane/keys/broker.ts';
import { startTestCluster } from '../src/platform/db/testcluster/mod.ts';

const UNWRAPS = Number(process.argv[2] ?? 300);
const AT_ONCE = 64;
const PLANE = 'bench';
const NAME = { scope: 'rolling/source/src_0123456789abcdefghjkmnpqrs', version: 1 };

const cluster = await startTestCluster({ settings: { fsync: 'on', synchronous_commit: 'on' } });
const folder = mkdtempSync(join(tmpdir(), 'privet-bench-keys-'));
const { pool } = await cluster.createDatabase();
await migrate(pool, new URL('../src/plane/migrations/', import.meta.url));
const clock = () => Date.now();
const ledger = await openLedger({ pool, plane: PLANE, clock, headFile: join(folder, 'head') });
const { provider } = await openFileProvider({ path: join(folder, 'master.key'), create: true });
const log = await openLog({
  pool,
  plane: PLANE,
  clock,
  blobs: await openLocalBlobs(join(folder, 'log')),
  keyService: provider,
  origin: 'bench.example/log',
  witnesses: parseTrustPolicy('quorum none\n'),
  askWitness: () => Promise.reject(new Error('nobody is there')),
});

const settings = { provider, plane: PLANE };
const durable = createBroker({ ...settings, record: (leaf) => ledger.write(leaf) });
const covered = createBroker({
  ...settings,
  record: (leaf) => ledger.write(leaf),
  covered: (index) => log.covered(index),
});
const wrapped = await durable.wrap(new Uint8Array(32).fill(7), NAME);
const row = { ...NAME, wrapped, provider: provider.name };
const context = { plane: PLANE, scope: NAME.scope, version: '1' };

const paths = {
  'the key service alone': () => provider.unwrap(wrapped, context),
  'a durable leaf before': () => durable.unwrap(row),
  'a checkpoint over the leaf before': () => covered.unwrap(row),
};

/** Milliseconds of each call, `atOnce` of them running at any moment. */
async function timesOf(call: () => Promise<unknown>, atOnce: number): Promise<number[]> {
  const times: number[] = [];
  let begun = 0;
  const worker = async () => {
    while (begun < UNWRAPS) {
      begun += 1;
      const startMs = performance.now();
      await call();
      times.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return times.sort((left, right) => left - right);
}

console.log(
  '| before the unwrap | at once | p50, ms | p99, ms | unwraps/s |\n| --- | --- | --- | --- | --- |',
);
for (const atOnce of [1, AT_ONCE]) {
  for (const [path, call] of Object.entries(paths)) {
    await timesOf(call, atOnce);
    const startMs = performance.now();
    const times = await timesOf(call, atOnce);
    const seconds = (performance.now() - startMs) / 1_000;
    const at = (part: number) => (times[Math.floor(times.length * part)] ?? 0).toFixed(1);
    console.log(
      `| ${path} | ${atOnce} | ${at(0.5)} | ${at(0.99)} | ${Math.round(times.length / seconds)} |`,
    );
  }
}

await log.close();
await ledger.close();
await cluster.stop();
rmSync(folder, { recursive: true });
