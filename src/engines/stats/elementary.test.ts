import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster, TestDatabase } from '#platform/db/testcluster';
import { elementaryRun, scoreElementary } from './elementary.ts';
import type { Series } from './series.ts';
import { ELEMENTARY_DEFAULTS } from './settings.ts';
import type { ElementarySettings } from './settings.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 0, 1);

let cluster: TestCluster;
let database: TestDatabase;
before(async () => {
  cluster = await startTestCluster();
  database = await cluster.createDatabase();
});
after(() => cluster.stop());

const daily = (values: readonly (number | null)[]): Series =>
  values.map((value, day) => ({ atMs: START_MS + day * DAY_MS, value }));

const percent = fc.option(fc.constantFrom(0, 1, 5, 7, 10, 30, 2.5, 0.1), { nil: null });
const seasonality = fc.constantFrom(
  ['none', 'day'],
  ['none', 'hour'],
  ['none', 'week'],
  ['none', 'month'],
  ['none', null],
  ['day_of_week', 'day'],
  ['hour_of_day', 'hour'],
  ['hour_of_week', 'hour'],
) as fc.Arbitrary<
  [
    'none' | 'day_of_week' | 'hour_of_day' | 'hour_of_week',
    'hour' | 'day' | 'week' | 'month' | null,
  ]
>;

const settings: fc.Arbitrary<ElementarySettings> = fc
  .record({
    metricName: fc.constantFrom('row_count', 'freshness', 'average', 'null_percent'),
    sensitivity: fc.constantFrom(1, 1.5, 2, 2.5, 3),
    direction: fc.constantFrom('both', 'spike', 'drop'),
    daysBack: fc.integer({ min: 1, max: 20 }),
    backfillDays: fc.integer({ min: 0, max: 5 }),
    detectionDelayHours: fc.constantFrom(0, 0, 1, 24, 36),
    failOnZero: fc.boolean(),
    spikeFailurePercent: percent,
    dropFailurePercent: percent,
    minValue: fc.option(fc.integer({ min: -50, max: 150 }), { nil: null }),
    excludeDetectionPeriodFromTraining: fc.boolean(),
    season: seasonality,
    count: fc.constantFrom(1, 1, 2, 3),
  })
  .map(({ season: [seasonality, period], count, ...rest }): ElementarySettings => ({
    ...rest,
    method: 'elementary',
    seasonality,
    timeBucket: period === null ? null : { period, count: seasonality === 'none' ? count : 1 },
  }));

const value = fc.oneof(
  // The client sends -0 as 0.
  { weight: 6, arbitrary: fc.double({ min: -200, max: 1e6, noNaN: true }).map((x) => x + 0) },
  { weight: 6, arbitrary: fc.integer({ min: 90, max: 110 }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 100, null) },
);

/** Points of every bucket size, some left out. */
const history = fc.record({
  stepHours: fc.constantFrom(1, 24),
  values: fc.array(fc.option(value, { nil: undefined, freq: 8 }), { minLength: 1, maxLength: 90 }),
});

test('elementaryRun gives to the last bit what the SQL of the rule gives in PostgreSQL', async () => {
  const compared = { rows: 0, anomalous: 0 };
  await fc.assert(
    fc.asyncProperty(
      settings,
      history,
      fc.integer({ min: 0, max: 30 * 24 }),
      async (config, past, delay) => {
        const series = past.values.flatMap((value, index) =>
          value === undefined ? [] : [{ atMs: START_MS + index * past.stepHours * HOUR_MS, value }],
        );
        const runAtMs =
          START_MS + past.values.length * past.stepHours * HOUR_MS + delay * 1_234_567;
        const { text, values } = elementarySql(series, config, runAtMs);
        const { rows } = await database.pool.query(text, values);
        compared.rows += rows.length;
        compared.anomalous += rows.filter(({ anomalous }) => anomalous).length;
        assert.deepEqual(
          elementaryRun(series, config, runAtMs).map((row) => ({
            ends: row.bucketEndMs,
            value: row.value,
            average: row.trainingAverage,
            deviation: row.trainingDeviation,
            size: row.trainingSize,
            score: row.score,
            low: row.low,
            high: row.high,
            anomalous: row.anomalous,
          })),
          rows.map((row) => ({ ...row, ends: Number(row.ends), size: Number(row.size) })),
        );
      },
    ),
    { numRuns: 150 },
  );
  assert.ok(compared.rows > 800 && compared.anomalous > 20, JSON.stringify(compared));
});

test('elementaryRun cannot flag any of ten points, however far', () => {
  const series = daily([...Array<number>(9).fill(100), 1e9]);
  const config = { ...ELEMENTARY_DEFAULTS, daysBack: 10 };
  const rows = elementaryRun(series, config, START_MS + 10 * DAY_MS);
  assert.equal(rows.length, 10);
  assert.ok((rows.at(-1)?.score ?? 9) < 3);
});

test('elementaryRun counts days before the first row as empty', () => {
  const series = daily([100, 100, 100]);
  const rows = elementaryRun(series, ELEMENTARY_DEFAULTS, START_MS + 3 * DAY_MS);
  assert.deepEqual(
    rows.map(({ value }) => value),
    [...Array<number>(11).fill(0), 100, 100, 100],
  );
});

test('scoreElementary misses the second day of an outage that it saw on the first', () => {
  const series = daily([101, 99, 102, 98, 100, 103, 97, 101, 99, 102, 98, 100, 101, 99, 0, 0, 0]);
  const verdicts = scoreElementary(series, ELEMENTARY_DEFAULTS);
  assert.deepEqual(
    verdicts.slice(-3).map(({ kind }) => kind),
    ['anomalous', 'normal', 'normal'],
  );
});

test('scoreElementary does not judge a point that fits no bucket, or has no value', () => {
  const series = [
    { atMs: START_MS, value: null },
    { atMs: START_MS + DAY_MS + HOUR_MS, value: 5 },
  ];
  assert.deepEqual(
    scoreElementary(series, ELEMENTARY_DEFAULTS).map((one) =>
      one.kind === 'unjudged' ? one.why : one.kind,
    ),
    ['no-value', 'excluded'],
  );
});

/**
 * Elementary's rule written as one statement, from its description (docs/design/anomalies.md):
 * PostgreSQL is the oracle.
 */
function elementarySql(series: Series, settings: ElementarySettings, runAtMs: number) {
  const { timeBucket: bucket, metricName, direction, sensitivity } = settings;
  const weekly = settings.seasonality === 'day_of_week' || settings.seasonality === 'hour_of_week';
  const days = settings.daysBack * (weekly ? 7 : 1);
  const period = bucket?.period ?? 'day';
  const bucketDays = Math.floor(
    { hour: 1 / 24, day: 1, week: 7, month: 30 }[period] * (bucket?.count ?? 0),
  );
  const backfill = `interval '${Math.max(settings.backfillDays, bucketDays)} days'`;
  const season = {
    none: `'none'`,
    day_of_week: `to_char(bucket_end, 'D')`,
    hour_of_day: `to_char(bucket_end, 'HH24')`,
    hour_of_week: `to_char(bucket_end, 'D HH24')`,
  }[settings.seasonality];
  const over = `over (partition by season order by bucket_end rows between unbounded preceding and current row)`;
  const trained = settings.excludeDetectionPeriodFromTraining
    ? `case when bucket_end > (select detection_end from w) - ${backfill} then null else value end`
    : 'value';
  const size = `interval '${bucket?.count ?? 1} ${period}'`;
  const points =
    bucket === null
      ? `select at_time as bucket_end, value from given, w where at_time > min_start and at_time <= detection_end`
      : `select b.s + ${size} as bucket_end, case when g.at_time is null ${
          metricName === 'row_count' ? 'then 0::float8' : 'then null'
        } else g.value end as value
         from (select generate_series(min_start, detection_end, ${size}) as s from w) b left join given g on g.at_time = b.s
         where b.s + ${size} <= (select detection_end from w)`;
  const { spikeFailurePercent: spike, dropFailurePercent: drop } = settings;
  const minimum = `((-1) * ${sensitivity} * sd + avg)`;
  const maximum = `(${sensitivity} * sd + avg)`;
  const low = drop ? `least(((1 - ${drop}/100.0) * avg), ${minimum})` : minimum;
  const high = spike ? `greatest(((1 + ${spike}/100.0) * avg), ${maximum})` : maximum;
  const negative = `'${metricName}' in ('min','max','average','standard_deviation','variance','sum')`;
  const directed =
    metricName === 'freshness' || direction === 'spike'
      ? `score > ${sensitivity}`
      : direction === 'drop'
        ? `score < ${-sensitivity}`
        : `abs(score) > ${sensitivity}`;
  const rises = `(value > ((1 + ${spike}/100.0) * avg))`;
  const falls = `(value < ((1 - ${drop}/100.0) * avg))`;
  const small =
    spike && drop && direction === 'both'
      ? `(${rises} or ${falls})`
      : `(${spike && direction !== 'drop' ? rises : 'true'} and ${drop && direction !== 'spike' ? falls : 'true'})`;
  const floor = settings.minValue === null ? 'true' : `value >= ${settings.minValue}`;
  const text = `
    with w as (
      select detection_end, date_trunc('${period}', date_trunc('day', detection_end - interval '${days} days')) as min_start
      from (select date_trunc('second', to_timestamp($3::float8 / 1000) at time zone 'UTC')
              - interval '${settings.detectionDelayHours} hours' as detection_end) e
    ), given as (
      select to_timestamp(ms / 1000) at time zone 'UTC' as at_time, value from unnest($1::float8[], $2::float8[]) as u(ms, value)
    ), points as (${points}
    ), seasons as (select *, ${season} as season from points
    ), trained as (select *, ${trained} as trained from seasons
    ), moments as (
      select bucket_end, value, avg(trained) ${over} as avg, stddev(trained) ${over} as sd, count(trained) ${over} as n from trained
    ), scores as (
      select *, case when sd is null or n = 1 then null when sd = 0 then 0 else (value - avg) / sd end as score,
        case when sd is null or n = 1 then null when ${low} > 0 or ${negative} then ${low} else 0 end as low,
        case when sd is null or n = 1 then null else ${high} end as high
      from moments where value is not null and avg is not null
    )
    select extract(epoch from bucket_end) * 1000 as ends, value, avg as average, sd as deviation, n as size, score, low, high,
      score is not null and ((${settings.failOnZero} and value = 0) or (${directed} and ${small} and ${floor}))
        and bucket_end > (select max(bucket_end) from scores) - ${backfill} as anomalous
    from scores order by bucket_end`;
  return {
    text,
    values: [series.map(({ atMs }) => atMs), series.map((point) => point.value), runAtMs],
  };
}
