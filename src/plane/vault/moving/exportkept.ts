import { statement } from '#platform/db';
import type { Transaction } from '#platform/db';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';

const KEEP = statement(import.meta.url, '../sql/exportkeep.sql');

/**
 * Keeps records as they are for the exports that are under way, before they are written, in the same transaction: what was there when
 * an export began is what it gives, whatever is written meanwhile.
 */
export async function keepForExports(
  tx: Transaction,
  about: {
    readonly vault: VaultSchema;
    readonly table: TableSchema;
    readonly ids: readonly string[];
  },
): Promise<void> {
  const { vault, table, ids } = about;
  if (ids.length > 0) await tx.query(KEEP, [vault.number, table.number, ids]);
}
