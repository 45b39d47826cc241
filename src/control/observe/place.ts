import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';

const FIND = statement(import.meta.url, 'sql/find-place.sql');

/** A table of a source system, as planes name it; empty schema and table for the system as a whole. */
export type Place = {
  readonly plane: string;
  readonly systemId: string;
  readonly schema: string;
  readonly table: string;
};

/** What the catalog knows of a place; a table that was never registered has no source. */
export type KnownPlace = {
  readonly systemName: string;
  readonly sourceId: string | null;
  readonly owners: readonly string[];
  /** On the table and on its columns. */
  readonly tags: readonly string[];
};

/** The place with what the catalog knows of it. */
export async function knownPlace(tx: Queryable, place: Place): Promise<KnownPlace> {
  const { rows } = await tx.query<KnownRow>(FIND, placeRow(place));
  const row = rows[0];
  return {
    systemName: row?.system_name ?? place.systemId,
    sourceId: row?.source_id ?? null,
    owners: row?.owners ?? [],
    tags: row?.tags ?? [],
  };
}

/** The place as the columns that name it, in the order every statement here takes them. */
export function placeRow({ plane, systemId, schema, table }: Place): readonly string[] {
  return [plane, systemId, schema, table];
}

/** `<system>.<schema>.<table>`, or the system alone. */
export function placeName(systemName: string, place: Pick<Place, 'schema' | 'table'>): string {
  return [systemName, place.schema, place.table].filter((part) => part !== '').join('.');
}

type KnownRow = {
  readonly system_name: string | null;
  readonly source_id: string | null;
  readonly owners: readonly string[];
  readonly tags: readonly string[];
};
