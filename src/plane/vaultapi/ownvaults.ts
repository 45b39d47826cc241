import type { Permission } from '#boundary';
import { VAULT_OPERATIONS } from '#engines/policy';
import type { TableSchema, VaultSchema } from '#plane/vault';
import { hasPermission } from './callers/guest.ts';
import type { Guest } from './callers/guest.ts';
import { rulingsOf } from './ruling.ts';
import type { Rulings } from './ruling.ts';

/** Permissions of Privet with which every schema of the plane is seen. */
export const SCHEMA_READERS: readonly Permission[] = [
  'data-owner',
  'operator',
  'governor',
  'auditor',
];

/**
 * The vault as far as it is the caller's business: the tables and columns with which they may do anything, or null where they
 * have no right and no role, so that nobody learns of vaults of others. A table that is read for a purpose only shows with one.
 */
export function ownPartOf(guest: Guest, vault: VaultSchema, nowMs: number): VaultSchema | null {
  if (hasPermission(guest, SCHEMA_READERS)) return vault;
  const rulings = rulingsOf(guest, vault, { nowMs, log: null });
  const tables = vault.tables.flatMap((table) => ownTable(rulings, table));
  return tables.length > 0 || holdsRole(guest, vault) ? { ...vault, tables } : null;
}

function ownTable(rulings: Rulings, table: TableSchema): readonly TableSchema[] {
  const decisions = VAULT_OPERATIONS.map((operation) => rulings.decide(operation, table).columns);
  const columns = table.columns.filter(({ id }) =>
    decisions.some((decided) => decided.get(id)?.effect === 'allow'),
  );
  if (columns.length === 0) return [];
  const subject = columns.some(({ id }) => id === table.subject) ? table.subject : null;
  return [{ ...table, columns, subject }];
}

function holdsRole({ access, subject, roles }: Guest, { id }: VaultSchema): boolean {
  return access.bundle.roles.some(
    (role) =>
      role.vault === id &&
      role.members.includes(subject.id) &&
      (roles === null || roles.includes(role.id)),
  );
}
