import { setTimeout as sleep } from 'node:timers/promises';
import { Problem, problemFrom } from '#base/problem';

/** Between two tries of what did not go on; short, for somebody waits. */
const RETRY_MS = 100;

export type WaitingRoomSettings = {
  /** Brings the log on as far as it goes now; rejects with why it does not. */
  readonly advance: () => Promise<void>;
  /** How many leaves are covered now. */
  readonly covered: () => number;
  /** How long somebody may wait. */
  readonly timeoutMs: number;
  readonly onFault: (problem: Problem) => void;
};

export type WaitingRoom = {
  /** Resolves when the leaf is covered; rejects `corrupt` at once when the log is, and `unavailable` when the time is over. */
  wait(index: number): Promise<void>;
  /** Brings the log on without anybody waiting; does nothing while that is under way. */
  nudge(): void;
  /** Ends all waiting; resolves when nothing is under way. */
  close(): Promise<void>;
};

type Waiter = {
  readonly index: number;
  readonly settle: (problem: Problem | null) => void;
};

/** Where callers wait for a checkpoint: one brings the log on for all, and whoever comes meanwhile goes with the next. */
export function createWaitingRoom(settings: WaitingRoomSettings): WaitingRoom {
  const { advance, covered, timeoutMs, onFault } = settings;
  const waiters = new Set<Waiter>();
  let running: Promise<void> | null = null;
  let closed = false;
  let fault: Problem | null = null;

  async function run(): Promise<void> {
    do {
      const before = covered();
      try {
        await advance();
        fault = null;
      } catch (thrown) {
        const problem = problemFrom(thrown);
        if (fault?.message !== problem.message) onFault(problem);
        fault = problem;
      }
      if (fault?.code === 'corrupt') settle(() => true, fault);
      settle(({ index }) => index < covered(), null);
      if (waiters.size > 0 && covered() === before) await sleep(RETRY_MS);
    } while (waiters.size > 0);
    running = null;
  }

  function settle(which: (waiter: Waiter) => boolean, problem: Problem | null): void {
    for (const waiter of waiters) {
      if (!which(waiter)) continue;
      waiters.delete(waiter);
      waiter.settle(problem);
    }
  }

  function late(): Problem {
    return new Problem('unavailable', 'no checkpoint covers the leaf in time', {
      hint: fault?.hint ?? 'see that the log can be written and that its witnesses answer',
      ...(fault === null ? {} : { cause: fault }),
    });
  }

  return {
    wait(index) {
      if (index < covered()) return Promise.resolve();
      if (closed) return Promise.reject(new Problem('unavailable', 'the log is closed'));
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => settle((one) => one === waiter, late()), timeoutMs);
        const waiter: Waiter = {
          index,
          settle: (problem) => {
            clearTimeout(timer);
            if (problem === null) resolve();
            else reject(problem);
          },
        };
        waiters.add(waiter);
        running ??= run();
      });
    },
    nudge() {
      if (!closed) running ??= run();
    },
    async close() {
      closed = true;
      settle(() => true, new Problem('unavailable', 'the log is closed'));
      await running;
    },
  };
}
