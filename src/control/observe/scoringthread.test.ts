import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { enrolPlane, inWork } from '#control/identity';
import { migrate } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import { openScoringThread } from './scoringthread.ts';

const DAY_MS = 86_400_000;
const SERIES = 600;

test('a thread of its own judges what waits, and takes the work off the one that serves', async (t) => {
  const cluster = await startTestCluster();
  t.after(() => cluster.stop());
  const { pool, name } = await cluster.createDatabase();
  await migrate(pool, new URL('../migrations/', import.meta.url));
  const random = (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes));
  const asker = { actor: { id: 'test', name: 'test' }, requestId: 'req_1', address: 'local' };
  await inWork({ pool, clock: Date.now, random }, asker, (work) =>
    enrolPlane(work, { name: 'main', url: 'https://a.test' }),
  );
  const today = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS);
  await pool.query(
    `insert into observe.asset (plane, warehouse, database_name, schema_name, table_name)
     values ('main', 'shop', 'shop', 'public', 'orders')`,
  );
  await pool.query(
    `insert into observe.series (plane, series, asset_id, metric, origin, bucket_seconds, time_zone, direction, severity,
       told_at, waiting_from)
     select 'main', encode(sha256(n::text::bytea), 'hex'), (select max(id) from observe.asset), 'row_count', 'monitor', 86400,
       'UTC', 'both', 'high', now(), $2 from generate_series(1, $1) as n`,
    [SERIES, today],
  );
  await pool.query(
    `insert into observe.point (series_id, at, value, state, measured_at)
     select s.id, $1::timestamptz - d * interval '1 day', case when d = 0 and s.id = 1 then 0 else 1000 + (d * d * 7919) % 41 end,
       'measured', $1 from observe.series s cross join generate_series(0, 89) as d`,
    [today],
  );
  const thread = openScoringThread(cluster.url(name));
  t.after(() => thread.close());
  // The first run starts the thread: reading its modules is not judging.
  const [own, all] = [process.threadCpuUsage(), process.cpuUsage()];
  const [run, same] = await Promise.all([thread.score(), thread.score()]);
  const [ownUsed, allUsed] = [process.threadCpuUsage(own), process.cpuUsage(all)];
  assert.deepEqual(run, { series: SERIES, points: SERIES, anomalous: 1 });
  assert.equal(same, run, 'asked while it runs, it is the same run');
  const share = (ownUsed.user + ownUsed.system) / (allUsed.user + allUsed.system);
  assert.ok(share < 0.2, `the thread that serves did ${Math.round(100 * share)} % of the work`);
  assert.equal(await thread.score(), null, 'nothing waits');
  const { rows } = await pool.query('select from observe.incident');
  assert.equal(rows.length, 1);
  await pool.query(`alter table observe.series rename to hidden`);
  await pool.query('update observe.hidden set waiting_from = now()');
  await assert.rejects(thread.score());
  await pool.query(`alter table observe.hidden rename to series`);
  assert.equal(
    (await thread.score())?.series,
    SERIES,
    'a run that failed leaves the next one whole',
  );
});
