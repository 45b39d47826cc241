import type { Passing, Refusal } from './refusal.ts';
import type { Running } from './rows/reading.ts';

/** How a message to the source was answered. */
export type Outcome = 'done' | 'failed' | 'skipped';

export type ExpectedKind =
  | 'parse'
  | 'bind'
  | 'describe-statement'
  | 'describe-portal'
  | 'execute'
  | 'close'
  | 'sync'
  | 'query';

/** One message sent to the source, and what its answer is for. */
export type Expected = {
  readonly kind: ExpectedKind;
  /** Whether the client hears of it; the gateway's own messages are silent. */
  readonly shown: boolean;
  /** Our error, in place of the one the message is sure to cause. */
  readonly refusal: Refusal | null;
  /** How errors and notices it causes may be passed on. */
  readonly passing: Passing;
  /** Statements in the order their results come; one for `execute`. */
  readonly running: readonly Running[];
  /** Takes bodies of answers the gateway itself asked for. */
  readonly take: ((tag: number, body: Uint8Array) => void) | null;
  /** Checks a RowDescription body (null for NoData); gives the message the client gets in its place, or null. */
  readonly describe: ((body: Uint8Array | null) => Uint8Array | null) | null;
  readonly settled: (outcome: Outcome) => void;
};

export type ExpectedParts = Partial<Expected> & Pick<Expected, 'kind'>;

/** Answers still to come from the source, in order; errors skip to the next Sync as PostgreSQL does (protocol 55.2.3). */
export type Replies = {
  expect(parts: ExpectedParts): void;
  head(): Expected | undefined;
  /** Statement of the head whose result comes now. */
  running(): Running | undefined;
  nextStatement(): void;
  complete(): void;
  /** The head failed: it and everything up to the next Sync is settled. A simple query stays until its ReadyForQuery. */
  fail(): void;
  /** Whether the source is skipping to a Sync. */
  failing(): boolean;
  /** Whether messages were sent since the last Sync, so that only a Flush makes their answers come. */
  unsynced(): boolean;
  size(): number;
  /** Resolves when nothing is expected any more. */
  settle(): Promise<void>;
  /** Settles everything as skipped; the connection is gone. */
  abandon(): void;
};

/** An empty queue of expected answers. */
export function createReplies(): Replies {
  const queue = createQueue();
  let statement = 0;
  let skipping = false;
  let failed = false;
  let unsynced = false;
  const finish = (outcome: Outcome): void => {
    statement = 0;
    queue.shift()?.settled(outcome);
    queue.wake();
  };
  return {
    expect: (parts) => {
      const expected: Expected = { ...usual, ...parts };
      const ends = parts.kind === 'sync' || parts.kind === 'query';
      unsynced = !ends;
      if (skipping && parts.kind !== 'sync') {
        expected.settled('skipped');
        return;
      }
      skipping = false;
      queue.push(expected);
    },
    head: queue.head,
    running: () => queue.head()?.running[statement],
    nextStatement: () => void statement++,
    complete: () => {
      const outcome = failed ? 'failed' : 'done';
      failed = false;
      finish(outcome);
    },
    fail: () => {
      const kind = queue.head()?.kind;
      if (kind === 'query' || kind === 'sync') {
        failed = true;
        return;
      }
      finish('failed');
      while (queue.size() > 0 && queue.head()?.kind !== 'sync') finish('skipped');
      skipping = queue.size() === 0;
    },
    failing: () => skipping,
    unsynced: () => unsynced,
    size: queue.size,
    settle: queue.settle,
    abandon: () => {
      while (queue.size() > 0) finish('skipped');
      queue.wake();
    },
  };
}

const usual: Omit<Expected, 'kind'> = {
  shown: true,
  refusal: null,
  passing: { governed: true, positions: false },
  running: [],
  take: null,
  describe: null,
  settled: () => undefined,
};

type Queue = {
  readonly push: (expected: Expected) => void;
  readonly shift: () => Expected | undefined;
  readonly head: () => Expected | undefined;
  readonly size: () => number;
  /** Resolves those who wait, once nothing is left. */
  readonly wake: () => void;
  readonly settle: () => Promise<void>;
};

/** A queue that takes from its front in constant time. */
function createQueue(): Queue {
  let items: Expected[] = [];
  let at = 0;
  let waiting: (() => void)[] = [];
  const size = (): number => items.length - at;
  return {
    push: (expected) => void items.push(expected),
    shift: () => {
      const head = items[at];
      if (head !== undefined) at++;
      if (at === items.length) {
        items = [];
        at = 0;
      }
      return head;
    },
    head: () => items[at],
    size,
    wake: () => {
      if (size() > 0) return;
      const woken = waiting;
      waiting = [];
      for (const resolve of woken) resolve();
    },
    settle: () =>
      size() === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
  };
}
