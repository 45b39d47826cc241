/** Where a table is. DuckDB calls its database the catalog. */
export type TableName = { readonly schema: string; readonly name: string };

/** What of SQL differs between engines; everything else we write is common to them. */
export type Dialect = {
  readonly engine: 'postgresql' | 'duckdb';
  /** Index from 0 of the bucket a row of `t` lies in, as an expression over what `bucketSource` gives. */
  readonly bucketIndex: (timestamp: string, type: MomentType) => string;
  /** The FROM clause of a scan: the table as `t`, and what finds a row's bucket. */
  readonly bucketSource: (table: string, timestamp: string, type: MomentType) => string;
  /** The starts of buckets as one parameter. */
  readonly startsParameter: (moments: readonly string[]) => unknown;
  /** An array of interpolated quantiles. */
  readonly quantiles: (expression: string, shares: readonly number[]) => string;
  /** A row as JSON text, its columns by name. */
  readonly rowJson: (alias: string) => string;
  /** Texts as one JSON array. */
  readonly jsonArray: (expressions: readonly string[]) => string;
  /** Seconds from one moment to another. */
  readonly secondsBetween: (earlier: string, later: string) => string;
  /** Bytes a table takes, with its indexes; null where the engine does not say. */
  readonly tableBytes: ((tableText: string) => string) | null;
};

/** How a column holds moments: with a zone, as a wall clock shows them, or as days. */
export type MomentType = 'timestamptz' | 'timestamp' | 'date';

/** A name as SQL writes it; both engines double the quote. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function tableText({ schema, name }: TableName): string {
  return `${quoted(schema)}.${quoted(name)}`;
}

/** Text in SQL: for names in catalog functions only, never for values, which are parameters. */
function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export const POSTGRESQL: Dialect = {
  engine: 'postgresql',
  // A binary search in the array, far cheaper than a join or a date_trunc with a zone per row.
  bucketIndex: (timestamp, type) =>
    `width_bucket(t.${timestamp}${castUp(type)}, $1::${arrayOf(type)}) - 1`,
  bucketSource: (table) => `${table} as t`,
  startsParameter: (moments) => moments,
  quantiles: (expression, shares) =>
    `percentile_cont(array[${shares.join(', ')}]::float8[]) within group (order by (${expression})::float8)`,
  rowJson: (alias) => `to_jsonb(${alias})::text`,
  jsonArray: (expressions) => `jsonb_build_array(${expressions.join(', ')})::text`,
  secondsBetween: (earlier, later) => `extract(epoch from (${later}) - (${earlier}))::float8`,
  tableBytes: (text) => `pg_total_relation_size(${textLiteral(text)}::regclass)`,
};

/** width_bucket has no dates; a day begins at its midnight. */
function castUp(type: MomentType): string {
  return type === 'date' ? '::timestamp' : '';
}

function arrayOf(type: MomentType): string {
  return type === 'timestamptz' ? 'timestamptz[]' : 'timestamp[]';
}

export const DUCKDB: Dialect = {
  engine: 'duckdb',
  bucketIndex: () => 'privet_bucket.privet_index',
  bucketSource: (table, timestamp, type) => {
    const starts = `$1::varchar::${arrayOf(type)}`;
    const buckets = `select unnest(${starts}) as privet_start, unnest(range(len(${starts}))) as privet_index`;
    return `${table} as t asof join (${buckets}) as privet_bucket on t.${timestamp}${castUp(type)} >= privet_bucket.privet_start`;
  },
  startsParameter: (moments) => `[${moments.join(', ')}]`,
  quantiles: (expression, shares) =>
    `quantile_cont((${expression})::float8, [${shares.join(', ')}])`,
  rowJson: (alias) => `to_json(${alias})::varchar`,
  jsonArray: (expressions) => `to_json([${expressions.join(', ')}])::varchar`,
  secondsBetween: (earlier, later) => `(epoch(${later}) - epoch(${earlier}))::float8`,
  tableBytes: null,
};
