import type { FactOf } from '#boundary';
import { Problem } from '#base/problem';
import { createSystemRoles, dropVaultRoles } from '#control/accounts';
import { momentOf, recordAct, touch } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import { putVaultSystem, systemOf } from './vaultsystem.ts';
import type { Queryable } from '#platform/db';

const PUT = statement(import.meta.url, 'sql/put-vault.sql');
const REMOVE = statement(import.meta.url, 'sql/remove-vault.sql');
const WITHOUT = statement(import.meta.url, 'sql/vault-without-system.sql');
const LIST = statement(import.meta.url, 'sql/list-vaults.sql');
const TABLE = statement(import.meta.url, 'sql/find-vault-table.sql');

type VaultSchemaFact = FactOf<'vault-schema'>;

/** A vault of some plane: what policies are written against. */
export type CatalogVault = Pick<VaultSchemaFact, 'name' | 'description' | 'tables' | 'version'> & {
  readonly id: VaultSchemaFact['vault'];
  readonly plane: string;
};

/** Takes in what a plane says one of its vaults is made of; the same or an older word changes nothing. */
export async function takeVaultSchema(work: Work, fact: VaultSchemaFact): Promise<void> {
  const { vault, plane, name, description, version, tables } = fact;
  const row = [vault, plane, name, description, version, JSON.stringify(tables), momentOf(work)];
  const { rowCount } =
    fact.state === 'removed'
      ? await work.tx.query(REMOVE, [vault, plane])
      : await work.tx.query(PUT, row);
  if (rowCount === 0) {
    // Its tables are in no catalog yet when control was older than that when it heard of them.
    if (fact.state === 'present' && (await isWithoutSystem(work, fact)))
      await putVaultSystem(work, fact);
    return;
  }
  if (fact.state === 'removed') await dropVaultRoles(work, vault);
  else await createSystemRoles(work, vault);
  await putVaultSystem(work, fact);
  await recordAct(work, { action: 'source-changed', target: `vault ${name}`, after: tables });
  await touch(work.tx);
}

/** Whether the vault is known as the plane says it is, and no system of the catalog. */
async function isWithoutSystem(
  work: Work,
  { vault, plane, version }: VaultSchemaFact,
): Promise<boolean> {
  const { rows } = await work.tx.query(WITHOUT, [vault, plane, version, systemOf(vault)]);
  return rows.length > 0;
}

/** The vaults of one plane, or of all. */
export async function listVaults(
  tx: Queryable,
  plane: string | null = null,
): Promise<readonly CatalogVault[]> {
  const { rows } = await tx.query<VaultRow>(LIST, [plane]);
  return rows.map((row) => ({ ...row, version: Number(row.version) }));
}

/** The vault of that id or name; throws `not-found`, and `conflict` when planes have vaults of one name. */
export async function findVault(tx: Queryable, name: string): Promise<CatalogVault> {
  const found = (await listVaults(tx)).filter((one) => one.id === name || one.name === name);
  const [vault, ...more] = found;
  if (vault === undefined) throw new Problem('not-found', `no vault is known as \`${name}\``);
  if (more.length === 0) return vault;
  throw new Problem('conflict', `several planes have a vault called \`${name}\``, {
    hint: 'use its id',
  });
}

/** A table of a vault by the names it has now. */
export type CatalogVaultTable = {
  readonly vault: string;
  readonly name: string;
  readonly columns: CatalogVault['tables'][number]['columns'];
  /** Id of the source it is in the catalog. */
  readonly source: string | null;
};

/** The table of those ids; null while its plane has not told of it. */
export async function findVaultTable(
  tx: Queryable,
  { plane, vault, table }: Pick<FactOf<'vault-decision'>, 'plane' | 'vault' | 'table'>,
): Promise<CatalogVaultTable | null> {
  const ids = [plane, vault, table, systemOf(vault)];
  const { rows } = await tx.query<CatalogVaultTable>(TABLE, ids);
  return rows[0] ?? null;
}

type VaultRow = Omit<CatalogVault, 'version'> & { readonly version: string };
