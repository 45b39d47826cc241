import type { ReportData } from '#engines/report';
import { simulate } from '#engines/stats';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { healthOf } from './health.ts';
import type { Health } from './health.ts';
import { findIncident, listIncidents } from './incidentstate.ts';
import type { Incident } from './incidentstate.ts';
import { lineageAround } from './lineage.ts';
import { feedbackOf, historyOf } from './scoring.ts';
import { scoringOf, settingsFor } from './scoringsettings.ts';
import { listSeries } from './series.ts';
import type { SeriesSummary } from './series.ts';
import { readSetting } from './setting.ts';
import { usageOf } from './usage.ts';

const CHARTED = statement(import.meta.url, 'sql/charted-series.sql');
const TESTS = statement(import.meta.url, 'sql/report-tests.sql');
const TEST_COUNTS = statement(import.meta.url, 'sql/count-tests.sql');
const RUNS = statement(import.meta.url, 'sql/report-runs.sql');
const CHANGES = statement(import.meta.url, 'sql/report-changes.sql');
const WAREHOUSES = statement(import.meta.url, 'sql/list-warehouses.sql');

const INCIDENTS_MAX = 60;
const CHARTS_MAX = 12;
const CHART_POINTS_MAX = 180;
const LINEAGE_NODES_MAX = 48;
const TESTS_MAX = 200;
const RUNS_MAX = 20;
const CHANGES_MAX = 20;
const USAGE_MAX = 12;

/** Everything a report shows of the last days; what matters most where there is too much. */
export async function reportData(
  tx: Queryable,
  asked: { readonly nowMs: number; readonly days: number },
): Promise<ReportData> {
  const since = new Date(asked.nowMs - asked.days * 86_400_000);
  const health = await healthOf(tx, asked.nowMs);
  const incidents = await incidentsSince(tx, since);
  const tests = await tx.query<ReportData['tests'][number]>(TESTS, [since, TESTS_MAX]);
  const counts = await tx.query<ReportData['testCounts']>(TEST_COUNTS);
  const runs = await tx.query<ReportData['runs'][number]>(RUNS, [since, RUNS_MAX]);
  const changes = await tx.query<ReportData['changes'][number]>(CHANGES, [since, CHANGES_MAX]);
  const warehouses = await tx.query<ReportData['warehouses'][number]>(WAREHOUSES);
  const { sources, shapes, unused } = await usageOf(tx, { ...asked, limit: USAGE_MAX });
  return {
    generatedAtMs: asked.nowMs,
    days: asked.days,
    warehouses: warehouses.rows,
    health,
    incidents,
    charts: await chartsOf(tx),
    lineage: await lineageData(tx, health, incidents),
    tests: tests.rows,
    testCounts: counts.rows[0] ?? { pass: 0, warn: 0, fail: 0, error: 0 },
    runs: runs.rows,
    changes: changes.rows,
    usage: { sources, shapes, unused },
  };
}

async function incidentsSince(tx: Queryable, since: Date): Promise<ReportData['incidents']> {
  const listed = await listIncidents(tx, { limit: INCIDENTS_MAX });
  const shown = listed.filter(
    (one) => one.state !== 'resolved' || Date.parse(one.resolvedAt ?? '') >= since.getTime(),
  );
  const whole: Incident[] = [];
  for (const { id } of shown) whole.push(await findIncident(tx, id));
  return whole.map((one) => ({
    id: one.id,
    place: one.place,
    severity: one.severity,
    state: one.state,
    openedAtMs: Date.parse(one.openedAt),
    resolvedAtMs: one.resolvedAt === null ? null : Date.parse(one.resolvedAt),
    owners: [...one.owners],
    assignee: one.assignee,
    acknowledgedBy: one.acknowledgedBy,
    checks: one.signals.map(({ kind, check, column, failures, state }) => ({
      kind,
      check,
      column,
      failures,
      failing: state === 'failing',
    })),
  }));
}

/** The series that are out of the ordinary, then those that were last, then others with much history. */
async function chartsOf(tx: Queryable): Promise<ReportData['charts']> {
  const { rows } = await tx.query<{ id: string }>(CHARTED, [CHARTS_MAX]);
  const charts: ReportData['charts'][number][] = [];
  for (const { id } of rows) {
    const [series] = await listSeries(tx, { id: Number(id), limit: 1 });
    if (series !== undefined) charts.push(await chartOf(tx, series));
  }
  return charts;
}

async function chartOf(
  tx: Queryable,
  series: SeriesSummary,
): Promise<ReportData['charts'][number]> {
  const key = String(series.id);
  const history = (await historyOf(tx, [series.id])).get(key) ?? [];
  const said = (await feedbackOf(tx, [series.id])).get(key) ?? [];
  const scoring = scoringOf((await readSetting(tx)).scoring, series.settings);
  const { verdicts } = simulate(history, settingsFor(series, scoring, said));
  return {
    place: series.place,
    column: series.column,
    metric: series.name,
    failing: series.failing,
    sentence: series.sentence,
    points: verdicts.slice(-CHART_POINTS_MAX).map((verdict) => {
      const accepted = verdict.kind === 'unjudged' ? null : verdict.explanation.accepted;
      return {
        atMs: verdict.atMs,
        value: verdict.value,
        low: accepted?.low ?? null,
        high: accepted?.high ?? null,
        anomalous: verdict.kind === 'anomalous',
      };
    }),
  };
}

/** The part of lineage around tables in which something fails, or else around those that most is made of. */
async function lineageData(
  tx: Queryable,
  health: Health,
  incidents: ReportData['incidents'],
): Promise<ReportData['lineage']> {
  const failing = new Set(
    incidents.filter((one) => one.state !== 'resolved').map((one) => one.place),
  );
  const scores = new Map(health.tables.map((table) => [table.place, table.score]));
  const { nodes, edges, unshown } = await lineageAround(tx, failing, LINEAGE_NODES_MAX);
  return {
    nodes: nodes.map(({ key, kind, name }) => ({
      key,
      kind,
      name,
      score: scores.get(name) ?? null,
      failing: kind === 'table' && failing.has(name),
    })),
    edges: [...edges],
    unshown,
  };
}
