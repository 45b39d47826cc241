import type { AccessChange, AccessDiff, ColumnChange, SensitiveGain } from './accessdiff.ts';
import { affectedSources } from './affected.ts';
import { decide } from './decide.ts';
import type { Decision, Predicate } from './decision.ts';
import { describePredicate, describeShow } from './explain.ts';
import type { SourceFacts, SubjectFacts } from './facts.ts';
import { fullName } from './glob.ts';
import { underAny } from './hierarchy.ts';
import { withoutValues } from './redact.ts';
import { classOf, usesOf } from './uses.ts';
import { columnDirection, revealsMore, rowDirection } from './visibility.ts';
import type { Direction } from './visibility.ts';
import type { PolicyView } from './policyview.ts';

/** Tags whose columns are asked about before more of them is seen; an installation can name others. */
export const SENSITIVE_TAGS: readonly string[] = ['PII', 'PHI', 'PCI', 'Sensitive', 'Secret'];

/** Pairs of decisions one plan makes: some tens of seconds in the worst case; what is left is counted, not guessed. */
const COMPARISONS_MAX = 100_000;

export type PlanOptions = { readonly nowMs: number; readonly sensitive?: readonly string[] };

/** Acting project and purpose, and everyone who may act so, in classes that policies cannot tell apart. */
type Context = {
  readonly project: string | null;
  readonly purpose: string | null;
  readonly classes: readonly (readonly SubjectFacts[])[];
};

/** What changes for whom between two views of the same people and sources. */
export function plan(before: PolicyView, after: PolicyView, options: PlanOptions): AccessDiff {
  const sources = affectedSources(before, after);
  const contexts = contextsOf(before, after);
  const perSource = contexts.reduce((sum, context) => sum + context.classes.length, 0);
  const room = Math.max(1, Math.floor(COMPARISONS_MAX / Math.max(1, perSource)));
  const examined = sources.slice(0, room);
  const differences = examined.flatMap((source) =>
    contexts.flatMap((context) => differencesIn({ before, after, options }, source, context)),
  );
  return summary(differences, sources.length - examined.length, options);
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

function differencesIn(
  { before, after, options }: Comparison,
  source: SourceFacts,
  context: Context,
): readonly Difference[] {
  return context.classes.flatMap((people) => {
    const [first] = people;
    if (first === undefined) return [];
    const { project, purpose } = context;
    const request = {
      subject: first.id,
      project,
      purpose,
      source: source.id,
      nowMs: options.nowMs,
    };
    const [old, now] = [before, after].map((view) =>
      decide(view, { ...request, operation: 'select' }),
    );
    if (old === undefined || now === undefined || old.audience === now.audience) return [];
    if (old.effect === 'deny' && now.effect === 'deny') return [];
    return [{ source, context, people, before: old, after: now }];
  });
}

/** Without a project, and in each project of either view under each purpose that counts. */
function contextsOf(before: PolicyView, after: PolicyView): readonly Context[] {
  const uses = usesOf([...before.facts.policies, ...after.facts.policies]);
  const everyone = after.facts.subjects.filter((subject) => subject.state === 'active');
  const classes = (people: readonly SubjectFacts[]) => [
    ...Map.groupBy(people, (subject) => classOf(uses, subject)).values(),
  ];
  const acting = new Map<
    string,
    { project: string; purpose: string | null; people: Set<string> }
  >();
  for (const project of [...before.facts.projects, ...after.facts.projects]) {
    for (const { subject, acknowledged } of project.members) {
      for (const purpose of purposesOf(project.purposes, acknowledged)) {
        const key = JSON.stringify([project.name, purpose]);
        const found = acting.get(key);
        if (found !== undefined) found.people.add(subject);
        else acting.set(key, { project: project.name, purpose, people: new Set([subject]) });
      }
    }
  }
  return [
    { project: null, purpose: null, classes: classes(everyone) },
    ...acting.values().map(({ project, purpose, people }) => ({
      project,
      purpose,
      classes: classes(everyone.filter((subject) => people.has(subject.id))),
    })),
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
  unexamined: number,
  options: PlanOptions,
): AccessDiff {
  const changes = merged(differences.map((difference) => changeOf(difference)));
  const of = (direction: Direction) =>
    peopleIn(changes.filter((change) => change.direction === direction));
  const columns = changes.flatMap(({ source, columns }) =>
    columns.map(({ name }) => `${source}.${name}`),
  );
  return {
    changes,
    sensitive: sensitiveGains(differences, options.sensitive ?? SENSITIVE_TAGS),
    counts: {
      people: peopleIn(changes),
      sources: new Set(changes.map((change) => change.source)).size,
      columns: new Set(columns).size,
      gains: of('gains'),
      loses: of('loses'),
      differs: of('differs'),
    },
    unexamined,
  };
}

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
