import type { Bundle } from '#boundary';
import type { VaultDecision, VaultRequest } from '#engines/policy';
import type { Pool } from '#platform/db';
import type { Connections } from '#plane/connections';
import type { Keyring } from '#plane/keys';
import type { Ledger } from '#plane/ledger';
import type { Vaults } from '#plane/vault';
import type { VaultQueries } from '#plane/vaultquery';
import type { DecisionDesk } from './decisions/decisiondesk.ts';

/** What the routes work with. */
export type VaultRoom = {
  readonly plane: string;
  /** The bundle in force and what decides from it; null while the plane has none, or only one that is too old. */
  readonly access: () => VaultAccess | null;
  /** Told of every decision that a request hangs on. */
  readonly decisions: DecisionDesk;
  readonly vaults: Vaults;
  readonly queries: VaultQueries;
  readonly connections: Connections;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly keyring: Pick<Keyring, 'use' | 'version' | 'seal' | 'open'>;
  readonly pool: Pool;
  readonly clock: () => number;
  readonly random: (sizeBytes: number) => Uint8Array;
  /** Token addresses that mean this plane (`audiencesOf`). */
  readonly audiences: readonly string[];
  /** Addresses by which callers reach this plane, as far as its settings say so. */
  readonly addresses: readonly string[];
  /** How long a batch of a stream may take to come, and a piece of an answer to be taken. */
  readonly streamWaitSeconds: number;
  /** Told each row of a stream that was not written; never throws, never waits. */
  readonly onRejected: (rejected: RejectedRow) => void;
};

/** A row that was not written: the code of its problem, and what it was, which is data. */
export type RejectedRow = { readonly code: string; readonly content: Uint8Array };

export type VaultAccess = {
  readonly bundle: Bundle;
  decideVault(request: VaultRequest): VaultDecision;
};
