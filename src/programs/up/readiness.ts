import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { problemFrom } from '#base/problem';
import type { Problem } from '#base/problem';
import { openHttpClient } from '#platform/http';

/** A bundle takes a second to reach the plane; a loaded machine several. */
const PATIENCE_MS = 30_000;
const POLL_MS = 100;

/** Waits until a server says that it is ready; gives the last answer as a problem when it does not become so in time. */
export async function untilReady(
  server: { readonly address: string; readonly authorityFile: string },
  stopping: AbortSignal,
): Promise<Problem | 'ready'> {
  const client = openHttpClient({
    origin: server.address,
    authorityPem: readFileSync(server.authorityFile, 'utf8'),
  });
  try {
    for (const deadline = Date.now() + PATIENCE_MS; ;) {
      const answer = await client.send({ method: 'GET', path: '/readyz', signal: stopping }).then(
        () => 'ready' as const,
        (error: unknown) => problemFrom(error),
      );
      if (answer === 'ready' || Date.now() > deadline) return answer;
      await sleep(POLL_MS, undefined, { signal: stopping });
    }
  } finally {
    await client.close();
  }
}
