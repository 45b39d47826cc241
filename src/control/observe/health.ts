import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { dimensionOf } from './scoring.ts';
import type { Severity } from './severity.ts';

const ASSETS = statement(import.meta.url, 'sql/health-assets.sql');
const CHECKS = statement(import.meta.url, 'sql/health-checks.sql');
const TREND = statement(import.meta.url, 'sql/health-trend.sql');
const KEEP = statement(import.meta.url, 'sql/keep-health.sql');

const DIMENSIONS = [
  'completeness',
  'uniqueness',
  'validity',
  'consistency',
  'freshness',
  'accuracy',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** A share of weight that is well, from 0 to 100; null where nothing is watched. */
export type Scores = Readonly<Record<Dimension, number | null>>;

export type TableHealth = {
  readonly place: string;
  readonly source: string | null;
  readonly owners: readonly string[];
  /** Mean of the dimensions that are watched; null when none is. */
  readonly score: number | null;
  readonly dimensions: Scores;
  readonly checks: number;
  readonly failing: number;
};

/** How far there is anything that would notice. */
export type Coverage = {
  readonly tables: number;
  /** With a test, a monitor or a series. */
  readonly watched: number;
  readonly owned: number;
  readonly columns: number;
  readonly columnsTested: number;
  readonly described: number;
};

export type Health = {
  readonly score: number | null;
  readonly dimensions: Scores;
  readonly coverage: Coverage;
  readonly tables: readonly TableHealth[];
  /** Mean score a day. */
  readonly trend: readonly { readonly day: string; readonly score: number }[];
};

/** What one check says of one dimension of a table. */
export type HealthCheck = {
  readonly dimension: Dimension;
  readonly severity: Severity;
  readonly ok: boolean;
};

/** A critical check weighs as much as eight low ones. */
const WEIGHTS: Readonly<Record<Severity, number>> = { low: 1, normal: 2, high: 4, critical: 8 };
const TREND_DAYS = 30;

/** The scores of checks: in each dimension the share of their weight that is well. */
export function scoresOf(checks: readonly HealthCheck[]): Scores {
  const share = (dimension: Dimension) => {
    const own = checks.filter((check) => check.dimension === dimension);
    const weight = (of: readonly HealthCheck[]) =>
      of.reduce((sum, check) => sum + WEIGHTS[check.severity], 0);
    if (own.length === 0) return null;
    return Math.round((1_000 * weight(own.filter(({ ok }) => ok))) / weight(own)) / 10;
  };
  return {
    completeness: share('completeness'),
    uniqueness: share('uniqueness'),
    validity: share('validity'),
    consistency: share('consistency'),
    freshness: share('freshness'),
    accuracy: share('accuracy'),
  };
}

/** The mean of what is watched. */
export function overall(scores: Scores): number | null {
  const known = DIMENSIONS.flatMap((dimension) => scores[dimension] ?? []);
  if (known.length === 0) return null;
  return Math.round((10 * known.reduce((sum, one) => sum + one, 0)) / known.length) / 10;
}

/** How well the data is, table by table and in all. */
export async function healthOf(tx: Queryable, nowMs: number): Promise<Health> {
  const { rows: assets } = await tx.query<AssetRow>(ASSETS);
  const { rows } = await tx.query<CheckRow>(CHECKS);
  const checks = Map.groupBy(rows, (row) => row.asset_id);
  const tables = assets.map((asset) => tableHealth(asset, checks.get(asset.id) ?? []));
  const dimensions = scoresOf(rows.map(checkOf));
  const trend = await tx.query<{ day: string; score: number }>(TREND, [
    new Date(nowMs - TREND_DAYS * 86_400_000),
  ]);
  return {
    score: overall(dimensions),
    dimensions,
    coverage: coverageOf(assets, checks),
    tables,
    trend: trend.rows,
  };
}

/** Writes down how well each table is today. */
export async function keepHealth(tx: Queryable, nowMs: number): Promise<void> {
  const { rows: assets } = await tx.query<AssetRow>(ASSETS);
  const { rows } = await tx.query<CheckRow>(CHECKS);
  const checks = Map.groupBy(rows, (row) => row.asset_id);
  const scores = assets.flatMap((asset) => {
    const score = overall(scoresOf((checks.get(asset.id) ?? []).map(checkOf)));
    return score === null ? [] : [{ id: asset.id, score }];
  });
  await tx.query(KEEP, [new Date(nowMs), JSON.stringify(scores)]);
}

function tableHealth(asset: AssetRow, rows: readonly CheckRow[]): TableHealth {
  const checks = rows.map(checkOf);
  const dimensions = scoresOf(checks);
  return {
    place: asset.place,
    source: asset.source_id,
    owners: asset.owners,
    score: overall(dimensions),
    dimensions,
    checks: checks.length,
    failing: checks.filter(({ ok }) => !ok).length,
  };
}

function coverageOf(
  assets: readonly AssetRow[],
  checks: ReadonlyMap<string, readonly CheckRow[]>,
): Coverage {
  const sum = (of: (asset: AssetRow) => number) =>
    assets.reduce((total, asset) => total + of(asset), 0);
  return {
    tables: assets.length,
    watched: assets.filter(({ id, monitored }) => monitored || checks.has(id)).length,
    owned: assets.filter(({ owners }) => owners.length > 0).length,
    columns: sum((asset) => asset.columns),
    columnsTested: sum((asset) => asset.columns_tested),
    described: assets.filter((asset) => asset.described).length,
  };
}

function checkOf(row: CheckRow): HealthCheck {
  const { severity, ok } = row;
  const named = row.metric === null ? row.dimension : dimensionOf(row.metric);
  const dimension = DIMENSIONS.find((one) => one === named) ?? 'validity';
  return { dimension, severity, ok };
}

type AssetRow = {
  readonly id: string;
  readonly place: string;
  readonly source_id: string | null;
  readonly owners: readonly string[];
  readonly columns: number;
  readonly columns_tested: number;
  readonly described: boolean;
  readonly monitored: boolean;
};
type CheckRow = {
  readonly asset_id: string;
  readonly dimension: string | null;
  readonly metric: string | null;
  readonly severity: Severity;
  readonly ok: boolean;
};
