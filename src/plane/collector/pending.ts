import { bucketStart, bucketsBetween, wallBuckets } from './monitor/bucket.ts';
import type { Bucket } from './monitor/bucket.ts';
import type { MomentType } from './warehouse/dialect.ts';
import type { BucketRow } from './measure.ts';
import type { Monitor } from './monitor/monitor.ts';

/** Buckets of one scan: a month of days. What was measured is kept before the next begins. */
const CHUNK_BUCKETS = 31;

/**
 * The buckets to measure now, in order: from the first that is missing, or from as far back as rows may still come
 * (`backfill`), to the last one that is complete. Pure.
 */
export function pendingBuckets(
  monitor: Monitor,
  of: {
    readonly type: MomentType;
    readonly measured: readonly BucketRow[];
    readonly nowMs: number;
  },
): readonly Bucket[] {
  const { bucket: width, zone, delaySeconds, historySeconds, backfillSeconds } = monitor;
  const throughMs = of.nowMs - delaySeconds * 1_000;
  const historyMs = bucketStart(throughMs - historySeconds * 1_000, width, zone);
  const all = bucketsBetween({ fromMs: historyMs, throughMs }, width, zone);
  const buckets = of.type === 'timestamptz' ? all : wallBuckets(all, zone);
  const done = new Set(of.measured.map(({ endMs }) => endMs));
  const backfillMs = bucketStart(throughMs - backfillSeconds * 1_000, width, zone);
  const first = buckets.findIndex(
    ({ startMs, endMs }) => !done.has(endMs) || startMs >= backfillMs,
  );
  return first < 0 ? [] : buckets.slice(first);
}

/** The pieces in which they are measured; halved by whoever finds one takes too long. */
export function chunksOf(buckets: readonly Bucket[]): readonly (readonly Bucket[])[] {
  const chunks: (readonly Bucket[])[] = [];
  for (let from = 0; from < buckets.length; from += CHUNK_BUCKETS) {
    chunks.push(buckets.slice(from, from + CHUNK_BUCKETS));
  }
  return chunks;
}

/** What is known of the time before a bucket, from those measured. */
export function knownBefore(measured: readonly BucketRow[], startMs: number) {
  const earlier = measured.filter(({ endMs }) => endMs <= startMs);
  return {
    rows: earlier.reduce((sum, { rows }) => sum + rows, 0),
    lastMs: earlier.findLast(({ lastMs }) => lastMs !== null)?.lastMs ?? null,
  };
}
