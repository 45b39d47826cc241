import { unreachable } from '#base/assert';

export type DateUnit = 'year' | 'quarter' | 'month' | 'week' | 'day' | 'hour';

/** A day of the proleptic Gregorian calendar; year 0 is 1 BC (ISO 8601 §4.2.1). */
type Day = { readonly year: number; readonly month: number; readonly day: number };

/** PostgreSQL's ISO output (8.5.2), also with the `T` of ISO 8601. */
const DATE =
  /^(\d{4,6})-(\d\d)-(\d\d)(?:([ T])(\d\d):\d\d:\d\d(?:\.\d{1,9})?((?:Z|[+-]\d\d(?::?\d\d){0,2})?))?( BC)?$/u;
const MONTHS_PER_QUARTER = 3;
const DAYS_PER_WEEK = 7;
/** 1970-01-01 was a Thursday: days since then, shifted so that a multiple of seven is a Monday. */
const MONDAY_SHIFT = 3;

/**
 * The start of the unit a date or time stamp lies in, in the form it came in (a zone is kept as written), or null when
 * the text is neither. Weeks begin on Monday (ISO 8601). `infinity` stays.
 */
export function roundDate(text: string, unit: DateUnit): string | null {
  if (text === 'infinity' || text === '-infinity') return text;
  const match = DATE.exec(text);
  if (match === null) return null;
  const [, yearText, monthText, dayText, separator, hour = '00', zone = '', era] = match;
  const writtenYear = Number(yearText);
  const year = era === undefined ? writtenYear : 1 - writtenYear;
  const day: Day = { year, month: Number(monthText), day: Number(dayText) };
  if (writtenYear === 0 || !isDay(day)) return null;
  const start = startOf(day, unit);
  const time = separator === undefined ? '' : `${separator}${unit === 'hour' ? hour : '00'}:00:00${zone}`;
  return dayTextOf(start) + time + (start.year > 0 ? '' : ' BC');
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
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The day so many days after 1970-01-01 (same source, civil_from_days). */
function dayFrom(days: number): Day {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp + (mp < 10 ? 3 : -9);
  return { year: yoe + era * 400 + (month <= 2 ? 1 : 0), month, day: doy - Math.floor((153 * mp + 2) / 5) + 1 };
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
