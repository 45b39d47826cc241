import type { VaultDecision, VaultReason } from './vaultdecision.ts';
import type { VaultTableFacts } from './vaultfacts.ts';
import { columnsRead, withColumns } from './vaultpredicate.ts';
import type { VaultPredicate } from './vaultpredicate.ts';
import { rowWords } from './vaultsentence.ts';

/** The proof of a decision about a vault's table as an indented list: the answer first, below it every rule considered. */
export function explainVault(decision: VaultDecision, table: VaultTableFacts): readonly string[] {
  const { valuesPerHour } = decision.obligations;
  return [
    `${decision.id}: ${decision.effect}`,
    ...table.columns.flatMap(({ id, name }) => columnLines(decision, table, { id, name })),
    ...(valuesPerHour === null ? [] : [`  at most ${valuesPerHour} values an hour`]),
    '  rules',
    ...decision.reasons.map((reason) => `    ${reasonLine(reason)}`),
  ];
}

function columnLines(
  decision: VaultDecision,
  table: VaultTableFacts,
  { id, name }: { readonly id: string; readonly name: string },
): readonly string[] {
  const column = decision.columns.get(id);
  if (column === undefined || column.effect === 'deny') return [`  ${name}: nothing`];
  const denied = column.denied.map((rows) => `  ${name}: nothing unless not ${words(rows, table)}`);
  const allowed = column.allowed.map(({ redaction, rows }) => {
    return `  ${name}: ${redaction}${rows === null ? '' : ` where ${words(rows, table)}`}`;
  });
  return [...denied, ...allowed];
}

/** Columns by the names they have now. */
function words(rows: VaultPredicate, table: VaultTableFacts): string {
  const names = new Map(table.columns.map((column) => [column.id, column.name]));
  const known = columnsRead(rows).every((id) => names.has(id));
  const named = known ? withColumns(rows, (id) => names.get(id) ?? null) : null;
  return rowWords(named ?? rows);
}

function reasonLine({ policy, clause, outcome, rule }: VaultReason): string {
  const who = policy === null ? 'built-in rule' : `policy ${policy}`;
  return `${who}${clause === null ? '' : ` (${clause})`} ${outcome}: ${rule}`;
}
