import { canonicalJson } from '#base/canonical';
import type { FactOf } from '#boundary';
import type { CatalogVaultTable } from '#control/catalog';
import { ownVaultReasons, vaultReason, vaultReasonLine } from '#engines/policy';
import type { VaultReason } from '#engines/policy';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import type { BundleDesk } from './bundledesk.ts';

const PUT = statement(import.meta.url, 'sql/put-decision.sql');

type VaultDecisionFact = FactOf<'vault-decision'>;
type Levels = VaultDecisionFact['columns'][number]['levels'];

/** What a plane decided about an operation on a table of a vault, as it told it; docs/formats/decision.md is its form. */
export type StoredVaultDecision = Pick<
  VaultDecisionFact,
  'operation' | 'ticket' | 'context' | 'connection' | 'valuesPerHour' | 'unnamed'
> & {
  readonly kind: 'vault';
  readonly id: string;
  readonly effect: 'allow' | 'deny';
  readonly columns: readonly {
    readonly name: string;
    readonly denied: boolean;
    readonly levels: Levels;
  }[];
  /** As the gateway's: `column` is always null, for rules name theirs. */
  readonly reasons: readonly (VaultReason & { readonly column: null })[];
};

/**
 * Keeps the reasons of a decision about a vault, once for each id. The plane tells them itself: what they hung on (the
 * caller's context) does not cross. Texts of rules are those of the bundle it was decided from.
 */
export async function noteVaultDecision(
  tx: Queryable,
  desk: BundleDesk,
  { fact, table }: { readonly fact: VaultDecisionFact; readonly table: CatalogVaultTable | null },
): Promise<void> {
  const view = desk.viewOf(fact.plane, fact.bundleSerial);
  const names = new Map(table?.columns.map(({ id, name }) => [id, name]));
  const { operation, ticket, context, connection, valuesPerHour, unnamed, purpose } = fact;
  const stored: StoredVaultDecision = {
    kind: 'vault',
    id: fact.decision,
    effect: fact.decided,
    operation,
    ticket,
    context,
    connection,
    valuesPerHour,
    columns: fact.columns.map(({ column, denied, levels }) => {
      return { name: names.get(column) ?? column, denied, levels };
    }),
    reasons: fact.considered.map((told) => {
      return { ...vaultReason(view, fact.vault, told), column: null };
    }),
    unnamed,
  };
  const source = table?.source ?? fact.table;
  const head = [stored.id, fact.plane, fact.subject, source, null, purpose];
  await tx.query(PUT, [...head, new Date(fact.sinceMs), canonicalJson(stored)]);
}

/** The proof as an indented list: the answer first, below it every rule that was considered. */
export function vaultDecisionLines(decision: StoredVaultDecision): readonly string[] {
  const { id, effect, operation, valuesPerHour, columns, reasons, unnamed } = decision;
  const said = [
    ...(decision.context ? ['a context'] : []),
    ...(decision.ticket ? ['a ticket'] : []),
    ...(decision.connection === null ? [] : [`values through connection ${decision.connection}`]),
  ];
  return [
    `${id}: ${effect}`,
    `  operation: ${operation}${said.length === 0 ? '' : `, with ${said.join(' and ')}`}`,
    ...columns.map(({ name, denied, levels }) => `  ${name}: ${levelWords(levels, denied)}`),
    ...(valuesPerHour === null ? [] : [`  at most ${valuesPerHour} values an hour`]),
    '  rules',
    ...reasons.map((reason) => `    ${vaultReasonLine(reason)}`),
    ...(unnamed === 0 ? [] : [`    and ${unnamed} more that did not count`]),
  ];
}

/** What of a decision may be told to whom it is about: what they are shown, and reasons without the texts of rules. */
export function ownVaultDecision(decision: StoredVaultDecision): {
  readonly decision: StoredVaultDecision;
  readonly lines: readonly string[];
} {
  const columns = decision.columns.filter(({ levels }) => levels.length > 0);
  const { id, effect, operation } = decision;
  const lines = [
    `${id}: ${effect}`,
    `  operation: ${operation}`,
    ...columns.map(({ name, levels }) => `  ${name}: at most ${levels[0]?.redaction ?? ''}`),
    '  rules',
    ...ownVaultReasons(decision.reasons).map((line) => `    ${line}`),
  ];
  return { decision: { ...decision, columns, reasons: [], unnamed: 0 }, lines };
}

function levelWords(levels: Levels, denied: boolean): string {
  if (levels.length === 0) return 'nothing';
  const words = levels.map(({ redaction, rows }) =>
    rows === 'every' ? redaction : `${redaction} in some rows`,
  );
  return `${words.join(', else ')}${denied ? '; nothing in rows that are denied' : ''}`;
}
