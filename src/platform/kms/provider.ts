/** What a data key is for; a wrapped key opens only with the context it was wrapped with. */
export type KeyContext = Readonly<Record<string, string>>;

/**
 * A key service. `wrap` gives bytes that only `unwrap` with the same context turns back. Both throw `unavailable` when
 * the service cannot be asked or its key is disabled, `denied` when it refuses us, and `unwrap` throws `corrupt` when
 * the bytes, the context or the key are not those of `wrap`. Neither keeps the data key.
 */
export type KeyProvider = {
  /** Names the provider in the key table, such as `file`. */
  readonly name: string;
  wrap(key: Uint8Array, context: KeyContext): Promise<Uint8Array>;
  unwrap(wrapped: Uint8Array, context: KeyContext): Promise<Uint8Array>;
};
