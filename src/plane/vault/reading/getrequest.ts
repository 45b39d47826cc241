import type { Json } from '#base/canonical';
import type { Budget } from '../reveal/budget.ts';
import type { RulingOf, VaultCaller } from '../caller.ts';
import type { AskedRedaction } from '../schema/redaction.ts';
import type { RevealOperation } from '../reveal/reveal.ts';
import type { Redaction } from '../schema/schema.ts';

/** Which records are meant. */
export type Selection =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  /** Those with one of the values in a unique or indexed column. */
  | { readonly kind: 'values'; readonly column: string; readonly values: readonly Json[] }
  /** Those whose text begins so, in a column with a prefix index. */
  | { readonly kind: 'prefix'; readonly column: string; readonly beginning: string }
  /** A page of all that are shown, in the order they came; `after` is what the page before gave as `next`, or the id of a record. */
  | {
      readonly kind: 'page';
      readonly after: string | null;
      /** So many of those that are shown are left out first; a `next` knows that already. */
      readonly skip: number;
      readonly descending: boolean;
    };

export type GetRequest = {
  readonly caller: VaultCaller;
  readonly vault: string;
  readonly table: string;
  readonly select: Selection;
  readonly ruling: RulingOf;
  readonly redaction: AskedRedaction;
  /** Names of columns; null for all. */
  readonly fields?: readonly string[] | null;
  /** Give the tokens of the values instead of the values. */
  readonly tokens?: boolean;
  readonly limit?: number;
  readonly budget?: Budget | null;
  /** What the leaf says was done; `get` unless a query asks. */
  readonly operation?: RevealOperation;
};

/** All records of a table, behind that cursor or the record of that id. */
export type StreamRequest = Omit<GetRequest, 'select'> & { readonly after?: string | null };

/** A record as the caller may see it. */
export type GotRecord = {
  readonly id: string;
  readonly version: number;
  readonly fields: Readonly<Record<string, Json>>;
  /** At which level each field is shown; tokens have none. */
  readonly redactions: Readonly<Record<string, Redaction>>;
};

/**
 * One page of an answer; `next` is what `after` must be to go on, null when there is no more. A page that is short and has a
 * `next` was looked for in many records that are not shown.
 */
export type GotPage = { readonly records: readonly GotRecord[]; readonly next: string | null };
