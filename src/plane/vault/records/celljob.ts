import type { KeyObject } from 'node:crypto';
import { borrowedCellKeys, fastHmac } from '#engines/crypto';
import type { CellKeys, LentCellKeys } from '#engines/crypto';
import { Problem } from '#base/problem';
import { openBatch, sealBatch } from './recordbatch.ts';
import type { LaidBatch, OpenedBatch, RecordBatch, WantedCells } from './recordbatch.ts';

/** The keys of one job, lent for as long as it takes. */
export type LentKeys = {
  /** Of each version that is needed. */
  readonly cells: readonly LentCellKeys[];
  /** Of the codes over records. */
  readonly code: KeyObject;
};

/** Records to be sealed, or opened as far as is wanted. */
export type CellJob =
  | { readonly kind: 'seal'; readonly batch: LaidBatch; readonly keys: LentKeys }
  | {
      readonly kind: 'open';
      readonly batch: RecordBatch;
      readonly wanted: WantedCells;
      readonly keys: LentKeys;
    };

/** The batch's bodies as they are now, and when they were opened what was found. */
export type CellAnswer = {
  readonly bodies: Uint8Array<ArrayBuffer>;
  readonly found: OpenedBatch | null;
};

/** What the thread says of a job. */
export type CellReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly answer: CellAnswer }
  | { readonly kind: 'failed'; readonly id: number };

/** Does a job with the keys that came with it, and keeps none of them. */
export function doCellJob(job: CellJob): CellAnswer {
  const { batch, keys } = job;
  const code = fastHmac(keys.code);
  const cells = new Map(keys.cells.map((lent) => [lent.version, borrowedCellKeys(lent)]));
  const ofVersion = (version: number): CellKeys => {
    const found = cells.get(version);
    if (found === undefined) throw new Problem('corrupt', 'record names a key that never was');
    return found;
  };
  try {
    if (job.kind === 'open') {
      const found = openBatch(batch, job.wanted, { cells: ofVersion, code });
      return { bodies: batch.bodies, found };
    }
    sealBatch(job.batch, { cells: ofVersion(keys.cells[0]?.version ?? 0), code });
    return { bodies: batch.bodies, found: null };
  } catch (thrown) {
    batch.bodies.fill(0);
    throw thrown;
  } finally {
    code.wipe();
    batch.subjectKeys.fill(0);
  }
}
