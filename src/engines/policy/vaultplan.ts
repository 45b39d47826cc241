import type { AccessChange, ColumnChange, SensitiveGain } from './accessdiff.ts';
import { decideVault } from './decidevault.ts';
import type { SubjectFacts } from './facts.ts';
import { byRevealing } from './vaultdecision.ts';
import type { VaultColumnDecision, VaultDecision, VaultRequest } from './vaultdecision.ts';
import type { VaultOperation } from './vaultdocument.ts';
import type { VaultFacts, VaultTableFacts } from './vaultfacts.ts';
import type { PolicyView } from './policyview.ts';
import type { Direction } from './visibility.ts';

/** Decisions compared, two each: some seconds in the worst case. What is left is counted, not guessed. */
const LOOKS_MAX = 100_000;

const OPERATIONS: readonly VaultOperation[] = [
  'read',
  'detokenize',
  'tokenize',
  'insert',
  'update',
  'delete',
];
const REVEALS: ReadonlySet<VaultOperation> = new Set(['read', 'detokenize']);

export type VaultDiff = {
  readonly changes: readonly AccessChange[];
  readonly sensitive: readonly SensitiveGain[];
  readonly unexamined: number;
};

/**
 * What changes at vaults between two views: for everybody who may be meant, each table, each operation and each purpose that
 * counts. Conditions on the context of a request are taken as met where they allow and as missed where they forbid, and a
 * ticket as given: the answer is what somebody may get at most.
 */
export function planVaults(before: PolicyView, after: PolicyView, nowMs: number): VaultDiff {
  const found: Found[] = [];
  let looks = 0;
  let unexamined = 0;
  for (const vault of changedVaults(before, after)) {
    const people = peopleAt(before, after, vault.id);
    const purposes = purposesAt(before, after, vault.id);
    for (const table of vault.tables) {
      looks += people.length * purposes.length * OPERATIONS.length;
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
  const columns = OPERATIONS.flatMap((operation) => {
    const request: VaultRequest = { ...asked, operation };
    const [old, now] = [views.before, views.after].map((view) =>
      decideVault(view, request, 'assumed'),
    );
    return old === undefined || now === undefined
      ? []
      : columnChanges(old, now, { table, operation });
  });
  return { vault, table, who, purpose, columns };
}

function columnChanges(
  before: VaultDecision,
  after: VaultDecision,
  { table, operation }: { readonly table: VaultTableFacts; readonly operation: VaultOperation },
) {
  const budget = (decision: VaultDecision) => decision.obligations.valuesPerHour;
  return table.columns.flatMap(({ id, name }) => {
    const [old, now] = [before.columns.get(id), after.columns.get(id)];
    if (old === undefined || now === undefined) return [];
    const texts = [old, now].map((one, i) =>
      described(one, operation, budget(i === 0 ? before : after)),
    );
    const same = texts[0] === texts[1] && rowsOf(old) === rowsOf(now);
    if (same) return [];
    const direction = directionOf(old, now);
    const shows = now.effect === 'allow' && now.redaction !== 'REDACTED';
    return [
      {
        name: `${name} (${operation})`,
        tags: [],
        before: texts[0] ?? '',
        after: texts[1] ?? '',
        direction,
        gain: REVEALS.has(operation) && shows && direction !== 'loses',
      },
    ];
  });
}

function described(
  column: VaultColumnDecision,
  operation: VaultOperation,
  budget: number | null,
): string {
  if (column.effect === 'deny') return 'no';
  const level = REVEALS.has(operation) ? column.redaction : 'yes';
  const some = column.denied.length > 0 || column.allowed.every(({ rows }) => rows !== null);
  const rows = some
    ? ' in some rows'
    : column.allowed.length > 1
      ? ' in some rows, less in others'
      : '';
  return `${level}${rows}${budget === null ? '' : `, ${budget} values an hour`}`;
}

function rowsOf({ allowed, denied }: VaultColumnDecision): string {
  return JSON.stringify([allowed, denied]);
}

function directionOf(before: VaultColumnDecision, after: VaultColumnDecision): Direction {
  if (before.effect !== after.effect) return after.effect === 'allow' ? 'gains' : 'loses';
  const order = byRevealing(after.redaction, before.redaction);
  if (order !== 0) return order < 0 ? 'gains' : 'loses';
  return 'differs';
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
