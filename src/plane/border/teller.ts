import { utf8 } from '#base/bytes';
import { problemFrom } from '#base/problem';
import type { Problem } from '#base/problem';
import type { FactBody } from '#boundary';
import { databaseProblem, transaction } from '#platform/db';
import type { Pool } from '#platform/db';
import { TELL_EVERY_MS, TOLD_MAX } from './limits.ts';
import { factOf, storeFacts } from './outbox.ts';

/** Facts stored in one transaction. */
const STORE_MAX = 500;

export type Teller = {
  /** Takes a fact along; never throws, never waits. What does not fit is dropped and counted. */
  tell(body: FactBody): void;
  /** Facts dropped since this was last asked. */
  takeDropped(): number;
  /** Whether the outbox has room; while it has none everything told is dropped. */
  admit(room: boolean): void;
  /** Stores what was told; resolves when that is done or has failed. */
  flush(): Promise<void>;
  close(): Promise<void>;
};

export type TellerSettings = {
  readonly pool: Pool;
  readonly plane: string;
  readonly onStored: () => void;
  readonly onFault: (problem: Problem) => void;
  /** Told of what was no fact, whole: it holds something that may not cross, and stays in the plane. */
  readonly onRefused?: (refused: RefusedFact) => void;
};

export type RefusedFact = { readonly code: string; readonly content: Uint8Array };

/** Gathers facts in memory and stores them a few times a second, so that telling costs a query next to nothing. */
export function createTeller(settings: TellerSettings): Teller {
  const told: FactBody[] = [];
  let dropped = 0;
  let room = true;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (told.length > 0) {
      const batch = told.slice(0, STORE_MAX);
      try {
        await transaction(settings.pool, (tx) => storeFacts(tx, settings.plane, batch));
        told.splice(0, batch.length);
        settings.onStored();
      } catch (cause) {
        // The database is away: what was told waits in memory, up to its limit, for the next turn.
        settings.onFault(databaseProblem(cause));
        break;
      }
    }
    running = null;
  }
  // A run with nothing to do would end before it is noted here, and be taken for one that goes on forever.
  const flush = async (): Promise<void> => {
    if (told.length > 0) running ??= run();
    await running;
  };
  const timer = setInterval(() => void flush(), TELL_EVERY_MS);
  timer.unref();

  return {
    tell(body) {
      if (!room || told.length >= TOLD_MAX) {
        dropped += 1;
        return;
      }
      try {
        factOf(body, settings.plane, 1);
        told.push(body);
      } catch (cause) {
        dropped += 1;
        const problem = problemFrom(cause);
        settings.onFault(problem);
        settings.onRefused?.({ code: problem.code, content: utf8(JSON.stringify(body)) });
      }
    },
    takeDropped() {
      const count = dropped;
      dropped = 0;
      return count;
    },
    admit(hasRoom) {
      room = hasRoom;
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
