import type { Pool } from '#platform/db';

/** A lost connection is opened again after this; who waits looks by themselves meanwhile. */
const RECONNECT_MS = 1_000;

/** Hears of notifications on one channel of PostgreSQL. */
export type Listener = {
  /** Settles at the next notification, or when the listener closes. */
  next(): Promise<void>;
  close(): Promise<void>;
};

type Ear = {
  readonly pool: Pool;
  readonly channel: string;
  heard: PromiseWithResolvers<void>;
  release: (() => void) | null;
  retry: NodeJS.Timeout | null;
  closed: boolean;
};

/** Listens until closed, on a connection of its own; `channel` is a name of ours, never a user's. */
export function listenFor(pool: Pool, channel: string): Listener {
  const ear: Ear = {
    pool,
    channel,
    heard: Promise.withResolvers<void>(),
    release: null,
    retry: null,
    closed: false,
  };
  const opening = connect(ear);
  return {
    next: () => ear.heard.promise,
    close: async () => {
      ear.closed = true;
      if (ear.retry !== null) clearTimeout(ear.retry);
      await opening;
      ear.release?.();
      wake(ear);
    },
  };
}

function wake(ear: Ear): void {
  const { resolve } = ear.heard;
  ear.heard = Promise.withResolvers<void>();
  resolve();
}

async function connect(ear: Ear): Promise<void> {
  try {
    const client = await ear.pool.connect();
    const onError = () => lose(ear);
    client.on('error', onError);
    client.on('notification', () => wake(ear));
    ear.release = () => {
      client.off('error', onError);
      // A connection that listens must not go back to the pool.
      client.release(true);
      ear.release = null;
    };
    await client.query(`listen ${ear.channel}`);
    // Whatever happened while nobody listened.
    wake(ear);
  } catch {
    lose(ear);
  }
}

function lose(ear: Ear): void {
  ear.release?.();
  if (ear.closed || ear.retry !== null) return;
  ear.retry = setTimeout(() => {
    ear.retry = null;
    void connect(ear);
  }, RECONNECT_MS);
}
