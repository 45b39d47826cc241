import { NAME_MAX, shapes } from '#boundary';
import { head } from './leafhead.ts';

const { count, nameLike, record } = shapes;

/** What a key is for, such as `source/src_…/column/email` (plane/keys). */
export const scope = () => nameLike(/^\S{1,256}$/u, NAME_MAX);
/** A key at a key service, such as `aws-kms/arn:…`. */
const service = () => nameLike(/^\S{1,512}$/u, 512);
/** A problem code of ours. */
const code = () => nameLike(/^[a-z][a-z-]{0,40}$/u, 41);
const key = { scope: scope(), version: count() };

/** Leaves of plane/keys. `key-unwrapped` is written before the key service is asked; `key-refused` when it came to nothing. */
export const keyKinds = {
  'key-created': record({ ...head, ...key }),
  'key-rolled': record({ ...head, ...key, previous: count() }),
  'key-unwrapped': record({ ...head, ...key }),
  /** `request`: index of the leaf `key-unwrapped` that it answers. */
  'key-refused': record({ ...head, ...key, request: count(), code: code() }),
  /** Wrapped anew by another key of a key service; the data key stayed the same. */
  'key-rewrapped': record({ ...head, ...key, from: service(), to: service() }),
  'key-destroyed': record({ ...head, ...key }),
} as const;
