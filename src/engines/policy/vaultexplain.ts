import type { PolicyView } from './policyview.ts';
import { VAULT_WHYS } from './vaultdecision.ts';
import type { VaultDecision, VaultReason, VaultWhy } from './vaultdecision.ts';
import type { VaultTableFacts } from './vaultfacts.ts';
import { whereWords } from './vaultreach.ts';

/** The proof of a decision about a vault's table as an indented list: the answer first, below it every rule considered. */
export function explainVault(decision: VaultDecision, table: VaultTableFacts): readonly string[] {
  const { valuesPerHour } = decision.obligations;
  return [
    `${decision.id}: ${decision.effect}`,
    ...table.columns.flatMap(({ id, name }) => columnLines(decision, table, { id, name })),
    ...(valuesPerHour === null ? [] : [`  at most ${valuesPerHour} values an hour`]),
    '  rules',
    ...decision.reasons.map((reason) => `    ${vaultReasonLine(reason)}`),
  ];
}

function columnLines(
  decision: VaultDecision,
  table: VaultTableFacts,
  { id, name }: { readonly id: string; readonly name: string },
): readonly string[] {
  const column = decision.columns.get(id);
  if (column === undefined || column.effect === 'deny') return [`  ${name}: nothing`];
  const denied = column.denied.map(
    (rows) => `  ${name}: nothing unless not ${whereWords(rows, table)}`,
  );
  const allowed = column.allowed.map(({ redaction, rows }) => {
    return `  ${name}: ${redaction}${rows === null ? '' : ` where ${whereWords(rows, table)}`}`;
  });
  return [...denied, ...allowed];
}

/** One thing that was considered, in a line. */
export function vaultReasonLine({
  policy,
  clause,
  outcome,
  rule,
}: Pick<VaultReason, 'policy' | 'clause' | 'outcome' | 'rule'>): string {
  const who = policy === null ? 'built-in rule' : `policy ${policy}`;
  return `${who}${clause === null ? '' : ` (${clause})`} ${outcome}: ${rule}`;
}

/** What a plane says of a reason: no text of the request, none of a rule. */
type ToldReason = Pick<VaultReason, 'policy' | 'clause' | 'outcome' | 'why'>;

/** The reason in full, with the rule's text where the view it was decided with is at hand. */
export function vaultReason(view: PolicyView | null, vault: string, told: ToldReason): VaultReason {
  const { policy, clause, why } = told;
  const about = ABOUT[why] ?? 'rule';
  const rules = view?.vaults.get(vault)?.rules ?? [];
  const texts = rules
    .filter(({ policy: of, rule }) => of === policy && rule.name === clause)
    .map(({ rule }) => rule.text);
  const isSaidByRule = why === 'counts' && texts.length > 0;
  return { about, ...told, rule: isSaidByRule ? texts.join('; ') : VAULT_WHYS[why] };
}

const ABOUT: Partial<Record<VaultWhy, VaultReason['about']>> = {
  'unknown-subject': 'subject',
  'inactive-subject': 'subject',
  'unknown-purpose': 'purpose',
  'purpose-required': 'purpose',
  'ticket-required': 'purpose',
};
