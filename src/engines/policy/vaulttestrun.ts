import { vaultOutcome } from './decidevault.ts';
import type { VaultTestCase } from './document.ts';
import type { SubjectFacts } from './facts.ts';
import { closest } from './suggest.ts';
import { shownAs } from './vaultdecision.ts';
import type { VaultColumnDecision } from './vaultdecision.ts';
import type { VaultOperation } from './vaultdocument.ts';
import { VAULT_ROLE_DEFINITIONS } from './vaultfacts.ts';
import type { VaultFacts, VaultRole, VaultRoleDefinition } from './vaultfacts.ts';
import type { PolicyView } from './policyview.ts';
import type { VaultRow } from './vaultpredicate.ts';

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
    },
  );
  if (outcome.effect !== one.expect.effect) {
    const why = outcome.reasons.findLast((reason) => reason.outcome === 'denies');
    const because = why === undefined ? '' : `: ${why.rule}`;
    return [`expected ${one.expect.effect}, got ${outcome.effect}${because}`];
  }
  const strange = Object.keys(one.row ?? {}).filter(
    (name) => !table.columns.some((each) => each.name === name),
  );
  if (strange.length > 0) {
    return strange.map((name) => unknown('column', name, table.columns));
  }
  return Object.entries(one.expect.columns).flatMap(([name, wanted]) => {
    const column = table.columns.find((each) => each.name === name);
    if (column === undefined) return [unknown('column', name, table.columns)];
    const got = shownText(outcome.columns.get(column.id), rowOf(table, one.row));
    return got === wanted ? [] : [`\`${name}\` expected ${wanted}, got ${got}`];
  });
}

function shownText(column: VaultColumnDecision | undefined, row: VaultRow | null): string {
  if (column === undefined || column.effect === 'deny') return 'no';
  return row === null ? column.redaction : (shownAs(column, row) ?? 'no');
}

/** The row of a case: values as they are written, compared as the vault compares texts and numbers. */
function rowOf(
  { columns }: VaultFacts['tables'][number],
  values: VaultTestCase['row'],
): VaultRow | null {
  if (values === null) return null;
  const names = new Map(columns.map(({ id, name }) => [id, name]));
  return {
    valueOf: (id) => {
      const name = names.get(id);
      return name !== undefined && Object.hasOwn(values, name) ? (values[name] ?? null) : null;
    },
    literalOf: (_, literal) => literal,
  };
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
