import { Problem } from '#base/problem';
import { databaseProblem, transaction } from '#platform/db';
import type { Pool } from '#platform/db';
import { ROUND_TRIP_ROWS_MAX, appendEntries, appendFew } from './append.ts';
import type { Batch } from './append.ts';
import type { Link } from './chain.ts';
import type { Sealed } from './leaf.ts';

/** Entries that may wait: a second of the fastest writer; more means that the database has stopped taking them. */
export const WAITING_MAX = 50_000;
/** Bytes that may wait (characters, in truth), so that long entries do not fill the memory either. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** Entries in one transaction: larger ones gain nothing and make the first wait for the last. */
const BATCH_MAX = 4_000;
/** How long leaves that nobody waits for may lie, so that many share a transaction: it costs as much for one. */
const LINGER_MS = 10;

/** Whether somebody waits for a leaf to be durable; one that may come `soon` goes with the next that is wanted `now`. */
export type Urgency = 'now' | 'soon';

export type Writer = {
  /** Resolves with the leaf's place once it is durable; rejects `limit` or `unavailable` when it is not. */
  write(leaf: Sealed, urgency: Urgency): Promise<Link>;
  /** Entries not yet durable. */
  waiting(): number;
  /** Resolves when everything handed in before is settled; later writes are refused. */
  close(): Promise<void>;
};

type Waiting = {
  readonly leaf: Sealed;
  readonly resolve: (link: Link) => void;
  readonly reject: (problem: Problem) => void;
};

export type WriterSettings = {
  readonly pool: Pool;
  readonly plane: string;
  /** Told of the last link of each batch that became durable. */
  readonly onDurable?: (last: Link) => void;
};

/** A writer that commits in groups: whatever came in while one transaction ran goes into the next. */
export function createWriter(settings: WriterSettings): Writer {
  const queue: Waiting[] = [];
  let queuedBytes = 0;
  let unsettled = 0;
  let running: Promise<void> | null = null;
  let closed = false;
  const linger = createLinger();

  async function run(): Promise<void> {
    // One turn of the event loop gathers what the same tick writes.
    await new Promise((resolve) => setImmediate(resolve));
    let settle: (() => void) | null = null;
    while (queue.length > 0) {
      if (!linger.hurried()) {
        settle?.();
        settle = null;
        await linger.wait();
      }
      const batch = queue.splice(0, BATCH_MAX);
      if (queue.length === 0 && !closed) linger.rest();
      queuedBytes -= batch.reduce((size, item) => size + sizeOf(item.leaf), 0);
      // Whoever waited for the last batch goes on while the database is busy with this one, not before: what they
      // then write takes as long to prepare as the database takes to store it.
      const settleLast = once(settle);
      settle = await commit(settings, batch, settleLast);
      settleLast();
      unsettled -= batch.length;
    }
    settle?.();
    running = null;
  }

  return {
    write(leaf, urgency) {
      if (closed) return Promise.reject(refusal('the ledger is closed'));
      if (unsettled >= WAITING_MAX || queuedBytes + sizeOf(leaf) > WAITING_BYTES_MAX) {
        return Promise.reject(new Problem('limit', 'the ledger cannot keep up', { hint: HINT }));
      }
      return new Promise((resolve, reject) => {
        queue.push({ leaf, resolve, reject });
        queuedBytes += sizeOf(leaf);
        unsettled += 1;
        if (urgency === 'now') linger.hurry();
        running ??= run();
      });
    },
    waiting: () => unsettled,
    async close() {
      closed = true;
      linger.hurry();
      await running;
    },
  };
}

function sizeOf({ entry, details }: Sealed): number {
  return entry.length + (details?.length ?? 0);
}

type Linger = {
  /** Ends a wait that is under way, and all until `rest`. */
  hurry(): void;
  hurried(): boolean;
  rest(): void;
  /** Resolves after `LINGER_MS`, or with the next hurry. */
  wait(): Promise<void>;
};

function createLinger(): Linger {
  let hurried = false;
  let wake: () => void = () => undefined;
  return {
    hurry() {
      hurried = true;
      wake();
    },
    hurried: () => hurried,
    rest() {
      hurried = false;
    },
    wait: () =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, LINGER_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
  };
}

/** Commits the batch and gives what tells its writers how it went; never throws. */
async function commit(
  settings: WriterSettings,
  batch: readonly Waiting[],
  onSent: () => void,
): Promise<() => void> {
  const leaves = batch.map((item) => item.leaf);
  try {
    const links = await append(settings.pool, { plane: settings.plane, leaves, onSent });
    settings.onDurable?.(linkAt(links, links.length - 1));
    return () => batch.forEach((item, i) => item.resolve(linkAt(links, i)));
  } catch (cause) {
    // A connection lost during commit leaves the outcome open: the leaves may be there, but nobody was told so.
    const problem = refusal('the ledger cannot be written', databaseProblem(cause));
    return () => batch.forEach((item) => item.reject(problem));
  }
}

function append(pool: Pool, batch: Batch): Promise<readonly Link[]> {
  if (batch.leaves.length <= ROUND_TRIP_ROWS_MAX) return appendFew(pool, batch);
  return transaction(pool, (tx) => appendEntries(tx, batch));
}

function once(act: (() => void) | null): () => void {
  let left = act;
  return () => {
    left?.();
    left = null;
  };
}

const HINT =
  'nothing is shown that cannot be logged: see that the plane database is up and has room';

function refusal(message: string, cause?: Problem): Problem {
  return new Problem('unavailable', message, { hint: HINT, cause });
}

function linkAt(links: readonly Link[], index: number): Link {
  const link = links[index];
  if (link === undefined) throw new Problem('internal', 'ledger batch expected a link an entry');
  return link;
}
