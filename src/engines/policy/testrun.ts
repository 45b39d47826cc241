import { restricted } from './acting.ts';
import { outcomeOf } from './decide.ts';
import type { Outcome } from './decide.ts';
import type { ColumnDecision } from './decision.ts';
import type {
  Expectation,
  ExpectedColumn,
  PolicyTest,
  TestCase,
  TestSubject,
  VaultTestCase,
} from './document.ts';
import { describeShow } from './explain.ts';
import type { SubjectFacts } from './facts.ts';
import { fullName } from './glob.ts';
import { sourcePlan } from './sourceplan.ts';
import { closest } from './suggest.ts';
import { vaultFailures } from './vaulttestrun.ts';
import type { PolicyView } from './policyview.ts';

export type TestOutcome = {
  readonly test: string;
  readonly case: string;
  /** What was not as expected, a line each; empty when the case holds. */
  readonly failures: readonly string[];
};

/** Every case of the tests, decided by the view. */
export function runTests(
  view: PolicyView,
  tests: readonly PolicyTest[],
  nowMs: number,
): readonly TestOutcome[] {
  return tests.flatMap((test) =>
    test.cases.map((one) => ({
      test: test.name,
      case: one.name,
      failures: failuresOf(view, one, nowMs),
    })),
  );
}

function failuresOf(
  view: PolicyView,
  one: TestCase | VaultTestCase,
  nowMs: number,
): readonly string[] {
  if ('vault' in one) {
    const subject = subjectFor(view, one.as);
    return typeof subject === 'string' ? [subject] : vaultFailures(view, one, { subject, nowMs });
  }
  const outcome = outcomeFor(view, one, nowMs);
  if (typeof outcome === 'string') return [outcome];
  const { expect } = one;
  if (outcome.effect !== expect.effect) {
    const why = outcome.reasons.findLast((reason) => reason.outcome === 'denies');
    const because = why === undefined ? '' : `: ${why.rule}`;
    return [`expected ${expect.effect}, got ${outcome.effect}${because}`];
  }
  if (outcome.effect === 'deny') return [];
  const rows = rowsOf(outcome);
  const expected = Object.entries(expect.columns);
  return [
    ...(expect.rows === null || expect.rows === rows
      ? []
      : [`rows expected ${expect.rows}, got ${rows}`]),
    ...expected.flatMap(([name, wanted]) => columnFailure(outcome.columns, name, wanted)),
  ];
}

function rowsOf(outcome: Outcome): NonNullable<Expectation['rows']> {
  if (outcome.filter === null) return 'all';
  return outcome.filter.kind === 'never' ? 'none' : 'filtered';
}

/** The outcome, or why the case cannot be asked. Membership and acknowledgement are taken as given. */
function outcomeFor(view: PolicyView, one: TestCase, nowMs: number): Outcome | string {
  const source = view.facts.sources.find((candidate) => fullName(candidate) === one.source);
  if (source === undefined) {
    const near = closest(one.source, view.facts.sources.map(fullName));
    const hint = near === null ? '' : `; did you mean \`${near}\`?`;
    return `no source is known as \`${one.source}\`${hint}`;
  }
  const subject = subjectFor(view, one.as);
  if (typeof subject === 'string') return subject;
  const project = one.project === null ? null : view.projects.get(one.project);
  if (project === undefined) return `no project in force is known as \`${one.project}\``;
  const purposes = project?.facts.purposes ?? [];
  const only = purposes.length === 1 ? (purposes[0] ?? null) : null;
  const purpose = one.purpose ?? only;
  if (purpose !== null && !(purposes.includes(purpose) && view.purposes.has(purpose))) {
    return `the project has no purpose \`${purpose}\``;
  }
  const resolved = restricted({ subject, source, project, purpose });
  if (resolved.kind === 'refused') {
    const reason = { about: resolved.about, policy: null, clause: null, column: null } as const;
    const reasons = [{ ...reason, outcome: 'denies' as const, rule: resolved.rule }];
    return { effect: 'deny', columns: [], filter: { kind: 'never' }, reasons };
  }
  const plan = sourcePlan(view, source);
  return outcomeOf(view, { scene: resolved.scene, plan, nowMs });
}

function subjectFor(view: PolicyView, as: TestSubject): SubjectFacts | string {
  const known = view.facts.subjects.find((subject) => subject.name === as.user);
  if (as.user !== null && known === undefined) return `no user is known as \`${as.user}\``;
  return {
    id: known?.id ?? 'sub_test',
    name: known?.name ?? 'test',
    kind: as.kind ?? known?.kind ?? 'person',
    state: 'active',
    groups: as.groups ?? known?.groups ?? [],
    attributes: as.attributes ?? known?.attributes ?? {},
  };
}

function columnFailure(
  columns: readonly ColumnDecision[],
  name: string,
  wanted: ExpectedColumn,
): readonly string[] {
  const found = columns.find((column) => column.name === name);
  if (found === undefined) return [`the source has no column \`${name}\``];
  const { show } = found;
  const kind = show.kind === 'mask' ? show.mask.kind : show.kind;
  const parameters: Readonly<Record<string, unknown>> = show.kind === 'mask' ? show.mask : {};
  const same = Object.entries(wanted.parameters).every(([key, value]) => parameters[key] === value);
  if (kind === wanted.kind && same) return [];
  const details = Object.entries(wanted.parameters).map(([key, value]) => ` ${key} ${value}`);
  return [`\`${name}\` expected ${wanted.kind}${details.join(',')}, got ${describeShow(show)}`];
}
