/** Oldest and newest PostgreSQL whose catalog and grammar we know. */
export const SERVER_MAJOR_MIN = 14;
export const SERVER_MAJOR_MAX = 18;

/** Time to reach a source and log in. */
export const CONNECT_MS_MAX = 10_000;
/** Time one of our own statements may take at a source: a catalog of 100,000 columns is read in a few seconds. */
export const STATEMENT_MS_MAX = 60_000;

/** Relations and columns of one system that are read; more is a mistake or an attack. */
export const RELATIONS_MAX = 100_000;
export const SYSTEM_COLUMNS_MAX = 2_000_000;

/** A row about a system is believed this long before it is read again, so that other processes' changes are seen. */
export const ROW_MS_MAX = 1_000;

/** Barrier views that nobody asked for in this time are dropped; sessions live shorter than that. */
export const BARRIER_UNUSED_MS_MAX = 7 * 24 * 60 * 60 * 1000;
/** How exactly the last use of a barrier is remembered: one write an hour at most. */
export const BARRIER_TOUCH_MS = 60 * 60 * 1000;

/** Longest password taken; also what a sealed one can be. */
export const PASSWORD_BYTES_MAX = 1_024;
/** PEM text with the authorities of a private network. */
export const AUTHORITIES_BYTES_MAX = 64 * 1024;
