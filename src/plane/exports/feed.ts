import type { Clock } from '#base/clock';
import { Problem, problemFrom } from '#base/problem';
import type { Turn } from '#platform/process';
import { categoryOf } from '#plane/ledger';
import type { Ledger, StoredLeaf } from '#plane/ledger';
import { exportedLeaf } from './exportedleaf.ts';
import { formatted } from './format.ts';
import type { ExportFormat } from './format.ts';
import { BATCH_BYTES_MAX, QUIET_MS, SEND_MS_MAX } from './limits.ts';
import type { Position } from './position.ts';
import type { Batch, Sink } from './sink.ts';

export type FeedSettings = {
  readonly plane: string;
  readonly ledger: Pick<Ledger, 'head' | 'read'>;
  readonly clock: Clock;
  readonly position: Position;
  readonly format: ExportFormat;
  readonly details: boolean;
  /** Where an export that is new begins. */
  readonly begin: 'start' | 'now';
  readonly sink: Sink;
};

/**
 * Makes the turn that sends the next leaves of an export, in order: read from where it stands, send, move on. The position
 * moves only after the receiver has them, so that a crash sends some twice and leaves none out. A batch that is too large for
 * a receiver is halved, down to one leaf; what it takes makes the next one a leaf longer.
 */
export function createFeed(settings: FeedSettings): (signal: AbortSignal) => Promise<Turn> {
  const { ledger, position, sink } = settings;
  let most = sink.leavesMax;

  return async (signal) => {
    const first = settings.begin === 'now' ? (await ledger.head()).size : 0;
    const from = await position.take(first);
    if (from === null) return 'wait';
    try {
      const leaves = await ledger.read({ from, limit: sink.leavesMax });
      const last = leaves.at(-1);
      if (last === undefined || !isDue(leaves, settings)) return 'wait';
      const batch = batchOf(leaves.slice(0, most), settings);
      const count = batch.items.length;
      const until = AbortSignal.any([signal, AbortSignal.timeout(SEND_MS_MAX)]);
      const taken = await sink.send(batch, until).then(() => true, tooLarge(count));
      most = taken ? Math.min(sink.leavesMax, most + 1) : Math.floor(count / 2);
      if (!taken) return 'again';
      const sent = batch.items.at(-1)?.leaf.index ?? last.index;
      await position.sent(sent + 1, (leaves[0]?.index ?? from) - from);
      return 'again';
    } catch (thrown) {
      const problem = late(thrown);
      if (!signal.aborted) await position.failed(problem.code);
      throw problem;
    }
  };
}

/** False where fewer leaves might be taken; else throws on. */
function tooLarge(count: number): (thrown: unknown) => false {
  return (thrown) => {
    if (thrown instanceof Problem && thrown.code === 'limit' && count > 1) return false;
    throw thrown;
  };
}

function late(thrown: unknown): Problem {
  const timedOut = thrown instanceof Error && thrown.name === 'TimeoutError';
  if (!timedOut) return problemFrom(thrown);
  return new Problem('unavailable', 'the receiver of an export did not answer in time');
}

/** Leaves about the plane's own doing (connections, facts) wait for company, or each sending would cause the next. */
function isDue(
  leaves: readonly StoredLeaf[],
  { clock, sink }: Pick<FeedSettings, 'clock' | 'sink'>,
): boolean {
  if (leaves.length >= sink.leavesMax && sink.leavesMax > 1) return true;
  const waitedMs = clock() - (leaves[0]?.leaf.time ?? 0);
  if (waitedMs >= Math.max(sink.patienceMs, QUIET_MS)) return true;
  return sink.patienceMs === 0 && leaves.some(({ leaf }) => isNews(leaf.kind));
}

function isNews(kind: string): boolean {
  return categoryOf(kind) !== 'operation' || kind.endsWith('-refused');
}

function batchOf(
  leaves: readonly StoredLeaf[],
  { plane, details, format }: Pick<FeedSettings, 'plane' | 'details' | 'format'>,
): Batch {
  const items = leaves.map((stored) => {
    const leaf = exportedLeaf(stored, details);
    return { leaf, text: formatted(leaf, format) };
  });
  let sizeBytes = 0;
  const over = items.findIndex(({ text }) => (sizeBytes += text.length) > BATCH_BYTES_MAX);
  return { plane, items: over < 0 ? items : items.slice(0, Math.max(1, over)) };
}
