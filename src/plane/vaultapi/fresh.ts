import type { VaultSchema } from '#plane/vault';
import { guestOf, requireNetwork } from './callers/guest.ts';
import type { Guest } from './callers/guest.ts';
import type { VaultCall } from './route.ts';
import { rulingsOf } from './ruling.ts';
import type { Rulings } from './ruling.ts';

/** Who calls and what is decided about them, now. */
export type Fresh = {
  readonly guest: Guest;
  readonly schema: VaultSchema;
  readonly rulings: Rulings;
};

/**
 * Lets the caller of a long request in again: by the bundle in force now, so that a policy, a key or a network that was taken away
 * ends what is still running. Throws what a new request would be refused with.
 */
export async function letInAgain(
  { room, request, log }: Pick<VaultCall<unknown, unknown, unknown>, 'room' | 'request' | 'log'>,
  vault: string,
): Promise<Fresh> {
  // What came of the part before is told now: a stream may run for hours.
  log.settle('done');
  const guest = await guestOf(room, request);
  requireNetwork(guest, request.ip);
  const schema = await room.vaults.schema(vault);
  return { guest, schema, rulings: rulingsOf(guest, schema, { nowMs: room.clock(), log }) };
}
