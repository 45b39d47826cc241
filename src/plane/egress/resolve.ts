import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { RESOLVE_MS_MAX } from './limits.ts';

/** The addresses of a name, as the machine resolves it; empty when there are none in time. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** By the system (hosts file, DNS). It cannot be interrupted, so a late answer is left behind. */
export const resolveBySystem: Resolve = async (name) => {
  const late = new AbortController();
  const found = lookup(name, { all: true, order: 'verbatim' }).then(
    (entries) => entries.map(({ address }) => address),
    () => [],
  );
  const given = sleep(RESOLVE_MS_MAX, [], { signal: late.signal }).catch(() => []);
  try {
    return await Promise.race([found, given]);
  } finally {
    late.abort();
  }
};
