/** Control answers a long poll within 25 s; more than this means that the line is dead. */
export const POLL_MS = 35_000;
/** A bundle dated further ahead than this is refused: by its date it could outlive its age limit. */
export const CLOCK_AHEAD_MS_MAX = 300_000;

/** Facts gathered in memory before they are stored together. */
export const TELL_EVERY_MS = 200;
/** Facts that may wait in memory; beyond it they are dropped and counted, for telling never makes a query wait. */
export const TOLD_MAX = 20_000;
/** Facts that may wait in the outbox while control is away; decisions and log-ins beyond it are dropped and counted. */
export const OUTBOX_WAITING_MAX = 500_000;
/** One request: below the body limit of control's route. */
export const REQUEST_BYTES_MAX = 3 * 1024 * 1024;
/** Sent facts stay in the outbox this long, so that the customer can read what left. */
export const SENT_KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/** How often the plane says that it lives. */
export const HEARTBEAT_MS = 10_000;
