/** A stream of numbers that depends on its seed alone: sfc32 (Chris Doty-Humphrey, PractRand), 2^64 or longer periods. */
export type Random = {
  /** A whole number from 0 to 2^32 - 1. */
  next(): number;
  /** A whole number from 0 to `count` - 1. */
  below(count: number): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** True in `percent` of a hundred cases. */
  chance(percent: number): boolean;
  /** One of the items, each as likely as the other. */
  pick<const L extends readonly [unknown, ...unknown[]]>(items: L): L[number];
  /** That many decimal digits. */
  digits(count: number): string;
  /** That many bytes in hexadecimal. */
  hex(sizeBytes: number): string;
};

/** Rounds that sfc32 is run before use, so that near seeds give unlike streams (its author's number). */
const WARM_UP_ROUNDS = 12;

/** The stream for one purpose under one seed: equal arguments give equal streams, on every machine. */
export function randomFor(seed: number, purpose: string): Random {
  const next = sfc32(seed >>> 0, fnv1a(purpose));
  const below = (count: number) => Math.floor((next() / 2 ** 32) * count);
  return {
    next,
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (percent) => below(100) < percent,
    pick: (items) => items[below(items.length)] ?? items[0],
    digits: (count) => Array.from({ length: count }, () => below(10)).join(''),
    hex: (sizeBytes) =>
      Array.from({ length: sizeBytes }, () => below(256).toString(16).padStart(2, '0')).join(''),
  };
}

function sfc32(seed: number, stream: number): () => number {
  let a = seed;
  let b = stream;
  let c = 0x9e3779b9;
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter++) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0;
    return sum;
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round++) next();
  return next;
}

/** FNV-1a, 32 bits: turns a purpose into the second half of the seed; not a cryptographic hash and not used as one. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
