import { columnLineage, loadParser } from '#engines/sql';
import { statement, transaction } from '#platform/db';
import type { CollectorSettings } from '../context.ts';
import { POSTGRESQL } from './dialect.ts';
import type { LineageMemory } from './lineagememory.ts';
import { RELATIONS_A_FACT, relationLineage } from './relationlineage.ts';
import type { RelationLineage } from './relationlineage.ts';
import { textIn } from './warehouse.ts';
import type { Row, Session, Warehouse } from './warehouse.ts';
import type { WarehouseRow } from './warehousetable.ts';

const VIEWS = statement(import.meta.url, '../sql/view-definitions.sql');
const RELATIONS = statement(import.meta.url, '../sql/relation-columns.sql');

/** Definitions change seldom; reading them all is not done for every monitor. */
const EVERY_MS = 60 * 60_000;
const TIMEOUT_SECONDS = 60;

export type LineageTelling = {
  readonly row: WarehouseRow;
  readonly warehouse: Warehouse;
  readonly database: string;
};

/**
 * Tells what views of a warehouse are made of, by the names of their columns: definitions hold literals, so they are read here
 * and only names leave. PostgreSQL only, whose grammar it is; at most hourly. Says whether anything was told.
 */
export async function tellViewLineage(
  settings: CollectorSettings,
  memory: LineageMemory,
  { row, warehouse, database }: LineageTelling,
): Promise<boolean> {
  const nowMs = settings.clock();
  const before = memory.get(row.name);
  if (warehouse.dialect !== POSTGRESQL) return false;
  if (before !== undefined && nowMs - before.atMs < EVERY_MS) return false;
  await loadParser();
  const relations = await warehouse.work((session) => readViewLineage(session, row, database), {
    readOnly: true,
    timeoutSeconds: TIMEOUT_SECONDS,
  });
  const names = new Map(relations.map(({ table }) => [JSON.stringify(table), table]));
  const gone = [...(before?.names ?? [])]
    .filter(([key]) => !names.has(key))
    .map(([, table]) => table);
  await tell(settings, row.name, { relations, gone });
  memory.set(row.name, { atMs: nowMs, names });
  return relations.length + gone.length > 0;
}

type Found = {
  readonly relations: readonly RelationLineage[];
  readonly gone: readonly RelationLineage['table'][];
};

async function tell(
  settings: CollectorSettings,
  warehouse: string,
  { relations, gone }: Found,
): Promise<void> {
  if (relations.length + gone.length === 0) return;
  const parts = Math.max(1, Math.ceil(relations.length / RELATIONS_A_FACT));
  const facts = Array.from({ length: parts }, (_, i) => ({
    kind: 'lineage' as const,
    timeMs: settings.clock(),
    warehouse,
    relations: relations.slice(i * RELATIONS_A_FACT, (i + 1) * RELATIONS_A_FACT),
    removed: i === 0 ? gone.slice(0, 1_000) : [],
  }));
  await transaction(settings.pool, (tx) => settings.border.store(tx, facts));
  settings.border.wake();
}

async function readViewLineage(
  session: Session,
  row: WarehouseRow,
  database: string,
): Promise<readonly RelationLineage[]> {
  const known = new Map(
    (await session.query(RELATIONS)).map((one) => [
      JSON.stringify([textIn(one, 'schema'), textIn(one, 'name')]),
      columnsIn(one),
    ]),
  );
  const tableOf = (schema: string | null, name: string) => {
    const columns = known.get(JSON.stringify([schema, name]));
    return columns === undefined || schema === null ? null : { schema, columns };
  };
  const views = await session.query(VIEWS, [row.results]);
  return views.map((view) =>
    relationLineage(
      {
        table: { database, schema: textIn(view, 'schema'), name: textIn(view, 'name') },
        origin: 'view',
        node: null,
        columns: columnsIn(view),
      },
      columnLineage(textIn(view, 'definition'), { tableOf }),
      ({ schema, table: name }) => ({ database, schema, name }),
    ),
  );
}

function columnsIn(row: Row): readonly string[] {
  return JSON.parse(textIn(row, 'columns')) as readonly string[];
}
