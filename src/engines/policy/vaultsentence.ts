import type { VaultPolicy, VaultRule, VaultTarget } from './vaultdocument.ts';
import type { VaultPredicate } from './vaultpredicate.ts';

const VERBS = {
  insert: 'insert into',
  read: 'read',
  update: 'update',
  delete: 'delete from',
  tokenize: 'get tokens of',
  detokenize: 'get the values behind tokens of',
} as const;

/** What the policy says of its vault; who it is about comes as words. */
export function vaultSentence(policy: VaultPolicy, who: string | null): string {
  const { vault, roles, rules, reveal } = policy;
  const holders = roles.length === 0 ? [] : [`holders of ${oneOf(roles)}`];
  const meant = [...holders, ...(who === null ? [] : [who])].join(' and ');
  const clauses = rules.map((rule) => ruleClause(rule));
  const said = meant === '' ? 'Nobody yet' : meant.charAt(0).toUpperCase() + meant.slice(1);
  const first = rules.length === 0 ? [] : [`${said}, in the vault ${vault}, ${clauses.join('; ')}`];
  return [...first, ...(reveal === null ? [] : [dutySentence(policy, reveal)])].join('. ');
}

function ruleClause(rule: VaultRule): string {
  const { effect, operations, targets, redaction, where, when, purposes } = rule;
  const verbs =
    operations.length === 6 ? 'do anything with' : oneOf(operations.map((o) => VERBS[o]));
  const shown = redaction === null ? '' : ` as ${redaction}`;
  const parts = [
    `${effect === 'allow' ? 'may' : 'may never'} ${verbs} ${oneOf(targets.map(targetWords))}${shown}`,
    ...(where === null ? [] : [`where ${rowWords(where)}`]),
    ...(purposes.length === 0 ? [] : [`for ${oneOf(purposes)}`]),
    ...(when === null ? [] : [`when \`${when}\``]),
  ];
  return parts.join(' ');
}

function dutySentence(policy: VaultPolicy, reveal: NonNullable<VaultPolicy['reveal']>): string {
  const { tables, purposes, ticket, valuesPerHour } = reveal;
  const about =
    tables.length === 0 ? `the vault ${policy.vault}` : `${oneOf(tables)} of ${policy.vault}`;
  const asks = [
    ...(purposes.length === 0 ? [] : [`names the purpose ${oneOf(purposes)}`]),
    ...(ticket ? ['names a ticket'] : []),
    ...(valuesPerHour === null ? [] : [`gets at most ${valuesPerHour} values an hour`]),
  ];
  return `Whoever asks for values of ${about} ${asks.join(' and ')}`;
}

function targetWords(target: VaultTarget): string {
  if (target.kind === 'vault') return 'everything';
  if (target.kind === 'table') return target.table;
  return target.kind === 'column'
    ? `${target.table}.${target.column}`
    : `the group ${target.group}`;
}

/** A row's condition as it is written. */
export function rowWords(predicate: VaultPredicate): string {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return predicate.terms.map((term) => `(${rowWords(term)})`).join(` ${predicate.kind} `);
    case 'not':
      return `not (${rowWords(predicate.term)})`;
    case 'compare':
      return `${predicate.column} ${predicate.operator} ${quoted(predicate.value)}`;
    case 'in':
      return `${predicate.column} in (${predicate.values.map(quoted).join(', ')})`;
    case 'like':
      return `${predicate.column} ${predicate.ignoreCase ? 'ilike' : 'like'} ${quoted(predicate.pattern)}`;
    case 'is-null':
      return `${predicate.column} is null`;
    default:
      return '';
  }
}

function quoted(value: string | number | boolean): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function oneOf(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}
