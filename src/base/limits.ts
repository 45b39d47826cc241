/**
 * Limits shared by several parts, each with its unit in its name and its reason beside it.
 * A limit that only one part knows lives in that part.
 */

/** A name PostgreSQL keeps is at most this long (NAMEDATALEN - 1). */
export const NAME_BYTES_MAX = 63;

/** Tags are dotted; deeper hierarchies than this are nobody's, and depth decides conflicts. */
export const TAG_DEPTH_MAX = 8;

/** Roughly what a person can be given before it is a mistake; bounds what a bundle can weigh. */
export const ATTRIBUTE_VALUES_MAX = 1_000;

/** A plane that has heard nothing for this long denies everything, so that revocation cannot be outrun. */
export const BUNDLE_AGE_SECONDS_MAX = 24 * 60 * 60;

/** Plaintext data keys live at most this long in memory: the bound of the kill switch. */
export const KEY_CACHE_SECONDS = 60;
