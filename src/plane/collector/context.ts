import type { Clock } from '#base/clock';
import type { Id } from '#base/ids';
import type { Problem } from '#base/problem';
import type { Pool } from '#platform/db';
import type { Queue } from '#platform/queue';
import type { Border } from '#plane/border';
import type { Egress } from '#plane/egress';
import type { Ledger } from '#plane/ledger';
import type { Sealer, Sources } from '#plane/sources';
import type { Digester } from './digest.ts';
import type { LineageMemory } from './warehouse/lineagememory.ts';

/** What the collector is given to work with. */
export type CollectorSettings = {
  readonly pool: Pool;
  readonly ledger: Pick<Ledger, 'append' | 'write'>;
  readonly border: Pick<Border<unknown>, 'store' | 'wake' | 'current'>;
  readonly egress: Pick<Egress, 'connect' | 'rules'>;
  readonly sealer: Sealer;
  readonly sources: Pick<Sources, 'list'>;
  readonly digest: Digester;
  readonly clock: Clock;
  readonly random: (sizeBytes: number) => Uint8Array;
  /** Failed rows a test keeps at most; 0 keeps none anywhere. */
  readonly sampleRowsMax: number;
  /** Directory DuckDB files must lie in; empty allows none. */
  readonly duckdbDirectory: string;
  readonly onFault: (problem: Problem, what: string) => void;
  /** Told what an engine said of work that broke; its words quote values, so they stay in the plane. */
  readonly onRejected?: (rejected: RejectedWork) => void;
};

export type RejectedWork = { readonly code: string; readonly content: Uint8Array };

/** What parts of the collector that run as jobs are given besides. */
export type Working = CollectorSettings & {
  readonly queue: Queue;
  /** What was told of lineage since the start. */
  readonly lineage: LineageMemory;
};

export type Person = { readonly kind: 'subject'; readonly id: Id<'sub'> };
