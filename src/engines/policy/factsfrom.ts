import { Problem } from '#base/problem';
import type { AuthoredDocument } from './document.ts';
import type { Facts } from './facts.ts';
import { documentFrom } from './readdocument.ts';

/** The parts of a bundle that decisions are made from; its policies are still JSON that nobody has read. */
export type FactsInput = Omit<Facts, 'policies'> & {
  /** In authored order. */
  readonly policies: readonly AuthoredDocument[];
};

/** The facts a bundle holds; throws `invalid` when one policy is not what the format says: all are taken or none. */
export function factsFrom(input: FactsInput): Facts {
  const policies = input.policies.map((json) => {
    const document = documentFrom(json);
    if (document.kind === 'SubscriptionPolicy' || document.kind === 'DataPolicy') return document;
    throw new Problem('invalid', `\`policies\` does not take a \`${document.kind}\``);
  });
  const { subjects, projects, purposes, sources } = input;
  return { subjects, policies, projects, purposes, sources };
}
