/** Leaves, and bytes of them as they are written, of one batch: one request, one file append, one object. */
export const BATCH_LEAVES_MAX = 1_000;
export const BATCH_BYTES_MAX = 2 * 1024 * 1024;
/** How soon the ledger is looked at again. */
export const LOOK_MS = 1_000;
/** How long leaves about the plane's own doing wait for company: each sending makes two more of them. */
export const QUIET_MS = 30_000;
/** One sending; whoever takes longer is asked again. */
export const SEND_MS_MAX = 30_000;
/** For how long a process has an export to itself: longer than a sending, so that two never send the same at once. */
export const HOLD_MS = 2 * SEND_MS_MAX;
/** A receiver that is down for long is asked this often. */
export const RETRY_MS_MAX = 5 * 60_000;
/** An answer of a webhook; what it says is not read. */
export const ANSWER_BYTES_MAX = 64 * 1024;
/** Exports of one plane; each keeps a place of its own. */
export const EXPORTS_MAX = 16;
