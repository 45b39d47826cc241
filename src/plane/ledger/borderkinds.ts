import { shapes } from '#boundary';
import { head } from './leafhead.ts';

const { count, oneOf, record, sha256Hex } = shapes;

/** Leaves of plane/border about what the customer holds and lets go. */
export const borderKinds = {
  'border-mode-changed': record({ ...head, mode: oneOf('open', 'paused', 'approve') }),
  /** Facts by number, and SHA-256 of their texts as one JSON list: what `facts-sent` digests when they go together. */
  'facts-released': record({
    ...head,
    from: count(),
    through: count(),
    facts: count(),
    digest: sha256Hex(),
  }),
} as const;
