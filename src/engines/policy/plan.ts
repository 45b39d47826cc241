import type { AccessChange, AccessDiff, ColumnChange, SensitiveGain } from './accessdiff.ts';
import { affectedSources } from './affected.ts';
import { decide } from './decide.ts';
import type { Decision, Predicate } from './decision.ts';
import { differingPeople, sourcePair } from './differing.ts';
import type { Context } from './differing.ts';
import { describePredicate, describeShow } from './explain.ts';
import type { SourceFacts, SubjectFacts } from './facts.ts';
import { fullName } from './glob.ts';
import { underAny } from './hierarchy.ts';
import { withoutValues } from './redact.ts';
import { traitOf, valuesUsed } from './uses.ts';
import { planVaults } from './vaultplan.ts';
import type { VaultDiff } from './vaultplan.ts';
import { columnDirection, revealsMore, rowDirection } from './visibility.ts';
import type { Direction } from './visibility.ts';
import type { PolicyView } from './policyview.ts';

/** Tags whose columns are asked about before more of them is seen; an installation can name others. */
export const SENSITIVE_TAGS: readonly string[] = ['PII', 'PHI', 'PCI', 'Sensitive', 'Secret'];

/** People looked at, source by source: some ten seconds in the worst case; what is left is counted, not guessed. */
const LOOKS_MAX = 5_000_000;
/** Pairs of whole decisions compared, after people for whom the same steps act are put together. */
const COMPARISONS_MAX = 10_000;

export type PlanOptions = { readonly nowMs: number; readonly sensitive?: readonly string[] };

/** What changes for whom between two views of the same people and sources. */
export function plan(before: PolicyView, after: PolicyView, options: PlanOptions): AccessDiff {
  const sources = affectedSources(before, after);
  const contexts = contextsOf(before, after);
  const looksEach = contexts.reduce((sum, context) => sum + context.people.length, 1);
  const room = Math.max(1, Math.floor(LOOKS_MAX / looksEach));
  const traits = traitsOfPeople(before, after);
  const differences: Difference[] = [];
  let examined = 0;
  let compared = 0;
  for (const source of sources.slice(0, room)) {
    if (compared > COMPARISONS_MAX) break;
    const pair = sourcePair(before, after, source);
    for (const context of contexts) {
      const groups = differingPeople(pair, context, { nowMs: options.nowMs, traits });
      compared += groups.length;
      const found = groups.map((people) =>
        differenceFor({ before, after, options }, { source, context, people }),
      );
      differences.push(...found.filter((one) => one !== null));
    }
    examined++;
  }
  const vaults = planVaults(before, after, options.nowMs);
  return summary(differences, { vaults, unexamined: sources.length - examined, options });
}

/** For each person, what they have of what policies use as values: with none, a rule lets no row through. */
function traitsOfPeople(before: PolicyView, after: PolicyView): ReadonlyMap<string, string> {
  const used = valuesUsed([...before.facts.policies, ...after.facts.policies]);
  return new Map(after.facts.subjects.map((subject) => [subject.id, traitOf(used, subject)]));
}

type Difference = {
  readonly source: SourceFacts;
  readonly context: Context;
  readonly people: readonly SubjectFacts[];
  readonly before: Decision;
  readonly after: Decision;
};
type Comparison = {
  readonly before: PolicyView;
  readonly after: PolicyView;
  readonly options: PlanOptions;
};

function differenceFor(
  { before, after, options }: Comparison,
  where: Pick<Difference, 'source' | 'context' | 'people'>,
): Difference | null {
  const { source, context, people } = where;
  const [first] = people;
  if (first === undefined) return null;
  const { project, purpose } = context;
  const request = { subject: first.id, project, purpose, source: source.id, nowMs: options.nowMs };
  const [old, now] = [before, after].map((view) =>
    decide(view, { ...request, operation: 'select' }),
  );
  if (old === undefined || now === undefined || old.audience === now.audience) return null;
  if (old.effect === 'deny' && now.effect === 'deny') return null;
  return { ...where, before: old, after: now };
}

/** Without a project, and in each project of either view under each purpose that counts. */
function contextsOf(before: PolicyView, after: PolicyView): readonly Context[] {
  const everyone = after.facts.subjects.filter((subject) => subject.state === 'active');
  const acting = new Map<string, { project: string; purpose: string | null; ids: Set<string> }>();
  for (const project of [...before.facts.projects, ...after.facts.projects]) {
    for (const { subject, acknowledged } of project.members) {
      for (const purpose of purposesOf(project.purposes, acknowledged)) {
        const key = JSON.stringify([project.name, purpose]);
        const found = acting.get(key);
        if (found !== undefined) found.ids.add(subject);
        else acting.set(key, { project: project.name, purpose, ids: new Set([subject]) });
      }
    }
  }
  return [
    { project: null, purpose: null, people: everyone },
    ...acting.values().map(({ project, purpose, ids }) => {
      return { project, purpose, people: everyone.filter((subject) => ids.has(subject.id)) };
    }),
  ];
}

/** No purpose is a way to act of its own, unless the project has one only, which is then meant. */
function purposesOf(
  all: readonly string[],
  acknowledged: readonly string[],
): readonly (string | null)[] {
  const counting = all.filter((purpose) => acknowledged.includes(purpose));
  return all.length === 1 && counting.length === 1 ? counting : [null, ...counting];
}

function summary(
  differences: readonly Difference[],
  { vaults, unexamined, options }: Rest,
): AccessDiff {
  const found = merged(differences.map((difference) => changeOf(difference)));
  const changes = [...found, ...vaults.changes];
  const of = (direction: Direction) =>
    peopleIn(changes.filter((change) => change.direction === direction));
  const columns = changes.flatMap(({ source, columns }) =>
    columns.map(({ name }) => `${source}.${name}`),
  );
  return {
    changes,
    sensitive: [
      ...sensitiveGains(differences, options.sensitive ?? SENSITIVE_TAGS),
      ...vaults.sensitive,
    ],
    counts: {
      people: peopleIn(changes),
      sources: new Set(changes.map((change) => change.source)).size,
      columns: new Set(columns).size,
      gains: of('gains'),
      loses: of('loses'),
      differs: of('differs'),
    },
    unexamined: unexamined + vaults.unexamined,
  };
}

type Rest = {
  readonly vaults: VaultDiff;
  /** Sources that were not looked at. */
  readonly unexamined: number;
  readonly options: PlanOptions;
};

function peopleIn(changes: readonly AccessChange[]): number {
  return new Set(changes.flatMap((change) => change.people)).size;
}

function changeOf({ source, context, people, before, after }: Difference): AccessChange {
  const columns = source.columns.flatMap((column, i): readonly ColumnChange[] => {
    const [old, now] = [before, after].map((decision) => decision.columns[i]?.show);
    const direction = old === undefined || now === undefined ? null : columnDirection(old, now);
    if (old === undefined || now === undefined || direction === null) return [];
    const tags = column.tags.map((tag) => tag.name);
    const [was, is] = [describeShow(old), describeShow(now)];
    return [{ name: column.name, tags, before: was, after: is, direction }];
  });
  const rows = rowDirection(before.filter, after.filter);
  return {
    source: fullName(source),
    project: context.project,
    purpose: context.purpose,
    people: people.map((subject) => subject.name),
    direction: overall([
      ...columns.map((column) => column.direction),
      ...(rows === null ? [] : [rows]),
    ]),
    columns,
    rows:
      rows === null
        ? null
        : { before: rowText(before.filter), after: rowText(after.filter), direction: rows },
  };
}

/** Values stay out of the text, so that people who differ only in them share a line. */
function rowText(filter: Predicate | null): string {
  if (filter === null) return 'all';
  return describePredicate(withoutValues(filter) as Predicate);
}

function overall(directions: readonly Direction[]): Direction {
  const [first] = directions;
  const alike = directions.every((direction) => direction === first);
  return first !== undefined && alike ? first : 'differs';
}

/** Changes that differ only in the people become one. */
function merged(changes: readonly AccessChange[]): readonly AccessChange[] {
  const groups = Map.groupBy(changes, ({ people: _people, ...rest }) => JSON.stringify(rest));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const people = group.flatMap((change) => change.people).toSorted();
    return first === undefined ? [] : [{ ...first, people }];
  });
}

function sensitiveGains(
  differences: readonly Difference[],
  sensitive: readonly string[],
): readonly SensitiveGain[] {
  const gains = new Map<string, SensitiveGain & { readonly people: string[] }>();
  for (const { source, people, before, after } of differences) {
    for (const column of source.columns) {
      const tags = column.tags.map((tag) => tag.name).filter((tag) => underAny(tag, sensitive));
      if (tags.length === 0 || !revealsMore(before, after, column.name)) continue;
      const key = `${source.id}\n${column.name}`;
      const names = people.map((subject) => subject.name);
      const known = gains.get(key);
      if (known === undefined) {
        gains.set(key, { source: fullName(source), column: column.name, tags, people: names });
      } else known.people.push(...names.filter((name) => !known.people.includes(name)));
    }
  }
  return [...gains.values()].map((gain) => ({ ...gain, people: gain.people.toSorted() }));
}
