import { RuleReading } from './rulereading.ts';
import { VAULT_ACTIONS } from './vaultdocument.ts';
import type { VaultOperation, VaultRedaction, VaultRule, VaultTarget } from './vaultdocument.ts';
import { columnsRead } from './vaultpredicate.ts';
import type { VaultPredicate } from './vaultpredicate.ts';
import { readRowCondition } from './vaultrows.ts';
import { ruleProblem, ruleTokens } from './vaulttoken.ts';

/** What a rule text says; conditions on the request stand beside the text, not in it. */
export type RuleText = Pick<VaultRule, 'effect' | 'operations' | 'targets' | 'redaction' | 'where'>;

const REDACTIONS = ['PLAIN_TEXT', 'MASKED', 'REDACTED', 'DEFAULT'];

/**
 * Reads `ALLOW|DENY actions [ON targets] [WITH REDACTION = level] [WHERE condition]`; throws `invalid` saying where
 * in the text and, for a slip of the hand, what was probably meant. Keywords count in any case.
 */
export function readRule(text: string): RuleText {
  const reading = new RuleReading(ruleTokens(text));
  const effect = reading.keyword(['ALLOW', 'DENY']) === 'ALLOW' ? 'allow' : 'deny';
  const operations = actions(reading);
  const targets = reading.takes('ON') ? targetsOf(reading) : [{ kind: 'vault' as const }];
  const redaction = redactionOf(reading, effect);
  const where = reading.takes('WHERE') ? readRowCondition(reading) : null;
  reading.end(['ON', 'WITH', 'WHERE', 'AND', 'OR']);
  requireOneTable(targets, where, reading);
  return { effect, operations, targets, redaction, where };
}

function actions(reading: RuleReading): readonly VaultOperation[] {
  const found = new Set<VaultOperation>();
  do {
    const word = reading.keyword(Object.keys(VAULT_ACTIONS));
    for (const operation of VAULT_ACTIONS[word] ?? []) found.add(operation);
  } while (reading.takes(','));
  return [...found];
}

function targetsOf(reading: RuleReading): readonly VaultTarget[] {
  const targets: VaultTarget[] = [];
  do targets.push(targetOf(reading));
  while (reading.takes(','));
  return targets;
}

function targetOf(reading: RuleReading): VaultTarget {
  if (reading.takes('*')) return { kind: 'vault' };
  const name = reading.name('a table, a column or a column group');
  if (!reading.takes('.')) return { kind: 'group', group: name };
  if (reading.takes('*')) return { kind: 'table', table: name };
  const column = reading.name('a column or `*`');
  const { at } = reading.peek();
  if (reading.takes('.')) {
    throw ruleProblem(at, 'a rule names whole columns', `write \`${name}.${column}\``);
  }
  return { kind: 'column', table: name, column };
}

function redactionOf(reading: RuleReading, effect: 'allow' | 'deny'): VaultRedaction | null {
  const { at } = reading.peek();
  if (!reading.takes('WITH')) return null;
  reading.keyword(['REDACTION']);
  reading.need('=');
  const level = reading.keyword(REDACTIONS);
  if (effect === 'deny') throw ruleProblem(at, 'DENY expected no redaction: nothing is shown');
  return level === 'DEFAULT' ? null : (level as VaultRedaction);
}

/** A condition reads one row, so everything beside it must be of the same table. */
function requireOneTable(
  targets: readonly VaultTarget[],
  where: VaultPredicate | null,
  reading: RuleReading,
): void {
  if (where === null) return;
  const tables = new Set(targets.flatMap((target) => ('table' in target ? [target.table] : [])));
  for (const column of columnsRead(where)) tables.add(column.split('.')[0] ?? '');
  if (tables.size <= 1) return;
  const names = [...tables].map((table) => `\`${table}\``).join(' and ');
  throw ruleProblem(
    reading.peek().at,
    `WHERE expected one table, got ${names}`,
    'write a rule each',
  );
}
