/** A value larger than this is a file. */
export const VALUE_BYTES_MAX = 1024 * 1024;
/** A record is read and opened as a whole. */
export const RECORD_BYTES_MAX = 8 * 1024 * 1024;
/** What can be found by equality must fit an index; longer texts are not identifiers. */
export const INDEXED_CHARACTERS_MAX = 2_500;
/** Deeper JSON is an attack on whoever walks it. */
export const JSON_DEPTH_MAX = 32;
/** Elements of an array column. */
export const ARRAY_ELEMENTS_MAX = 10_000;
/** Records of one write: they are held in memory, and their locks until it commits. Streams write many such batches. */
export const BATCH_RECORDS_MAX = 5_000;
/** Tokens of one reveal; a stream reveals batch by batch. */
export const BATCH_TOKENS_MAX = 10_000;
/** Records of one page. */
export const PAGE_RECORDS_MAX = 5_000;
/** Records that one page is looked for in: where most are hidden from the caller, the page comes back short, with a cursor. */
export const SCAN_RECORDS_MAX = 20_000;
/** Ids or values that one read may ask for. */
export const READ_IDS_MAX = 5_000;
export const TABLES_MAX = 200;
export const COLUMNS_MAX = 300;
/** Token kinds of one column. */
export const TOKEN_KINDS_MAX = 8;
/** Skyflow's own bound for transient tokens: two weeks. */
export const TOKEN_TTL_SECONDS_MAX = 20_160 * 60;
/** A token brought along is a short text. */
export const TOKEN_BYTES_MAX = 512;
/** Programs, not patterns, are longer. */
export const PATTERN_CHARACTERS_MAX = 1_000;
/** Transactions that met another's locks are run again this often. */
export const RETRIES_MAX = 6;
/** How often another token is drawn before the shape is called too small. */
export const TOKEN_DRAWS_MAX = 64;
/** A retried write finds its answer this long. */
export const IDEMPOTENCY_HOURS = 24;
export const IDEMPOTENCY_KEY_BYTES_MAX = 255;
/** Exports under way at once in a plane: while one is, what is written is kept as it was. */
export const EXPORTS_OPEN_MAX = 4;
/** An export that is not over by then is given up. */
export const EXPORT_DAYS_MAX = 7;
/** Vaults on their way in at once: each holds a key, and whatever of it is in. */
export const IMPORTS_OPEN_MAX = 4;
/** An import that is not finished by then is abandoned. */
export const IMPORT_DAYS_MAX = 7;
/** A file larger than this belongs into an object store of its own. */
export const FILE_BYTES_MAX = 512 * 1024 * 1024;
export const FILE_NAME_CHARACTERS_MAX = 255;
/** How long a link to a file may be good: long enough to follow it, too short to pass it around. */
export const LINK_SECONDS_MAX = 60 * 60;
