import type { FactOf } from '#boundary';
import { momentOf } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import { assetIds, assetKey, WHOLE_WAREHOUSE } from './asset.ts';
import { takeSignal } from './takesignal.ts';
import type { Signal } from './signal.ts';

const PUT_RUN = statement(import.meta.url, 'sql/put-run.sql');
const PUT_NODE_RUNS = statement(import.meta.url, 'sql/put-node-runs.sql');
const NODES = statement(import.meta.url, 'sql/nodes-named.sql');

/** Keeps a run of dbt or of the collector. What failed in it, its nodes and tests say; without any, the run itself. */
export async function takeRunResult(work: Work, fact: FactOf<'run-result'>): Promise<void> {
  const startedAt = fact.startedMs === null ? null : new Date(fact.startedMs);
  const completedAt = fact.completedMs === null ? null : new Date(fact.completedMs);
  await work.tx.query(PUT_RUN, [
    fact.plane,
    fact.run,
    fact.warehouse,
    fact.origin,
    fact.command,
    fact.status,
    fact.fault,
    fact.project,
    fact.job,
    startedAt,
    completedAt,
    momentOf(work),
    JSON.stringify(fact.counts),
  ]);
  if (fact.status === 'running' || fact.status === 'unknown') return;
  const ids = await assetIds(work.tx, fact, [WHOLE_WAREHOUSE]);
  const what = [fact.origin, fact.project, fact.job, fact.command].filter((part) => part !== null);
  await takeSignal(work, {
    ...runSignal(fact.plane, ids.get(assetKey(WHOLE_WAREHOUSE)) ?? 0),
    key: `run:${JSON.stringify([fact.warehouse, ...what])}`,
    check: `${fact.job ?? fact.project ?? fact.origin}.${fact.command}`,
    severity: 'high',
    // A run whose nodes failed is told of by them; one that failed before any did has nobody else to say so.
    state: fact.status === 'failed' && fact.counts.failed === 0 ? 'failing' : 'ok',
    failures: null,
    atMs: fact.completedMs ?? fact.timeMs,
  });
}

/** Keeps how steps of runs went; a step that failed opens an incident for its table, the next good one clears it. */
export async function takeNodeRuns(work: Work, fact: FactOf<'node-runs'>): Promise<void> {
  const rows = fact.runs.map((one) => ({
    run: one.run,
    node: one.node,
    status: one.status,
    fault: one.fault,
    completed_at: one.completedMs === null ? null : new Date(one.completedMs).toISOString(),
    execution_ms: one.executionMs,
    rows_affected: one.rowsAffected,
    bytes_processed: one.bytesProcessed,
  }));
  await work.tx.query(PUT_NODE_RUNS, [
    fact.plane,
    fact.warehouse,
    JSON.stringify(rows),
    momentOf(work),
  ]);
  const known = await nodesNamed(
    work,
    fact,
    fact.runs.map(({ node }) => node),
  );
  for (const one of fact.runs) {
    if (one.status === 'skipped' || one.status === 'no-op') continue;
    const node = known.get(one.node) ?? null;
    await takeSignal(work, {
      ...runSignal(fact.plane, node?.assetId ?? (await wholeWarehouse(work, fact))),
      key: `node:${JSON.stringify([fact.warehouse, one.node])}`,
      check: node?.name ?? one.node,
      severity: 'high',
      state: one.status === 'success' ? 'ok' : 'failing',
      failures: null,
      owners: node?.owners ?? [],
      tags: node?.tags ?? [],
      atMs: one.completedMs ?? one.startedMs ?? fact.timeMs,
    });
  }
}

/** Sources that have not been loaded for longer than they promise. */
export async function takeSourceFreshness(
  work: Work,
  fact: FactOf<'source-freshness'>,
): Promise<void> {
  const known = await nodesNamed(
    work,
    fact,
    fact.results.map(({ node }) => node),
  );
  for (const one of fact.results) {
    const node = known.get(one.node) ?? null;
    await takeSignal(work, {
      ...runSignal(fact.plane, node?.assetId ?? (await wholeWarehouse(work, fact))),
      kind: one.status === 'runtime-error' ? 'run' : 'freshness',
      key: `freshness:${JSON.stringify([fact.warehouse, one.node])}`,
      check: 'source_freshness',
      dimension: 'freshness',
      severity: one.status === 'warn' ? 'low' : 'high',
      state: one.status === 'pass' ? 'ok' : 'failing',
      failures: null,
      owners: node?.owners ?? [],
      tags: node?.tags ?? [],
      atMs: one.snapshottedMs ?? fact.timeMs,
    });
  }
}

type KnownNode = {
  readonly name: string;
  readonly assetId: number | null;
  readonly owners: readonly string[];
  readonly tags: readonly string[];
};

async function nodesNamed(
  work: Work,
  fact: { readonly plane: string; readonly warehouse: string },
  nodes: readonly string[],
): Promise<ReadonlyMap<string, KnownNode>> {
  const { rows } = await work.tx.query<NodeRow>(NODES, [fact.plane, fact.warehouse, nodes]);
  return new Map(
    rows.map(({ node, name, asset_id, owners, tags }) => [
      node,
      { name, assetId: asset_id === null ? null : Number(asset_id), owners, tags },
    ]),
  );
}

async function wholeWarehouse(
  work: Work,
  fact: { readonly plane: string; readonly warehouse: string },
): Promise<number> {
  const ids = await assetIds(work.tx, fact, [WHOLE_WAREHOUSE]);
  return ids.get(assetKey(WHOLE_WAREHOUSE)) ?? 0;
}

function runSignal(plane: string, assetId: number) {
  return {
    plane,
    assetId,
    kind: 'run',
    column: null,
    dimension: null,
    owners: [],
    tags: [],
  } satisfies Partial<Signal>;
}

type NodeRow = {
  readonly node: string;
  readonly name: string;
  readonly asset_id: string | null;
  readonly owners: readonly string[];
  readonly tags: readonly string[];
};
