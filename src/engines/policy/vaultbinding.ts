import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { AuthoredDocument } from './document.ts';
import { documentFrom } from './readdocument.ts';
import type { Authored } from './readdocument.ts';
import { hintFor } from './suggest.ts';
import type { VaultBindings, VaultPolicy } from './vaultdocument.ts';
import type { VaultFacts } from './vaultfacts.ts';
import { columnsRead } from './vaultpredicate.ts';

export type Bound = {
  /** The document with what its names stand for; as it was when there are problems. */
  readonly json: AuthoredDocument;
  readonly problems: readonly Problem[];
};

/**
 * Settles what the names in a vault policy stand for, given the document of that name in force (or null). A name that the policy in force has settled before stays what it
 * was, whatever it is called now, so that neither renaming a column nor a new column of the old name moves protection.
 */
export function bindVault(
  { document, json, where }: Pick<Authored, 'document' | 'json' | 'where'>,
  vaults: readonly VaultFacts[],
  stored: AuthoredDocument | null,
): Bound {
  if (document.kind !== 'VaultPolicy') return { json, problems: [] };
  const before = bindingsOf(stored);
  const vault =
    vaults.find((one) => one.id === before?.vault) ??
    vaults.find((one) => one.name === document.vault);
  const problem = (message: string, hint: string) =>
    new Problem('invalid', `\`${document.name}\`: ${message}`, {
      where,
      ...(hint === '' ? {} : { hint }),
    });
  if (vault === undefined) {
    const hint = hintFor(
      document.vault,
      vaults.map((one) => one.name),
    );
    return { json, problems: [problem(`no vault is known as \`${document.vault}\``, hint)] };
  }
  const kept = before?.vault === vault.id ? before.names : {};
  const known = namesIn(vault);
  const ids = new Set(known.values());
  const names: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const name of namesOf(document)) {
    const old = Object.hasOwn(kept, name) ? kept[name] : undefined;
    const now = known.get(name);
    const id = old !== undefined && ids.has(old) ? old : now;
    if (id === undefined) problems.push(problem(...unknownName(name, known)));
    else if (now !== undefined && now !== id) {
      const called = nameOf(known, id);
      const hint = `write \`${called}\` for the old one, in a policy of another name for the new one`;
      problems.push(problem(`\`${name}\` names a new column; it stood for \`${called}\``, hint));
    } else names[name] = id;
  }
  problems.push(...unknownGroups(document, vault).map((text) => problem(text, '')));
  if (problems.length > 0) return { json, problems };
  const bindings: Json = { vault: vault.id, names };
  return { json: { ...json, bindings }, problems };
}

function bindingsOf(stored: AuthoredDocument | null): VaultBindings | null {
  const document = stored === null ? null : documentFrom(stored);
  return document?.kind === 'VaultPolicy' ? document.bindings : null;
}

function namesIn(vault: VaultFacts): ReadonlyMap<string, string> {
  return new Map(
    vault.tables.flatMap((table) => [
      [table.name, table.id] as const,
      ...table.columns.map((column) => [`${table.name}.${column.name}`, column.id] as const),
    ]),
  );
}

function nameOf(known: ReadonlyMap<string, string>, id: string): string {
  return [...known].find(([, one]) => one === id)?.[0] ?? '';
}

/** Tables and columns a policy names, each once; a column's table with it. */
function namesOf(policy: VaultPolicy): readonly string[] {
  const names = policy.rules.flatMap((rule) => [
    ...rule.targets.flatMap((target) => {
      if (target.kind === 'table') return [target.table];
      return target.kind === 'column' ? [`${target.table}.${target.column}`] : [];
    }),
    ...(rule.where === null ? [] : columnsRead(rule.where)).flatMap((column) => [
      column,
      column.split('.')[0] ?? '',
    ]),
  ]);
  return [...new Set([...names, ...(policy.reveal?.tables ?? [])])];
}

function unknownName(name: string, known: ReadonlyMap<string, string>): [string, string] {
  const what = name.includes('.') ? 'column' : 'table';
  const alike = known.keys().filter((one) => one.includes('.') === name.includes('.'));
  return [`no ${what} is known as \`${name}\``, hintFor(name, alike)];
}

function unknownGroups(policy: VaultPolicy, vault: VaultFacts): readonly string[] {
  const groups = new Set(
    vault.tables.flatMap((table) => table.columns.flatMap(({ groups: own }) => own)),
  );
  return policy.rules
    .flatMap((rule) => rule.targets)
    .flatMap((target) =>
      target.kind === 'group' && !groups.has(target.group) ? [target.group] : [],
    )
    .map(
      (group) => `no column group is known as \`${group}\`; a column is written \`table.column\``,
    );
}
