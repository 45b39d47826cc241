import { Problem } from '#base/problem';
import {
  VAULT_ANSWERS_HELD_MAX,
  VAULT_ANSWERS_PER_SESSION_MAX,
  VAULT_ROW_BYTES,
} from '../limits.ts';
import type { VaultServed } from '../port.ts';
import type { VaultPortal, VaultSession } from './vaultsession.ts';

/** Keeps an answer at its portal until its rows are handed out; throws `limit` where portals would hold too much. */
export function holdAnswer(session: VaultSession, portal: VaultPortal, answer: VaultServed): void {
  const bytes = answer.rows.reduce((sum, row) => sum + row.length + VAULT_ROW_BYTES, 0);
  hold(session, portal, bytes);
  portal.answer = answer;
}

/** Keeps a portal with its parameters; throws as `holdAnswer`. */
export function keepPortal(session: VaultSession, name: string, portal: VaultPortal): void {
  closePortal(session, name);
  hold(session, portal, portal.parameters.length);
  session.portals.set(name, portal);
}

/** Forgets rows that were handed out, and what they were worked out from; that there are no more stays known. */
export function letGo({ held, heldByAll }: VaultSession, portal: VaultPortal): void {
  held.bytes -= portal.heldBytes;
  heldByAll.bytes -= portal.heldBytes;
  portal.heldBytes = 0;
  portal.parameters = new Uint8Array();
  portal.sent = 0;
  if (portal.answer !== null) portal.answer = { ...portal.answer, rows: [] };
}

export function closePortal(session: VaultSession, name: string): void {
  const portal = session.portals.get(name);
  if (portal !== undefined) letGo(session, portal);
  session.portals.delete(name);
}

export function closePortals(session: VaultSession): void {
  for (const portal of session.portals.values()) letGo(session, portal);
  session.portals.clear();
}

function hold({ held, heldByAll, ports }: VaultSession, portal: VaultPortal, bytes: number): void {
  const { answerBytesMax } = ports.vaults;
  const own = VAULT_ANSWERS_PER_SESSION_MAX * answerBytesMax;
  if (held.bytes + bytes > own) {
    throw new Problem('limit', `open portals of the connection hold more than ${own} bytes`, {
      hint: 'fetch what was asked for, or close portals',
    });
  }
  if (heldByAll.bytes + bytes > VAULT_ANSWERS_HELD_MAX * answerBytesMax) {
    throw new Problem('limit', 'open portals of all connections hold too much', {
      hint: 'fetch what was asked for, or close portals; ask again later',
    });
  }
  portal.heldBytes += bytes;
  held.bytes += bytes;
  heldByAll.bytes += bytes;
}
