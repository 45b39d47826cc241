import type { LeafBody } from '#plane/ledger';
import type { Json } from '#base/canonical';
import type { Redaction, TableSchema } from './schema/schema.ts';

/** Who asks, and for what; goes into the ledger with every act. */
export type VaultCaller = {
  readonly actor: LeafBody<'vault-written'>['actor'];
  /** Ties the leaves of one request or session together. */
  readonly session: string | null;
  readonly purpose: string | null;
};

/**
 * What was decided about one operation on one table. The vault applies it and decides nothing itself: `reads` names the
 * columns whose raw values `shows` wants to see, and `shows` says how much of a column this row shows at most, null for
 * nothing. A row of which nothing is shown does not exist for the caller; a written row of which a column is not shown is
 * refused. `valueOf` gives undefined for a value that is there but is a file, or that is not known.
 */
export type Ruling = {
  /** Id of the decision. */
  readonly id: string;
  readonly effect: 'allow' | 'deny';
  readonly reads: readonly string[];
  shows(columnId: string, valueOf: (columnId: string) => Json | undefined): Redaction | null;
  /** Told what it let happen, once that is in the ledger. */
  readonly came?: (counts: RulingCounts) => void;
};

/** Records shown, written or asked for tokens of, and values shown or tokens given. */
export type RulingCounts = { readonly records: number; readonly values: number };

/** Gives the ruling for a table; asked once a request and table. */
export type RulingOf = (table: TableSchema) => Ruling;
