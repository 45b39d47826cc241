import type { Calendar } from './settings.ts';
import { openZone } from './zone.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Where a point stands in the calendar. Slots count from 0: of the day in steps of the series, of the week likewise. */
export type Slot = {
  readonly daySlot: number;
  readonly weekSlot: number;
  /** Days that are not like others. */
  readonly special: 'holiday' | 'month end' | 'month start' | null;
};

/** How a series moves through time. */
export type Cadence = {
  readonly stepMs: number;
  /** Points until the nearest pattern repeats: a day's of a series faster than daily, 7 of a daily one. */
  readonly cycle: number;
  readonly kind: 'within-day' | 'daily' | 'slower';
};

/** More slots than this a day would leave too few points in each. */
const DAY_SLOTS_MAX = 288;
const DAILY_FROM_MS = 20 * HOUR_MS;
const SLOWER_FROM_MS = 4 * DAY_MS;
const SLOW_CYCLE = 6;

export function cadenceOf(stepMs: number): Cadence {
  if (stepMs >= SLOWER_FROM_MS) return { stepMs, cycle: SLOW_CYCLE, kind: 'slower' };
  if (stepMs >= DAILY_FROM_MS) return { stepMs, cycle: 7, kind: 'daily' };
  const slots = Math.min(DAY_SLOTS_MAX, Math.max(2, Math.round(DAY_MS / stepMs)));
  return { stepMs, cycle: slots, kind: 'within-day' };
}

/** Reads slots off the clock of the calendar's zone. A point stands where the middle of its bucket is, so that days of UTC find theirs. */
export function openSlots(calendar: Calendar, cadence: Cadence): (atMs: number) => Slot {
  const zone = openZone(calendar.timeZone);
  const holidays = new Set(calendar.holidays.map((day) => Date.parse(day)));
  const perDay = cadence.kind === 'within-day' ? cadence.cycle : 1;
  const middleMs = cadence.kind === 'slower' ? 0 : cadence.stepMs / 2;
  return (atMs) => {
    const clockMs = atMs + middleMs + zone(atMs + middleMs);
    const day = Math.floor(clockMs / DAY_MS);
    const daySlot = Math.floor(((clockMs - day * DAY_MS) / DAY_MS) * perDay);
    // 1 January 1970 was a Thursday; weeks begin on Monday.
    const weekSlot = ((((day + 3) % 7) + 7) % 7) * perDay + daySlot;
    return { daySlot, weekSlot, special: specialOf(day, holidays) };
  };
}

function specialOf(day: number, holidays: ReadonlySet<number>): Slot['special'] {
  if (holidays.has(day * DAY_MS)) return 'holiday';
  const date = new Date(day * DAY_MS).getUTCDate();
  if (date === 1) return 'month start';
  if (date >= 28 && new Date((day + 1) * DAY_MS).getUTCDate() === 1) return 'month end';
  return null;
}

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** A slot in words: `Monday`, `hour 7`, `holiday`. */
export function wordsOf(slot: Slot, cadence: Cadence): readonly string[] {
  const perDay = cadence.kind === 'within-day' ? cadence.cycle : 1;
  const weekday = WEEKDAYS[Math.floor(slot.weekSlot / perDay)] ?? '';
  const minutes = Math.floor((slot.daySlot / perDay) * 1_440);
  const clock = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return [
    ...(cadence.kind === 'slower' ? [] : [weekday]),
    ...(cadence.kind === 'within-day' ? [clock] : []),
    ...(slot.special === null ? [] : [slot.special]),
  ];
}
