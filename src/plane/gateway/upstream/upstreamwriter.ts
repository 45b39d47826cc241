import { concat } from '#base/bytes';
import { encodeFrontend } from '#engines/pgwire';
import { type Session, settleReplies } from '../session.ts';

/** The way to the source: small messages of one burst go out together. */
export type UpstreamWriter = {
  /** Queues a message until the burst ends. */
  write(bytes: Uint8Array): void;
  /** Sends a message at once, behind what is queued. */
  now(bytes: Uint8Array): void;
  /** Sends what is queued; waits while the source is slow to read. */
  flush(): Promise<void>;
  /** Waits until everything sent has been answered. */
  settle(): Promise<void>;
  /** Whether the source skips everything until a Sync. */
  failing(): boolean;
};

const FLUSH = encodeFrontend({ kind: 'flush' });

export function createUpstreamWriter(session: Session): UpstreamWriter {
  let queued: Uint8Array[] = [];
  const push = (): void => {
    if (queued.length === 0) return;
    const first = queued.length === 1 ? queued[0] : undefined;
    session.upstream.write(first ?? concat(...queued));
    queued = [];
  };
  const now = (bytes: Uint8Array): void => {
    queued.push(bytes);
    push();
  };
  return {
    write: (bytes) => void queued.push(bytes),
    now,
    flush: async () => {
      push();
      await session.upstream.drained();
    },
    settle: async () => {
      push();
      await settleReplies(session, () => now(FLUSH));
    },
    failing: () => session.replies.failing(),
  };
}
