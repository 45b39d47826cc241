import type { MaskKey } from '#engines/crypto';
import { ROLLING, CONSISTENT } from '#plane/keys';
import type { Keyring } from '#plane/keys';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';

/** Scope of the keys that seal a table's cells. */
export function cellScope(vault: VaultSchema, table: TableSchema): string {
  return `${ROLLING}vault/${vault.id}/${table.id}`;
}

/** Scope of the keys that seal pages of subject keys. */
export function subjectScope(vault: VaultSchema): string {
  return `${ROLLING}vault/${vault.id}/subjects`;
}

const indexScope = (vault: VaultSchema) => `${CONSISTENT}vault/${vault.id}`;

/** The scopes of the keys that records, people and digests of a vault stand under. */
export function vaultScopes(vault: VaultSchema): readonly string[] {
  const cells = vault.tables.map((table) => cellScope(vault, table));
  return [...cells, subjectScope(vault), indexScope(vault)];
}

/** The vault's key for digests. */
export async function indexKey(keyring: Keyring, vault: VaultSchema): Promise<MaskKey> {
  return (await keyring.use(indexScope(vault))).maskKey;
}
