/** Says what time it is, in milliseconds since 1970-01-01 UTC; everything that needs time is handed one. */
export type Clock = () => number;

/** A clock that stands still until it is moved, for tests and simulations. */
export type ManualClock = Clock & { advance(ms: number): void };

export function manualClock(startMs: number): ManualClock {
  let now = startMs;
  const clock = () => now;
  return Object.assign(clock, {
    advance(ms: number) {
      now += ms;
    },
  });
}
