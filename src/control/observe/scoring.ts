import { problemFrom } from '#base/problem';
import { BY_ITSELF, inWork } from '#control/identity';
import type { Office, Work } from '#control/identity';
import { controlRun, score } from '#engines/stats';
import type { Feedback, Point, Verdict } from '#engines/stats';
import { statement, transaction } from '#platform/db';
import type { Queryable } from '#platform/db';
import { scoringOf, settingsFor } from './scoringsettings.ts';
import type { JudgedSeries } from './scoringsettings.ts';
import { readSetting } from './setting.ts';
import type { Severity } from './severity.ts';
import { takeSignal } from './takesignal.ts';

const LOCK = statement(import.meta.url, 'sql/lock-scoring.sql');
const WAITING = statement(import.meta.url, 'sql/waiting-series.sql');
const HISTORY = statement(import.meta.url, 'sql/series-history.sql');
const FEEDBACK = statement(import.meta.url, 'sql/series-feedback.sql');
const START_RUN = statement(import.meta.url, 'sql/start-scoring-run.sql');
const END_RUN = statement(import.meta.url, 'sql/end-scoring-run.sql');
const KEEP = statement(import.meta.url, 'sql/keep-verdicts.sql');
const FAILING = statement(import.meta.url, 'sql/failing-series.sql');

/** Series read at once: their points are held in memory together. */
const BATCH_SERIES = 500;
/** Series one run judges, whose verdicts it holds in memory (about 5 KiB each); those that still wait are the next run's. */
const RUN_SERIES_MAX = 100_000;
/** Points of one series that are looked at, the newest: two years of days, or twelve weeks of hours. */
const HISTORY_POINTS_MAX = 2_000;
/** An anomaly that is older than this when it is first seen is kept, and nobody is told. */
const NEWS_MS = 3 * 86_400_000;

export type ScoringRun = {
  readonly series: number;
  readonly points: number;
  readonly anomalous: number;
};

/** A series with the verdicts on its new points. */
type Judged = {
  readonly series: WaitingSeries;
  readonly verdicts: readonly Verdict[];
};

/**
 * Judges every series that has new points: each point from those before it, the alarms of the run together held to the false
 * share they may have. What turns out anomalous opens incidents, what is as expected again clears them. One process at a time
 * does it; gives null when another does, or when nothing waits.
 */
export async function scoreWaiting(office: Office): Promise<ScoringRun | null> {
  return transaction(office.pool, async (tx) => {
    const { rows } = await tx.query<{ held: boolean }>(LOCK);
    return rows[0]?.held === true ? run(office) : null;
  });
}

async function run(office: Office): Promise<ScoringRun | null> {
  const startMs = performance.now();
  const judged = await judgeAll(office);
  if (judged.length === 0) return null;
  const { rows } = await office.pool.query<{ id: string }>(START_RUN, [new Date(office.clock())]);
  const runId = Number(rows[0]?.id);
  const settled = inRun(judged, office.clock() - NEWS_MS);
  for (let at = 0; at < settled.length; at += BATCH_SERIES) {
    await keep(office, settled.slice(at, at + BATCH_SERIES), runId);
  }
  await tell(office, settled);
  const verdicts = settled.flatMap((one) => one.verdicts);
  const ended = {
    series: settled.length,
    points: verdicts.length,
    anomalous: verdicts.filter(({ kind }) => kind === 'anomalous').length,
  };
  const durationMs = Math.round(performance.now() - startMs);
  const { series, points, anomalous } = ended;
  await office.pool.query(END_RUN, [runId, series, points, anomalous, durationMs]);
  return ended;
}

async function judgeAll(office: Office): Promise<readonly Judged[]> {
  const setting = await readSetting(office.pool);
  const judged: Judged[] = [];
  for (let after = '0'; judged.length < RUN_SERIES_MAX;) {
    const batch = await readBatch(office.pool, after);
    const last = batch.at(-1);
    if (last === undefined) break;
    after = last.series.id;
    for (const one of batch) {
      judged.push({ series: one.series, verdicts: judge(one, setting.scoring) });
    }
  }
  return judged;
}

type Waiting = {
  readonly series: WaitingSeries;
  readonly points: readonly Point[];
  readonly feedback: readonly Feedback[];
};

function judge(
  { series, points, feedback }: Waiting,
  all: Parameters<typeof scoringOf>[0],
): readonly Verdict[] {
  const scoring = scoringOf(all, series.settings);
  if (scoring.state === 'off') return [];
  try {
    return score(points, settingsFor(series, scoring, feedback), series.waiting_from.getTime());
  } catch (thrown) {
    // Settings for all series need not fit every one of them: one that cannot be judged holds no other up.
    if (problemFrom(thrown).code === 'invalid') return [];
    throw thrown;
  }
}

/** Takes back the weakest alarms of the run; what is no news any more is not among those that count. */
function inRun(judged: readonly Judged[], newsFromMs: number): readonly Judged[] {
  const isNews = (verdict: Verdict) => verdict.atMs >= newsFromMs;
  const controlled = controlRun(judged.flatMap((one) => one.verdicts.filter(isNews)));
  let next = 0;
  return judged.map((one) => ({
    ...one,
    verdicts: one.verdicts.map((verdict) =>
      isNews(verdict) ? (controlled[next++] ?? verdict) : verdict,
    ),
  }));
}

async function keep(office: Office, judged: readonly Judged[], runId: number): Promise<void> {
  const series = judged.map(({ series: one, verdicts }) => {
    const last = verdicts.findLast(({ kind }) => kind !== 'unjudged');
    return {
      id: one.id,
      version: one.version,
      judged_from: one.waiting_from.toISOString(),
      at: last === undefined ? null : new Date(last.atMs).toISOString(),
      verdict: last ?? null,
    };
  });
  const anomalies = judged.flatMap(({ series: one, verdicts }) =>
    verdicts
      .filter(({ kind }) => kind === 'anomalous')
      .map((verdict) => ({ id: one.id, at: new Date(verdict.atMs).toISOString(), verdict })),
  );
  await office.pool.query(KEEP, [JSON.stringify(series), JSON.stringify(anomalies), runId]);
}

/** Words about series whose state changed; those that are and were well need none. */
async function tell(office: Office, judged: readonly Judged[]): Promise<void> {
  const { rows } = await office.pool.query<{ plane: string; key: string }>(FAILING);
  const failing = new Set(rows.map(({ plane, key }) => `${plane} ${key}`));
  const newsFromMs = office.clock() - NEWS_MS;
  for (const { series, verdicts } of judged) {
    // A gap says nothing, neither good nor bad; a point that a person took out says that it was not bad.
    const news = verdicts.filter(
      (verdict) =>
        verdict.atMs >= newsFromMs && (verdict.kind !== 'unjudged' || verdict.why === 'excluded'),
    );
    if (news.length === 0) continue;
    const anomalous = news.some(({ kind }) => kind === 'anomalous');
    const known = failing.has(`${series.plane} ${keyOf(series)}`);
    if (!anomalous && !known) continue;
    await inWork(office, BY_ITSELF, (work) => tellOne(work, series, anomalous ? 'failing' : 'ok'));
  }
}

function tellOne(work: Work, series: WaitingSeries, state: 'ok' | 'failing'): Promise<void> {
  return takeSignal(work, {
    plane: series.plane,
    key: keyOf(series),
    kind: series.metric.endsWith('freshness') ? 'freshness' : 'anomaly',
    assetId: Number(series.asset_id),
    column: series.column_name === '' ? null : series.column_name,
    check: series.custom_name ?? series.metric,
    dimension: dimensionOf(series.metric),
    severity: series.severity,
    state,
    failures: null,
    owners: series.owners,
    tags: series.tags,
    // When it was judged: a point that is measured again has its old time, and the new word must count.
    atMs: work.nowMs,
  });
}

function keyOf(series: Pick<WaitingSeries, 'series'>): string {
  return `series:${series.series}`;
}

/** The quality dimension a metric speaks of. */
export function dimensionOf(metric: string): string {
  if (metric.endsWith('freshness')) return 'freshness';
  if (/^(?:row_count|null|not_null|missing|not_missing|bytes)/u.test(metric)) return 'completeness';
  return /^(?:distinct|unique)/u.test(metric) ? 'uniqueness' : 'accuracy';
}

async function readBatch(tx: Queryable, after: string): Promise<readonly Waiting[]> {
  const { rows: series } = await tx.query<WaitingRow>(WAITING, [after, BATCH_SERIES]);
  if (series.length === 0) return [];
  const ids = series.map(({ id }) => id);
  const history = await tx.query<HistoryRow>(HISTORY, [ids, HISTORY_POINTS_MAX]);
  const points = new Map(history.rows.map((row) => [row.id, pointsOf(row)]));
  const said = await feedbackOf(tx, ids);
  return series.map((row) => ({
    series: {
      ...row,
      direction: row.direction,
      timeZone: row.time_zone,
      bucketSeconds: row.bucket_seconds,
    },
    points: points.get(row.id) ?? [],
    feedback: said.get(row.id) ?? [],
  }));
}

/** What people said of series, by id. */
export async function feedbackOf(
  tx: Queryable,
  ids: readonly (string | number)[],
): Promise<ReadonlyMap<string, readonly Feedback[]>> {
  const { rows } = await tx.query<FeedbackRow>(FEEDBACK, [ids]);
  return new Map(
    [...Map.groupBy(rows, (row) => row.id)].map(([id, list]) => [id, list.map(feedbackFrom)]),
  );
}

/** The newest points of series as the engine takes them, by id. */
export async function historyOf(
  tx: Queryable,
  ids: readonly (string | number)[],
): Promise<ReadonlyMap<string, readonly Point[]>> {
  const { rows } = await tx.query<HistoryRow>(HISTORY, [ids, HISTORY_POINTS_MAX]);
  return new Map(rows.map((row) => [row.id, pointsOf(row)]));
}

function pointsOf({ at_ms, values }: HistoryRow): readonly Point[] {
  return at_ms.map((atMs, i) => ({ atMs, value: values[i] ?? null }));
}

function feedbackFrom({ kind, from_ms, to_ms }: FeedbackRow): Feedback {
  if (kind === 'exclude') return { kind, fromMs: from_ms, toMs: to_ms ?? from_ms };
  return { kind, atMs: from_ms };
}

type WaitingRow = {
  readonly id: string;
  readonly plane: string;
  readonly series: string;
  readonly asset_id: string;
  readonly column_name: string;
  readonly metric: string;
  readonly custom_name: string | null;
  readonly bucket_seconds: number | null;
  readonly time_zone: string;
  readonly direction: JudgedSeries['direction'];
  readonly severity: Severity;
  readonly owners: readonly string[];
  readonly tags: readonly string[];
  readonly waiting_from: Date;
  readonly version: string;
  readonly settings: unknown;
};
type WaitingSeries = WaitingRow & JudgedSeries;
type HistoryRow = {
  readonly id: string;
  readonly at_ms: readonly number[];
  readonly values: readonly (number | null)[];
};
type FeedbackRow = {
  readonly id: string;
  readonly kind: Feedback['kind'];
  readonly from_ms: number;
  readonly to_ms: number | null;
};
