import type { Frame } from './frame.ts';
import type { Item } from './scope.ts';

/** Where a FROM item stands: the query around, and the items before it, which LATERAL can see. */
export type Place = { readonly frame: Frame; readonly siblings: readonly Item[] };
