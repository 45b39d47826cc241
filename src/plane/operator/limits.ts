const MINUTE_MS = 60_000;

/** How long a grant is in force when nobody says otherwise. */
export const GRANT_MINUTES = 60;
/** A working day: whoever needs more asks again, and somebody looks again. */
export const GRANT_MINUTES_MAX = 8 * 60;
/** A request nobody answered is forgotten, so that an old one cannot be approved by mistake. */
export const LAPSE_MS = 24 * 60 * MINUTE_MS;
/** Rows and items one grant may show at most; a person reads no more in a day. */
export const GRANT_ROWS_MAX = 10_000;
export const GRANT_ROWS = 200;
/** Requests and grants in force of one operator, so that nobody buries an approver under requests. */
export const GRANTS_OPEN_MAX = 10;
/** People who may have to agree, at most. */
export const APPROVALS_MAX = 4;
/** Grants one answer lists. */
export const GRANTS_LISTED_MAX = 500;

/** What is kept of one item; the beginning of an event tells what it was. */
export const ITEM_BYTES_MAX = 64 * 1024;
/** Items at all: listing and counting them must stay quick. */
export const ITEMS_MAX = 20_000;
/** Items that wait to be sealed; more at once is a flood, which is counted. */
export const ITEMS_WAITING_MAX = 200;
/** Items of one channel a minute: each is a leaf, and a flood must not bury the ledger. */
export const ITEMS_PER_MINUTE_MAX = 60;
/** Items one request shows. */
export const REVEAL_ITEMS_MAX = 50;
/** Rows one answer of a view holds, and bytes. */
export const OUTPUT_ROWS_MAX = 1_000;
export const OUTPUT_BYTES_MAX = 1024 * 1024;
/** Outputs one answer lists. */
export const OUTPUTS_LISTED_MAX = 500;
/** How long a view may be read: looking must not slow down what is looked at. */
export const VIEW_MS_MAX = 5_000;
/** Items one answer lists. */
export const ITEMS_LISTED_MAX = 500;
