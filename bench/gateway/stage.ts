/**
 * The process the gateway runs in while it is measured: a throwaway cluster with the data, the gateway before it with
 * policy, masks and a real ledger, and nothing else. Started by bench/gateway.ts, which it tells where everything is.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { GatewayPorts } from '#plane/gateway';
import { openLedger } from '#plane/ledger';
import { migrate } from '#platform/db';
import type { TestCluster } from '#platform/db/testcluster';
import { openStand } from '../../test/stand/stand.ts';
import type { Door } from '../../test/stand/wire.ts';
import { startProfile } from './profile.ts';
import type { ProfileEntry } from './profile.ts';
import { ACCOUNTS, ROWS } from './size.ts';

/** What the bench asks of this process. */
export type StageRequest = 'rest' | 'profile' | 'profiled' | 'stop';
export type StageAnswer =
  | { readonly kind: 'ready'; readonly doors: StageDoors }
  | { readonly kind: 'rest'; readonly residentBytes: number; readonly cpuMicros: number }
  | { readonly kind: 'profile'; readonly entries: readonly ProfileEntry[] };
export type StageDoors = {
  readonly direct: Door;
  /** The gateway as it is by default, and one that waits for no leaf; without user. */
  readonly governed: Door;
  readonly never: Door;
  /** One whose leaves go nowhere: what the ledger costs is what lies between. */
  readonly unrecorded: Door;
};

/** Large enough that the table is read from memory, as in research of other proxies; durable, for the ledger's sake. */
const CLUSTER_SETTINGS = {
  shared_buffers: '512MB',
  fsync: 'on',
  synchronous_commit: 'on',
  max_connections: '250',
};

/** One row is about 170 bytes on the wire. */
const ROWS_SQL = `
CREATE TABLE rows AS SELECT i AS id, (i * 7919::bigint % 100000)::int AS amount, 'person name ' || i % 50000 AS name,
  'person' || i || '@mail.example' AS email, (4000000000000000 + i * 7919::bigint)::text AS card,
  '555-01-' || lpad((i % 10000)::text, 4, '0') AS phone, (ARRAY['Ulm', 'Bonn', 'Trier'])[1 + i % 3] AS city,
  date '1950-01-01' + i % 20000 AS born, i % 97 AS points, 'note of row ' || i AS note
FROM generate_series(1, ${ROWS}) i`;
const ACCOUNTS_SQL = `
CREATE TABLE accounts (aid int PRIMARY KEY, bid int NOT NULL, abalance int, filler char(84));
INSERT INTO accounts SELECT i, 1, 0, 'filler' FROM generate_series(1, ${ACCOUNTS}) i;
CREATE TABLE guarded AS TABLE accounts;
ALTER TABLE guarded ADD PRIMARY KEY (aid);
VACUUM ANALYZE`;

const policyOf = (name: string, column: string, mask: string): string => `
---
apiVersion: privet/v1
kind: DataPolicy
name: ${name}-${column}
target: { sources: [bench.public.rows] }
mask: { columns: { names: [${column}] }, with: ${mask}, for: { users: [${name}] }, otherwise: [{ with: clear }] }`;

const POLICY = `
apiVersion: privet/v1
kind: SubscriptionPolicy
name: all
target: { sources: ['bench.public.*'] }
allow: { anyone: true }
${policyOf('masked', 'name', "{ kind: partial, keepFirst: 1, fill: '*' }")}
${policyOf('masked', 'city', '{ kind: constant, value: Town }')}
${policyOf('masked', 'amount', '{ kind: round, bucket: 1000 }')}
${policyOf('shaped', 'card', '{ kind: format-preserving, alphabet: digits }')}
${policyOf('hashed', 'email', 'hash')}
---
apiVersion: privet/v1
kind: DataPolicy
name: guarded
target: { sources: [bench.public.guarded] }
mask: { columns: { names: [filler] }, with: { kind: partial, keepFirst: 1, fill: '*' } }`;

const headFolder = mkdtempSync(join(tmpdir(), 'privet-bench-ledger-'));
const stand = await openStand({
  mode: 'hardened',
  systems: { bench: fill },
  policy: POLICY,
  people: { plain: {}, masked: {}, shaped: {}, hashed: {} },
  cluster: { tcp: true, settings: CLUSTER_SETTINGS },
  record,
});
// Memory is measured with one gateway in the process: each has a planner thread of its own.
const alone = process.argv.includes('alone');
const never = alone ? stand.gateway : await stand.another({ ledgerWait: 'never' });
const unrecorded = alone ? stand.gateway : await stand.another({}, () => Promise.resolve());
const profile = startProfile();
process.on('message', (request: StageRequest) => void answer(request));
process.on('disconnect', () => process.exit(1));
send({ kind: 'ready', doors: doors() });

async function fill(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const sql of [ROWS_SQL, ...ACCOUNTS_SQL.split(';')]) await client.query(sql);
  await client.end();
}

/** The ledger as the plane writes it, in a database beside the data. */
async function record(cluster: TestCluster) {
  const { pool } = await cluster.createDatabase();
  await migrate(pool, new URL('../../src/plane/migrations/', import.meta.url));
  const headFile = join(headFolder, 'head');
  const ledger = await openLedger({ pool, plane: 'pln_bench', clock: Date.now, headFile });
  const record: GatewayPorts['record'] = async (leaf, urgency) =>
    void (await ledger.write(leaf, urgency));
  return record;
}

function doors(): StageDoors {
  const { password } = stand;
  const door = { user: '', password, database: 'bench', ca: null };
  return {
    direct: stand.door('bench'),
    governed: { ...stand.gateway.address, ...door },
    never: { ...never.address, ...door },
    unrecorded: { ...unrecorded.address, ...door },
  };
}

async function answer(request: StageRequest): Promise<void> {
  if (request === 'rest') {
    const { user, system } = process.cpuUsage();
    send({ kind: 'rest', residentBytes: process.memoryUsage.rss(), cpuMicros: user + system });
  } else if (request === 'profile') {
    await profile.begin();
    send({ kind: 'profile', entries: [] });
  } else if (request === 'profiled') {
    send({ kind: 'profile', entries: await profile.end() });
  } else {
    await stand.stop();
    rmSync(headFolder, { recursive: true, force: true });
    process.exit(0);
  }
}

function send(message: StageAnswer): void {
  process.send?.(message);
}
