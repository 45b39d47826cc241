/** A column of a table, as lineage names it. */
export type LineageSource = {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
};

/** What contributes to a value: columns of tables by key, so that sets can be joined. */
export type Contributors = ReadonlyMap<string, LineageSource>;

export const NOTHING: Contributors = new Map();

/** A named value with what it is made of. */
export type MadeColumn = { readonly name: string; readonly from: Contributors };

/**
 * One set of columns a FROM clause names. `open`: the columns are not all known, so one that is not listed may be its own;
 * `table` then says whose.
 */
export type MadeRange = {
  readonly name: string | null;
  readonly schema: string | null;
  readonly columns: readonly MadeColumn[];
  readonly open: boolean;
  readonly table: { readonly schema: string; readonly table: string } | null;
  /** Whether its columns are seen without its name; not those of arms of a join that merges them. */
  readonly bare: boolean;
};

/** The ranges of one query, inside those of the queries around it. */
export type MadeScope = {
  readonly ranges: readonly MadeRange[];
  readonly outer: MadeScope | null;
};

/** Columns of a table as contributors to themselves. */
export function contributor(source: LineageSource): Contributors {
  return new Map([[JSON.stringify([source.schema, source.table, source.column]), source]]);
}

/** Everything any of the sets holds. */
export function joined(sets: readonly Contributors[]): Contributors {
  const [first = NOTHING, ...rest] = sets.filter((set) => set.size > 0);
  return rest.length === 0 ? first : new Map([first, ...rest].flatMap((set) => [...set]));
}

/** A column by its bare name, from the innermost query out; null when nobody knows it. */
export function bareColumn(scope: MadeScope | null, name: string): Contributors | null {
  for (let at = scope; at !== null; at = at.outer) {
    const seen = at.ranges.filter((range) => range.bare);
    const found = seen.flatMap((range) => range.columns.filter((column) => column.name === name));
    if (found.length > 0) return joined(found.map((column) => column.from));
    // A bare name may also mean a whole row.
    const row = at.ranges.find((range) => range.name === name && !range.open);
    if (row !== undefined) return joined(row.columns.map((column) => column.from));
    const [open, ...others] = seen.filter((range) => range.open);
    if (open !== undefined) return others.length > 0 ? null : openColumn(open, name);
  }
  return null;
}

/** A column by the name of its range. */
export function rangeColumn(
  scope: MadeScope | null,
  range: { readonly name: string; readonly schema: string | null },
  column: string,
): Contributors | null {
  const found = rangeNamed(scope, range);
  if (found === null) return null;
  const own = found.columns.filter((one) => one.name === column);
  if (own.length > 0) return joined(own.map((one) => one.from));
  return found.open ? openColumn(found, column) : null;
}

export function rangeNamed(
  scope: MadeScope | null,
  { name, schema }: { readonly name: string; readonly schema: string | null },
): MadeRange | null {
  for (let at = scope; at !== null; at = at.outer) {
    const found = at.ranges.find(
      (range) => range.name === name && (schema === null || range.schema === schema),
    );
    if (found !== undefined) return found;
  }
  return null;
}

function openColumn({ table }: MadeRange, column: string): Contributors | null {
  return table === null ? null : contributor({ ...table, column });
}
