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

/** What somebody may know of a reason of a decision about themselves: what they lack, and which rule counted, not how it reads. */
const OWN: ReadonlySet<VaultWhy> = new Set([
  'unknown-subject',
  'inactive-subject',
  'unknown-purpose',
  'purpose-required',
  'ticket-required',
  'counts',
]);

/** The reasons of a decision as lines for whom it is about; conditions they do not meet are not theirs to learn. */
export function ownVaultReasons(
  reasons: readonly Pick<VaultReason, 'policy' | 'clause' | 'outcome' | 'why' | 'rule'>[],
): readonly string[] {
  const own = reasons.filter(({ why }) => OWN.has(why));
  if (own.length === 0) return [`built-in rule denies: ${VAULT_WHYS['no-rule']}`];
  return own.map((reason) =>
    vaultReasonLine(reason.why === 'counts' ? { ...reason, rule: VAULT_WHYS.counts } : reason),
  );
}

/** The proof for whom the decision is about: what they are shown, and the reasons that are theirs to know. */
export function explainOwnVault(
  decision: VaultDecision,
  table: VaultTableFacts,
): readonly string[] {
  const shown = table.columns.flatMap(({ id, name }) => {
    const column = decision.columns.get(id);
    return column?.effect === 'allow' ? [`  ${name}: at most ${column.redaction}`] : [];
  });
  return [
    `${decision.id}: ${decision.effect}`,
    ...shown,
    '  rules',
    ...ownVaultReasons(decision.reasons).map((line) => `    ${line}`),
  ];
}
