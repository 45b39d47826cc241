import { findVault } from '#control/catalog';
import { findSubject } from '#control/identity';
import { Problem } from '#base/problem';
import { decideVault, explainVault } from '#engines/policy';
import type { VaultOperation } from '#engines/policy';
import type { Queryable } from '#platform/db';
import { documentsAt, policyRevision } from './stored.ts';
import { viewOf, worldOf } from './world.ts';

/** A question to a vault's table that nobody has asked yet. */
export type VaultQuestion = {
  /** Name or id of the person or service account. */
  readonly subject: string;
  readonly vault: string;
  readonly table: string;
  readonly operation: VaultOperation;
  readonly purpose: string | null;
  readonly ticket: boolean;
  readonly context: string | Readonly<Record<string, string>> | null;
};

export type ExplainedVault = {
  readonly id: string;
  readonly effect: 'allow' | 'deny';
  readonly subject: string;
  /** The proof, one line each. */
  readonly lines: readonly string[];
};

/** What the policies in force say, and why; throws `not-found` for unknown names. */
export async function explainVaultNow(
  tx: Queryable,
  asked: VaultQuestion,
  nowMs: number,
): Promise<ExplainedVault> {
  const vault = await findVault(tx, asked.vault);
  const table = vault.tables.find(({ name, id }) => name === asked.table || id === asked.table);
  if (table === undefined) {
    throw new Problem('not-found', `vault \`${vault.name}\` has no table \`${asked.table}\``);
  }
  const subject = await findSubject(tx, asked.subject);
  const set = await documentsAt(tx, await policyRevision(tx));
  const view = viewOf(await worldOf(tx, set, { nowMs, plane: vault.plane }));
  const { operation, purpose, ticket, context } = asked;
  const question = { operation, purpose, ticket, context, roles: null, nowMs };
  const decision = decideVault(view, { ...question, subject: subject.id, vault: vault.id, table });
  const { id, effect } = decision;
  return { id, effect, subject: subject.name, lines: explainVault(decision, table) };
}
