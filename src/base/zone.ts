import { Problem } from './problem.ts';

/** What the wall clock of a time zone shows at an instant, as if it were UTC; both in milliseconds. */
export type WallClock = (atMs: number) => number;

/** The wall clock of an IANA name; throws `invalid` for one this runtime does not know. */
export function wallClock(name: string): WallClock {
  if (name === 'UTC') return (atMs) => atMs;
  const format = formatOf(name);
  return (atMs) => {
    const at: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(atMs)) at[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = at;
    const whole = Date.UTC(year, month - 1, day, hour, minute, second);
    return whole + (((atMs % 1_000) + 1_000) % 1_000);
  };
}

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
