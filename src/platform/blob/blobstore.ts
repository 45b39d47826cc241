import { Problem } from '#base/problem';

export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** Bytes from `from` on, `sizeBytes` of them at most; all to the end without a size. */
export type ByteRange = { readonly from: number; readonly sizeBytes?: number };

export type Listed = { readonly key: string; readonly sizeBytes: number };

/**
 * Named byte strings in one flat space. A key is what `checkKey` takes. Every method throws `unavailable` when the store
 * cannot be asked, and `limit` when it is full; nothing is retried here.
 */
export type BlobStore = {
  /** Where it is, for a person: `directory /var/…`, `s3://bucket/prefix`. Holds no credential. */
  readonly name: string;
  /**
   * Stores the bytes under the key, whole or not at all; durable when it resolves. Takes the place of what was there,
   * or with `ifAbsent` throws `conflict` when there is something.
   */
  put(key: string, body: Body, options?: { readonly ifAbsent?: boolean }): Promise<void>;
  /** The bytes, or null when there are none; throws `limit` when there are more than `GET_BYTES_MAX`. */
  get(key: string): Promise<Uint8Array | null>;
  /** The bytes in pieces, for blobs of any size; throws `not-found` at the first piece when there are none. */
  read(key: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Keys that begin with the prefix, in the order of their bytes, only those behind `after`. */
  list(prefix: string, after?: string): AsyncIterable<Listed>;
  /** Removes it; nothing happens when there is none. */
  delete(key: string): Promise<void>;
};

/** What `get` holds in memory at once; longer blobs are read in pieces. */
export const GET_BYTES_MAX = 64 * 1024 * 1024;
/** S3 takes keys of 1,024 bytes; the rest is for the prefix. */
const KEY_BYTES_MAX = 512;
/** What file systems take for one name, less what a name in the making needs. */
const SEGMENT_BYTES_MAX = 128;
/** No segment begins with a dot: no way up, and room for names of our own. */
const SEGMENT = /^[A-Za-z0-9_=@+-][A-Za-z0-9._=@+-]*$/u;

/** The key when it is segments of letters, digits and `._=@+-` between slashes; throws `invalid` otherwise. */
export function checkKey(key: string): string {
  const segments = key.split('/');
  const fine = segments.every(
    (segment) => SEGMENT.test(segment) && segment.length <= SEGMENT_BYTES_MAX,
  );
  if (fine && key.length <= KEY_BYTES_MAX) return key;
  throw new Problem('invalid', 'blob key expected segments of letters, digits and `._=@+-`', {
    hint: `at most ${KEY_BYTES_MAX} bytes, ${SEGMENT_BYTES_MAX} a segment, none beginning with a dot`,
  });
}

/** The prefix when keys can begin with it: nothing, or the beginning of a key. */
export function checkPrefix(prefix: string): string {
  if (prefix !== '') checkKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
  return prefix;
}
