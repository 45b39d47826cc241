import { hash } from 'node:crypto';
import type { Clock } from '#base/clock';
import { newId } from '#base/ids';
import type { Id } from '#base/ids';
import type { Problem } from '#base/problem';
import type { Pool } from '#platform/db';
import type { Border } from '#plane/border';
import type { Egress } from '#plane/egress';
import type { Ledger } from '#plane/ledger';
import type { Address } from './address.ts';
import type { Credentials } from './connect.ts';
import type { SystemRow } from './systemtable.ts';
import { openPassword } from './vault.ts';
import type { Sealer } from './vault.ts';

/** What the sources part is given to work with. */
export type SourcesSettings = {
  readonly pool: Pool;
  readonly ledger: Pick<Ledger, 'append' | 'write'>;
  readonly border: Pick<Border<unknown>, 'store' | 'wake' | 'tell'>;
  /** The way out; registering a system gives it a rule there. */
  readonly egress: Pick<Egress, 'connect' | 'rules'>;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly random: (sizeBytes: number) => Uint8Array;
  /** How often each system is looked at for changes. */
  readonly refreshSeconds?: number;
  /** Told of what goes wrong beside a call, with the name of the system. */
  readonly onFault?: (problem: Problem, system: string) => void;
};

/** The person on whose behalf something is done. */
export type Actor =
  | { readonly kind: 'subject'; readonly id: Id<'sub'> }
  | { readonly kind: 'plane' };

export function newSystemId(settings: SourcesSettings): Id<'sys'> {
  return newId('sys', { nowMs: settings.clock(), random: settings.random });
}

/** How a leaf names a system. */
export function named(system: Pick<SystemRow, 'id' | 'name'>): { id: Id<'sys'>; name: string } {
  return { id: system.id, name: system.name };
}

/** Stands for a place in the ledger: a change of it shows, the place itself does not. */
export function endpointDigest(address: Address): string {
  const { host, port, database, tls } = address;
  return hash('sha256', JSON.stringify([host, port, database, tls]));
}

/** The credentials of the registered role, opened. */
export async function registeredCredentials(
  settings: SourcesSettings,
  system: SystemRow,
): Promise<Credentials> {
  const use = { systemId: system.id, of: 'registered' } as const;
  const password =
    system.password === null ? null : await openPassword(settings.sealer, use, system.password);
  return { address: system.address, password, authorities: system.authorities };
}

/** The credentials of the gate role of a hardened system, opened; null when it has none. */
export async function gateCredentials(
  settings: SourcesSettings,
  system: SystemRow,
): Promise<Credentials | null> {
  if (system.gateRole === null || system.gatePassword === null) return null;
  const use = { systemId: system.id, of: 'gate' } as const;
  const password = await openPassword(settings.sealer, use, system.gatePassword);
  const address = { ...system.address, user: system.gateRole };
  return { address, password, authorities: system.authorities };
}
