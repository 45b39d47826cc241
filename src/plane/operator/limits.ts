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
