import { Problem } from '#base/problem';

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
  const format = formatOf(name);
  const wall = (ms: number): number => {
    const at: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(ms)) at[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = at;
    const whole = Date.UTC(year, month - 1, day, hour % 24, minute, second);
    return whole + (((ms % 1_000) + 1_000) % 1_000);
  };
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
  return name === 'UTC' ? { name, wall: same, instant: same } : { name, wall, instant };
}

const DAY_MS = 86_400_000;
const same = (ms: number) => ms;

function formatOf(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw new Problem('invalid', `no time zone is called \`${name.slice(0, 60)}\``, {
      hint: 'use an IANA name such as `Europe/Berlin`, or `UTC`',
      cause,
    });
  }
}
