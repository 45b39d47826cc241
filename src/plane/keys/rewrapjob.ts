import { Problem } from '#base/problem';
import { transaction } from '#platform/db';
import type { Pool } from '#platform/db';
import { openQueue } from '#platform/queue';
import type { Task } from '#platform/queue';
import type { Keyring } from './keyring.ts';
import type { WrapCount } from './keytable.ts';
import type { Actor } from './record.ts';

/** How far wrapping anew is: over all keys, and what the last job says. */
export type RewrapState = WrapCount & {
  /** The key at the service that wraps now. */
  readonly service: string;
  readonly job: {
    readonly state: 'waiting' | 'running' | 'retrying' | 'done' | 'failed';
    readonly attempt: number;
    readonly done: number;
    readonly total: number | null;
    readonly problem: string | null;
    readonly startedAtMs: number | null;
    readonly endedAtMs: number | null;
  } | null;
};

export type Rewrapping = {
  /** Begins, unless it is under way; the job outlives this process. */
  begin(actor: Actor): Promise<RewrapState>;
  state(): Promise<RewrapState>;
  close(): Promise<void>;
};

export type RewrappingSettings = {
  readonly pool: Pool;
  readonly keyring: Pick<Keyring, 'rewrap' | 'wrapped'>;
  readonly clock: () => number;
  readonly onFault: (problem: Problem) => void;
};

const TASK = 'keys.rewrap';
const UNDER_WAY = ['waiting', 'running', 'retrying'];

/** Wrapping anew as a job of the plane: one at a time, taken up again after a crash, with progress. */
export async function openRewrapping(settings: RewrappingSettings): Promise<Rewrapping> {
  const { pool, keyring, clock } = settings;
  const rewrap: Task = async (payload, job) => {
    const report = (done: number, total: number) => job.report(done, total);
    await keyring.rewrap({ actor: actorIn(payload), signal: job.signal, report });
  };
  const queue = await openQueue({
    pool,
    tasks: { [TASK]: rewrap },
    concurrency: 1,
    onFault: (problem) => settings.onFault(problem),
  });
  await queue.start();
  const state = async (): Promise<RewrapState> => {
    const [job = null] = await queue.jobs({ task: TASK, limit: 1 });
    return { ...(await keyring.wrapped()), job };
  };
  return {
    state,
    async begin(actor) {
      const now = await state();
      if (now.job !== null && UNDER_WAY.includes(now.job.state)) return now;
      const key = `${TASK}/${now.service}/${clock()}`;
      await transaction(pool, (tx) =>
        queue.enqueue(tx, { task: TASK, key, payload: { actor }, line: TASK }),
      );
      return state();
    },
    close: () => queue.stop(),
  };
}

/** Payloads are our own; what is no actor any more is the plane's act. */
function actorIn(payload: unknown): Actor {
  const actor = (payload as { readonly actor?: Actor }).actor;
  return actor?.kind === 'subject' ? actor : { kind: 'plane' };
}
