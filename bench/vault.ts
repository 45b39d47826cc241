/**
 * How fast records go into a vault, and how fast values come back for tokens, beside plain INSERT and SELECT of the same rows
 * with and without pgcrypto, in one run on one server with fsync. Client and server share the machine; tokens come back in
 * random order. Targets (docs/benchmarks.md): 10,000 records/s in batches of 500, 50,000 values/s detokenised as a stream,
 * single detokenise p99 within 10 ms at 500/s. Also: finding records by the blind index of a unique column, in random order, one
 * a call and a hundred; and sealing all of a table anew (`reseal`). `node bench/vault.ts [records]` prints tables; for a query among a
 * million records that is `1000000`, which takes minutes to fill.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from '#platform/db';
import type { VaultProposal, Vaults } from '#plane/vault';
import { startTestCluster } from '../src/platform/db/testcluster/mod.ts';
import {
  allow,
  CALLER,
  closeTestVaults,
  openTestVault,
  WRITE_ALL,
} from '../src/plane/vault/testvault.ts';

const RECORDS = Number(process.argv[2] ?? 20_000);
const BATCH = 500;
const WARM_RECORDS = 4_000;
const STREAM_BATCH = 4_000;
/** Batches under way at once: as many as there are cores. */
const LANES = 2;
/** Calls that look for records. */
const FINDS = 500;
const SINGLES_A_SECOND = 500;
const SINGLE_SECONDS = 4;

type Fields = Record<'person' | 'name' | 'email' | 'phone' | 'born' | 'city', string>;

/** Six columns; two kinds of tokens, one unique index. */
function people(name: string, subject: string | null): VaultProposal {
  return {
    name,
    tables: [
      {
        name: 'people',
        subject,
        columns: [
          { name: 'person', type: 'string', nullable: false },
          { name: 'name', type: 'string', tokens: [{ shape: { kind: 'uuid' } }] },
          {
            name: 'email',
            type: 'string',
            unique: true,
            tokens: [{ shape: { kind: 'email' }, deterministic: true }],
          },
          { name: 'phone', type: 'string' },
          { name: 'born', type: 'date' },
          { name: 'city', type: 'string' },
        ],
      },
    ],
  };
}

const row = (i: number): Fields => ({
  person: `customer-${i}`,
  name: `Example Person ${i}`,
  email: `person.${i}@mail-${i % 50}.example.com`,
  phone: `+15550${String(i).padStart(8, '0')}`,
  born: `19${String(50 + (i % 50)).padStart(2, '0')}-0${1 + (i % 9)}-1${i % 10}`,
  city: `Example City ${i % 997}`,
});
const ROWS = Array.from({ length: RECORDS }, (_, i) => row(i));

/** Work on slices of `all`, some at once; gives the seconds it took. */
async function inLanes<T>(
  all: readonly T[],
  size: number,
  work: (slice: readonly T[]) => Promise<unknown>,
): Promise<number> {
  const startMs = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < all.length) {
      const slice = all.slice(next, next + size);
      next += size;
      await work(slice);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return (performance.now() - startMs) / 1_000;
}

type Result = { readonly what: string; readonly perSecond: number; readonly cpu: number };
const results: Result[] = [];

async function measured(what: string, count: number, work: () => Promise<number>): Promise<void> {
  const before = process.cpuUsage();
  const seconds = await work();
  const { user, system } = process.cpuUsage(before);
  results.push({ what, perSecond: count / seconds, cpu: (user + system) / count });
}

async function insertAll(
  vaults: Vaults,
  vault: string,
  { rows, tokens }: { readonly rows: readonly Fields[]; readonly tokens: string[] },
): Promise<number> {
  return inLanes(rows, BATCH, async (slice) => {
    const outcomes = await vaults.write({
      caller: CALLER,
      vault,
      rulings: WRITE_ALL,
      rows: slice.map((fields) => ({ kind: 'insert', table: 'people', fields })),
    });
    for (const outcome of outcomes) {
      if (outcome.kind === 'written') tokens.push(...outcome.tokens.map(({ token }) => token));
    }
  });
}

async function fill(vaults: Vaults, vault: string, label: string): Promise<string[]> {
  const tokens: string[] = [];
  await measured(`insert, ${label}`, RECORDS, () =>
    insertAll(vaults, vault, { rows: ROWS, tokens }),
  );
  return shuffled(tokens);
}

/** In an order that has nothing to do with where values lie. */
function shuffled(tokens: readonly string[]): string[] {
  return tokens.toSorted((left, right) => (left.slice(2, 12) < right.slice(2, 12) ? -1 : 1));
}

async function reveal(vaults: Vaults, vault: string, tokens: readonly string[]): Promise<void> {
  const shown = await vaults.detokenise({
    caller: CALLER,
    vault,
    ruling: allow(),
    tokens: tokens.map((token) => ({ token, redaction: 'PLAIN_TEXT' })),
  });
  if (!shown.every(({ kind }) => kind === 'value')) throw new Error('a token was not resolved');
}

/** Records by the value of a unique column, so many a call. */
async function find(vaults: Vaults, vault: string, size: number): Promise<void> {
  const emails = Array.from(
    { length: Math.min(RECORDS, FINDS * size) },
    (_, i) => row((i * 7_919) % RECORDS).email,
  );
  await measured(`found by blind index, ${size} a call`, emails.length, () =>
    inLanes(emails, size, async (values) => {
      const { records } = await vaults.get({
        caller: CALLER,
        vault,
        table: 'people',
        select: { kind: 'values', column: 'email', values },
        ruling: allow(),
        redaction: 'PLAIN_TEXT',
      });
      if (records.length !== values.length) throw new Error('a record was not found');
    }),
  );
}

/** Calls at a fixed rate, whether the calls before have been answered or not; gives the latencies in ms, sorted. */
async function paced(call: (i: number) => Promise<unknown>): Promise<readonly number[]> {
  const latencies: number[] = [];
  const calls: Promise<void>[] = [];
  const startMs = performance.now();
  const timed = async (i: number, dueMs: number) => {
    await call(i);
    latencies.push(performance.now() - dueMs);
  };
  for (let i = 0; i < SINGLES_A_SECOND * SINGLE_SECONDS; i++) {
    const dueMs = startMs + (i * 1_000) / SINGLES_A_SECOND;
    const waitMs = dueMs - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    calls.push(timed(i, Math.max(dueMs, performance.now())));
  }
  await Promise.all(calls);
  return latencies.toSorted((left, right) => left - right);
}

const COLUMNS = ['person', 'name', 'email', 'phone', 'born', 'city'] as const;

async function plainTables(pool: Pool, secret: string): Promise<void> {
  await pool.query('create extension if not exists pgcrypto');
  const kinds = [
    { label: 'plain INSERT and SELECT', type: 'text', put: '$v', get: '$v' },
    {
      label: 'pgcrypto (pgp_sym, AES-256)',
      type: 'bytea',
      put: `pgp_sym_encrypt($v, '${secret}', 'cipher-algo=aes256, compress-algo=0')`,
      get: `pgp_sym_decrypt($v, '${secret}')`,
    },
  ];
  for (const [i, { label, type, put, get }] of kinds.entries()) {
    const table = `rival_${i}`;
    const places = COLUMNS.map((column) => `${column} ${type}`).join(', ');
    await pool.query(
      `create table ${table} (id text primary key, ${places}, mail_key text unique)`,
    );
    const values = COLUMNS.map((column) => put.replace('$v', column)).join(', ');
    const arrays = COLUMNS.map((_, place) => `$${place + 1}::text[]`).join(', ');
    const insert = `insert into ${table} select person, ${values}, email from unnest(${arrays}) as t (${COLUMNS.join(', ')})`;
    await measured(`insert, ${label}`, RECORDS, () =>
      inLanes(ROWS, BATCH, (slice) =>
        pool.query(
          insert,
          COLUMNS.map((column) => slice.map((fields) => fields[column])),
        ),
      ),
    );
    const ids = shuffled(ROWS.flatMap(({ person }) => [person, person]));
    const select = `select id, ${get.replace('$v', 'name')} from ${table} where id = any($1)`;
    await measured(`one value by id, ${label}`, ids.length, () =>
      inLanes(ids, STREAM_BATCH, (slice) => pool.query(select, [slice])),
    );
  }
}

const cluster = await startTestCluster({
  settings: {
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    autovacuum: 'on',
    shared_buffers: '256MB',
    max_wal_size: '4GB',
  },
});
const { vaults, database } = await openTestVault(cluster);
// What is measured is a process that has run for a while.
const warmth = await vaults.create(CALLER, people('warmth', 'person'));
const warm: string[] = [];
await insertAll(vaults, warmth.id, { rows: ROWS.slice(0, WARM_RECORDS), tokens: warm });
await reveal(vaults, warmth.id, warm.slice(0, STREAM_BATCH));
const nobody = await vaults.create(CALLER, people('nobody', null));
const somebody = await vaults.create(CALLER, people('somebody', 'person'));
const tokens = await fill(vaults, nobody.id, 'vault');
await measured('detokenise, vault', tokens.length, () =>
  inLanes(tokens, STREAM_BATCH, (slice) => reveal(vaults, nobody.id, slice)),
);
const owned = await fill(vaults, somebody.id, 'vault with a key a subject');
await measured('detokenise, vault with a key a subject', owned.length, () =>
  inLanes(owned, STREAM_BATCH, (slice) => reveal(vaults, somebody.id, slice)),
);
await find(vaults, nobody.id, 1);
await find(vaults, nobody.id, 100);
await measured('reseal, vault', RECORDS, async () => {
  const startMs = performance.now();
  await vaults.reseal(nobody.id, 'people');
  await vaults.tend();
  return (performance.now() - startMs) / 1_000;
});
const latencies = await paced((i) =>
  reveal(vaults, nobody.id, [tokens[(i * 7_919) % tokens.length] ?? '']),
);
await plainTables(database.pool, 'a-passphrase-of-the-benchmark');

console.log(`PostgreSQL ${cluster.version}, fsync on, ${RECORDS} records of six columns`);
console.log('| what | a second | client CPU, µs each |\n| --- | --- | --- |');
for (const { what, perSecond, cpu } of results) {
  console.log(`| ${what} | ${Math.round(perSecond)} | ${cpu.toFixed(1)} |`);
}
const quantile = (part: number) => (latencies[Math.floor(latencies.length * part)] ?? 0).toFixed(2);
console.log(
  `single detokenise at ${SINGLES_A_SECOND}/s: p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms`,
);
await closeTestVaults();
await cluster.stop();
