/** Limits of every HTTPS server; a route may set a tighter or wider body limit of its own. */
export const HTTP_LIMITS = {
  /** A policy set of a large company is a few hundred kilobytes of text. */
  bodyBytesMax: 4 * 1024 * 1024,
  /** Slow senders hold a connection and a buffer: whole requests must arrive in this time. */
  requestMs: 30_000,
  /** A stream on which nothing moves this long is given up. */
  idleMs: 120_000,
  /** Long polls answer after 25 s, so idle connections live a little longer. */
  keepAliveMs: 40_000,
  /** One address, whole server; log-in routes are tighter. */
  requestsPerMinuteMax: 3_000,
  /** Sockets open at once. */
  connectionsMax: 2_000,
  /** Path parameters are ids and names. */
  parameterCharactersMax: 300,
  /** What running requests get to finish when the server closes. */
  closeMs: 5_000,
} as const;
