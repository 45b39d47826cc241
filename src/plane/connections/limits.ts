/** Bodies are held whole: nothing of a request leaves before all of it was looked at. */
export const REQUEST_BYTES_MAX = 4 * 1024 * 1024;
export const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of requests and answers that a process holds at once, and those of one account: each is held about three times. */
export const HELD_BYTES_MAX = 128 * 1024 * 1024;
export const HELD_BYTES_EACH_MAX = 32 * 1024 * 1024;
/** Deeper JSON is an attack on whoever walks it. */
export const JSON_DEPTH_MAX = 32;
/** Values of one body, selected or not. */
export const LEAVES_MAX = 20_000;
/** Values of one call that are put in or taken out: one page of a batch, far below what one reveal takes. */
export const VALUES_MAX = 1_000;
export const ROUTES_MAX = 100;
export const FIELDS_MAX = 200;
/** Steps of a field's path, or of a name in a form. */
export const PATH_SEGMENTS_MAX = 32;
export const NAME_CHARACTERS_MAX = 500;
/** Parts of a form. */
export const PARTS_MAX = 1_000;
/** What a header of a target takes. */
export const HEADER_BYTES_MAX = 4 * 1024;
/** Request line of common servers: longer ones are refused by them. */
export const TARGET_BYTES_MAX = 8 * 1024;
/** A key, or a certificate chain with its private key. */
export const SECRET_BYTES_MAX = 64 * 1024;
/** Connections of a process whose sockets are kept open. */
export const TARGETS_KEPT_MAX = 200;
/** A value as short as `EU` or `2027` says nothing of where it comes from: it is not looked for in answers. */
export const SHOWN_CHARACTERS_MIN = 6;
