import { placeLineageTags, taggedColumns } from '#control/catalog';
import type { LineageTag } from '#control/catalog';
import { currentRevision } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';

const MARK_STALE = statement(import.meta.url, 'sql/mark-lineage-stale.sql');
const LOCK_STATE = statement(import.meta.url, 'sql/lock-lineage-state.sql');
const NOTE_STATE = statement(import.meta.url, 'sql/note-lineage-state.sql');
const COLUMN_EDGES = statement(import.meta.url, 'sql/all-column-edges.sql');
const UNSURE = statement(import.meta.url, 'sql/unsure-sources.sql');

/** Notes that tags have to be carried along anew. */
export async function markLineageStale(work: Work): Promise<void> {
  await work.tx.query(MARK_STALE);
}

/**
 * Carries tags along column lineage: what is made of a tagged column carries its tags, with provenance `lineage` and the
 * column they come from. Does nothing unless lineage or the catalog changed. Says whether any tag came or went.
 */
export async function carryTags(work: Work): Promise<boolean> {
  const { rows } = await work.tx.query<{ stale: boolean; revision: string }>(LOCK_STATE);
  const state = rows[0];
  // Another process does it.
  if (state === undefined) return false;
  const before = await currentRevision(work.tx);
  if (!state.stale && Number(state.revision) === before.revision) return false;
  const edges = await work.tx.query<ColumnEdge>(COLUMN_EDGES);
  const unsure = await work.tx.query<{ source_id: string }>(UNSURE);
  const wanted = carried(await taggedColumns(work.tx), edges.rows);
  const changed = await placeLineageTags(work, {
    wanted,
    // Where lineage is not known whole, a tag that seems to have no origin may still have one: it stays.
    keep: unsure.rows.map((row) => row.source_id),
  });
  const after = await currentRevision(work.tx);
  await work.tx.query(NOTE_STATE, [after.revision]);
  return changed;
}

/** One column made of another; the source ids are null for tables that are registered nowhere. */
export type ColumnEdge = {
  readonly to_key: string;
  readonly to_source: string | null;
  readonly to_column: string;
  readonly from_key: string;
  readonly from_source: string | null;
  readonly from_column: string;
};

/** A column with the tags it carries by itself, not by lineage. */
export type TaggedColumn = {
  readonly sourceId: string;
  readonly fullName: string;
  readonly column: string;
  readonly tags: readonly string[];
};

/** The tags that come along, each with the nearest tagged column it comes from; through any number of steps. */
export function carried(
  tagged: readonly TaggedColumn[],
  edges: readonly ColumnEdge[],
): readonly LineageTag[] {
  const next = Map.groupBy(edges, (edge) => cell(edge.from_key, edge.from_column));
  const keyOf = new Map(
    edges.flatMap((edge) => [
      ...(edge.from_source === null ? [] : [[edge.from_source, edge.from_key] as const]),
      ...(edge.to_source === null ? [] : [[edge.to_source, edge.to_key] as const]),
    ]),
  );
  const found = new Map<string, LineageTag>();
  for (const origin of tagged) {
    const key = keyOf.get(origin.sourceId);
    if (key === undefined) continue;
    for (const reached of reachedFrom(cell(key, origin.column), next)) {
      if (reached.to_source === null) continue;
      for (const tag of origin.tags) {
        const one = { sourceId: reached.to_source, column: reached.to_column, tag };
        const place = JSON.stringify(one);
        if (!found.has(place))
          found.set(place, { ...one, from: `${origin.fullName}.${origin.column}` });
      }
    }
  }
  return [...found.values()];
}

function reachedFrom(
  start: string,
  next: ReadonlyMap<string, readonly ColumnEdge[]>,
): readonly ColumnEdge[] {
  const seen = new Set([start]);
  const found: ColumnEdge[] = [];
  const open = [start];
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    for (const edge of next.get(at) ?? []) {
      const to = cell(edge.to_key, edge.to_column);
      if (seen.has(to)) continue;
      seen.add(to);
      found.push(edge);
      open.push(to);
    }
  }
  return found;
}

function cell(key: string, column: string): string {
  return JSON.stringify([key, column]);
}
