import type { DictionaryRelation } from '#boundary';
import type { Id } from '#base/ids';

/** A source as the catalog holds it before a dictionary comes; `columns` maps names to types. */
export type KnownSource = {
  readonly id: Id<'src'>;
  readonly schema: string;
  readonly name: string;
  readonly state: 'active' | 'disabled' | 'removed';
  readonly columns: Readonly<Record<string, string>>;
};

export type ColumnName = { readonly source_id: Id<'src'>; readonly name: string };

/** What a dictionary changes. */
export type DictionaryDiff = {
  readonly relations: readonly { readonly id: Id<'src'>; readonly relation: DictionaryRelation }[];
  readonly newSources: readonly Id<'src'>[];
  readonly goneSources: readonly Id<'src'>[];
  readonly goneColumns: readonly ColumnName[];
  /** Columns nobody has seen under this name and type: of new sources, new in known ones, or of another type now. */
  readonly unseenColumns: readonly ColumnName[];
};

/**
 * Compares a whole dictionary with what is known. `newSourceId` names sources that were never here. A source that was
 * gone and comes back has nothing seen about it: it may be another table under an old name.
 */
export function dictionaryDiff(
  known: readonly KnownSource[],
  relations: readonly DictionaryRelation[],
  newSourceId: () => Id<'src'>,
): DictionaryDiff {
  const byName = new Map(known.map((source) => [keyOf(source), source]));
  const present = new Set(relations.map(keyOf));
  const placed = relations.map((relation) => {
    const before = byName.get(keyOf(relation));
    return { id: before?.id ?? newSourceId(), relation, seen: seenColumns(before), before };
  });
  return {
    relations: placed.map(({ id, relation }) => ({ id, relation })),
    newSources: placed.filter(({ before }) => before === undefined).map(({ id }) => id),
    goneSources: known
      .filter((source) => source.state !== 'removed' && !present.has(keyOf(source)))
      .map((source) => source.id),
    goneColumns: placed.flatMap(({ id, relation, before }) => {
      const now = new Set(relation.columns.map((column) => column.name));
      const then = Object.keys(before?.columns ?? {});
      return then.filter((name) => !now.has(name)).map((name) => ({ source_id: id, name }));
    }),
    unseenColumns: placed.flatMap(({ id, relation, seen }) =>
      relation.columns
        .filter((column) => seen.get(column.name) !== column.type)
        .map((column) => ({ source_id: id, name: column.name })),
    ),
  };
}

function seenColumns(source: KnownSource | undefined): ReadonlyMap<string, string> {
  return new Map(
    source === undefined || source.state === 'removed' ? [] : Object.entries(source.columns),
  );
}

/** Schema and table as one key; a NUL cannot be part of either. */
function keyOf(relation: { readonly schema: string; readonly name: string }): string {
  return `${relation.schema}\u0000${relation.name}`;
}
