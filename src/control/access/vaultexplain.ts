import { findVault } from '#control/catalog';
import { findSubject } from '#control/identity';
import { Problem } from '#base/problem';
import { decideVault, explainOwnVault, explainVault } from '#engines/policy';
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
  const { decision, subject, table } = await decideNow(tx, asked, nowMs);
  const { id, effect } = decision;
  return { id, effect, subject, lines: explainVault(decision, table) };
}

/**
 * The same for whom it is about: what they are shown, and not how rules read. A table that is denied to them is one that is not
 * there, as at the vault; throws `not-found`.
 */
export async function explainOwnVaultNow(
  tx: Queryable,
  asked: VaultQuestion,
  nowMs: number,
): Promise<ExplainedVault> {
  const decided = await decideNow(tx, asked, nowMs).catch((thrown: unknown) => {
    if (thrown instanceof Problem && thrown.code === 'not-found') return null;
    throw thrown;
  });
  if (decided?.decision.effect !== 'allow') {
    throw new Problem('not-found', `no table of yours is called \`${asked.table}\``, {
      hint: 'ask for a role in the vault, or say which purpose or ticket this is for',
    });
  }
  const { decision, subject, table } = decided;
  const { id, effect } = decision;
  return { id, effect, subject, lines: explainOwnVault(decision, table) };
}

async function decideNow(tx: Queryable, asked: VaultQuestion, nowMs: number) {
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
  return { decision, subject: subject.name, table };
}
