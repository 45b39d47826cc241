/**
 * Rows of one batch of a tokenise stream: one transaction, one leaf, one answer that is kept. Not to be chosen: a client that
 * resumes with batches of another size would write rows twice.
 */
export const TOKENISE_ROWS = 500;
/** Rows of one batch of a detokenise stream; with as many columns as may be, no more tokens than the vault takes at once. */
export const DETOKENISE_ROWS = 1_000;
export const DETOKENISE_COLUMNS_MAX = 10;
/** A row: a value has at most 1 MiB. */
export const ROW_CHARACTERS_MAX = 4 * 1024 * 1024;
/** Values in the JSON of a row, of a row's own or within others. */
export const ROW_VALUES_MAX = 50_000;
/** What a value takes in memory beside its text, as characters. */
export const VALUE_CHARACTERS = 32;
/** What a batch holds in memory, beside what was made of it. */
export const BATCH_CHARACTERS_MAX = 16 * 1024 * 1024;
/** What the batches of all streams hold. */
export const WORK_CHARACTERS_MAX = 64 * 1024 * 1024;
/** What is kept of a text that is no row; the quarantine keeps no more. */
export const REJECTED_CHARACTERS = 64 * 1024;
export const COLUMNS_MAX = 300;
export const NAME_CHARACTERS_MAX = 200;
/** What nobody asks a column to hold: the vault's own bound is tighter. */
export const DEPTH_MAX = 64;
/** Streams of one process at once: each holds a batch in and a batch out. */
export const STREAMS_MAX = 16;
/** Of one account, however slowly it sends and reads. */
export const STREAMS_EACH_MAX = 4;
/** With the number of a row behind it, it is still an idempotency key. */
export const KEY_CHARACTERS_MAX = 200;
/** Streams of Arrow of one process at once: each has a thread, 16 MiB of a batch and as much of dictionaries. */
export const ARROW_STREAMS_MAX = 6;
export const ARROW_STREAMS_EACH_MAX = 3;
/** JavaScript's own memory of the thread that reads a stream: what it makes of one row, and of some lines. */
export const ARROW_HEAP_MB = 128;
/** For the thread to answer, its start included: it takes milliseconds, and much longer on a busy machine. */
export const ARROW_ANSWER_SECONDS_MAX = 60;
/** Dictionaries and empty batches in a row: nothing is ever answered to them. */
export const MESSAGES_WITHOUT_ROWS_MAX = 1_000;
/** What the thread gives at once, as lines of JSON. */
export const LINES_CHARACTERS = 256 * 1024;
