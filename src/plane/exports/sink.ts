import type { ExportedLeaf } from './exportedleaf.ts';

/** Leaves that go together, in order, each with its text in the format of the export. */
export type Batch = {
  readonly plane: string;
  readonly items: readonly { readonly leaf: ExportedLeaf; readonly text: string }[];
};

/** Where leaves go. */
export type Sink = {
  /** Where that is, for a person: no credential in it. */
  readonly place: string;
  /** Leaves of one batch. */
  readonly leavesMax: number;
  /** How long leaves may wait for company. */
  readonly patienceMs: number;
  /**
   * Resolves once the receiver has all of the batch; throws what `Problem` says of why not, `limit` where
   * fewer leaves might be taken: half of them follow at once. May be called with leaves that
   * it was given before, when nobody knows whether they arrived.
   */
  send(batch: Batch, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
};
