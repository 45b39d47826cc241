import { utf8 } from '#base/bytes';
import type { BlobStore } from '#platform/blob';
import type { Covered } from '#plane/ledger';
import { BATCH_LEAVES_MAX } from './limits.ts';
import type { Batch, Sink } from './sink.ts';

export type S3Wish = {
  readonly place: string;
  /** Opens the store where Object Lock keeps what is put; asked again until it opens. */
  readonly open: () => Promise<Pick<BlobStore, 'put'>>;
  /** How long leaves may wait for company, so that objects stay few. */
  readonly everyMs: number;
  /** The newest checkpoint of the log: it goes along, so that the leaves can be checked against it. */
  readonly checkpoint: () => Pick<Covered, 'size' | 'note'> | null;
};

const INDEX_DIGITS = 16;

/**
 * An object a batch, `leaves/<first index>.ndjson`, and `checkpoints/<size>` whenever there is a new one. What is sent again
 * becomes another version of the object of the same name, for neither can be taken back.
 */
export function s3Sink({ place, open, everyMs, checkpoint }: S3Wish): Sink {
  let kept = 0;
  let opened: Pick<BlobStore, 'put'> | null = null;
  return {
    place,
    leavesMax: BATCH_LEAVES_MAX,
    patienceMs: everyMs,
    async send({ items }: Batch) {
      const blobs = (opened ??= await open());
      const first = numbered(items[0]?.leaf.index ?? 0);
      await blobs.put(
        `leaves/${first}.ndjson`,
        utf8(items.map(({ text }) => `${text}\n`).join('')),
      );
      const newest = checkpoint();
      if (newest === null || newest.size <= kept) return;
      await blobs.put(`checkpoints/${numbered(newest.size)}`, utf8(newest.note));
      kept = newest.size;
    },
    close: () => Promise.resolve(),
  };
}

/** In digits of one length, so that keys lie in the order of the ledger. */
function numbered(index: number): string {
  return String(index).padStart(INDEX_DIGITS, '0');
}
