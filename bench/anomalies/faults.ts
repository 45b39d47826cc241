import type { Series } from '#engines/stats';
import type { Random } from './noise.ts';
import { normal } from './noise.ts';

const DAY_MS = 86_400_000;
/** A Monday. */
const START_MS = Date.UTC(2025, 0, 6);
const DAYS = 140;
const FIRST_FAULT = 100;

/** A family of daily row counts. */
export type World = {
  readonly name: string;
  readonly weekend: number;
  readonly noise: number;
  readonly growthPercent: number;
};

export const WORLDS: readonly World[] = [
  { name: 'weekly pattern, 6 % noise', weekend: 0.5, noise: 0.06, growthPercent: 0 },
  { name: 'weekly pattern, 15 % noise', weekend: 0.5, noise: 0.15, growthPercent: 0 },
  { name: 'no pattern, 6 % noise', weekend: 1, noise: 0.06, growthPercent: 0 },
  {
    name: 'weekly pattern, 6 % noise, +0.5 % a day',
    weekend: 0.5,
    noise: 0.06,
    growthPercent: 0.5,
  },
];

export const FAULTS = [
  { name: 'zero rows', factor: 0 },
  { name: '−50 %', factor: 0.5 },
  { name: '−30 %', factor: 0.7 },
  { name: '×2', factor: 2 },
  { name: '×1.5', factor: 1.5 },
] as const;

/** One clean history of 140 days, and the day from 100 on that a fault strikes. */
export function drawn(world: World, random: Random): { clean: Series; day: number } {
  const base = 2_000 + random() * 100_000;
  const clean = Array.from({ length: DAYS }, (_, day) => {
    const weekend = day % 7 >= 5 ? world.weekend : 1;
    const growth = (1 + world.growthPercent / 100) ** day;
    const noise = Math.exp(world.noise * normal(random));
    return { atMs: START_MS + day * DAY_MS, value: Math.round(base * weekend * growth * noise) };
  });
  return { clean, day: FIRST_FAULT + Math.floor(random() * (DAYS - FIRST_FAULT - 3)) };
}

/** The history up to `days` days of a fault that begins on `day`. */
export function struck(
  clean: Series,
  day: number,
  fault: { factor: number; days: number },
): Series {
  return clean.slice(0, day + fault.days).map(({ atMs, value }, at) => ({
    atMs,
    value: value === null || at < day ? value : Math.round(value * fault.factor),
  }));
}
