/** Longest packet before log-in; a start-up packet holds a handful of names (PostgreSQL's own bound is 10,000). */
export const STARTUP_BYTES_MAX = 10_000;

/** Longest message of a log-in (a SCRAM message is below 1 kB). */
export const LOGIN_BYTES_MAX = 10_000;

/** Most start-up parameters read; clients send fewer than ten. */
export const STARTUP_PARAMETERS_MAX = 64;

/** Largest message taken from a server: PostgreSQL itself stops at 1 GiB a message. */
export const BACKEND_BYTES_MAX = 1024 * 1024 * 1024;

/** A Bind message counts its parameters in 16 bits (PostgreSQL protocol 55.7). */
export const PARAMETERS_MAX = 65_535;

/** A cancel key is at most this long (protocol 3.2, PostgreSQL 18). */
export const CANCEL_KEY_BYTES_MAX = 256;

/** PBKDF2 rounds a server may ask of us; more would let it stall the gateway. */
export const SCRAM_ITERATIONS_MAX = 1_000_000;
