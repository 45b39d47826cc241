import { setImmediate } from 'node:timers/promises';
import { Problem } from '#base/problem';
import { momentOf, recordAct } from '#control/identity';
import type { Work } from '#control/identity';
import { sentenceOf, simulate } from '#engines/stats';
import type { Feedback, Simulation, Verdict } from '#engines/stats';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { feedbackOf, historyOf } from './scoring.ts';
import { measureOf, scoringOf, settingsFor } from './scoringsettings.ts';
import type { JudgedSeries, Scoring } from './scoringsettings.ts';
import { readSetting } from './setting.ts';
import type { Severity } from './severity.ts';

const LIST = statement(import.meta.url, 'sql/list-series.sql');
const CHOOSE = statement(import.meta.url, 'sql/choose-scoring.sql');
const SAY = statement(import.meta.url, 'sql/say-feedback.sql');
const UNSAY = statement(import.meta.url, 'sql/unsay-feedback.sql');

/** Series a simulation of settings for all is tried on. */
const SIMULATED_MAX = 200;

/** One metric over time, as lists show it. */
export type SeriesSummary = JudgedSeries & {
  readonly id: number;
  readonly place: string;
  readonly column: string | null;
  readonly name: string;
  /** Columns whose categories are told apart; which category this is, is told by nobody. */
  readonly categoryOf: readonly string[];
  readonly origin: string;
  readonly severity: Severity;
  readonly points: number;
  readonly lastAt: string | null;
  readonly lastValue: number | null;
  readonly verdict: Verdict | null;
  /** What the verdict says, with its numbers. */
  readonly sentence: string | null;
  readonly failing: boolean;
  readonly settings: Scoring | null;
};

export type SeriesFilter = {
  readonly id?: number | undefined;
  readonly place?: string | undefined;
  readonly metric?: string | undefined;
  readonly failing?: boolean | undefined;
  readonly after?: number | undefined;
  readonly limit: number;
};

/** Series by id. */
export async function listSeries(
  tx: Queryable,
  filter: SeriesFilter,
): Promise<readonly SeriesSummary[]> {
  const { id, place, metric, failing, after, limit } = filter;
  const values = [id ?? null, place ?? null, metric ?? null, failing ?? null, after ?? 0, limit];
  const { rows } = await tx.query<SeriesRow>(LIST, values);
  return rows.map(summaryOf);
}

/** One series; throws `not-found`. */
export async function findSeries(tx: Queryable, id: number): Promise<SeriesSummary> {
  const [found] = await listSeries(tx, { id, limit: 1 });
  if (found !== undefined) return found;
  throw new Problem('not-found', 'no series has that id', {
    hint: '`privet observe series list` shows them',
  });
}

/** What settings would have done to a series, had they been in force: over all that is kept of it. */
export async function simulateSeries(
  tx: Queryable,
  id: number,
  scoring: Scoring | null,
): Promise<Simulation> {
  const series = await findSeries(tx, id);
  const held = scoringOf((await readSetting(tx)).scoring, scoring ?? series.settings);
  const said = (await feedbackOf(tx, [id])).get(String(id)) ?? [];
  const points = (await historyOf(tx, [id])).get(String(id)) ?? [];
  return simulate(points, settingsFor(series, held, said));
}

/** Alarms that settings for all would have raised, beside those of the settings in force. */
export type Comparison = {
  readonly series: number;
  readonly points: number;
  readonly alarmsNow: number;
  readonly alarmsThen: number;
};

/** Tries settings for all on the series that have none of their own, at most so many. */
export async function simulateAll(tx: Queryable, scoring: Scoring): Promise<Comparison> {
  const now = (await readSetting(tx)).scoring;
  const all = await listSeries(tx, { limit: SIMULATED_MAX });
  const ids = all.filter((one) => one.settings === null).map(({ id }) => id);
  const history = await historyOf(tx, ids);
  const said = await feedbackOf(tx, ids);
  let [points, alarmsNow, alarmsThen] = [0, 0, 0];
  for (const series of all.filter((one) => one.settings === null)) {
    const key = String(series.id);
    const run = (held: Scoring) =>
      simulate(history.get(key) ?? [], settingsFor(series, held, said.get(key) ?? []));
    points += history.get(key)?.length ?? 0;
    // Whoever asks control something meanwhile is answered between two series.
    await setImmediate();
    alarmsNow += now.state === 'off' ? 0 : run(now).alarms.length;
    alarmsThen += scoring.state === 'off' ? 0 : run(scoring).alarms.length;
  }
  return { series: ids.length, points, alarmsNow, alarmsThen };
}

/** Gives a series settings of its own, or (null) those for all again; its newest points are judged anew. */
export async function chooseScoring(
  work: Work,
  id: number,
  scoring: Scoring | null,
): Promise<void> {
  const series = await findSeries(work.tx, id);
  if (scoring !== null) settingsFor(series, scoring, []);
  await work.tx.query(CHOOSE, [id, scoring === null ? null : JSON.stringify(scoring)]);
  await recordAct(work, { action: 'setting-changed', target: `series ${id}`, after: scoring });
}

/** Says what points were: normal, wrong, the beginning of a new normal, or not to be looked at. */
export async function sayFeedback(work: Work, id: number, feedback: Feedback): Promise<void> {
  await findSeries(work.tx, id);
  const [fromMs, toMs] =
    feedback.kind === 'exclude' ? [feedback.fromMs, feedback.toMs] : [feedback.atMs, null];
  if (toMs !== null && toMs <= fromMs) {
    throw new Problem('invalid', 'a range to exclude expected to end after it begins');
  }
  const to = toMs === null ? null : new Date(toMs);
  const by = [work.actor.name, momentOf(work)];
  await work.tx.query(SAY, [id, feedback.kind, new Date(fromMs), to, ...by]);
  await recordAct(work, { action: 'setting-changed', target: `series ${id} ${feedback.kind}` });
}

/** Takes back the last thing that was said of a series; throws `not-found` when nothing was. */
export async function unsayFeedback(work: Work, id: number): Promise<void> {
  const { rowCount } = await work.tx.query(UNSAY, [id]);
  if (rowCount === 0) throw new Problem('not-found', 'nothing was said of that series');
  await recordAct(work, { action: 'setting-changed', target: `series ${id} unsaid` });
}

type SeriesRow = {
  readonly id: string;
  readonly place: string;
  readonly column_name: string;
  readonly metric: string;
  readonly custom_name: string | null;
  readonly category_of: readonly string[];
  readonly origin: string;
  readonly bucket_seconds: number | null;
  readonly time_zone: string;
  readonly direction: JudgedSeries['direction'];
  readonly severity: Severity;
  readonly points: number;
  readonly last_at: Date | null;
  readonly last_value: number | null;
  readonly verdict: Verdict | null;
  readonly failing: boolean;
  readonly settings: Scoring | null;
};

function summaryOf(row: SeriesRow): SeriesSummary {
  const name = row.custom_name ?? row.metric;
  const column = row.column_name === '' ? null : row.column_name;
  const what = `${name} of ${row.place}${column === null ? '' : `.${column}`}`;
  return {
    id: Number(row.id),
    place: row.place,
    column,
    metric: row.metric,
    name,
    categoryOf: row.category_of,
    origin: row.origin,
    bucketSeconds: row.bucket_seconds,
    timeZone: row.time_zone,
    direction: row.direction,
    severity: row.severity,
    points: row.points,
    lastAt: row.last_at?.toISOString() ?? null,
    lastValue: row.last_value,
    verdict: row.verdict,
    sentence: row.verdict === null ? null : sentenceOf(row.verdict, what, measureOf(row.metric)),
    failing: row.failing,
    settings: row.settings,
  };
}
