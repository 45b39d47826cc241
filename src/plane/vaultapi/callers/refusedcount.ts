/** Addresses counted apart in one minute; what comes from more shares one count. */
const ADDRESSES_MAX = 10_000;
const MINUTE_MS = 60_000;

/** Counts a refusal of an address, or none (`by` 0); whether there are too many in this minute. */
export type RefusedCount = (address: string, nowMs: number, by?: 0 | 1) => boolean;

/** A count in memory, of one process, that starts anew each minute. */
export function refusedCount(perMinuteMax: number): RefusedCount {
  const counts = new Map<string, number>();
  let minute = 0;
  return (address, nowMs, by = 1) => {
    const now = Math.floor(nowMs / MINUTE_MS);
    if (now !== minute) counts.clear();
    minute = now;
    const key = counts.has(address) || counts.size < ADDRESSES_MAX ? address : '';
    const count = (counts.get(key) ?? 0) + by;
    counts.set(key, count);
    return count > perMinuteMax;
  };
}
