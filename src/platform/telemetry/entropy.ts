import { randomBytes } from 'node:crypto';
import type { Clock } from '#base/clock';
import { newId } from '#base/ids';
import type { Id, IdPrefix } from '#base/ids';

/** Hands out that many random bytes. */
export type Random = (sizeBytes: number) => Uint8Array;

/** The time of this machine. */
export const systemClock: Clock = () => Date.now();

/** Bytes from the operating system's generator. */
export const systemRandom: Random = (sizeBytes) => new Uint8Array(randomBytes(sizeBytes));

/** A new id from this machine's clock and generator. */
export function systemId<P extends IdPrefix>(prefix: P): Id<P> {
  return newId(prefix, { nowMs: systemClock(), random: systemRandom });
}
