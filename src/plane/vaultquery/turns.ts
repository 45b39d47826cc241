import { Problem } from '#base/problem';
import { cancelled } from './engine.ts';

/**
 * Who may work now: no more statements at once than there are engines, so that no rows wait in memory for one, and never all
 * of them one subject's where there are several. Of those who wait, the one comes next who was served longest ago.
 */
export type Turns = {
  /** Resolves when it is the subject's turn, with what ends it; throws `limit` where too many wait, `unavailable` when cancelled. */
  enter(subject: string, signal?: AbortSignal): Promise<() => void>;
};

/** Waiting statements; more would wait longer than anybody does. */
const WAITING_MAX = 200;
const WAITING_PER_SUBJECT_MAX = 20;
/** Subjects whose last turn is remembered. */
const REMEMBERED_MAX = 10_000;

type Waiting = { readonly subject: string; readonly go: () => void };

export function createTurns(atOnceMax: number): Turns {
  const eachMax = Math.max(1, atOnceMax - 1);
  const running = new Map<string, number>();
  const served = new Map<string, number>();
  let waiting: readonly Waiting[] = [];
  let count = 0;
  let turn = 0;

  const mayRun = (subject: string) => count < atOnceMax && (running.get(subject) ?? 0) < eachMax;
  const begin = (subject: string): void => {
    count += 1;
    running.set(subject, (running.get(subject) ?? 0) + 1);
    if (served.size >= REMEMBERED_MAX) served.clear();
    served.set(subject, ++turn);
  };
  const end = (subject: string): void => {
    count -= 1;
    const left = (running.get(subject) ?? 1) - 1;
    if (left === 0) running.delete(subject);
    else running.set(subject, left);
    next();
  };
  const next = (): void => {
    const able = waiting.filter(({ subject }) => mayRun(subject));
    const [first] = able.toSorted(
      (one, two) => (served.get(one.subject) ?? 0) - (served.get(two.subject) ?? 0),
    );
    if (first === undefined) return;
    waiting = waiting.filter((one) => one !== first);
    begin(first.subject);
    first.go();
    next();
  };
  const wait = (subject: string, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const gone = () => {
        waiting = waiting.filter((one) => one !== entry);
        reject(cancelled());
      };
      const entry: Waiting = {
        subject,
        go: () => {
          signal?.removeEventListener('abort', gone);
          resolve();
        },
      };
      signal?.addEventListener('abort', gone, { once: true });
      waiting = [...waiting, entry];
    });
  return {
    async enter(subject, signal) {
      if (signal?.aborted === true) throw cancelled();
      if (mayRun(subject) && waiting.length === 0) begin(subject);
      else {
        const mine = waiting.filter((one) => one.subject === subject).length;
        if (waiting.length >= WAITING_MAX || mine >= WAITING_PER_SUBJECT_MAX) throw crowded();
        const turnCame = wait(subject, signal);
        next();
        await turnCame;
      }
      let isOver = false;
      return () => {
        if (!isOver) end(subject);
        isOver = true;
      };
    },
  };
}

function crowded(): Problem {
  return new Problem(
    'limit',
    `queries that wait expected to be at most ${WAITING_PER_SUBJECT_MAX} of one caller and ${WAITING_MAX} of all`,
    { hint: 'ask again later' },
  );
}
