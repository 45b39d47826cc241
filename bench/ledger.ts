/**
 * How fast leaves are appended in groups and one by one, how fast a ledger is verified, how soon a signed checkpoint covers
 * a leaf, how fast leaves go into the log, and what a proof costs. The server runs without fsync, so
 * that the table shows what the code costs and not the disk. Targets (docs/benchmarks.md): 50,000 leaves/s in batches, one
 * million verified in 10 s. `node bench/ledger.ts [leaves]` prints a table.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { migrate } from '#platform/db';
import { parseTrustPolicy } from '#engines/merkle';
import { openLocalBlobs } from '#platform/blob';
import { openFileProvider } from '#platform/kms';
import { openLedger, openLog } from '#plane/ledger';
import type { LeafBody } from '#plane/ledger';
import { startTestCluster } from '../src/platform/db/testcluster/mod.ts';

const LEAVES = Number(process.argv[2] ?? 300_000);
/** Writers at once: each waits for its leaf before it writes the next, as sessions do. */
const WRITERS = 20_000;
const SINGLE_LEAVES = 2_000;
/** Leaves whose checkpoint somebody waits for. */
const COVERED = 300;
const PROOFS = 500;
const ID = '0123456789abcdefghjkmnpqrs';

function leaf(rows: number): LeafBody<'query'> {
  return {
    kind: 'query',
    actor: { kind: 'subject', id: `sub_${ID}` },
    session: 's1',
    door: 'gateway',
    mode: 'hardened',
    statement: 'query',
    effect: 'allow',
    project: null,
    purpose: null,
    bundleSerial: 7,
    system: { id: `sys_${ID}`, name: 'clinic' },
    sources: [
      {
        source: `src_${ID}`,
        decision: 'dec_0123456789abcdef',
        effect: 'allow',
        filtered: true,
        columns: [
          { name: 'id', show: 'clear', mask: null },
          { name: 'email', show: 'mask', mask: 'hash' },
          { name: 'phone', show: 'mask', mask: 'partial' },
        ],
        columnsDigest: null,
      },
    ],
    rows,
    durationMicros: 1_234,
    fingerprint: '0123456789abcdef',
    normalized: 'SELECT id, email, phone FROM clinic.patient WHERE id = $1',
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1000;
}

const cluster = await startTestCluster();
const folder = mkdtempSync(join(tmpdir(), 'privet-bench-ledger-'));
const { pool } = await cluster.createDatabase();
await migrate(pool, new URL('../src/plane/migrations/', import.meta.url));
const headFile = join(folder, 'head');
const ledger = await openLedger({ pool, plane: 'bench', clock: () => Date.now(), headFile });

let next = 0;
const writer = async () => {
  while (next < LEAVES) await ledger.write(leaf(next++));
};
const grouped = await timed(() => Promise.all(Array.from({ length: WRITERS }, writer)));
const verified = await timed(() => ledger.verify());
const single = await timed(async () => {
  for (let i = 0; i < SINGLE_LEAVES; i++) await ledger.write(leaf(i));
});

const { provider: keyService } = await openFileProvider({
  path: join(folder, 'key'),
  create: true,
});
const log = await openLog({
  pool,
  plane: 'bench',
  clock: () => Date.now(),
  blobs: await openLocalBlobs(join(folder, 'log')),
  keyService,
  origin: 'privet.local/bench',
  witnesses: parseTrustPolicy('quorum none\n'),
  askWitness: () => Promise.reject(new Error('nobody is there')),
  coverTimeoutMs: 600_000,
});
const { size } = await ledger.head();
const signed = await timed(() => log.covered(size - 1));

async function coveredMs(): Promise<number> {
  const { index } = await ledger.write(leaf(1));
  return 1000 * (await timed(() => log.covered(index)));
}
const alone: number[] = [];
for (let i = 0; i < COVERED; i++) alone.push(await coveredMs());
const crowd = await Promise.all(Array.from({ length: COVERED }, coveredMs));
const at = (list: readonly number[], part: number) =>
  (list.toSorted((left, right) => left - right)[Math.floor(list.length * part)] ?? 0).toFixed(1);
let proofBytes = 0;
const proved = await timed(async () => {
  for (let i = 0; i < PROOFS; i++) proofBytes += (await log.proof((i * 7_919) % size)).length;
});

console.log(`PostgreSQL ${cluster.version}, leaves of 740 bytes`);
console.log('| what | measured | target |\n| --- | --- | --- |');
console.log(`| appended in groups | ${Math.round(LEAVES / grouped)} leaves/s | ≥ 50000 |`);
console.log(`| verified | ${((verified / LEAVES) * 1_000_000).toFixed(1)} s a million | ≤ 10 |`);
console.log(`| appended one by one | ${((single / SINGLE_LEAVES) * 1000).toFixed(2)} ms each | |`);
console.log(
  `| into the log: tiles, bundles, signature | ${Math.round(size / signed)} leaves/s | |`,
);
console.log(
  `| covered, one at a time | p50 ${at(alone, 0.5)} ms, p99 ${at(alone, 0.99)} ms | tens of ms |`,
);
console.log(
  `| covered, ${COVERED} at once | p50 ${at(crowd, 0.5)} ms, p99 ${at(crowd, 0.99)} ms | |`,
);
console.log(
  `| proof of a leaf among ${size} | ${((proved / PROOFS) * 1000).toFixed(2)} ms, ${Math.round(proofBytes / PROOFS)} bytes | |`,
);

await log.close();
await ledger.close();
await cluster.stop();
rmSync(folder, { recursive: true });
