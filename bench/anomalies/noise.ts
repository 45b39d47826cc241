import type { Series } from '#engines/stats';

/** A number from 0 up to 1. */
export type Random = () => number;

/** A small generator (mulberry32), so that every run draws the same. */
export function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A standard normal draw (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export const NOISES = [
  'normal',
  'Laplace',
  'uniform',
  'Student t, 3 degrees',
  'Poisson 20',
] as const;
export type Noise = (typeof NOISES)[number];

/** A series that has nothing but noise. */
export function noiseSeries(
  noise: Noise,
  { stepMs, points, random }: { stepMs: number; points: number; random: Random },
): Series {
  const startMs = Date.UTC(2025, 0, 6);
  return Array.from({ length: points }, (_, index) => ({
    atMs: startMs + index * stepMs,
    value: 100 + DRAW[noise](random),
  }));
}

const DRAW: Readonly<Record<Noise, (random: Random) => number>> = {
  normal,
  Laplace: (random) => (random() < 0.5 ? -1 : 1) * -Math.log(1 - random()),
  uniform: (random) => random(),
  'Student t, 3 degrees': (random) => {
    const squares = [1, 2, 3].reduce((sum) => sum + normal(random) ** 2, 0);
    return normal(random) / Math.sqrt(squares / 3);
  },
  'Poisson 20': (random) => {
    let [count, product] = [-1, 1];
    for (; product > Math.exp(-20); count += 1) product *= random();
    return count;
  },
};
