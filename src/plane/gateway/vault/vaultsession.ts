import { Problem } from '#base/problem';
import type { TransactionStatus } from '#engines/pgwire';
import type { PlanSession, SettingChange } from '#engines/sql';
import type { Channel } from '../upstream/channel.ts';
import type { Connected, SessionEnd } from '../connected.ts';
import type { GatewayPorts, VaultAsker, VaultPlace, VaultServed, VaultStatement } from '../port.ts';
import { checkStillWelcome, noBundle, staleBundle } from '../session.ts';
import type { GatewaySettings } from '../settings.ts';
import { schemasOf } from '../virtual.ts';
import type { VaultSettings } from './vaultsettings.ts';

/** A statement the client prepared. It is understood anew each time it runs, under what policy says then. */
export type VaultPrepared = { readonly text: string; readonly parameterTypes: readonly number[] };

/** A bound statement; its answer is worked out once, whole, handed out as it is fetched, and then let go. */
export type VaultPortal = {
  readonly prepared: VaultPrepared;
  parameters: Uint8Array;
  readonly resultFormats: readonly number[];
  answer: VaultServed | null;
  /** What it counts for in the totals of `vaultheld.ts`. */
  heldBytes: number;
  /** Rows handed out so far, of those that are held. */
  sent: number;
};

/** One logged-in client at a vault. Mutable: it is the state of a protocol. */
export type VaultSession = Connected & {
  readonly id: string;
  readonly subject: { readonly id: `sub_${string}`; readonly name: string };
  readonly token: `tok_${string}` | null;
  readonly address: string;
  readonly place: VaultPlace;
  readonly ports: GatewayPorts;
  readonly limits: GatewaySettings;
  readonly client: Channel;
  readonly settings: VaultSettings;
  readonly statements: Map<string, VaultPrepared>;
  readonly portals: Map<string, VaultPortal>;
  /** What its portals hold, and what those of all sessions do. */
  readonly held: { bytes: number };
  readonly heldByAll: { bytes: number };
  status: TransactionStatus;
  /** After an error in the extended protocol, until Sync. */
  skipping: boolean;
  /** What runs, so that it can be cancelled. */
  running: { readonly abort: AbortController; readonly startedMicros: number } | null;
  lastActiveMs: number;
  ended: boolean;
  readonly end: (reason: SessionEnd) => void;
};

/** Every statement of a text, understood for this client as things stand now; throws as `VaultPort.plan`. */
export function understood(
  session: VaultSession,
  text: string,
): Promise<readonly VaultStatement[]> {
  return understoodFor(
    session,
    text,
    askerOf(session, (name) => session.settings.get(name)),
  );
}

/** Throws when nothing could be asked any more once a setting says this. */
export async function requireAskable(session: VaultSession, change: SettingChange): Promise<void> {
  const { settings } = session;
  const said = (name: string) => (name === change.name ? change.value : settings.get(name));
  await understoodFor(session, 'SELECT 1', askerOf(session, said));
}

function understoodFor(
  session: VaultSession,
  text: string,
  asker: VaultAsker,
): Promise<readonly VaultStatement[]> {
  const { ports, place, limits } = session;
  const view = ports.access();
  const nowMs = ports.clock();
  if (view === null) throw noBundle();
  if (view.expiresAtMs <= nowMs) throw staleBundle();
  checkStillWelcome(session, view, nowMs);
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.statementBytesMax) {
    throw new Problem('limit', `statement of ${bytes} bytes, limit ${limits.statementBytesMax}`, {
      hint: 'the operator can raise gateway.statementBytesMax',
    });
  }
  return ports.vaults.plan(asker, text, { place, session: planSessionOf(session) });
}

function askerOf(
  { id, subject, address }: VaultSession,
  said: (setting: string) => string | null,
): VaultAsker {
  return {
    subject: subject.id,
    session: id,
    address,
    purpose: said('privet.purpose') || null,
    ticket: said('privet.ticket') || null,
    redaction: said('privet.redaction') || null,
  };
}

function planSessionOf({ subject, place, settings }: VaultSession): PlanSession {
  return {
    searchPath: schemasOf(settings.get('search_path'), subject.name) ?? [],
    subjectName: subject.name,
    database: place.name,
    mode: 'splice',
    fence: 'offset',
    settings: settings.own(),
  };
}
