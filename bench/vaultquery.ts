/**
 * What a query over a vault costs: CPU time of the whole process (scan, opening of values, planning, engine) beside time by the
 * clock, the database apart. `node bench/vaultquery.ts [records]` prints a table.
 */
import { performance } from 'node:perf_hooks';
import type { VaultProposal } from '#plane/vault';
import { openVaultQueries } from '#plane/vaultquery';
import type { QueryView, VaultQueries } from '#plane/vaultquery';
import { startTestCluster } from '../src/platform/db/testcluster/mod.ts';
import {
  allow,
  CALLER,
  closeTestVaults,
  insertRows,
  openTestVault,
} from '../src/plane/vault/testvault.ts';

const RECORDS = Number(process.argv[2] ?? 10_000);
const BATCH = 500;
const MIB = 1024 * 1024;

const PEOPLE: VaultProposal = {
  name: 'people',
  tables: [
    {
      name: 'people',
      columns: [
        { name: 'email', type: 'string', unique: true },
        { name: 'name', type: 'string' },
        { name: 'city', type: 'string' },
        { name: 'age', type: 'int32' },
      ],
    },
  ],
};

const STATEMENTS: readonly (readonly [what: string, sql: string, runs: number])[] = [
  [
    'one record by a unique column',
    "SELECT * FROM people WHERE email = 'p77@example.invalid'",
    100,
  ],
  ['count(*) of all', 'SELECT count(*) FROM people', 5],
  ['group of all by a column', 'SELECT city, count(*) FROM people GROUP BY city', 5],
  ['everything of all', 'SELECT * FROM people', 3],
];

const cluster = await startTestCluster();
try {
  const { vaults, clock } = await openTestVault(cluster);
  const vault = await vaults.create(CALLER, PEOPLE);
  for (let at = 0; at < RECORDS; at += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, RECORDS - at) }, (_, i) => ({
      email: `p${at + i}@example.invalid`,
      name: `Example Person ${at + i}`,
      city: `city ${i % 50}`,
      age: i % 90,
    }));
    await insertRows(vaults, vault.id, { table: 'people', rows });
  }
  const queries = openVaultQueries({
    vaults,
    clock,
    settings: {
      executorsMax: 1,
      executorIdleSeconds: 600,
      secondsMax: 60,
      rowsScannedMax: 10 * RECORDS,
      loadedBytesMax: 64 * MIB,
      rowsAnsweredMax: RECORDS + 1,
      answerBytesMax: 64 * MIB,
    },
  });
  const view: QueryView = {
    caller: CALLER,
    vault,
    rulings: {
      ruling: allow(),
      isReadable: () => true,
      levels: () => ['PLAIN_TEXT'],
      budget: () => null,
    },
    asked: 'PLAIN_TEXT',
  };
  const started = await costOf(() => ask(queries, view, 'SELECT 1'));
  console.log(`${RECORDS} records of four columns\n| what | CPU, ms | by the clock, ms |`);
  console.log(`| the first query after a start | ${started.cpu} | ${started.wall} |`);
  for (const [what, sql, runs] of STATEMENTS) {
    await ask(queries, view, sql);
    const { cpu, wall } = await costOf(async () => {
      for (let i = 0; i < runs; i++) await ask(queries, view, sql);
    });
    console.log(`| ${what} | ${(cpu / runs).toFixed(1)} | ${(wall / runs).toFixed(1)} |`);
  }
  await queries.close();
} finally {
  await closeTestVaults();
  await cluster.stop();
}

async function ask(queries: VaultQueries, view: QueryView, sql: string): Promise<void> {
  const { shape, statements } = await queries.plan(view, sql, {
    searchPath: ['public'],
    subjectName: 'bench',
    database: 'people',
    mode: 'splice',
    fence: 'offset',
    settings: {},
  });
  const [statement] = statements;
  if (statement === undefined) throw new Error('no statement');
  await queries.run({ view, shape, statement });
}

async function costOf(act: () => Promise<void>): Promise<{ cpu: number; wall: number }> {
  const before = process.cpuUsage();
  const startedMs = performance.now();
  await act();
  const { user, system } = process.cpuUsage(before);
  return {
    cpu: Math.round((user + system) / 1_000),
    wall: Math.round(performance.now() - startedMs),
  };
}
