import { fnv1a, randomFor } from './random.ts';
import type { Random } from './random.ts';

/** What the whole data set follows from: two worlds with equal fields hold the same bytes. */
export type World = {
  readonly seed: number;
  /** First instant of the month after the newest events, in ms UTC; events lie in the 24 months before it. */
  readonly anchorMs: number;
  /** Share of the full size, in percent; tests build small worlds. */
  readonly sizePercent: number;
};

export type Region = 'EMEA' | 'AMER' | 'APAC';
const REGIONS: readonly [Region, ...Region[]] = ['EMEA', 'AMER', 'APAC'];

const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;
/** Two years of events: enough months for partitions to matter, few enough to list. */
export const MONTHS = 24;

/** Rows of each kind at full size; children refer to parents by number, so both sides read this table. */
const FULL = {
  sites: 12,
  clinicians: 120,
  patients: 12_000,
  visits: 40_000,
  labResults: 24_000,
  departments: 18,
  employees: 3_000,
  products: 240,
  customers: 10_000,
  cards: 8_000,
  orders: 30_000,
  signals: 1_500,
  longTexts: 12,
  sparse: 2_000,
} as const;

export type Kind = keyof typeof FULL;

/** How many of a kind a world has; never fewer than ten, so that every reference finds a parent. */
export function sizeOf(world: World, kind: Kind): number {
  return Math.max(Math.min(10, FULL[kind]), Math.round((FULL[kind] * world.sizePercent) / 100));
}

/** The stream of random numbers for one table, independent of every other table's. */
export function streamOf(world: World, table: string): Random {
  return randomFor(world.seed, table);
}

/** First instant of the month that lies `monthsBefore` months before the anchor, in ms UTC. */
export function monthStart(world: World, monthsBefore: number): number {
  const anchor = new Date(world.anchorMs);
  return Date.UTC(anchor.getUTCFullYear(), anchor.getUTCMonth() - monthsBefore, 1);
}

/** An instant within the world's two years, to the minute. */
export function eventMs(world: World, random: Random): number {
  const first = monthStart(world, MONTHS);
  return first + random.below(Math.floor((world.anchorMs - first) / MINUTE_MS)) * MINUTE_MS;
}

/** A number that names one of a kind in a place and never repeats: `index` scattered over 0 … `space` - 1. */
export function scatter(index: number, space: number): number {
  return Number((BigInt(index) * 7_368_787n + 1_299_709n) % BigInt(space));
}

/** The version 8 UUID (RFC 9562 §5.8) of the nth thing of a kind: parents and children compute the same one. */
export function uuidOf(world: World, kind: string, index: number): string {
  const word = (part: number) => hex8(fnv1a(`${world.seed}/${kind}/${index}/${part}`));
  const unique = hex8(scatter(index, 2 ** 32));
  const mixed = word(1) + word(2);
  return `${mixed.slice(0, 8)}-${mixed.slice(8, 12)}-8${mixed.slice(13, 16)}-a${unique.slice(5)}-${word(3).slice(1)}${unique.slice(0, 5)}`;
}

function hex8(word: number): string {
  return word.toString(16).padStart(8, '0');
}

/** The region a numbered place or person belongs to. */
export function regionOf(index: number): Region {
  return REGIONS[index % REGIONS.length] ?? 'EMEA';
}
