import type { Cadence, Slot } from './slot.ts';
import { Window } from './window.ts';

/** One way to say what comes next. Values are cleaned ones: what was anomalous never gets here. */
export type Forecaster = {
  readonly name: string;
  /** Goes along with a drift, so that none shows. */
  readonly adapts: boolean;
  /** What the point at this slot should be; NaN while there is not enough to say. */
  forecast(slot: Slot): number;
  learn(value: number, slot: Slot): void;
  /** A new level was accepted: the past is moved there. */
  shift(by: number): void;
};

/** How many cycles a level, and one slot of a pattern, remember. */
const LEVEL_CYCLES = 12;
const SEASON_CYCLES = 14;
const SEASON_MIN = 3;
const TREND_STEPS = 14;

/**
 * The ways that fit a cadence, in the order they have to learn. Which of them counts is decided by how well each did on the series itself.
 */
export function forecastersFor({ cycle, kind }: Cadence): readonly Forecaster[] {
  const plain = [level(cycle * LEVEL_CYCLES), trend()];
  if (kind === 'slower') return plain;
  const week = seasonal('day of week', (slot) => slot.weekSlot);
  if (kind === 'daily') return [...plain, following(week, cycle), week];
  const day = seasonal('time of day', (slot) => slot.daySlot);
  const hours = seasonal('time of week', (slot) => slot.weekSlot);
  return [...plain, following(day, cycle), day, following(hours, cycle), hours];
}

/** The median of the last points. */
function level(points: number): Forecaster {
  const window = new Window(points);
  return {
    name: 'level',
    adapts: false,
    forecast: () => window.median,
    learn: (value) => window.add(value),
    shift: (by) => window.shift(by),
  };
}

/** The last point and the median of the last steps: totals that grow. */
function trend(): Forecaster {
  const steps = new Window(TREND_STEPS);
  let last = Number.NaN;
  return {
    name: 'trend',
    adapts: true,
    forecast: () => last + steps.median,
    learn: (value) => {
      if (!Number.isNaN(last)) steps.add(value - last);
      last = value;
    },
    shift: (by) => {
      last += by;
    },
  };
}

/** The median of the same slot in earlier cycles. */
function seasonal(name: string, slotOf: (slot: Slot) => number): Forecaster {
  const windows: (Window | undefined)[] = [];
  return {
    name,
    adapts: false,
    forecast: (slot) => {
      const window = windows[slotOf(slot)];
      return window === undefined || window.size < SEASON_MIN ? Number.NaN : window.median;
    },
    learn: (value, slot) => {
      const window = (windows[slotOf(slot)] ??= new Window(SEASON_CYCLES));
      window.add(value);
    },
    shift: (by) => {
      for (const window of windows) window?.shift(by);
    },
  };
}

/** A pattern that rides on a moving level: the pattern plus the median of what it missed by in the last cycle. Learns before its pattern does. */
function following(pattern: Forecaster, cycle: number): Forecaster {
  const missed = new Window(cycle);
  return {
    name: `${pattern.name}, moving level`,
    adapts: true,
    forecast: (slot) => pattern.forecast(slot) + (missed.size === 0 ? 0 : missed.median),
    learn: (value, slot) => {
      const apart = value - pattern.forecast(slot);
      if (!Number.isNaN(apart)) missed.add(apart);
    },
    // The pattern itself moves.
    shift: () => {},
  };
}
