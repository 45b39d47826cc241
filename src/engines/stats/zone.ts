import { wallClock } from '#base/zone';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** Clocks change on quarter hours, everywhere, since 1972. */
const QUARTER_MS = 15 * MINUTE_MS;

/** Says how far the clocks of one time zone are ahead of UTC at a moment, in milliseconds. */
export type Zone = (atMs: number) => number;

/** Throws `invalid` for a name the time zone database does not have. */
export function openZone(timeZone: string): Zone {
  if (timeZone === 'UTC') return () => 0;
  const clock = wallClock(timeZone);
  const known = new Map<number, number>();
  const at = (startMs: number): number => {
    const offset = known.get(startMs) ?? clock(startMs) - startMs;
    known.set(startMs, offset);
    return offset;
  };
  // Asking is slow. A day that begins and ends with the same offset has it throughout.
  return (atMs) => {
    const day = Math.floor(atMs / DAY_MS) * DAY_MS;
    const offset = at(day);
    if (offset === at(day + DAY_MS)) return offset;
    return at(Math.floor(atMs / QUARTER_MS) * QUARTER_MS);
  };
}
