import { Problem } from '#base/problem';
import { condition } from './condition.ts';
import type { CompileCel, Condition } from './condition.ts';
import type { CelProgram } from './cel.ts';
import { vaultCel } from './vaultcel.ts';
import type { VaultCelContext } from './vaultcel.ts';
import type { RevealDuty, VaultPolicy, VaultRule, VaultTarget } from './vaultdocument.ts';
import { SYSTEM_ROLE_RULES, VAULT_ROLE_DEFINITIONS } from './vaultfacts.ts';
import type {
  VaultColumnFacts,
  VaultRole,
  VaultRoleDefinition,
  VaultTableFacts,
} from './vaultfacts.ts';
import { withColumns } from './vaultpredicate.ts';
import type { VaultPredicate } from './vaultpredicate.ts';
import { readRule } from './vaultrule.ts';

/** What policies say about one vault, by ids. */
export type CompiledVault = {
  readonly rules: readonly CompiledVaultRule[];
  readonly duties: readonly CompiledDuty[];
  /** By subject id. */
  readonly roles: ReadonlyMap<string, readonly VaultRole[]>;
};

export type CompiledVaultRule = {
  /** Null for the rules of a system role. */
  readonly policy: string | null;
  readonly rule: VaultRule;
  readonly roles: ReadonlySet<string>;
  readonly who: Condition | null;
  readonly when: CelProgram<VaultCelContext> | null;
  readonly targets: readonly BoundTarget[];
  /** The table the condition reads; null when there is no condition. */
  readonly table: string | null;
  readonly where: VaultPredicate | null;
};

export type BoundTarget =
  | { readonly kind: 'vault' }
  | { readonly kind: 'table'; readonly id: string }
  | { readonly kind: 'column'; readonly id: string }
  | { readonly kind: 'group'; readonly group: string };

export type CompiledDuty = {
  readonly policy: string;
  readonly tables: ReadonlySet<string> | null;
  readonly duty: RevealDuty;
};

/** The rules in force by vault id; throws `invalid` when a policy is not bound, so that none is half in force. */
export function compileVaults(
  policies: readonly VaultPolicy[],
  roles: readonly VaultRole[],
  compile: CompileCel,
): ReadonlyMap<string, CompiledVault> {
  const active = policies.filter((policy) => policy.state === 'active');
  const bound = active.map((policy) => [idsOf(policy).vault, policy] as const);
  const vaults = new Set([...bound.map(([vault]) => vault), ...roles.map((role) => role.vault)]);
  return new Map(
    [...vaults].map((vault) => {
      const own = bound.filter(([id]) => id === vault).map(([, policy]) => policy);
      return [
        vault,
        {
          rules: [...own.flatMap((policy) => rulesOf(policy, compile)), ...systemRules()],
          duties: own.flatMap((policy) => dutyOf(policy)),
          roles: rolesByMember(roles.filter((role) => role.vault === vault)),
        },
      ];
    }),
  );
}

function rolesByMember(roles: readonly VaultRole[]): ReadonlyMap<string, readonly VaultRole[]> {
  const held = new Map<string, VaultRole[]>();
  for (const role of roles) {
    for (const member of role.members) held.set(member, [...(held.get(member) ?? []), role]);
  }
  return held;
}

function idsOf(policy: VaultPolicy): NonNullable<VaultPolicy['bindings']> {
  if (policy.bindings !== null) return policy.bindings;
  throw new Problem('invalid', `\`${policy.name}\` expected to be bound to a vault`);
}

function idOf(policy: VaultPolicy, name: string): string {
  const { names } = idsOf(policy);
  const id = Object.hasOwn(names, name) ? names[name] : undefined;
  if (id !== undefined) return id;
  throw new Problem('invalid', `\`${policy.name}\` expected \`${name}\` to be bound`);
}

function rulesOf(policy: VaultPolicy, compile: CompileCel): readonly CompiledVaultRule[] {
  const who = policy.for === null ? null : condition(policy.for, compile);
  const roles = new Set(policy.roles);
  return policy.rules.map((rule) => {
    const { where } = rule;
    return {
      policy: policy.name,
      rule,
      roles,
      who,
      when: rule.when === null ? null : vaultCel(rule.when),
      targets: rule.targets.map((target) => boundTarget(policy, target)),
      table: where === null ? null : idOf(policy, tableOf(where)),
      where: where === null ? null : withColumns(where, (column) => idOf(policy, column)),
    };
  });
}

/** Every column of a rule's condition is of one table, so the first tells it. */
function tableOf(where: VaultPredicate): string {
  if ('column' in where) return where.column.split('.')[0] ?? '';
  const inner = where.kind === 'not' ? where.term : where.terms[0];
  return inner === undefined ? '' : tableOf(inner);
}

function boundTarget(policy: VaultPolicy, target: VaultTarget): BoundTarget {
  if (target.kind === 'vault' || target.kind === 'group') return target;
  if (target.kind === 'table') return { kind: 'table', id: idOf(policy, target.table) };
  return { kind: 'column', id: idOf(policy, `${target.table}.${target.column}`) };
}

function dutyOf(policy: VaultPolicy): readonly CompiledDuty[] {
  const { reveal } = policy;
  if (reveal === null) return [];
  const tables = reveal.tables.map((table) => idOf(policy, table));
  return [
    { policy: policy.name, tables: tables.length === 0 ? null : new Set(tables), duty: reveal },
  ];
}

function systemRules(): readonly CompiledVaultRule[] {
  return VAULT_ROLE_DEFINITIONS.flatMap((definition) =>
    SYSTEM_ROLE_RULES[definition].map((text) => systemRule(definition, text)),
  );
}

function systemRule(definition: VaultRoleDefinition, text: string): CompiledVaultRule {
  const rule = { name: definition, text, ...readRule(text), when: null, purposes: [] };
  const targets = [{ kind: 'vault' }] as const;
  const roles = new Set<string>([definition]);
  return { policy: null, rule, roles, who: null, when: null, targets, table: null, where: null };
}

/** Whether a rule is about the column, by the ids it was bound to. */
export function isAbout(
  rule: CompiledVaultRule,
  table: VaultTableFacts,
  column: VaultColumnFacts,
): boolean {
  if (rule.table !== null && rule.table !== table.id) return false;
  return rule.targets.some((target) => {
    if (target.kind === 'vault') return true;
    if (target.kind === 'table') return target.id === table.id;
    return target.kind === 'column'
      ? target.id === column.id
      : column.groups.includes(target.group);
  });
}
