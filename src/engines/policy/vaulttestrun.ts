import { vaultOutcome } from './decidevault.ts';
import type { VaultTestCase } from './document.ts';
import type { SubjectFacts } from './facts.ts';
import { closest } from './suggest.ts';
import type { VaultColumnDecision } from './vaultdecision.ts';
import type { VaultOperation } from './vaultdocument.ts';
import { VAULT_ROLE_DEFINITIONS } from './vaultfacts.ts';
import type { VaultFacts, VaultRole, VaultRoleDefinition } from './vaultfacts.ts';
import type { PolicyView } from './policyview.ts';

/** What was not as a case about a vault expected, a line each. */
export function vaultFailures(
  view: PolicyView,
  one: VaultTestCase,
  at: { readonly subject: SubjectFacts; readonly nowMs: number },
): readonly string[] {
  const vaults = view.facts.vaults ?? [];
  const vault = vaults.find(({ name }) => name === one.vault);
  if (vault === undefined) return [unknown('vault', one.vault, vaults)];
  const table = vault.tables.find(({ name }) => name === one.table);
  if (table === undefined) return [unknown('table', one.table, vault.tables)];
  const outcome = vaultOutcome(
    view,
    {
      subject: at.subject.id,
      roles: null,
      operation: one.operation as VaultOperation,
      vault: vault.id,
      table,
      context: one.context,
      purpose: one.purpose,
      ticket: one.ticket,
      nowMs: at.nowMs,
    },
    {
      subject: at.subject,
      roles: rolesOf(view, one, { vault, subject: at.subject }),
      conditions: 'judged',
    },
  );
  if (outcome.effect !== one.expect.effect) {
    const why = outcome.reasons.findLast((reason) => reason.outcome === 'denies');
    const because = why === undefined ? '' : `: ${why.rule}`;
    return [`expected ${one.expect.effect}, got ${outcome.effect}${because}`];
  }
  return Object.entries(one.expect.columns).flatMap(([name, wanted]) => {
    const column = table.columns.find((each) => each.name === name);
    if (column === undefined) return [unknown('column', name, table.columns)];
    const got = shownText(outcome.columns.get(column.id));
    return got === wanted ? [] : [`\`${name}\` expected ${wanted}, got ${got}`];
  });
}

function shownText(column: VaultColumnDecision | undefined): string {
  return column === undefined || column.effect === 'deny' ? 'no' : column.redaction;
}

function rolesOf(
  view: PolicyView,
  { roles }: VaultTestCase,
  { vault, subject }: { readonly vault: VaultFacts; readonly subject: SubjectFacts },
): readonly VaultRole[] {
  if (roles === null) return view.vaults.get(vault.id)?.roles.get(subject.id) ?? [];
  return roles.map((name) => {
    const system = (VAULT_ROLE_DEFINITIONS as readonly string[]).includes(name);
    const definition = system ? (name as VaultRoleDefinition) : 'CUSTOM';
    return { id: `rol_${name}`, name, vault: vault.id, definition, members: [subject.id] };
  });
}

function unknown(what: string, name: string, known: readonly { readonly name: string }[]): string {
  const near = closest(
    name,
    known.map((one) => one.name),
  );
  const hint = near === null ? '' : `; did you mean \`${near}\`?`;
  return `no ${what} is known as \`${name}\`${hint}`;
}
