import type { MaskKey } from '#engines/crypto';
import { ROLLING, CONSISTENT } from '#plane/keys';
import type { Keyring } from '#plane/keys';
import type { TableSchema, VaultSchema } from './schema.ts';

/** Scope of the keys that seal a table's cells. */
export function cellScope(vault: VaultSchema, table: TableSchema): string {
  return `${ROLLING}vault/${vault.id}/${table.id}`;
}

/** The vault's key for digests. */
export async function indexKey(keyring: Keyring, vault: VaultSchema): Promise<MaskKey> {
  return (await keyring.use(`${CONSISTENT}vault/${vault.id}`)).maskKey;
}
