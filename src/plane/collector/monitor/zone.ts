import { wallClock } from '#base/zone';

/** A time zone as buckets need it: what a wall clock shows, and when it shows that. */
export type Zone = {
  readonly name: string;
  /** What the wall clock shows at an instant, as if it were UTC. */
  wall(ms: number): number;
  /**
   * The instant at which the wall clock shows this; of two (clocks go back) the first, of none (clocks go forward) the
   * one at which it would have.
   */
  instant(wallMs: number): number;
};

/** The zone of an IANA name; throws `invalid` for one this runtime does not know. */
export function zoneOf(name: string): Zone {
  const wall = wallClock(name);
  const instant = (wallMs: number): number => {
    // Offsets before and after any change nearby; the candidates they give are the only ones there can be.
    const before = wall(wallMs - DAY_MS) - (wallMs - DAY_MS);
    const after = wall(wallMs + DAY_MS) - (wallMs + DAY_MS);
    const first = wallMs - Math.max(before, after);
    const second = wallMs - Math.min(before, after);
    if (wall(first) === wallMs) return first;
    if (wall(second) === wallMs) return second;
    return wallMs - before;
  };
  return { name, wall, instant };
}

const DAY_MS = 86_400_000;
