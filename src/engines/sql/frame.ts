import type { Level } from './scope.ts';
import type { Inner } from './tree.ts';
import type { Value } from './value.ts';

/** Where an expression or query stands: which names it can see. */
export type Frame = { readonly level: Level | null; readonly ctes: CteScope | null };

/** A column of a query's result. */
export type Output = { readonly name: string; readonly value: Value };

/** The WITH queries that can be named at a place, innermost first. */
export type CteScope = {
  readonly entries: ReadonlyMap<string, Cte>;
  readonly outer: CteScope | null;
};

/** One WITH query. `outputs` is null until it is known; for a recursive one it is first what its left arm gives. */
export type Cte = {
  readonly inner: Inner<'CommonTableExpr'>;
  state: 'new' | 'running' | 'done';
  outputs: readonly Output[] | null;
  frame: Frame | null;
  readonly recursive: boolean;
};
