import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '#base/problem';
import { databaseProblem, sqlStateOf } from '#platform/db';
import { KeysMissing } from '../keys/keybag.ts';
import { RETRIES_MAX } from '../limits.ts';
import { RowFailures } from '../records/rowfailures.ts';
import { WriteAgain } from './writewave.ts';

/** Serialization failure, deadlock, and a key that another transaction took in the same moment. */
const LOST_RACES = new Set(['40001', '40P01', '23505']);
const PAUSE_MS = 4;

/**
 * Runs a transaction again when it lost a race or lacked keys; at most `RETRIES_MAX` times and `more`, then it throws
 * `unavailable`. What databases throw is turned into problems.
 */
export async function runAgain<T>(work: () => Promise<T>, more = 0): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (thrown) {
      if (thrown instanceof KeysMissing) await thrown.fetch();
      else if (thrown instanceof WriteAgain || LOST_RACES.has(sqlStateOf(thrown) ?? '')) {
        if (tries > 0) await sleep(PAUSE_MS * tries * (1 + Math.random()));
      } else if (thrown instanceof Problem || thrown instanceof RowFailures) throw thrown;
      else throw databaseProblem(thrown);
      if (tries >= RETRIES_MAX + more) {
        throw new Problem('unavailable', 'the write met other writes too often', {
          hint: 'try again in a moment',
          cause: thrown,
        });
      }
    }
  }
}
