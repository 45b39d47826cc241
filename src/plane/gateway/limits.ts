/** Wrong passwords for one name from one address; real people mistype three or four times. */
export const LOCKOUT_FAILURES_MAX = 10;

/** Wrong passwords for one name from everywhere: higher, so that one stranger cannot lock an account for its owner. */
export const NAME_FAILURES_MAX = 100;

/** How long failures count. */
export const LOCKOUT_SECONDS = 15 * 60;

/** Wrong passwords one address may send in the same time, over all accounts. */
export const ADDRESS_FAILURES_MAX = 100;

/** Names and addresses whose failures are remembered; the oldest are forgotten first, so that guessing cannot fill memory. */
export const FAILURE_ENTRIES_MAX = 10_000;

/** Cancel requests with a wrong key one address may send in a minute; a key has at least 2^32 values. */
export const CANCEL_FAILURES_PER_MINUTE_MAX = 20;

/** A decision is asked for again when it is older than this, because time is part of the question. */
export const RULES_AGE_MS_MAX = 1_000;

/** Messages a client may send ahead of their answers before the gateway stops reading. */
export const PIPELINE_MESSAGES_MAX = 20_000;

/** Bytes waiting for a slow client before the gateway stops reading upstream. */
export const CLIENT_BACKLOG_BYTES_MAX = 1024 * 1024;

/** Source catalogs the planning worker keeps; more would only be read again. */
export const PLANNER_CATALOGS_MAX = 16;

/** Rounds of "need these relations first"; each adds relations, so a statement settles in two or three. */
export const PLAN_ROUNDS_MAX = 8;

/** Time for an upstream server to accept a connection and log the gateway in. */
export const UPSTREAM_LOGIN_SECONDS_MAX = 15;

/** How often idle sessions and overlong statements are looked for. */
export const SWEEP_MS = 1_000;

/** Decision columns written into a leaf; wider tables get a digest of them. */
export const LEAF_COLUMNS_MAX = 40;

/** Sessions waiting for a TLS handshake or a password at once, beside those logged in. */
export const PENDING_LOGINS_MAX = 500;

/** The same from one address, so that one stranger cannot keep everybody else waiting. */
export const PENDING_LOGINS_PER_ADDRESS_MAX = 120;

/** Longest text whose statements are planned one by one, because a SET among them changes what the next mean. */
export const SPLIT_BYTES_MAX = 64 * 1024;

/** Semicolons tried as ends of its statements; each costs a parse. */
export const SPLIT_PROBES_MAX = 100;

/** Vault answers of the largest size that the open portals of one session may hold. */
export const VAULT_ANSWERS_PER_SESSION_MAX = 2;

/** The same of all sessions of a process. */
export const VAULT_ANSWERS_HELD_MAX = 16;

/** What a row that is held costs beside its bytes. */
export const VAULT_ROW_BYTES = 128;
