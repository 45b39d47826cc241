import type { Problem } from '#base/problem';
import type { RulingOf, VaultCaller } from '../caller.ts';
import type { BringTokens, WriteRow } from './writerow.ts';
import type { IssuedToken } from './writewave.ts';

export type WriteRequest = {
  readonly caller: VaultCaller;
  readonly vault: string;
  readonly rows: readonly WriteRow[];
  /**
   * An upsert needs the rights to both; without a ruling for `tokenize`, no tokens may be brought. Only of what `read` shows
   * is the caller told that it may not change it.
   */
  readonly rulings: {
    readonly insert: RulingOf;
    readonly update: RulingOf;
    readonly tokenize?: RulingOf;
    readonly read?: RulingOf;
  };
  /** Write the rows that can be written; without it, one that cannot stops them all. */
  readonly continueOnError?: boolean;
  readonly bringTokens?: BringTokens;
  /** The same key within a day gives the same answer, and nothing is written twice. */
  readonly idempotencyKey?: string | null;
};

/** What became of a row; in the order of the request. */
export type WriteOutcome =
  | {
      readonly kind: 'written';
      readonly operation: 'insert' | 'update';
      readonly record: string;
      readonly version: number;
      readonly tokens: readonly IssuedToken[];
    }
  | { readonly kind: 'failed'; readonly problem: Problem };
