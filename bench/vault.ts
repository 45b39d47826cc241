/**
 * How fast records go into a vault, and how fast values come back for tokens, beside plain INSERT and SELECT of the same rows
 * with and without pgcrypto, in one run on one server with fsync. Client and server share the machine; tokens come back in
 * random order. Targets (docs/benchmarks.md): 10,000 records/s in batches of 500, 50,000 values/s detokenised as a stream,
 * single detokenise p99 within 10 ms at 500/s. Also: finding records by the blind index of a unique column, in random order, one
 * a call and a hundred; and sealing all of a table anew (`reseal`). `node bench/vault.ts --help` says how.
 */
import { parseArgs } from 'node:util';
import type { Pool } from '#platform/db';
import type { VaultProposal } from '#plane/vault';
import { startTestCluster } from '../src/platform/db/testcluster/mod.ts';
import {
  allow,
  CALLER,
  closeTestVaults,
  openTestVault,
  WRITE_ALL,
} from '../src/plane/vault/testvault.ts';
import { openMeter, tableOf } from './meter.ts';

const PARTS = ['insert', 'stream', 'subject', 'find', 'single', 'reseal', 'rivals'] as const;
const HELP = `usage: node bench/vault.ts [--records n] [--rivals n] [--values n] [--parts list]

  --records n   records of each vault (20000); a million takes minutes to fill
  --rivals n    rows of the plain and the pgcrypto table (as many as records): pgcrypto takes a second a thousand
  --values n    tokens that are brought back as a stream (all there are)
  --parts list  what to measure, of ${PARTS.join()} (all); all but rivals need insert

A million records, beside pgcrypto with a stated smaller share:
  node bench/vault.ts --records 1000000 --rivals 20000 --values 200000 --parts insert,stream,find,single,rivals`;

const { values: asked } = parseArgs({
  options: {
    records: { type: 'string', default: '20000' },
    rivals: { type: 'string' },
    values: { type: 'string' },
    parts: { type: 'string', default: PARTS.join() },
    help: { type: 'boolean', default: false },
  },
});
if (asked.help) {
  console.log(HELP);
  process.exit();
}
const RECORDS = Number(asked.records);
const RIVALS = Number(asked.rivals ?? RECORDS);
const VALUES = Number(asked.values ?? Infinity);
const isAsked = (part: (typeof PARTS)[number]) => asked.parts.split(',').includes(part);

const BATCH = 500;
const WARM_RECORDS = 4_000;
const STREAM_BATCH = 4_000;
/** Batches under way at once: one waits for the disk while another is worked on. */
const LANES = 4;
/** Calls that look for records. */
const FINDS = 500;
const SINGLES_A_SECOND = 500;
const SINGLE_SECONDS = 10;
/** Every connection of the pool has run every statement by then: the first second is that of a program that has just started. */
const WARM_SECONDS = 2;

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

const COLUMNS = ['person', 'name', 'email', 'phone', 'born', 'city'] as const;
type Fields = Record<(typeof COLUMNS)[number], string>;

const row = (i: number): Fields => ({
  person: `customer-${i}`,
  name: `Example Person ${i}`,
  email: `person.${i}@mail-${i % 50}.example.com`,
  phone: `+15550${String(i).padStart(8, '0')}`,
  born: `19${String(50 + (i % 50)).padStart(2, '0')}-0${1 + (i % 9)}-1${i % 10}`,
  city: `Example City ${i % 997}`,
});
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** In an order that has nothing to do with where values lie, the same in every run (xorshift32). */
function shuffled<T>(all: readonly T[]): T[] {
  const out = [...all];
  let state = 0x9e3779b9;
  for (let i = out.length - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
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
const meter = openMeter(cluster.dataDirectory);
const { vaults, database } = await openTestVault(cluster);

async function insertAll(
  vault: string,
  { what, count }: { readonly what: string; readonly count: number },
): Promise<string[]> {
  const tokens: string[] = [];
  await meter.lanes(what, numbers(count), {
    size: BATCH,
    lanes: LANES,
    async work(slice) {
      const outcomes = await vaults.write({
        caller: CALLER,
        vault,
        rulings: WRITE_ALL,
        rows: slice.map((i) => ({ kind: 'insert', table: 'people', fields: row(i) })),
      });
      for (const outcome of outcomes) {
        if (outcome.kind === 'written') tokens.push(...outcome.tokens.map(({ token }) => token));
      }
    },
  });
  return shuffled(tokens);
}

async function reveal(vault: string, tokens: readonly string[]): Promise<void> {
  const shown = await vaults.detokenise({
    caller: CALLER,
    vault,
    ruling: allow(),
    tokens: tokens.map((token) => ({ token, redaction: 'PLAIN_TEXT' })),
  });
  if (!shown.every(({ kind }) => kind === 'value')) throw new Error('a token was not resolved');
}

function stream(vault: string, tokens: readonly string[]): Promise<void> {
  const what = vault === nobody.id ? 'detokenise' : 'detokenise, with a key a subject';
  return meter.lanes(what, tokens.slice(0, VALUES), {
    size: STREAM_BATCH,
    lanes: LANES,
    work: (slice) => reveal(vault, slice),
  });
}

/** Records by the value of a unique column, so many a call. */
async function find(vault: string, size: number): Promise<void> {
  const emails = Array.from(
    { length: Math.min(RECORDS, FINDS * size) },
    (_, i) => row((i * 7_919) % RECORDS).email,
  );
  await meter.lanes(`record by blind index, ${size} a call`, emails, {
    size,
    lanes: LANES,
    async work(values) {
      const { records } = await vaults.get({
        caller: CALLER,
        vault,
        table: 'people',
        select: { kind: 'values', column: 'email', values },
        ruling: allow(),
        redaction: 'PLAIN_TEXT',
      });
      if (records.length !== values.length) throw new Error('a record was not found');
    },
  });
}

function singles(vault: string, of: readonly string[], seconds: number): Promise<void> {
  return meter.paced(`single detokenise at ${SINGLES_A_SECOND}/s`, {
    perSecond: SINGLES_A_SECOND,
    seconds,
    call: (i) => reveal(vault, [of[i % of.length] ?? '']),
  });
}

async function rivals(pool: Pool, secret: string): Promise<void> {
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
    await meter.lanes(`insert, ${label}`, numbers(RIVALS), {
      size: BATCH,
      lanes: LANES,
      work: (slice) =>
        pool.query(
          insert,
          COLUMNS.map((column) => slice.map((number) => row(number)[column])),
        ),
    });
    const ids = shuffled(numbers(RIVALS)).flatMap((number) => row(number).person);
    const select = `select id, ${get.replace('$v', 'name')} from ${table} where id = any($1)`;
    await meter.lanes(`one value by id, ${label}`, ids, {
      size: STREAM_BATCH,
      lanes: LANES,
      work: (slice) => pool.query(select, [slice]),
    });
  }
}

// What is measured is a process that has run for a while.
const warmth = await vaults.create(CALLER, people('warmth', 'person'));
const warm = await insertAll(warmth.id, { what: 'warm up', count: WARM_RECORDS });
await reveal(warmth.id, warm.slice(0, STREAM_BATCH));
await singles(warmth.id, warm, WARM_SECONDS);
meter.results.length = 0;

const nobody = await vaults.create(CALLER, people('nobody', null));
const somebody = await vaults.create(CALLER, people('somebody', 'person'));
const tokens = isAsked('insert')
  ? await insertAll(nobody.id, { what: 'insert', count: RECORDS })
  : [];
if (isAsked('stream')) await stream(nobody.id, tokens);
if (isAsked('subject')) {
  const what = 'insert, with a key a subject';
  const owned = await insertAll(somebody.id, { what, count: RECORDS });
  if (isAsked('stream')) await stream(somebody.id, owned);
}
if (isAsked('find')) {
  await find(nobody.id, 1);
  await find(nobody.id, 100);
}
if (isAsked('single')) {
  await singles(nobody.id, tokens, SINGLE_SECONDS);
}
if (isAsked('reseal')) {
  await meter.once('reseal', RECORDS, async () => {
    await vaults.reseal(nobody.id, 'people');
    await vaults.tend();
  });
}
if (isAsked('rivals')) await rivals(database.pool, 'a-passphrase-of-the-benchmark');

console.log(
  `PostgreSQL ${cluster.version}, fsync on, ${RECORDS} records of six columns (${RIVALS} in plain and pgcrypto tables)`,
);
console.log(tableOf(meter.results));
await closeTestVaults();
await cluster.stop();
