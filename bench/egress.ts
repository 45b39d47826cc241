/**
 * What the egress costs: bytes sent and received over a connection of it and through its forward proxy, against a direct
 * connection in the same run, and connections opened one after the other. The far end is a thread of its own; the database
 * runs without fsync, so that the table shows what the code costs and not the disk. `node bench/egress.ts [MiB]`.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { migrate } from '#platform/db';
import { openEgress, openProxy } from '#plane/egress';
import { openLedger } from '#plane/ledger';
import { startTestCluster } from '../src/platform/db/testcluster/mod.ts';

const SIZE_BYTES = Number(process.argv[2] ?? 512) * 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, 120);
const ROUNDS = 5;
const OPENINGS = 300;

/** Writes a size to a socket as fast as it takes it. */
async function pour(socket: Socket, sizeBytes: number): Promise<void> {
  for (let sent = 0; sent < sizeBytes; sent += CHUNK.length) {
    if (!socket.write(CHUNK)) await once(socket, 'drain');
  }
  socket.end();
}

/** The far end: gets a letter, then sends all bytes (`d`) or takes all and says how many (`u`). */
function farEnd(): void {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (first: Buffer) => {
      if (first[0] === 100) void pour(socket, SIZE_BYTES);
      else {
        let taken = first.length;
        socket.on('data', (chunk: Buffer) => (taken += chunk.length));
        socket.on('end', () => socket.end(String(taken)));
      }
    });
  });
  server.listen(0, '127.0.0.1', () => {
    // eslint-disable-next-line unicorn/require-post-message-target-origin
    parentPort?.postMessage((server.address() as AddressInfo).port);
  });
}

type Open = () => Promise<Socket>;

async function download(open: Open): Promise<number> {
  const socket = await open();
  let taken = 0;
  socket.on('data', (chunk: Buffer) => (taken += chunk.length));
  const startMs = performance.now();
  socket.write('d');
  await once(socket, 'end');
  if (taken < SIZE_BYTES) throw new Error(`took ${taken} bytes`);
  return SIZE_BYTES / 1024 / 1024 / ((performance.now() - startMs) / 1000);
}

async function upload(open: Open): Promise<number> {
  const socket = await open();
  const startMs = performance.now();
  socket.write('u');
  socket.resume();
  await pour(socket, SIZE_BYTES);
  await once(socket, 'end');
  return SIZE_BYTES / 1024 / 1024 / ((performance.now() - startMs) / 1000);
}

async function opening(open: Open): Promise<number> {
  const startMs = performance.now();
  for (let i = 0; i < OPENINGS; i++) (await open()).destroy();
  return (performance.now() - startMs) / OPENINGS;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[numbers.length >> 1] ?? 0;
}

async function main(): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
  const [port] = (await once(worker, 'message')) as [number];
  const cluster = await startTestCluster();
  const folder = mkdtempSync(join(tmpdir(), 'privet-bench-egress-'));
  const { pool } = await cluster.createDatabase();
  await migrate(pool, new URL('../src/plane/migrations/', import.meta.url));
  const clock = () => Date.now();
  const ledger = await openLedger({ pool, plane: 'bench', clock, headFile: join(folder, 'head') });
  const place = { host: '127.0.0.1', port, purpose: 'bench' };
  const rule = { ...place, networks: [], expiresAtMs: null };
  const onFault = (problem: Error) => {
    throw problem;
  };
  const egress = openEgress({
    pool,
    ledger,
    clock,
    random: (sizeBytes) => randomBytes(sizeBytes),
    configured: { own: { ...rule, workload: 'bench' }, tunnel: { ...rule, workload: 'tunnel' } },
    onFault,
  });
  const token = await egress.workloads.add('tunnel', {
    kind: 'subject',
    id: `sub_${'0'.repeat(26)}`,
  });
  const at = { host: '127.0.0.1', port: 0 };
  const proxy = await openProxy({ egress, at, certificate: null, onFault });
  const credential = Buffer.from(`tunnel:${token}`).toString('base64');

  const direct: Open = async () => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return socket;
  };
  const own: Open = () => egress.connect({ ...place, workload: 'bench' });
  const tunnel: Open = async () => {
    const socket = connect({ host: '127.0.0.1', port: proxy.port, noDelay: true });
    socket.write(
      `CONNECT 127.0.0.1:${port} HTTP/1.1\r\nProxy-Authorization: Basic ${credential}\r\n\r\n`,
    );
    await once(socket, 'data');
    return socket;
  };
  const ways = { direct, egress: own, 'egress, forward proxy': tunnel } as const;

  const measured = new Map<string, { down: number[]; up: number[]; open: number[] }>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, open] of Object.entries(ways)) {
      const row = measured.get(name) ?? { down: [], up: [], open: [] };
      measured.set(name, row);
      row.down.push(await download(open));
      row.up.push(await upload(open));
      row.open.push(await opening(open));
    }
  }
  console.log(`${SIZE_BYTES / 1024 / 1024} MiB each way, median of ${ROUNDS}, loopback`);
  console.log(
    '| connection | received MiB/s | of direct | sent MiB/s | of direct | opened, ms each |',
  );
  console.log('| --- | --- | --- | --- | --- | --- |');
  const base = measured.get('direct') ?? { down: [], up: [], open: [] };
  for (const [name, { down, up, open }] of measured) {
    const cells = [
      median(down).toFixed(0),
      (median(down) / median(base.down)).toFixed(2),
      median(up).toFixed(0),
      (median(up) / median(base.up)).toFixed(2),
      median(open).toFixed(2),
    ];
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
  await proxy.close();
  await egress.close();
  await ledger.close();
  await cluster.stop();
  await worker.terminate();
  rmSync(folder, { recursive: true });
}

if (isMainThread) await main();
else farEnd();
