import { unreachable } from '#base/assert';

export type DateUnit = 'year' | 'quarter' | 'month' | 'week' | 'day' | 'hour';

/** A day of the proleptic Gregorian calendar; year 0 is 1 BC (ISO 8601 §4.2.1). */
type Day = { readonly year: number; readonly month: number; readonly day: number };

/** PostgreSQL's ISO output (8.5.2), also with the `T` of ISO 8601. */
const DATE =
  /^(?<year>\d{4,6})-(?<month>\d\d)-(?<day>\d\d)(?:(?<separator>[ T])(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.\d{1,9})?(?<zone>Z|[+-]\d\d(?::?\d\d){0,2})?)?(?<era> BC)?$/u;
const HOURS_PER_DAY = 24;
const SECONDS_PER_HOUR = 3_600;
const MONTHS_PER_QUARTER = 3;
const DAYS_PER_WEEK = 7;
/** 1970-01-01 was a Thursday: days since then, shifted so that a multiple of seven is a Monday. */
const MONDAY_SHIFT = 3;

/**
 * The start of the unit a date or time stamp lies in, or null when the text is neither. A time stamp with a zone is
 * truncated, and shown, in UTC: in a zone the reader may choose, the exact time could be found by moving it. Weeks
 * begin on Monday (ISO 8601). `infinity` stays.
 */
export function roundDate(text: string, unit: DateUnit): string | null {
  if (text === 'infinity' || text === '-infinity') return text;
  const fields = DATE.exec(text)?.groups;
  if (fields === undefined) return null;
  const writtenYear = Number(fields['year']);
  const year = fields['era'] === undefined ? writtenYear : 1 - writtenYear;
  const day: Day = { year, month: Number(fields['month']), day: Number(fields['day']) };
  // a date has no hour to hide: the whole of it would show
  const wholeShown = unit === 'hour' && fields['separator'] === undefined;
  if (writtenYear === 0 || wholeShown || !isDay(day)) return null;
  const hours = daysFrom(day) * HOURS_PER_DAY + hourOfDay(fields);
  const start = startOf(dayFrom(Math.floor(hours / HOURS_PER_DAY)), unit);
  const hour = unit === 'hour' ? modulo(hours, HOURS_PER_DAY) : 0;
  return dayTextOf(start) + timeTextOf(fields, hour) + (start.year > 0 ? '' : ' BC');
}

type Fields = Readonly<Record<string, string | undefined>>;

/** Whole hours since midnight UTC, below 0 or above 23 where the zone moves the day; 0 without a time. */
function hourOfDay({ hour, minute, second, zone = '' }: Fields): number {
  const [, sign, hours = '0', minutes = '0', seconds = '0'] =
    /^([+-])(\d\d):?(\d\d)?:?(\d\d)?$/u.exec(zone) ?? [];
  const offset = secondsOf(hours, minutes, seconds) * (sign === '-' ? -1 : 1);
  return Math.floor((secondsOf(hour, minute, second) - offset) / SECONDS_PER_HOUR);
}

function secondsOf(hours = '0', minutes = '0', seconds = '0'): number {
  return Number(hours) * SECONDS_PER_HOUR + Number(minutes) * 60 + Number(seconds);
}

function timeTextOf({ separator, zone = '' }: Fields, hour: number): string {
  if (separator === undefined) return '';
  return `${separator}${pad(hour, 2)}:00:00${zone === '' || zone === 'Z' ? zone : '+00'}`;
}

function startOf(day: Day, unit: DateUnit): Day {
  switch (unit) {
    case 'year':
      return { year: day.year, month: 1, day: 1 };
    case 'quarter': {
      const into = (day.month - 1) % MONTHS_PER_QUARTER;
      return { year: day.year, month: day.month - into, day: 1 };
    }
    case 'month':
      return { year: day.year, month: day.month, day: 1 };
    case 'week': {
      const days = daysFrom(day);
      return dayFrom(days - modulo(days + MONDAY_SHIFT, DAYS_PER_WEEK));
    }
    case 'day':
    case 'hour':
      return day;
    default:
      return unreachable(unit);
  }
}

function dayTextOf({ year, month, day }: Day): string {
  const written = year > 0 ? year : 1 - year;
  return `${pad(written, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

function isDay(day: Day): boolean {
  const same = dayFrom(daysFrom(day));
  return same.year === day.year && same.month === day.month && same.day === day.day;
}

/** Days since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms", days_from_civil). */
function daysFrom({ year, month, day }: Day): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The day so many days after 1970-01-01 (same source, civil_from_days). */
function dayFrom(days: number): Day {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor(
    (doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365,
  );
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp + (mp < 10 ? 3 : -9);
  return {
    year: yoe + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: doy - Math.floor((153 * mp + 2) / 5) + 1,
  };
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
