import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { openTestOffice } from '../../../test/control/office.ts';
import type { TestOffice } from '../../../test/control/office.ts';
import { head, pointOf, RUN, seriesOf } from '../../../test/observe/fact.ts';
import { takeFact } from '../../../test/observe/take.ts';
import { listIncidents } from './incidentstate.ts';
import { forgetOld } from './retention.ts';
import { scoreWaiting } from './scoring.ts';
import { scoringShape } from './scoringsettings.ts';
import {
  chooseScoring,
  listSeries,
  sayFeedback,
  simulateAll,
  simulateSeries,
  unsayFeedback,
} from './series.ts';
import { changeSetting } from './setting.ts';

const DAY_MS = 86_400_000;
let office: TestOffice;
let number = 0;

before(async () => {
  office = await openTestOffice();
});
after(() => office.close());
beforeEach(async () => {
  await office.pool.query(
    'truncate observe.series, observe.incident, observe.signal, observe.setting cascade',
  );
});

const take = (fact: object) => takeFact(office, { ...head(++number, office.clock()), ...fact });

const points = (...of: readonly ReturnType<typeof pointOf>[]) =>
  take({ kind: 'metric-points', run: RUN, points: of });

const today = () => Math.floor(office.clock() / DAY_MS) * DAY_MS;

/** Sixty days of counts around a thousand, the newest today. */
async function history(name: string, given: Parameters<typeof seriesOf>[1] = {}): Promise<number> {
  await take({ kind: 'metric-series', series: [seriesOf(name, given)] });
  const values = Array.from({ length: 60 }, (_, i) => 1_000 + ((i * i * 7_919) % 41) - 20);
  const start = today() - 59 * DAY_MS;
  await points(...values.map((value, i) => pointOf(name, start + i * DAY_MS, value)));
  const { rows } = await office.pool.query<{ id: string }>(
    'select id::text as id from observe.series order by id desc limit 1',
  );
  return Number(rows[0]?.id);
}

const open = () => listIncidents(office.pool, { state: 'unresolved', limit: 10 });

test('a count that falls to nothing opens an incident, the next good one clears it', async () => {
  const id = await history('orders');
  assert.deepEqual(await scoreWaiting(office), { series: 1, points: 60, anomalous: 0 });
  assert.equal(await scoreWaiting(office), null, 'nothing waits');
  office.clock.advance(DAY_MS);
  await points(pointOf('orders', today(), 0));
  assert.equal((await scoreWaiting(office))?.anomalous, 1);
  const [incident] = await open();
  assert.deepEqual(
    [incident?.kind, incident?.check, incident?.severity],
    ['anomaly', 'row_count', 'high'],
  );
  const [series] = await listSeries(office.pool, { id, limit: 1 });
  assert.equal(series?.failing, true);
  assert.match(
    series?.sentence ?? '',
    /^row_count of shop\.public\.orders: 0 is a drop; expected /u,
  );
  office.clock.advance(DAY_MS);
  await points(pointOf('orders', today(), 1_003));
  await scoreWaiting(office);
  assert.equal((await open()).length, 0);
});

test('gaps, points of nobody’s series and points of next year are no alarm', async () => {
  await history('orders');
  await scoreWaiting(office);
  office.clock.advance(DAY_MS);
  await points(
    pointOf('orders', today(), null),
    pointOf('unknown', today(), 0),
    pointOf('orders', today() + 365 * DAY_MS, 0),
  );
  assert.deepEqual(await scoreWaiting(office), { series: 1, points: 1, anomalous: 0 });
  assert.equal((await open()).length, 0);
});

test('of two measurements of one bucket the later one holds, whichever comes first', async () => {
  await history('orders');
  office.clock.advance(DAY_MS);
  const early = { ...pointOf('orders', today(), 0), measuredMs: office.clock() };
  const late = { ...pointOf('orders', today(), 1_001), measuredMs: office.clock() + 1_000 };
  await points(late);
  await points(early);
  assert.equal((await scoreWaiting(office))?.anomalous, 0);
  // A first measurement of a bucket that is not over yet is corrected by a later one.
  office.clock.advance(DAY_MS);
  await points({ ...pointOf('orders', today(), 1), measuredMs: office.clock() });
  assert.equal((await scoreWaiting(office))?.anomalous, 1);
  assert.equal((await open()).length, 1);
  office.clock.advance(60_000);
  await points({ ...pointOf('orders', today(), 998), measuredMs: office.clock() });
  await scoreWaiting(office);
  assert.equal((await open()).length, 0);
  const { rows } = await office.pool.query('select from observe.anomaly');
  assert.equal(rows.length, 0, 'what is taken back is kept nowhere');
});

test('an anomaly of long ago that comes with a back-fill is kept, and nobody is told', async () => {
  await take({ kind: 'metric-series', series: [seriesOf('old')] });
  const start = today() - 59 * DAY_MS;
  const values = Array.from({ length: 60 }, (_, i) => (i === 40 ? 0 : 1_000 + ((i * 31) % 17)));
  await points(...values.map((value, i) => pointOf('old', start + i * DAY_MS, value)));
  assert.equal((await scoreWaiting(office))?.anomalous, 1);
  assert.equal((await open()).length, 0);
});

test('feedback: a point said to be normal clears its alarm, and unsaid it comes back', async () => {
  const id = await history('orders');
  await scoreWaiting(office);
  office.clock.advance(DAY_MS);
  const atMs = today();
  await points(pointOf('orders', atMs, 400));
  await scoreWaiting(office);
  assert.equal((await open()).length, 1);
  office.clock.advance(1_000);
  await office.does((work) =>
    sayFeedback(work, id, { kind: 'exclude', fromMs: atMs, toMs: atMs + 1 }),
  );
  await scoreWaiting(office);
  assert.equal((await open()).length, 0, 'a point taken out holds no incident open');
  const said = await simulateSeries(office.pool, id, null);
  assert.equal(said.verdicts.at(-1)?.atMs, atMs);
  office.clock.advance(1_000);
  await office.does((work) => unsayFeedback(work, id));
  await scoreWaiting(office);
  assert.equal((await open()).length, 1, 'what was unsaid is an alarm again');
  await assert.rejects(
    office.does((work) => unsayFeedback(work, id)),
    { code: 'not-found' },
  );
});

test('settings are simulated before they are kept, and `off` judges nothing', async () => {
  const id = await history('orders');
  await scoreWaiting(office);
  office.clock.advance(DAY_MS);
  await points(pointOf('orders', today(), 0));
  const elementary = scoringShape.parse({ method: 'elementary' });
  const before = await simulateSeries(office.pool, id, null);
  const then = await simulateSeries(office.pool, id, elementary);
  assert.equal(before.verdicts.length, 61);
  assert.equal(then.verdicts.length, 61);
  assert.ok(before.alarms.length >= 1);
  const off = scoringShape.parse({ state: 'off' });
  const compared = await simulateAll(office.pool, off);
  assert.deepEqual([compared.series, compared.points, compared.alarmsThen], [1, 61, 0]);
  assert.ok(compared.alarmsNow >= 1);
  await office.does((work) => chooseScoring(work, id, off));
  assert.equal((await scoreWaiting(office))?.points, 0);
  assert.equal((await open()).length, 0);
  const wrong = scoringShape.parse({
    method: 'elementary',
    elementary: { seasonality: 'hour_of_day' },
  });
  await assert.rejects(
    office.does((work) => chooseScoring(work, id, wrong)),
    { code: 'invalid' },
  );
});

test('settings for all that do not fit one series hold no other up', async () => {
  await history('daily');
  await history('hourly', { bucketSeconds: 3_600 });
  const scoring = scoringShape.parse({
    method: 'elementary',
    elementary: { seasonality: 'hour_of_day' },
  });
  await office.does((work) => changeSetting(work, { scoring }));
  const run = await scoreWaiting(office);
  assert.deepEqual([run?.series, run?.points], [2, 60]);
});

test('more series than are read at once are all judged, once', async () => {
  await history('orders');
  await office.pool.query(
    `insert into observe.series (plane, series, asset_id, metric, origin, bucket_seconds, time_zone, direction, severity, told_at,
       waiting_from)
     select plane, md5(n::text), asset_id, metric, origin, bucket_seconds, time_zone, direction, severity, told_at, waiting_from
     from observe.series cross join generate_series(1, 1199) as n`,
  );
  assert.deepEqual(await scoreWaiting(office), { series: 1_200, points: 60, anomalous: 0 });
  assert.equal(await scoreWaiting(office), null);
});

test('what is kept no longer is forgotten by category', async () => {
  await history('orders');
  await office.does((work) =>
    changeSetting(work, {
      retention: { points: 31, results: 400, incidents: 730, alerts: 90, usage: 400 },
    }),
  );
  const gone = await forgetOld(office);
  const { rows } = await office.pool.query<{ left: number }>(
    'select count(*)::int as left from observe.point',
  );
  assert.equal(gone, 60 - (rows[0]?.left ?? 0));
  assert.ok((rows[0]?.left ?? 0) <= 32);
});
