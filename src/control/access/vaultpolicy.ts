import { stringify } from 'yaml';
import { Problem } from '#base/problem';
import { documentFrom } from '#engines/policy';
import type { PolicyDocument, VaultPolicy } from '#engines/policy';
import type { Work } from '#control/identity';
import type { Queryable } from '#platform/db';
import { applyChange } from './apply.ts';
import { reviewChange } from './review.ts';
import { listDocuments, policyRevision } from './stored.ts';
import type { StoredDocument } from './stored.ts';

/** A vault policy as it is stored, and as it reads. */
export type StoredVaultPolicy = StoredDocument & { readonly policy: VaultPolicy };

export type VaultPolicyFilter = {
  /** Id of the vault. */
  readonly vault?: string | undefined;
  readonly role?: string | undefined;
  readonly name?: string | undefined;
};

/** The vault policies in force, by their place in authored order. */
export async function listVaultPolicies(
  tx: Queryable,
  filter: VaultPolicyFilter = {},
): Promise<readonly StoredVaultPolicy[]> {
  const documents = await listDocuments(tx, { family: 'policy', name: filter.name });
  return documents.flatMap((stored) => {
    const policy = documentFrom(stored.json);
    if (policy.kind !== 'VaultPolicy') return [];
    const { vault, role } = filter;
    if (vault !== undefined && policy.bindings?.vault !== vault) return [];
    return role === undefined || policy.roles.includes(role) ? [{ ...stored, policy }] : [];
  });
}

/** The vault policy of that name; throws `not-found`. */
export async function findVaultPolicy(tx: Queryable, name: string): Promise<StoredVaultPolicy> {
  const [found] = await listVaultPolicies(tx, { name });
  if (found === undefined) throw new Problem('not-found', `no vault policy is called \`${name}\``);
  return found;
}

/**
 * Makes one document the one in force under its name, as a revision of its own. It is written out as YAML, the same text
 * a file in git would hold. Whoever calls has no plan before their eyes, so what the plan would ask is taken as said.
 */
export async function writeVaultPolicy(work: Work, document: PolicyDocument): Promise<void> {
  const { bindings: _bindings, ...authored } = document;
  await change(work, { texts: [{ file: null, text: stringify(authored) }], remove: [] });
}

/** Takes a vault policy away. */
export async function removeVaultPolicy(work: Work, name: string): Promise<void> {
  await findVaultPolicy(work.tx, name);
  await change(work, { texts: [], remove: [{ family: 'policy', name }] });
}

type Change = Pick<Parameters<typeof reviewChange>[1], 'texts' | 'remove'>;

async function change(work: Work, what: Change): Promise<void> {
  const wanted = { ...what, mode: 'merge' as const };
  const base = await policyRevision(work.tx);
  const { review } = await reviewChange(work.tx, wanted, { nowMs: work.nowMs });
  const message = 'through the management API of vaults';
  await applyChange(work, { ...wanted, base, confirm: review.confirmation, message });
}
