import { randomBytes } from 'node:crypto';
import { Problem } from '#base/problem';
import { SEED_BYTES, signerOf } from '#engines/merkle';
import type { Signer } from '#engines/merkle';
import { statement } from '#platform/db';
import type { Pool } from '#platform/db';
import type { KeyProvider } from '#platform/kms';

const KEY = statement(import.meta.url, 'sql/signing-key.sql');
const INSERT = statement(import.meta.url, 'sql/insert-signing-key.sql');
const REWRAP = statement(import.meta.url, 'sql/rewrap-signing-key.sql');

export type LogKeySettings = {
  readonly pool: Pool;
  readonly plane: string;
  /** Name of the log for ever: the first line of its checkpoints. */
  readonly origin: string;
  readonly keyService: KeyProvider;
  /** Those that wrapped before: the key is then wrapped anew. */
  readonly formerKeyServices?: readonly KeyProvider[];
  readonly nowMs: number;
};

type Row = {
  readonly origin: string;
  readonly public_key: Uint8Array;
  readonly sealed: Uint8Array;
  readonly service: string;
};

/**
 * The key the log is signed with: made on first use and kept in the database, wrapped by the key service; it cannot be a
 * key of the keyring, which opens none before the log covers it. Throws `conflict` when the log has another origin, and as
 * the key service throws.
 */
export async function openLogKey(settings: LogKeySettings): Promise<Signer> {
  const row = (await stored(settings)) ?? (await made(settings));
  if (row.origin !== settings.origin) {
    throw new Problem(
      'conflict',
      `the log of this plane is \`${row.origin}\`, not \`${settings.origin}\``,
      {
        hint: 'a log keeps its origin for ever: set `ledger.origin` back',
      },
    );
  }
  const { keyService, formerKeyServices = [] } = settings;
  const wrapper = formerKeyServices.find(({ name }) => name === row.service) ?? keyService;
  const seed = await wrapper.unwrap(row.sealed, contextOf(settings));
  try {
    if (wrapper !== keyService) await rewrap(settings, row, seed);
    return signerOf('ed25519', row.origin, seed);
  } finally {
    seed.fill(0);
  }
}

async function stored({ pool }: LogKeySettings): Promise<Row | undefined> {
  const { rows } = await pool.query<Row>(KEY);
  return rows[0];
}

async function made(settings: LogKeySettings): Promise<Row> {
  const { pool, origin, keyService, nowMs } = settings;
  const seed = randomBytes(SEED_BYTES);
  const { publicKey } = signerOf('ed25519', origin, seed).key;
  const sealed = await keyService.wrap(seed, contextOf(settings));
  seed.fill(0);
  await pool.query(INSERT, [origin, publicKey, sealed, keyService.name, nowMs]);
  // Another process may have been first: what the database has is the key.
  const row = await stored(settings);
  if (row === undefined) throw new Problem('internal', 'the key of the log was not stored');
  return row;
}

async function rewrap(settings: LogKeySettings, row: Row, seed: Uint8Array): Promise<void> {
  const { pool, keyService } = settings;
  const sealed = await keyService.wrap(seed, contextOf(settings));
  await pool.query(REWRAP, [sealed, keyService.name, row.sealed]);
}

function contextOf({ plane }: LogKeySettings): Readonly<Record<string, string>> {
  return { scope: 'ledger/signing', plane };
}
