import type { FactBody } from '#boundary';
import { statement, transaction } from '#platform/db';
import type { Transaction } from '#platform/db';
import type { CollectorSettings } from './context.ts';
import { instantText } from './monitor/moment.ts';
import { listMonitors } from './monitor/monitortable.ts';
import { resultName } from './warehouse/resultschema.ts';
import { readRun, runFacts, seriesDigest } from './tell.ts';
import { tellFacts } from './tellfacts.ts';
import type { RunReport } from './tell.ts';
import type { Warehouse } from './warehouse/warehouse.ts';
import type { WarehouseRow } from './warehouse/warehousetable.ts';

const MARK = statement(import.meta.url, 'sql/mark-told.sql');
const TOLD_SERIES = statement(import.meta.url, 'sql/told-series.sql');
const PUT_TOLD_SERIES = statement(import.meta.url, 'sql/put-told-series.sql');
const TOLD_RUNS = statement(import.meta.url, 'sql/told-runs.sql');

/** A run that has not ended after this long will not: its process is gone and its job was given up. */
const ABANDONED_MS = 24 * 60 * 60 * 1_000;
/** Runs told at once; the rest is told the next time. */
const RUNS_MAX = 1_000;

/**
 * Tells control of every run of a warehouse that ended and was not told yet, each once: its facts go into the outbox in
 * the transaction that marks the run. Gives how many were told.
 */
export async function tellRuns(
  settings: CollectorSettings,
  row: WarehouseRow,
  warehouse: Warehouse,
): Promise<number> {
  const ended = await warehouse.work(
    (session) =>
      session.query(
        `select run_id from ${resultName(row.results, 'obs_v1_run')}
         where ended_at is not null or started_at < $1::timestamptz order by started_at desc limit ${RUNS_MAX}`,
        [instantText(settings.clock() - ABANDONED_MS)],
      ),
    { readOnly: true },
  );
  const ids = ended.map((run) => String(run['run_id']));
  const { rows } = await settings.pool.query<{ run_id: string }>(TOLD_RUNS, [row.name, ids]);
  const told = new Set(rows.map((run) => run.run_id));
  // Oldest first, so that what control learns of a series comes in the order it was measured.
  const waiting = ids.filter((id) => !told.has(id)).toReversed();
  for (const runId of waiting) await tellRun(settings, row, { warehouse, runId });
  return waiting.length;
}

async function tellRun(
  settings: CollectorSettings,
  row: WarehouseRow,
  { warehouse, runId }: { readonly warehouse: Warehouse; readonly runId: string },
): Promise<void> {
  const kept = await listMonitors(settings.pool, { warehouse: row.name });
  const monitors = new Map(kept.map(({ monitor }) => [monitor.name, monitor]));
  const telling = {
    results: row.results,
    database: databaseOf(row),
    runId,
    monitorOf: (name: string) => monitors.get(name),
  };
  const report = await warehouse.work((session) => readRun(session, telling), { readOnly: true });
  if (report === null) return;
  await transaction(settings.pool, async (tx) => {
    const { rowCount } = await tx.query(MARK, [row.name, runId, settings.clock()]);
    if (rowCount !== 1) return;
    const facts = await factsOf(settings, tx, { row, report });
    await tellFacts(settings, tx, { warehouse: row.name, run: runId, facts });
  });
  settings.border.wake();
}

async function factsOf(
  settings: CollectorSettings,
  tx: Transaction,
  { row, report }: { readonly row: WarehouseRow; readonly report: RunReport },
): Promise<readonly FactBody[]> {
  const ids = report.series.map(({ series }) => series);
  const { rows } = await tx.query<{ series: string; digest: string }>(TOLD_SERIES, [ids]);
  const told = new Map(rows.map(({ series, digest }) => [series, digest]));
  await tx.query(PUT_TOLD_SERIES, [ids, row.name, report.series.map(seriesDigest)]);
  return runFacts(report, { timeMs: settings.clock(), warehouse: row.name }, told);
}

/** What tables of a warehouse call their database. */
export function databaseOf({ place }: Pick<WarehouseRow, 'place'>): string {
  return place.kind === 'postgresql' ? place.database : 'duckdb';
}
