import { equalConstantTime } from '#base/bytes';
import { CANCEL_FAILURES_PER_MINUTE_MAX } from './limits.ts';
import { createTally } from './lockout.ts';

/** Keys of live sessions, so that a client can cancel its own statement and nobody else's. */
export type CancelKeys = {
  /** A fresh key for a session; `release` forgets it. */
  issue(
    keyBytes: number,
    cancel: () => void,
  ): { processId: number; key: Uint8Array; release: () => void };
  /** Cancels the session of that key; does nothing, and says nothing, for any other. */
  use(request: { processId: number; key: Uint8Array; address: string }): boolean;
};

/** No sessions yet; wrong keys are counted per address and minute. */
export function createCancelKeys(ports: {
  readonly clock: () => number;
  readonly random: (sizeBytes: number) => Uint8Array;
}): CancelKeys {
  const sessions = new Map<number, { key: Uint8Array; cancel: () => void }>();
  const failures = createTally(ports.clock, 60_000);
  const freshId = (): number => {
    for (;;) {
      const bytes = ports.random(4);
      const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) & 0x7fff_ffff;
      if (id > 0 && !sessions.has(id)) return id;
    }
  };
  return {
    issue: (keyBytes, cancel) => {
      const processId = freshId();
      const key = ports.random(keyBytes);
      sessions.set(processId, { key, cancel });
      return { processId, key, release: () => void sessions.delete(processId) };
    },
    use: ({ processId, key, address }) => {
      if (failures.count(address) >= CANCEL_FAILURES_PER_MINUTE_MAX) return false;
      const session = sessions.get(processId);
      if (session === undefined || !equalConstantTime(session.key, key)) {
        failures.add(address);
        return false;
      }
      session.cancel();
      return true;
    },
  };
}
