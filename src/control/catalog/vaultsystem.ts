import { hash } from 'node:crypto';
import { canonicalJson } from '#base/canonical';
import type { Id } from '#base/ids';
import type { DictionaryRelation, FactOf } from '#boundary';
import type { Work } from '#control/identity';
import { removeSystem, swapDictionary } from './dictionary.ts';

type VaultSchemaFact = FactOf<'vault-schema'>;

/** Stands before a vault's name in the catalog: no database of a plane can be called so, and the gateway takes it. */
const PREFIX = 'vault:';
/** Where tables of a vault are for SQL, and the version that answers it (docs/design/vault-query.md). */
const SCHEMA = 'public';
const SERVER_VERSION = 180_000;

/**
 * The vault as a system of the catalog, its tables as sources: to be found, described, tagged and owned. Who sees what of them is
 * the vault's own policies, so no column waits for a review, and no bundle carries them.
 */
export async function putVaultSystem(work: Work, fact: VaultSchemaFact): Promise<void> {
  const { plane, vault, name, version, tables } = fact;
  const system = { id: systemOf(vault), name: `${PREFIX}${name}` };
  if (fact.state === 'removed') return removeSystem(work, { plane, system, version });
  const relations = tables.map((table) => relationOf(table));
  const digest = hash('sha256', canonicalJson(relations));
  const found = { plane, system, version, digest, mode: 'hardened', engine: 'vault' } as const;
  const head = { ...found, serverVersion: SERVER_VERSION, registeredBy: null };
  return swapDictionary(work, { fact: head, rule: null }, relations);
}

/** One vault, one system: the same id in another guise. */
export function systemOf(vault: VaultSchemaFact['vault']): Id<'sys'> {
  return `sys_${vault.slice('vlt_'.length)}`;
}

function relationOf({ name, columns }: VaultSchemaFact['tables'][number]): DictionaryRelation {
  const column = (called: string, type: string, notNull: boolean) => {
    return { name: called, type, notNull, description: '' };
  };
  return {
    schema: SCHEMA,
    name,
    relation: 'table',
    description: '',
    parents: [],
    primaryKey: ['skyflow_id'],
    foreignKeys: [],
    columns: [
      column('skyflow_id', 'string', true),
      ...columns.map((one) => column(one.name, one.type, false)),
    ],
  };
}
