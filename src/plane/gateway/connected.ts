import type { Problem } from '#base/problem';

/** What a session does: since when it has been at a statement, or since when it has had none. */
export type Activity =
  | { readonly kind: 'running'; readonly startedMicros: number | null }
  | { readonly kind: 'idle'; readonly sinceMs: number };

/** One logged-in client, whatever it is connected to. */
export type Connected = {
  readonly subject: { readonly id: `sub_${string}` };
  readonly activity: () => Activity;
  /** Stops what runs, or what is still being planned. */
  readonly cancel: () => void;
  readonly end: (reason: SessionEnd) => void;
};

export type SessionEnd =
  | { readonly kind: 'quiet' }
  | { readonly kind: 'fatal'; readonly problem: Problem; readonly sqlState: string };
