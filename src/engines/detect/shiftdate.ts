const DAY_MS = 86_400_000;
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
] as const;
/** Years of two digits from here on are of the last century. */
const CENTURY_TURNS = 70;

type Parts = Readonly<Record<string, string>>;

const FORMS: readonly (readonly [RegExp, (parts: Parts, days: number) => string | null])[] = [
  [
    /^(?<year>\d{4})(?<mark>[-./])(?<month>\d{1,2})\k<mark>(?<day>\d{1,2})(?<rest>[T ][0-2]?\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/u,
    yearFirst,
  ],
  [/^(?<first>\d{1,2})(?<mark>[-./])(?<second>\d{1,2})\k<mark>(?<year>\d{4}|\d{2})$/u, yearLast],
  [
    /^(?<day>\d{1,2})(?<nth>st|nd|rd|th)?(?<gap> of |[ -])(?<name>[a-z]+)(?<space>\.?,?[ -]'?)(?<year>\d{4}|\d{2})$/iu,
    dayFirst,
  ],
  [
    /^(?<name>[a-z]+)(?<gap>\.?,?[ -])(?<day>\d{1,2})(?<nth>st|nd|rd|th)?(?<space>,? '?)(?<year>\d{4}|\d{2})$/iu,
    monthFirst,
  ],
];

/**
 * A date so many days later (earlier for less than none), written as it was; null for what has no day or no year, is none, or would
 * look the same, as a century later with two digits of the year. With
 * slashes, the month comes first where both could be one, as in the United States; with other marks the day.
 */
export function shiftedDate(text: string, days: number): string | null {
  for (const [form, write] of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts === undefined) continue;
    const shifted = write(parts, days);
    return shifted === text ? null : shifted;
  }
  return null;
}

function yearFirst({ year = '', month = '', day = '', mark = '', rest = '' }: Parts, days: number) {
  const moved = later({ year: Number(year), month: Number(month), day: Number(day) }, days);
  if (moved === null) return null;
  return [moved.year, like(month, moved.month), like(day, moved.day)].join(mark) + rest;
}

function yearLast({ first = '', second = '', year = '', mark = '' }: Parts, days: number) {
  const isMonthFirst = Number(second) > 12 || (mark === '/' && Number(first) <= 12);
  const [month, day] = isMonthFirst ? [first, second] : [second, first];
  const moved = later({ year: fullYear(year), month: Number(month), day: Number(day) }, days);
  if (moved === null) return null;
  const parts = [like(day, moved.day), like(month, moved.month)];
  return [...(isMonthFirst ? parts.toReversed() : parts), yearLike(year, moved.year)].join(mark);
}

function dayFirst(parts: Parts, days: number): string | null {
  const { day = '', nth, gap = '', name = '', space = '', year = '' } = parts;
  const moved = named(parts, days);
  if (moved === null) return null;
  const shownDay = dayLike(day, moved.day) + (nth === undefined ? '' : ordinal(moved.day));
  return `${shownDay}${gap}${nameLike(name, moved.month)}${space}${yearLike(year, moved.year)}`;
}

function monthFirst(parts: Parts, days: number): string | null {
  const { day = '', nth, gap = '', name = '', space = '', year = '' } = parts;
  const moved = named(parts, days);
  if (moved === null) return null;
  const shownDay = dayLike(day, moved.day) + (nth === undefined ? '' : ordinal(moved.day));
  return `${nameLike(name, moved.month)}${gap}${shownDay}${space}${yearLike(year, moved.year)}`;
}

function named({ name = '', day = '', year = '' }: Parts, days: number): Moved | null {
  const month = MONTHS.findIndex((one) => one.startsWith(name.toLowerCase().slice(0, 3))) + 1;
  return month === 0 ? null : later({ year: fullYear(year), month, day: Number(day) }, days);
}

type Moved = { readonly year: number; readonly month: number; readonly day: number };

/** The day so many days later in the proleptic Gregorian calendar; null for a day that is none, and beyond four digits. */
function later({ year, month, day }: Moved, days: number): Moved | null {
  const from = new Date(Date.UTC(year, month - 1, day));
  if (from.getUTCMonth() !== month - 1 || from.getUTCDate() !== day) return null;
  const to = new Date(from.getTime() + days * DAY_MS);
  const moved = { year: to.getUTCFullYear(), month: to.getUTCMonth() + 1, day: to.getUTCDate() };
  return moved.year >= 1_000 && moved.year <= 9_999 ? moved : null;
}

function fullYear(text: string): number {
  const year = Number(text);
  if (text.length > 2) return year;
  return year < CENTURY_TURNS ? 2_000 + year : 1_900 + year;
}

function yearLike(text: string, year: number): string {
  return text.length > 2 ? String(year) : String(year % 100).padStart(2, '0');
}

/** Beside a month's name: with a zero in front only where there was one. */
function dayLike(text: string, day: number): string {
  return String(day).padStart(text.startsWith('0') ? 2 : 1, '0');
}

/** Among numbers: as many digits as there were, at least. */
function like(text: string, number: number): string {
  return String(number).padStart(text.length, '0');
}

function nameLike(text: string, month: number): string {
  const full = MONTHS[month - 1] ?? '';
  const isWhole = MONTHS.some((one) => one === text.toLowerCase()) && text.length > 3;
  const name = isWhole ? full : full.slice(0, 3);
  if (text === text.toUpperCase()) return name.toUpperCase();
  return text[0] === text[0]?.toUpperCase()
    ? `${name.charAt(0).toUpperCase()}${name.slice(1)}`
    : name;
}

function ordinal(day: number): string {
  if (day >= 11 && day <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][day % 10] ?? 'th';
}
