import { Problem } from '#base/problem';
import type { Pool, Transaction } from '#platform/db';
import type { Broker } from './broker.ts';
import { countWrapped, replaceWrapped, wrappedOtherwise } from './keytable.ts';
import type { WrappedKey } from './keytable.ts';
import type { Actor, KeyRecorder } from './record.ts';

export type RewrapSettings = {
  readonly pool: Pool;
  readonly broker: Broker;
  readonly record: KeyRecorder;
};

export type RewrapRun = {
  readonly actor: Actor;
  readonly signal?: AbortSignal;
  /** Told how many of how many are done. */
  readonly report?: (done: number, total: number) => Promise<void>;
};

/** Keys read at once, and keys asked for at once: the key service and the log see so many requests together. */
const PAGE_KEYS = 256;
const AT_ONCE = 16;

/**
 * Wraps every data key that another key of a key service wrapped anew under the one that wraps now; the data keys stay
 * the same, so nothing they protect is touched. Each is unwrapped as for use, with its leaf before, and gets a leaf
 * `key-rewrapped` in the transaction that replaces it. Ended anywhere it goes on where it was. Gives how many were
 * wrapped anew; throws `unavailable` when a service does not serve, and `corrupt` at the end when some do not open.
 */
export async function rewrapKeys(settings: RewrapSettings, run: RewrapRun): Promise<number> {
  const { pool, broker } = settings;
  const { waiting: total } = await countWrapped(pool, broker.provider);
  let last = { scope: '', version: 0 };
  let done = 0;
  let broken = 0;
  for (;;) {
    const rows = await wrappedOtherwise(pool, broker.provider, { ...last, limit: PAGE_KEYS });
    if (rows.length === 0) break;
    for (let i = 0; i < rows.length; i += AT_ONCE) {
      if (run.signal?.aborted === true) throw new Problem('unavailable', 'stopped');
      const outcomes = await Promise.all(
        rows.slice(i, i + AT_ONCE).map((row) => rewrapKey(settings, row, run.actor)),
      );
      broken += outcomes.filter((outcome) => outcome === 'broken').length;
      done += outcomes.length;
      await run.report?.(done - broken, Math.max(total, done));
    }
    last = rows.at(-1) ?? last;
  }
  if (broken === 0) return done;
  throw new Problem('corrupt', `${broken} data keys do not open and stay as they are`, {
    hint: 'the leaves `key-refused` name them; keep their key service in `keys.formerServices`',
  });
}

async function rewrapKey(
  { pool, broker, ...settings }: RewrapSettings,
  row: WrappedKey,
  actor: Actor,
): Promise<'done' | 'broken'> {
  const { scope, version } = row;
  const key = await broker.unwrap(row).catch((thrown: unknown) => {
    if (thrown instanceof Problem && thrown.code === 'corrupt') return null;
    throw thrown;
  });
  if (key === null) return 'broken';
  const wrapped = await broker.wrap(key, row).finally(() => key.fill(0));
  const [from, to] = [row.provider, broker.provider];
  const record = async (tx: Transaction) =>
    void (await settings.record({ kind: 'key-rewrapped', actor, scope, version, from, to }, tx));
  const anew = { scope, version, wrapped, provider: to, record };
  await replaceWrapped(pool, anew, row.wrapped);
  return 'done';
}
