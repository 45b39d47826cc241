import { Problem } from '#base/problem';
import type { AuthoredDocument, Policy } from './document.ts';
import type { Facts } from './facts.ts';
import { documentFrom } from './readdocument.ts';
import type { VaultPolicy } from './vaultdocument.ts';

/** The parts of a bundle that decisions are made from; its policies are still JSON that nobody has read. */
export type FactsInput = Omit<Facts, 'policies' | 'vaultPolicies'> & {
  /** In authored order. */
  readonly policies: readonly AuthoredDocument[];
};

/** The facts a bundle holds; throws `invalid` when one policy is not what the format says: all are taken or none. */
export function factsFrom(input: FactsInput): Facts {
  const policies: Policy[] = [];
  const vaultPolicies: VaultPolicy[] = [];
  for (const json of input.policies) {
    const document = documentFrom(json);
    if (document.kind === 'VaultPolicy') vaultPolicies.push(document);
    else if (document.kind === 'SubscriptionPolicy' || document.kind === 'DataPolicy') {
      policies.push(document);
    } else throw new Problem('invalid', `\`policies\` does not take a \`${document.kind}\``);
  }
  const { subjects, projects, purposes, sources, roles = [], vaults = [] } = input;
  return { subjects, policies, projects, purposes, sources, vaultPolicies, roles, vaults };
}
