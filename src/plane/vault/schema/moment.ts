/**
 * Dates and times as texts: what was written is kept, and equal moments have one canonical form. RFC 3339 and, as
 * Skyflow writes them, RFC 1123 with a numeric zone and times like `3:04PM`.
 */

const DATE = /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})$/u;
const RFC_3339 =
  /^(?<date>\d{4}-\d{2}-\d{2})[Tt ](?<time>\d{2}:\d{2}:\d{2})(?:\.(?<fraction>\d{1,9}))?(?<zone>[Zz]|[+-]\d{2}:?\d{2})$/u;
const RFC_1123 =
  /^(?:[A-Z][a-z]{2}, )?(?<day>\d{1,2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) (?<zone>[+-]\d{4}|GMT|UTC)$/u;
const CLOCK_24 =
  /^(?<hour>[01]\d|2[0-3]):(?<minute>[0-5]\d)(?::(?<second>[0-5]\d)(?:\.(?<fraction>\d{1,9}))?)?$/u;
const CLOCK_12 =
  /^(?<hour>0?[1-9]|1[0-2]):(?<minute>[0-5]\d)(?::(?<second>[0-5]\d))? ?(?<half>[AaPp][Mm])$/u;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Whether the text is a day of the calendar, `2006-01-02`. */
export function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** The moment in UTC to the nanosecond, or null when the text names none. */
export function canonicalDatetime(text: string): string | null {
  const groups = RFC_3339.exec(text)?.groups;
  if (groups !== undefined) {
    const { date = '', time = '', fraction = '', zone = '' } = groups;
    return instant({ date, time, zone, fraction });
  }
  const {
    day = '',
    month = '',
    year = '',
    time = '',
    zone = '',
  } = RFC_1123.exec(text)?.groups ?? {};
  const number = MONTHS.indexOf(month) + 1;
  if (number === 0) return null;
  const date = `${year}-${String(number).padStart(2, '0')}-${day.padStart(2, '0')}`;
  return instant({ date, time, zone: /^[A-Z]/u.test(zone) ? 'Z' : zone, fraction: '' });
}

function instant(parts: {
  readonly date: string;
  readonly time: string;
  readonly zone: string;
  readonly fraction: string;
}): string | null {
  const { date, time, zone, fraction } = parts;
  if (!isDate(date)) return null;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const milliseconds = Date.parse(`${date}T${time}${offset}`);
  if (Number.isNaN(milliseconds)) return null;
  return `${new Date(milliseconds).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}Z`;
}

/** The time of day with seconds to the nanosecond, or null when the text is none. */
export function canonicalTime(text: string): string | null {
  const groups = CLOCK_24.exec(text)?.groups ?? CLOCK_12.exec(text)?.groups;
  if (groups === undefined) return null;
  const { hour = '', minute = '', second = '00', fraction = '', half } = groups;
  const hours =
    half === undefined ? Number(hour) : (Number(hour) % 12) + (/^p/iu.test(half) ? 12 : 0);
  return `${String(hours).padStart(2, '0')}:${minute}:${second ?? '00'}.${fraction.padEnd(9, '0')}`;
}
