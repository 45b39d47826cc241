import { Problem } from '#base/problem';

/** Hours of the local day in which people are left alone; `until` before `from` goes over midnight. */
export type QuietHours = {
  /** `HH:MM`. */
  readonly from: string;
  readonly until: string;
  /** IANA name; hours are local there, through daylight saving. */
  readonly zone: string;
  /** Days the hours begin on, Monday is 1; empty for every day. */
  readonly days: readonly number[];
};

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** Quiet hours that never end would silence for good; a week holds every pattern of days. */
const LOOK_AHEAD_MINUTES = 8 * DAY_MINUTES;
/** A pause between two quiet times that is shorter than this is quiet too: `00:00` to `23:59` is a whole day. */
const STEP_MINUTES = 15;

/** Throws `invalid` unless the hours and the zone are ones that exist. */
export function checkQuietHours(hours: QuietHours): void {
  for (const text of [hours.from, hours.until]) minuteOf(text);
  if (hours.from === hours.until) {
    throw new Problem('invalid', 'quiet hours expected to end at another time than they begin');
  }
  try {
    calendarOf(hours.zone);
  } catch (cause) {
    throw new Problem('invalid', `time zone expected an IANA name, got \`${hours.zone}\``, {
      hint: 'such as `Europe/Berlin` or `UTC`',
      cause,
    });
  }
}

/** The first moment from `atMs` on that is not quiet: `atMs` itself, or the end of the quiet hours, to the minute. */
export function quietUntil(hours: QuietHours, atMs: number): number {
  if (!isQuiet(hours, atMs)) return atMs;
  const start = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
  const toStep = STEP_MINUTES - ((start / MINUTE_MS) % STEP_MINUTES);
  // Coarse steps first: a week minute by minute would be 10,000 questions to the calendar.
  let coarse = toStep;
  while (coarse < LOOK_AHEAD_MINUTES && isQuiet(hours, start + coarse * MINUTE_MS)) {
    coarse += STEP_MINUTES;
  }
  let fine = Math.max(0, coarse - STEP_MINUTES);
  while (fine < coarse && isQuiet(hours, start + fine * MINUTE_MS)) fine += 1;
  return start + fine * MINUTE_MS;
}

function isQuiet(hours: QuietHours, atMs: number): boolean {
  const { minute, day } = localTime(hours.zone, atMs);
  const [from, until] = [minuteOf(hours.from), minuteOf(hours.until)];
  const on = (one: number) => hours.days.length === 0 || hours.days.includes(one);
  if (from < until) return on(day) && minute >= from && minute < until;
  const yesterday = day === 1 ? 7 : day - 1;
  return (on(day) && minute >= from) || (on(yesterday) && minute < until);
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const calendars = new Map<string, Intl.DateTimeFormat>();

function localTime(zone: string, atMs: number): { minute: number; day: number } {
  const parts = new Map(
    calendarOf(zone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const minute = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
  return { minute, day: DAYS.indexOf(parts.get('weekday') ?? '') + 1 };
}

function calendarOf(zone: string): Intl.DateTimeFormat {
  const known = calendars.get(zone);
  if (known !== undefined) return known;
  const calendar = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  calendars.set(zone, calendar);
  return calendar;
}

function minuteOf(text: string): number {
  const match = /^(?<hour>[01]\d|2[0-3]):(?<minute>[0-5]\d)$/u.exec(text)?.groups;
  if (match === undefined) {
    throw new Problem('invalid', `time of day expected \`HH:MM\`, got \`${text.slice(0, 16)}\``);
  }
  return Number(match['hour']) * 60 + Number(match['minute']);
}
