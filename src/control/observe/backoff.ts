/** First wait after a failure, doubled each time. */
const FIRST_MS = 5_000;
/** A channel that is down for long is asked this often. */
const LONGEST_MS = 30 * 60_000;
/** A day and more of tries: whoever is told of an incident later than that knows it already. */
export const ATTEMPTS_MAX = 56;

/**
 * How long to wait after so many failed attempts: exponential with full jitter (`chance` from 0 to 1), so that what
 * failed together does not come back together; never less than the channel itself asked for.
 */
export function waitMs(attempts: number, chance: number, askedMs: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, attempts - 1));
  const jittered = ceiling / 2 + (ceiling / 2) * chance;
  return Math.round(Math.max(jittered, Math.min(askedMs, LONGEST_MS)));
}
