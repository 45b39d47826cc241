import { createHash } from 'node:crypto';
import { canonicalJson } from '#base/canonical';
import type { FactBody } from '#boundary';
import type { Transaction } from '#platform/db';
import type { CollectorSettings } from './context.ts';

export type Told = {
  readonly warehouse: string;
  /** Id of the run of ours that found them, or null. */
  readonly run: string | null;
  readonly facts: readonly FactBody[];
};

/** Puts facts into the outbox with the leaf that says so; nothing where there are none. */
export async function tellFacts(
  { border, ledger }: Pick<CollectorSettings, 'border' | 'ledger'>,
  tx: Transaction,
  { warehouse, run, facts }: Told,
): Promise<void> {
  if (facts.length === 0) return;
  await border.store(tx, facts);
  await ledger.append(tx, {
    kind: 'results-told',
    actor: { kind: 'plane' },
    warehouse,
    run,
    facts: facts.length,
    digest: digestOfFacts(facts),
  });
}

/** SHA-256 over facts in order, as the ledger keeps it of what was told. */
function digestOfFacts(facts: readonly FactBody[]): string {
  const sum = createHash('sha256');
  for (const fact of facts) sum.update(canonicalJson(fact)).update('\n');
  return sum.digest('hex');
}
