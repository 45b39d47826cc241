import {
  ADDRESS_FAILURES_MAX,
  FAILURE_ENTRIES_MAX,
  LOCKOUT_FAILURES_MAX,
  LOCKOUT_SECONDS,
  NAME_FAILURES_MAX,
} from './limits.ts';

/** Counts wrong passwords by name and by address, in this process. */
export type Lockout = {
  /** Whether a log-in may be tried at all; asked before the password is looked at. */
  allows(name: string, address: string): boolean;
  failed(name: string, address: string): void;
  succeeded(name: string, address: string): void;
};

/** A fresh lock-out; failures are forgotten `LOCKOUT_SECONDS` after the first of them. */
export function createLockout(clock: () => number): Lockout {
  const windowMs = LOCKOUT_SECONDS * 1_000;
  const pairs = createTally(clock, windowMs);
  const names = createTally(clock, windowMs);
  const addresses = createTally(clock, windowMs);
  const pair = (name: string, address: string): string => `${address} ${name}`;
  return {
    allows: (name, address) =>
      pairs.count(pair(name, address)) < LOCKOUT_FAILURES_MAX &&
      names.count(name) < NAME_FAILURES_MAX &&
      addresses.count(address) < ADDRESS_FAILURES_MAX,
    failed: (name, address) => {
      pairs.add(pair(name, address));
      names.add(name);
      addresses.add(address);
    },
    succeeded: (name, address) => pairs.clear(pair(name, address)),
  };
}

/** How often each of many keys was seen within a time that begins with its first. */
export type Tally = {
  count(key: string): number;
  add(key: string): void;
  clear(key: string): void;
};

/** A tally that holds at most `FAILURE_ENTRIES_MAX` keys. */
export function createTally(clock: () => number, windowMs: number): Tally {
  const entries = new Map<string, { since: number; count: number }>();
  const live = (key: string): { since: number; count: number } | undefined => {
    const entry = entries.get(key);
    if (entry !== undefined && clock() - entry.since >= windowMs) {
      entries.delete(key);
      return undefined;
    }
    return entry;
  };
  return {
    count: (key) => live(key)?.count ?? 0,
    add: (key) => {
      const entry = live(key);
      if (entry !== undefined) {
        entry.count++;
        return;
      }
      const oldest = entries.size >= FAILURE_ENTRIES_MAX ? entries.keys().next().value : undefined;
      if (oldest !== undefined) entries.delete(oldest);
      entries.set(key, { since: clock(), count: 1 });
    },
    clear: (key) => void entries.delete(key),
  };
}
