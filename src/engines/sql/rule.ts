/**
 * What one subject may do with one relation. The gateway makes it from a policy decision; two rules with the
 * same `audience` must be equal, because plans and barrier views are shared by audience.
 */
export type RelationRule =
  | { readonly kind: 'absent' }
  | { readonly kind: 'open' }
  | {
      readonly kind: 'guarded';
      readonly audience: string;
      /** Rows the subject may see, judged on raw values; a row for which it is unknown is not shown. */
      readonly filter: SqlPredicate | null;
      /** By name; a column of the relation that is not named here is hidden. */
      readonly columns: readonly ColumnRule[];
    };

export type ColumnRule = { readonly name: string; readonly show: ColumnShow };

export type ColumnShow =
  | { readonly kind: 'clear' }
  | { readonly kind: 'hidden' }
  /** Masked in SQL; `where` names the rows the mask is for, and a row for which it is unknown is masked. */
  | { readonly kind: 'sql'; readonly mask: SqlMask; readonly where: SqlPredicate | null }
  /** Masked on the way out. `mask` is a digest of mask and key: equal digest, equal function. */
  | { readonly kind: 'stream'; readonly mask: string; readonly injective: boolean };

/** Masks that need no key; the same shapes as the policy engine's. One that does not fit the column's type shows null. */
export type SqlMask =
  | { readonly kind: 'null' }
  | { readonly kind: 'constant'; readonly value: string }
  | {
      readonly kind: 'partial';
      readonly keepFirst: number;
      readonly keepLast: number;
      readonly fill: string;
    }
  | {
      readonly kind: 'regex';
      readonly pattern: string;
      readonly replacement: string;
      readonly flags: '' | 'g' | 'i' | 'gi';
    }
  | { readonly kind: 'round'; readonly bucket: number }
  | { readonly kind: 'round'; readonly unit: RoundUnit }
  | { readonly kind: 'sql'; readonly expression: SqlTemplate };

export type RoundUnit = 'year' | 'quarter' | 'month' | 'week' | 'day' | 'hour';

export type SqlPredicate =
  | { readonly kind: 'never' }
  | { readonly kind: 'and' | 'or'; readonly terms: readonly SqlPredicate[] }
  | { readonly kind: 'not'; readonly term: SqlPredicate }
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly string[] }
  | {
      readonly kind: 'within';
      readonly column: string;
      readonly seconds: number;
      readonly side: 'newer' | 'older';
    }
  | { readonly kind: 'sample'; readonly column: string; readonly percent: number }
  | { readonly kind: 'sql'; readonly template: SqlTemplate };

/**
 * SQL written by a policy author, in pieces: text as written, and values bound by the engine. `texts` is an
 * array (`= ANY (…)`), or a list when the piece before it ends with `IN (`.
 */
export type SqlTemplate = readonly (
  | string
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly column: string }
)[];

/** The rule of a relation by OID; `undefined` when the caller has not fetched it yet (the planner then answers `need`). */
export type RuleOf = (oid: number) => RelationRule | undefined;
