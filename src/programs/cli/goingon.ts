import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '#base/problem';

/** As often in a row without getting any further. */
const TRIES_MAX = 6;
const PAUSE_MS = 500;

/**
 * Does work that can go on where it stood: again when the plane cannot be reached, after a pause that grows, until it gets nowhere
 * several times. `far` says how far it is.
 */
export async function goingOn<T>(work: () => Promise<T>, far: () => number): Promise<T> {
  for (let tries = 1; ;) {
    const before = far();
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof Problem) || thrown.code !== 'unavailable') throw thrown;
      tries = far() > before ? 1 : tries + 1;
      if (tries > TRIES_MAX) {
        throw new Problem('unavailable', thrown.message, {
          hint: 'run the same command again: it goes on where it stood',
          cause: thrown,
        });
      }
      await sleep(PAUSE_MS * 2 ** (tries - 1));
    }
  }
}
