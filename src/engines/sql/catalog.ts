/**
 * What a source system holds, as one immutable snapshot: the planner resolves every name against it and against
 * nothing else, so that no name can mean one thing here and another upstream.
 */
export type Catalog = {
  /** Digest of everything below: equal digest, equal catalog. */
  readonly digest: string;
  /** `server_version_num`, for example 150018. */
  readonly serverVersion: number;
  /** Tables, partitioned tables, views, materialized views and foreign tables of every schema but pg_catalog, information_schema, pg_toast and privet_policy. */
  readonly relations: readonly Relation[];
  /** Types that are not in pg_catalog or information_schema, without the row types of relations and without array types. */
  readonly types: readonly UserType[];
  /** Functions of the source an administrator answers for; every other function outside pg_catalog is refused. */
  readonly functions: readonly VouchedFunction[];
  /** Whether columns can be asked for at a level with REDACTION(): a vault's can. */
  readonly levels?: true;
};

export type RelationKind = 'table' | 'partitioned' | 'view' | 'materialized-view' | 'foreign-table';

export type Relation = {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  /** In attnum order, dropped ones left out. */
  readonly columns: readonly RelationColumn[];
  /** Direct parents by partitioning or inheritance (pg_inherits.inhparent). */
  readonly parents: readonly number[];
  readonly primaryKey: readonly string[];
  readonly comment: string;
};

export type RelationColumn = {
  readonly name: string;
  readonly attnum: number;
  /** `format_type(atttypid, atttypmod)` taken with search_path set to pg_catalog, so that foreign names come qualified. */
  readonly type: string;
  readonly typeOid: number;
  readonly notNull: boolean;
  /** False only when the column's collation is nondeterministic (pg_collation.collisdeterministic): its `=` is not equality of bytes. */
  readonly deterministic: boolean;
};

export type UserType = {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'enum' | 'domain' | 'composite' | 'range' | 'multirange' | 'base';
  /** The OID of the array type over it, 0 when there is none. */
  readonly arrayOid: number;
  /** Fields of a composite type; empty for the others. */
  readonly attributes: readonly { readonly name: string; readonly typeOid: number }[];
};

export type VouchedFunction = {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly arguments: number;
  /** Column names when it returns rows (OUT and TABLE arguments); empty for a scalar. */
  readonly columns: readonly string[];
};
