import type { AccessChange, ColumnChange, SensitiveGain } from './accessdiff.ts';
import { vaultStanding } from './decidevault.ts';
import type { VaultStanding } from './decidevault.ts';
import type { SubjectFacts } from './facts.ts';
import type { VaultRequest } from './vaultdecision.ts';
import { VAULT_OPERATIONS } from './vaultdocument.ts';
import type { VaultOperation } from './vaultdocument.ts';
import type { VaultFacts, VaultTableFacts } from './vaultfacts.ts';
import type { PolicyView } from './policyview.ts';
import { changeOf, mostOf, reachOf, reachWords } from './vaultreach.ts';
import type { Direction } from './visibility.ts';

/** Decisions compared, two each: some seconds in the worst case. What is left is counted, not guessed. */
const LOOKS_MAX = 100_000;

const REVEALS: ReadonlySet<VaultOperation> = new Set(['read', 'detokenize']);

export type VaultDiff = {
  readonly changes: readonly AccessChange[];
  readonly sensitive: readonly SensitiveGain[];
  readonly unexamined: number;
};

/**
 * What changes at vaults between two views: for everybody who may be meant, each table, each operation and each purpose that
 * counts. What a request will say of its context is not known: conditions on it are compared as they are written, as those
 * on rows are, and so is whether a ticket is asked for.
 */
export function planVaults(before: PolicyView, after: PolicyView, nowMs: number): VaultDiff {
  const found: Found[] = [];
  let looks = 0;
  let unexamined = 0;
  for (const vault of changedVaults(before, after)) {
    const people = peopleAt(before, after, vault.id);
    const purposes = purposesAt(before, after, vault.id);
    for (const table of vault.tables) {
      looks += people.length * purposes.length * VAULT_OPERATIONS.length;
      if (looks > LOOKS_MAX) unexamined += 1;
      else {
        const place = { vault, table, nowMs };
        found.push(
          ...people.flatMap((who) =>
            purposes.map((purpose) => compared({ before, after }, { ...place, who, purpose })),
          ),
        );
      }
    }
  }
  const changes = found.filter(({ columns }) => columns.length > 0);
  return { changes: merged(changes), sensitive: gainsOf(changes), unexamined };
}

/** Vaults that other policies are in force for. */
function changedVaults(before: PolicyView, after: PolicyView): readonly VaultFacts[] {
  const vaults = after.facts.vaults ?? [];
  return vaults.filter(({ id }) => policiesOf(before, id) !== policiesOf(after, id));
}

function policiesOf(view: PolicyView, vault: string): string {
  const policies = view.facts.vaultPolicies ?? [];
  return JSON.stringify(
    policies.filter(({ bindings, state }) => bindings?.vault === vault && state === 'active'),
  );
}

/** Holders of any role there; everybody once a policy means people by what they are. */
function peopleAt(before: PolicyView, after: PolicyView, vault: string): readonly SubjectFacts[] {
  const policies = [before, after].flatMap((view) => view.facts.vaultPolicies ?? []);
  const byNature = policies.some(
    (policy) => policy.bindings?.vault === vault && policy.for !== null,
  );
  const held = new Set(
    [before, after].flatMap((view) => [...(view.vaults.get(vault)?.roles.keys() ?? [])]),
  );
  return after.facts.subjects.filter(
    ({ id, state }) => state === 'active' && (byNature || held.has(id)),
  );
}

/** No purpose, and each that some rule or duty names. */
function purposesAt(
  before: PolicyView,
  after: PolicyView,
  vault: string,
): readonly (string | null)[] {
  const named = [before, after].flatMap((view) => {
    const compiled = view.vaults.get(vault);
    return [
      ...(compiled?.rules.flatMap(({ rule }) => rule.purposes) ?? []),
      ...(compiled?.duties.flatMap(({ duty }) => duty.purposes) ?? []),
    ];
  });
  return [null, ...new Set(named.filter((name) => after.purposes.has(name)))];
}

type Place = {
  readonly vault: VaultFacts;
  readonly table: VaultTableFacts;
  readonly who: SubjectFacts;
  readonly purpose: string | null;
  readonly nowMs: number;
};
type Found = Omit<Place, 'nowMs'> & {
  readonly columns: readonly (ColumnChange & { readonly gain: boolean })[];
};

function compared(
  views: { readonly before: PolicyView; readonly after: PolicyView },
  place: Place,
): Found {
  const { vault, table, who, purpose, nowMs } = place;
  const asked = {
    subject: who.id,
    roles: null,
    vault: vault.id,
    table,
    context: null,
    purpose,
    ticket: true,
    nowMs,
  };
  const columns = VAULT_OPERATIONS.flatMap((operation) => {
    const request: VaultRequest = { ...asked, operation };
    const [old, now] = [views.before, views.after].map((view) => vaultStanding(view, request));
    return columnChanges([old ?? null, now ?? null], { table, operation });
  });
  return { vault, table, who, purpose, columns };
}

function columnChanges(
  [before, after]: readonly [VaultStanding | null, VaultStanding | null],
  { table, operation }: { readonly table: VaultTableFacts; readonly operation: VaultOperation },
) {
  return table.columns.flatMap((column) => {
    const [old, now] = [before, after].map((one) => reachOf(one, column, { table, operation }));
    const direction = changeOf(old ?? null, now ?? null);
    if (direction === null) return [];
    const shows = now !== null && now !== undefined && mostOf(now) !== 'REDACTED';
    return [
      {
        name: `${column.name} (${operation})`,
        tags: [],
        before: reachWords(old ?? null, table, operation),
        after: reachWords(now ?? null, table, operation),
        direction,
        gain: REVEALS.has(operation) && shows && direction !== 'loses',
      },
    ];
  });
}

/** Changes that differ only in the people become one. */
function merged(found: readonly Found[]): readonly AccessChange[] {
  const changes = found.map(({ vault, table, who, purpose, columns }) => ({
    who: who.name,
    change: {
      source: `${vault.name}.${table.name}`,
      project: null,
      purpose,
      direction: overall(columns.map(({ direction }) => direction)),
      columns: columns.map(({ gain: _gain, ...column }) => column),
      rows: null,
    },
  }));
  const groups = Map.groupBy(changes, ({ change }) => JSON.stringify(change));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return [{ ...first.change, people: [...new Set(group.map(({ who }) => who))].toSorted() }];
  });
}

function overall(directions: readonly Direction[]): Direction {
  const [first] = directions;
  return first !== undefined && directions.every((one) => one === first) ? first : 'differs';
}

/** All that a vault keeps is sensitive: whoever comes to see more of it is to be confirmed. */
function gainsOf(found: readonly Found[]): readonly SensitiveGain[] {
  const gains = found.flatMap(({ vault, table, who, columns }) =>
    columns
      .filter(({ gain }) => gain)
      .map(({ name }) => ({ source: `${vault.name}.${table.name}`, column: name, who: who.name })),
  );
  const groups = Map.groupBy(gains, ({ source, column }) => `${source} ${column}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const people = [...new Set(group.map(({ who }) => who))].toSorted();
    return [{ source: first.source, column: first.column, tags: ['vault'], people }];
  });
}
