/**
 * UTC as an interval. A name or number of a zone would be looked up among the abbreviations of the session's zone first
 * (PostgreSQL 18, DecodeTimezoneAbbrev), where a client may call anything `UTC` or `+00`.
 */
export const UTC_ZONE = `'00:00'::pg_catalog.interval`;

/** SQL for a timestamptz as the timestamp it is in UTC, and the other way round; no setting bears on it. */
export function inUtc(expression: string): string {
  return `pg_catalog.timezone(${UTC_ZONE}, ${expression})`;
}
