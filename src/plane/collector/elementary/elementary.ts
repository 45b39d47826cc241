import { unreachable } from '#base/assert';
import type { FactBody } from '#boundary';
import { statement, transaction } from '#platform/db';
import type { Transaction } from '#platform/db';
import type { CollectorSettings } from '../context.ts';
import { openStage, takeStaged } from '../dbt/dbtcatalogue.ts';
import type { NodeGate } from '../dbt/dbtnode.ts';
import { addColumn, CATALOGUE_TABLES, stagedFromRow } from './elementarynode.ts';
import { presentColumns, readTable } from './elementaryread.ts';
import type { Present } from './elementaryread.ts';
import {
  freshnessFromRow,
  nodeRunFromRow,
  pointFromRow,
  resultFromRow,
  runFromRow,
} from './elementaryresult.ts';
import { momentIn, stringIn } from '../dbt/jsonvalue.ts';
import type { Doc } from '../dbt/jsonvalue.ts';
import { pieces } from '../tell.ts';
import { tellFacts } from '../tellfacts.ts';
import { knownNames } from '../dbt/textgate.ts';
import type { Session, Warehouse } from '../warehouse/warehouse.ts';
import type { WarehouseRow } from '../warehouse/warehousetable.ts';

const MARK = statement(import.meta.url, '../sql/mark-elementary.sql');
const MARKS = statement(import.meta.url, '../sql/read-elementary-marks.sql');
const SEE = statement(import.meta.url, '../sql/see-elementary.sql');
const FORGET = statement(import.meta.url, '../sql/forget-elementary.sql');

/** `created_at` is when an insert ran; its rows can be seen when it commits. So long before the mark is read again. */
const OVERLAP_MS = 60 * 60 * 1_000;

/** Tables of what happened, with what tells their rows apart. Series of metrics come with their points. */
type HistoryTable =
  | 'dbt_invocations'
  | 'dbt_run_results'
  | 'dbt_source_freshness_results'
  | 'elementary_test_results'
  | 'data_monitoring_metrics';
const HISTORY: readonly (readonly [HistoryTable, (row: Doc) => string])[] = [
  ['dbt_invocations', (row) => stringIn(row, 'invocation_id') ?? ''],
  ['dbt_run_results', (row) => stringIn(row, 'model_execution_id') ?? ''],
  ['dbt_source_freshness_results', (row) => stringIn(row, 'source_freshness_execution_id') ?? ''],
  ['elementary_test_results', (row) => stringIn(row, 'id') ?? ''],
  // The same point may come again with a later `updated_at`, which then holds.
  [
    'data_monitoring_metrics',
    (row) => `${stringIn(row, 'id') ?? ''} ${stringIn(row, 'updated_at') ?? ''}`,
  ],
];

/**
 * Reads what is new in a schema of the Elementary dbt package and tells it: the catalogue as differences, what happened by
 * `created_at`, each row once. Tables and columns that are missing are passed over.
 */
export async function syncElementary(
  settings: CollectorSettings,
  row: WarehouseRow,
  warehouse: Warehouse,
): Promise<void> {
  const gate: NodeGate = {
    digest: settings.digest,
    known: knownNames(settings),
    target: row.name,
    descriptions: false,
  };
  await warehouse.work(
    async (session) => {
      const present = await presentColumns(session, row.results);
      const reading = { session, present, row, gate };
      await transaction(settings.pool, (tx) => syncCatalogue(settings, tx, reading));
      const marks = await marksOf(settings, row.name);
      for (const [table, keyOf] of HISTORY) {
        const fromMs = marks.get(table) ?? null;
        const wish = {
          schema: row.results,
          table,
          fromMs: fromMs === null ? 0 : fromMs - OVERLAP_MS,
        };
        for await (const page of readTable(session, present, wish)) {
          await transaction(settings.pool, (tx) =>
            tellPage(settings, tx, { reading, table, page, keyOf }),
          );
        }
      }
    },
    { readOnly: true },
  );
  settings.border.wake();
}

type Reading = {
  readonly session: Session;
  readonly present: Present;
  readonly row: WarehouseRow;
  readonly gate: NodeGate;
};

async function marksOf(
  settings: CollectorSettings,
  warehouse: string,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await settings.pool.query<{ relation: string; through_ms: string }>(MARKS, [
    warehouse,
  ]);
  return new Map(rows.map((mark) => [mark.relation, Number(mark.through_ms)]));
}

async function syncCatalogue(
  settings: CollectorSettings,
  tx: Transaction,
  reading: Reading,
): Promise<void> {
  const { session, present, row, gate } = reading;
  const columns = new Map<string, Record<string, unknown>>();
  for await (const page of readTable(session, present, {
    schema: row.results,
    table: 'dbt_columns',
    fromMs: null,
  })) {
    for (const column of page) addColumn(columns, column);
  }
  const stage = await openStage(tx);
  for (const table of CATALOGUE_TABLES) {
    for await (const page of readTable(session, present, {
      schema: row.results,
      table,
      fromMs: null,
    })) {
      const staged = await Promise.all(
        page.map((one) => stagedFromRow(gate, table, { row: one, columns })),
      );
      await stage.add(staged.flat());
    }
  }
  const of = {
    target: row.name,
    project: 'elementary',
    origin: 'elementary',
    generatedMs: settings.clock(),
  } as const;
  const facts = await takeStaged(tx, of, { timeMs: settings.clock() });
  await tellFacts(settings, tx, { warehouse: row.name, run: null, facts: facts ?? [] });
}

type Page = {
  readonly reading: Reading;
  readonly table: HistoryTable;
  readonly page: readonly Doc[];
  readonly keyOf: (row: Doc) => string;
};

async function tellPage(
  settings: CollectorSettings,
  tx: Transaction,
  { reading, table, page, keyOf }: Page,
): Promise<void> {
  const { row, gate } = reading;
  const created = (one: Doc) => momentIn(one, 'created_at') ?? 0;
  const seen = await tx.query<{ key: string }>(SEE, [
    row.name,
    table,
    page.map(keyOf),
    page.map(created),
  ]);
  const fresh = new Set(seen.rows.map(({ key }) => key));
  const news = page.filter((one) => fresh.delete(keyOf(one)));
  const facts = await factsOf(gate, table, {
    rows: news,
    head: { timeMs: settings.clock(), warehouse: row.name },
  });
  await tellFacts(settings, tx, { warehouse: row.name, run: null, facts });
  const throughMs = Math.max(0, ...page.map(created));
  await tx.query(MARK, [row.name, table, throughMs]);
  await tx.query(FORGET, [row.name, table, throughMs - 2 * OVERLAP_MS]);
}

type Rows = {
  readonly rows: readonly Doc[];
  readonly head: { readonly timeMs: number; readonly warehouse: string };
};

async function factsOf(
  gate: NodeGate,
  table: HistoryTable,
  { rows, head }: Rows,
): Promise<readonly FactBody[]> {
  switch (table) {
    case 'dbt_invocations': {
      const runs = await Promise.all(rows.map((row) => runFromRow(gate, row)));
      return runs.map((run) => ({
        kind: 'run-result',
        ...head,
        origin: 'elementary',
        status: 'unknown',
        fault: null,
        adapter: null,
        commit: null,
        counts: NO_COUNTS,
        ...run,
      }));
    }
    case 'dbt_run_results': {
      const runs = present(await Promise.all(rows.map((row) => nodeRunFromRow(gate, row))));
      return pieces(runs).map((some) => ({ kind: 'node-runs', ...head, runs: some }));
    }
    case 'dbt_source_freshness_results': {
      const results = present(await Promise.all(rows.map((row) => freshnessFromRow(gate, row))));
      return pieces(results).map((some) => ({ kind: 'source-freshness', ...head, results: some }));
    }
    case 'elementary_test_results': {
      const found = present(await Promise.all(rows.map((row) => resultFromRow(gate, row))));
      const changes = present(found.map(({ change }) => change));
      return [
        ...pieces(found.map(({ result }) => result)).map(
          (some) => ({ kind: 'test-results', ...head, results: some }) as const,
        ),
        ...pieces(changes).map(
          (some) => ({ kind: 'schema-changes', ...head, changes: some }) as const,
        ),
      ];
    }
    case 'data_monitoring_metrics':
      return pointFacts(
        present(await Promise.all(rows.map((row) => pointFromRow(gate, row)))),
        head,
      );
  }
  return unreachable(table);
}

const NO_COUNTS = { total: 0, succeeded: 0, warned: 0, failed: 0, skipped: 0 } as const;
/** Metrics of Elementary name no run of theirs. */
const NO_RUN = '00000000-0000-0000-0000-000000000000';

function pointFacts(
  found: readonly NonNullable<Awaited<ReturnType<typeof pointFromRow>>>[],
  head: Rows['head'],
): readonly FactBody[] {
  const series = [...new Map(found.map((one) => [one.series.series, one.series])).values()];
  return [
    ...pieces(series).map((some) => ({ kind: 'metric-series', ...head, series: some }) as const),
    ...pieces(found.map(({ point }) => point)).map(
      (points) => ({ kind: 'metric-points', ...head, run: NO_RUN, points }) as const,
    ),
  ];
}

function present<T>(items: readonly (T | null)[]): readonly T[] {
  return items.filter((item) => item !== null);
}
