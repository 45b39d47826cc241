import type { Clock } from '#base/clock';

/**
 * The clock of grants. It never goes back: it is the machine's clock, or what has passed since by a clock nobody can set,
 * whichever is later. So setting the machine's clock back prolongs nothing, and setting it ahead ends grants early.
 */
export type GrantClock = {
  /** Milliseconds since 1970, not before any moment given or heard of earlier. */
  now(): number;
  /** Takes over a later moment that another process, or this one before it was started again, went by. */
  hear(momentMs: number): void;
};

/** `steady` counts milliseconds from any beginning, and only forward. */
export function createGrantClock(clock: Clock, steady: Clock): GrantClock {
  let mark = clock();
  let markSteady = steady();
  const now = () => {
    const at = steady();
    mark = Math.max(clock(), mark + at - markSteady);
    markSteady = at;
    return Math.floor(mark);
  };
  return {
    now,
    hear(momentMs) {
      mark = Math.max(now(), momentMs);
    },
  };
}
