/**
 * Scoring from the store, end to end: series with ninety days of history each, one new point each, judged by the engine, alarms
 * of the run held to their false share, verdicts kept, incidents opened, in the thread control does it in. `node bench/scoring.ts [series]` (default 100,000)
 * prints a table. The points are made by PostgreSQL itself and not counted.
 */
import { randomBytes } from 'node:crypto';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { enrolPlane, inWork } from '#control/identity';
import { migrate } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import { openScoringThread } from '../src/control/observe/scoringthread.ts';

const SERIES = Number(process.argv[2] ?? 100_000);
const DAYS = 90;
const SERIES_A_TABLE = 20;
/** Of a thousand series, so many fall to nothing today. */
const FAULTS_PER_THOUSAND = 1;
const TODAY_MS = Math.floor(Date.now() / 86_400_000) * 86_400_000;

const cluster = await startTestCluster();
const { pool, name } = await cluster.createDatabase();
await migrate(pool, new URL('../src/control/migrations/', import.meta.url));
const office = {
  pool,
  clock: Date.now,
  random: (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes)),
};
const asker = { actor: { id: 'bench', name: 'bench' }, requestId: 'req_bench', address: 'local' };
await inWork(office, asker, (work) => enrolPlane(work, { name: 'main', url: 'https://a.test' }));

const made = await timed(async () => {
  await pool.query(
    `insert into observe.asset (plane, warehouse, database_name, schema_name, table_name)
     select 'main', 'shop', 'shop', 'public', 'table_' || n from generate_series(1, $1) as n`,
    [Math.ceil(SERIES / SERIES_A_TABLE)],
  );
  await pool.query(
    `insert into observe.series (plane, series, asset_id, metric, origin, bucket_seconds, time_zone, direction, severity, told_at,
       waiting_from)
     select 'main', encode(sha256(n::text::bytea), 'hex'), 1 + n / $2, 'row_count', 'monitor', 86400, 'UTC', 'both', 'high', now(), $3
     from generate_series(0, $1 - 1) as n`,
    [SERIES, SERIES_A_TABLE, new Date(TODAY_MS)],
  );
  // A week's wave, a level and noise of its own for each.
  await pool.query(`set statement_timeout = 0`);
  const client = await pool.connect();
  await client.query('set statement_timeout = 0');
  await client.query('select setseed(0.5)');
  await client.query(
    `insert into observe.point (series_id, at, value, state, measured_at)
     select s.id, $1::timestamptz - d * interval '1 day',
       case when d = 0 and s.id % 1000 < $3 then 0
         else round((1000 + s.id % 9000) * (1 + 0.2 * cos(6.283 * d / 7) + 0.03 * (random() + random() - 1))) end,
       'measured', $1
     from observe.series s cross join generate_series(0, $2 - 1) as d`,
    [new Date(TODAY_MS), DAYS, FAULTS_PER_THOUSAND],
  );
  await client.query('vacuum analyze observe.point, observe.series');
  client.release();
});
const thread = openScoringThread(cluster.url(name));
const cpu = process.cpuUsage();
const own = process.threadCpuUsage();
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
let run: Awaited<ReturnType<typeof thread.score>> = null;
const scored = await timed(async () => {
  run = await thread.score();
});
delay.disable();
const used = process.cpuUsage(cpu);
const ownUsed = process.threadCpuUsage(own);
await thread.close();
const { rows } = await pool.query<{ open: number }>(
  `select count(*)::int as open from observe.incident where state = 'open'`,
);
console.log(`| what | |\n| --- | --- |`);
console.log(`| series, points of each | ${SERIES.toLocaleString('en')}, ${DAYS} |`);
console.log(`| made by PostgreSQL | ${(made / 1_000).toFixed(1)} s |`);
console.log(`| judged and kept | ${(scored / 1_000).toFixed(1)} s |`);
console.log(`| series a second | ${Math.round((1_000 * SERIES) / scored).toLocaleString('en')} |`);
console.log(`| CPU of the process | ${((used.user + used.system) / 1e6).toFixed(1)} s |`);
const ms = (nanoseconds: number) => (nanoseconds / 1e6).toFixed(1);
console.log(
  `| of it in the thread that serves | ${((ownUsed.user + ownUsed.system) / 1e6).toFixed(2)} s |`,
);
console.log(
  `| its event loop late by, p50, p99, most | ${ms(delay.percentile(50))}, ${ms(delay.percentile(99))}, ${ms(delay.max)} ms |`,
);
console.log(`| memory at the end | ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB |`);
console.log(`| result | ${JSON.stringify(run)}, ${rows[0]?.open} incidents open |`);
await cluster.stop();

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
