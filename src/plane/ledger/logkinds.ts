import { shapes } from '#boundary';
import { head } from './leafhead.ts';

const { count, record, time } = shapes;

/** Leaves about the ledger itself. */
export const LOG_KINDS = {
  /** Entries before `minimum` are gone from database and bundles, so many with this pruning; their hashes stay. */
  'ledger-pruned': record({ ...head, minimum: count(), leaves: count() }),
  /** Details of leaves before `through` that were written before `writtenBefore` are erased, so many with this one. */
  'details-erased': record({ ...head, through: count(), writtenBefore: time(), leaves: count() }),
} as const;
