import { setTimeout as sleep } from 'node:timers/promises';
import { problemFrom } from '#base/problem';
import { startServer } from '#platform/db/server';
import type { Server, ServerSettings } from '#platform/db/server';

export type KeptServer = {
  readonly first: Server;
  /** Stops the server and does not start it again. */
  stop(): Promise<void>;
};

/** A server that dies again and again is not restarted in a tight loop. */
const BACKOFF_FIRST_MS = 200;
const BACKOFF_MS_MAX = 10_000;

/** Starts the database server and starts it again whenever it ends by itself; throws when it does not start at all. */
export async function keepServer(
  settings: ServerSettings,
  say: (line: string) => void,
): Promise<KeptServer> {
  const first = await startServer(settings);
  const stopping = new AbortController();
  let current = first;
  const watching = (async () => {
    for (let backoffMs = BACKOFF_FIRST_MS; ; backoffMs = Math.min(backoffMs * 2, BACKOFF_MS_MAX)) {
      const how = await current.ended;
      if (stopping.signal.aborted) return;
      say(`the database server ended (${how}); starting it again`);
      await sleep(backoffMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      try {
        current = await startServer(settings);
        backoffMs = BACKOFF_FIRST_MS;
        say('the database server is back');
      } catch (error) {
        say(`the database server does not start: ${problemFrom(error).message}`);
      }
    }
  })();
  return {
    first,
    async stop() {
      stopping.abort();
      await current.stop();
      await watching;
      await current.stop();
    },
  };
}
