/**
 * The slow twin of `decide`: no index, no memory, no reasons, everything worked out from the documents at every
 * question. Templates and CEL are tested elsewhere, so it knows neither.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { decide } from './decide.ts';
import type { Decision, Mask, Predicate, Request, Show } from './decision.ts';
import type {
  Clause,
  ColumnReference,
  MaskPolicy,
  MaskText,
  MatchAgainst,
  Policy,
  RowRule,
  SubscriptionPolicy,
  Target,
  Who,
} from './document.ts';
import type { ColumnFacts, Facts, Project, SourceFacts, SubjectFacts } from './facts.ts';
import { plan } from './plan.ts';
import { prepareFacts } from './view.ts';

type Asked = { s: SubjectFacts; src: SourceFacts; project: string | null; purpose: string | null };
type Answer = Pick<Decision, 'effect' | 'columns' | 'filter'>;
const NEVER: Predicate = { kind: 'never' };
const NULL: Show = { kind: 'mask', mask: { kind: 'null' }, where: null };

function slowDecide(facts: Facts, request: Request): Answer {
  const s = facts.subjects.find(({ id, state }) => id === request.subject && state === 'active');
  const src = facts.sources.find(({ id }) => id === request.source);
  const hide = (src?.columns ?? []).map(({ name }) => ({
    name,
    show: { kind: 'hidden' } as const,
  }));
  const deny: Answer = { effect: 'deny', columns: hide, filter: NEVER };
  if (s === undefined || src?.state !== 'active') return deny;
  const p = facts.projects.find((one) => one.name === request.project && one.state === 'active');
  const member = p?.members.find(({ subject }) => subject === s.id);
  let purpose = request.purpose;
  if (request.project === null && purpose !== null) return deny;
  if (request.project !== null) {
    if (p === undefined || member === undefined) return deny;
    if (!p.sources.some((pattern) => like(pattern, nameOf(src)))) return deny;
    const counts = (name: string) =>
      p.purposes.includes(name) && member.acknowledged.includes(name);
    if (purpose !== null && !counts(purpose)) return deny;
    if (purpose === null && p.purposes.length === 1 && counts(p.purposes[0]!))
      purpose = p.purposes[0]!;
  }
  const asked: Asked = { s, src, project: p?.name ?? null, purpose };
  const about = facts.policies.filter((d) => d.state === 'active' && covers(d.target, src));
  const subs = about.filter((d) => d.kind === 'SubscriptionPolicy');
  const shared = subs.filter((d) => d.combine === 'shared');
  if (subs.some((d) => d.combine === 'required' && !is(d.allow, asked)) || subs.length === 0)
    return deny;
  if (shared.length > 0 && !shared.some((d) => is(d.allow, asked))) return deny;
  try {
    const filters = about.flatMap((d) => {
      if (d.kind !== 'DataPolicy' || d.does !== 'rows' || (d.except && is(d.except, asked)))
        return [];
      return [row(d.steps.find((step) => step.for === null || is(step.for, asked))!.keep, asked)];
    });
    const masks = about.filter((d) => d.kind === 'DataPolicy' && d.does === 'mask');
    const scope = p?.maskedJoins ? `project/${p.id}` : `source/${src.id}`;
    const columns = src.columns.map((c) => ({
      name: c.name,
      show: show(c, masks, { ...asked, scope }),
    }));
    return { effect: 'allow', columns, filter: join('and', filters) };
  } catch {
    return deny;
  }
}

const nameOf = (src: SourceFacts) => `${src.system}.${src.schema}.${src.name}`;
const like = (pattern: string, text: string) =>
  new RegExp(`^${pattern.replaceAll('.', '[.]').replaceAll('*', '[^.]*')}$`, 'iu').test(text);
const under = (name: string, tags: readonly string[]) =>
  tags.some((tag) => `${name}.`.startsWith(`${tag}.`));

function covers(t: Target, src: SourceFacts): boolean {
  if (t.kind === 'all') return true;
  const ok = [
    t.sources?.some((pattern) => like(pattern, nameOf(src))),
    t.tags && src.tags.some(({ name }) => under(name, t.tags!)),
  ];
  const columns = src.columns.map((c) => [
    t.columnTags && c.tags.some((tag) => under(tag.name, t.columnTags!)),
    t.columnNames?.some((n) => like(n, c.name)),
  ]);
  if (t.columnTags) ok.push(columns.some(([tagged]) => tagged));
  if (t.columnNames) ok.push(columns.some(([, named]) => named));
  return ok.every((one) => one ?? true);
}

function is(who: Who, a: Asked): boolean {
  return who.kind === 'anyone' || who.clauses.every((clause) => clauseIs(clause, a));
}

function clauseIs(c: Clause, { s, project, purpose, src }: Asked): boolean {
  if (c.kind === 'groups') return c.groups.some((group) => s.groups.includes(group));
  if (c.kind === 'users') return c.users.includes(s.name);
  if (c.kind === 'attribute')
    return (s.attributes[c.name] ?? []).some((value) => c.values.includes(value));
  if (c.kind === 'kinds') return c.kinds.includes(s.kind);
  if (c.kind === 'purposes') return purpose !== null && under(purpose, c.purposes);
  if (c.kind === 'projects') return project !== null && c.projects.includes(project);
  return c.kind === 'any-of' && c.whos.some((who) => is(who, { s, project, purpose, src }));
}

function row(rule: RowRule, a: Asked): Predicate | null {
  if (rule.kind === 'all-of' || rule.kind === 'any-of')
    return join(
      rule.kind === 'all-of' ? 'and' : 'or',
      rule.rules.map((r) => row(r, a)),
    );
  if (rule.kind === 'purposes')
    return a.purpose !== null && under(a.purpose, rule.purposes) ? null : NEVER;
  if (rule.kind !== 'match' && rule.kind !== 'sample') return rule.kind === 'all' ? null : NEVER;
  const { column: c } = rule;
  const found = a.src.columns.filter((one) =>
    c.kind === 'tag' ? one.tags.some((t) => under(t.name, [c.tag])) : one.name === c.column,
  );
  if (found.length !== 1) throw new Error('cannot be applied');
  if (rule.kind === 'sample')
    return { kind: 'sample', column: found[0]!.name, percent: rule.percent };
  const of = {
    groups: a.s.groups,
    user: [a.s.name],
    attribute: rule.against.kind === 'attribute' ? (a.s.attributes[rule.against.name] ?? []) : [],
  };
  const values = of[rule.against.kind];
  return values.length === 0
    ? NEVER
    : { kind: 'in', column: found[0]!.name, values: [...values].sort() };
}

function join(kind: 'and' | 'or', all: readonly (Predicate | null)[]): Predicate | null {
  const [absorbing, neutral] = kind === 'and' ? ['never', null] : [null, 'never'];
  if (
    all.some(
      (term) =>
        (term?.kind ?? null) === absorbing || (absorbing === 'never' && term?.kind === 'never'),
    )
  )
    return kind === 'and' ? NEVER : null;
  const terms = all.filter((term) =>
    neutral === null ? term !== null : term?.kind !== 'never',
  ) as Predicate[];
  if (terms.length === 0) return kind === 'and' ? null : NEVER;
  return terms.length === 1 ? terms[0]! : { kind, terms };
}

function show(c: ColumnFacts, masks: readonly MaskPolicy[], a: Asked & { scope: string }): Show {
  const depth = (m: MaskPolicy) =>
    Math.max(
      -1,
      ...m.columns.names.filter((n) => like(n, c.name)).map((n) => (n.includes('*') ? 0 : 99)),
      ...c.tags.flatMap((tag) =>
        m.columns.tags.filter((t) => under(tag.name, [t])).map((t) => t.split('.').length),
      ),
    );
  const winner = masks.filter((m) => depth(m) >= 0).sort((x, y) => depth(y) - depth(x))[0];
  const step =
    winner && !(winner.except && is(winner.except, a))
      ? winner.steps.find((one) => one.for === null || is(one.for, a))
      : undefined;
  let shown: Show = { kind: 'clear' };
  if (step?.with.kind === 'hidden') shown = { kind: 'hidden' };
  else if (step && step.with.kind !== 'clear') {
    const text = ['partial', 'hash'].includes(step.with.kind);
    const mask = step.with.kind === 'hash' ? { kind: 'hash', key: a.scope } : step.with;
    shown = text && c.type !== 'text' ? NULL : { kind: 'mask', mask: mask as Mask, where: null };
  }
  return c.tags.some((tag) => under(tag.name, ['New'])) && shown.kind !== 'hidden' ? NULL : shown;
}

const TAGS = ['A', 'A.B', 'A.B.C', 'D', 'D.E', 'New', 'New.X'] as const;
const GROUPS = ['g1', 'g2', 'g3'] as const;
const PURPOSES = ['P', 'P.Q', 'R'] as const;
const ACTIVE = ['active', 'active', 'active', 'active'] as const;
const COLUMNS = ['id', 'email', 'note', 'region'] as const;

const some = <T>(values: readonly T[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const few = <T>(values: readonly T[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { maxLength: 2 });
const tags = few(TAGS).map((names) => names.map((name) => ({ name })));

const column = (name: string) =>
  fc.record({ name: fc.constant(name), type: fc.constantFrom('text', 'integer'), tags });
const source = (id: number): fc.Arbitrary<SourceFacts> =>
  fc.record({
    id: fc.constant(`src_${id}`),
    system: fc.constant('demo'),
    schema: fc.constantFrom('clinic', 'shop'),
    name: fc.constant(`t${id}`),
    state: fc.constant('active' as const),
    tags,
    columns: fc.tuple(...COLUMNS.map(column)),
  });
const subject = (id: number): fc.Arbitrary<SubjectFacts> =>
  fc.record({
    id: fc.constant(`sub_${id}`),
    name: fc.constant(`u${id}`),
    kind: fc.constantFrom('person' as const, 'service' as const),
    state: fc.constantFrom(...ACTIVE, 'locked' as const),
    groups: few(GROUPS),
    attributes: fc.dictionary(fc.constantFrom('r', 's'), few(['x', 'y']), {
      noNullPrototype: true,
    }),
  });

const plainClause: fc.Arbitrary<Clause> = fc.oneof(
  fc.record({ kind: fc.constant('groups' as const), groups: some(GROUPS) }),
  fc.record({ kind: fc.constant('users' as const), users: some(['u0', 'u1']) }),
  fc.record({
    kind: fc.constant('attribute' as const),
    name: fc.constantFrom('r', 's'),
    values: some(['x', 'y']),
  }),
  fc.record({ kind: fc.constant('kinds' as const), kinds: some(['person', 'service'] as const) }),
  fc.record({ kind: fc.constant('purposes' as const), purposes: some(PURPOSES) }),
  fc.record({ kind: fc.constant('projects' as const), projects: fc.constant(['study']) }),
);
const plainWho: fc.Arbitrary<Who> = fc.record({
  kind: fc.constant('clauses' as const),
  clauses: fc.array(plainClause, { minLength: 1, maxLength: 2 }),
});
const clause: fc.Arbitrary<Clause> = fc.oneof(
  { weight: 4, arbitrary: plainClause },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('any-of' as const),
      whos: fc.array(plainWho, { minLength: 1, maxLength: 2 }),
    }),
  },
);
const who: fc.Arbitrary<Who> = fc.oneof(
  fc.constant<Who>({ kind: 'anyone' }),
  fc.record({
    kind: fc.constant('clauses' as const),
    clauses: fc.array(clause, { minLength: 1, maxLength: 2 }),
  }),
);
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const target: fc.Arbitrary<Target> = fc.oneof(
  fc.constant<Target>({ kind: 'all' }),
  fc
    .record({
      kind: fc.constant('some' as const),
      sources: orNull(some(['demo.clinic.*', 'demo.*.t0', 'demo.shop.t1'])),
      tags: orNull(some(TAGS)),
      columnTags: orNull(some(TAGS)),
      columnNames: orNull(some(['email', 'no*', 'zip', 'q*'])),
    })
    .filter((t) => [t.sources, t.tags, t.columnTags, t.columnNames].some((key) => key !== null)),
);
const reference: fc.Arbitrary<ColumnReference> = fc.oneof(
  fc.record({ kind: fc.constant('column' as const), column: fc.constantFrom(...COLUMNS) }),
  fc.record({ kind: fc.constant('column' as const), column: fc.constantFrom(...COLUMNS) }),
  fc.record({ kind: fc.constant('column' as const), column: fc.constantFrom(...COLUMNS, 'none') }),
  fc.record({ kind: fc.constant('tag' as const), tag: fc.constantFrom(...TAGS) }),
);
const flatRule: fc.Arbitrary<RowRule> = fc.oneof(
  fc.constantFrom<RowRule>({ kind: 'all' }, { kind: 'none' }),
  fc.record({
    kind: fc.constant('match' as const),
    column: reference,
    against: fc.constantFrom<MatchAgainst>(
      { kind: 'groups' },
      { kind: 'user' },
      { kind: 'attribute', name: 'r' },
    ),
  }),
  fc.record({ kind: fc.constant('purposes' as const), purposes: some(PURPOSES) }),
  fc.record({ kind: fc.constant('sample' as const), column: reference, percent: fc.constant(10) }),
);
const rule: fc.Arbitrary<RowRule> = fc.oneof(
  { weight: 3, arbitrary: flatRule },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('all-of' as const, 'any-of' as const),
      rules: fc.array(flatRule, { minLength: 1, maxLength: 3 }),
    }),
  },
);
const maskText = fc.constantFrom<MaskText>(
  { kind: 'clear' },
  { kind: 'hidden' },
  { kind: 'null' },
  { kind: 'hash' },
  { kind: 'partial', keepFirst: 1, keepLast: 0, fill: '*' },
);
const maskStep = (limit: fc.Arbitrary<Who | null>) =>
  fc.record({ for: limit, with: maskText, where: fc.constant(null) });
const rowStep = (limit: fc.Arbitrary<Who | null>) => fc.record({ for: limit, keep: rule });
const chain = <S>(step: (limit: fc.Arbitrary<Who | null>) => fc.Arbitrary<S>) =>
  fc
    .tuple(fc.array(step(who), { maxLength: 2 }), step(fc.constant(null)))
    .map(([first, last]) => [...first, last]);

const head = {
  name: fc.constant('policy'),
  description: fc.constant(''),
  state: fc.constantFrom('active' as const, 'active' as const, 'staged' as const),
  target,
};
const subscription = fc.record({
  kind: fc.constant('SubscriptionPolicy' as const),
  ...head,
  combine: fc.constantFrom('required' as const, 'shared' as const),
  allow: who,
});
const maskPolicy = fc.record({
  kind: fc.constant('DataPolicy' as const),
  does: fc.constant('mask' as const),
  ...head,
  columns: fc
    .record({ tags: few(TAGS), names: few(['email', '*e*', 'note']) })
    .filter(({ tags, names }) => tags.length + names.length > 0),
  steps: chain(maskStep),
  except: orNull(who),
});
const rowPolicy = fc.record({
  kind: fc.constant('DataPolicy' as const),
  does: fc.constant('rows' as const),
  ...head,
  steps: chain(rowStep),
  except: orNull(who),
});
const OPEN: SubscriptionPolicy = {
  kind: 'SubscriptionPolicy',
  name: 'open',
  description: '',
  state: 'active',
  target: { kind: 'all' },
  combine: 'shared',
  allow: { kind: 'anyone' },
};
const policies: fc.Arbitrary<Policy[]> = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: fc.constant([OPEN]) },
      { weight: 1, arbitrary: fc.array(subscription, { minLength: 1, maxLength: 4 }) },
    ),
    fc.array(fc.oneof(maskPolicy, rowPolicy), { maxLength: 6 }),
  )
  .map(([first, rest]) => [...first, ...rest].map((one, i) => ({ ...one, name: `p${i}` })));
const project: fc.Arbitrary<Project> = fc.record({
  id: fc.constant('prj_1'),
  name: fc.constant('study'),
  description: fc.constant(''),
  state: fc.constant('active' as const),
  sources: some(['demo.clinic.*', 'demo.*.*']),
  purposes: few(PURPOSES),
  maskedJoins: fc.boolean(),
  members: fc
    .record({ subject: fc.constantFrom('sub_0', 'sub_1'), acknowledged: few(PURPOSES) })
    .map((m) => [m]),
});
const facts: fc.Arbitrary<Facts> = fc.record({
  subjects: fc.tuple(subject(0), subject(1)),
  sources: fc.tuple(source(0), source(1)),
  policies,
  projects: fc.tuple(project),
  purposes: fc.constant(PURPOSES.map((name) => ({ name, description: '', statement: '' }))),
});
const request: fc.Arbitrary<Request> = fc.record({
  subject: fc.constantFrom('sub_0', 'sub_1', 'sub_0', 'sub_1', 'sub_2'),
  project: fc.constantFrom(null, null, null, 'study', 'study', 'nope'),
  purpose: fc.constantFrom(null, null, null, null, ...PURPOSES),
  source: fc.constantFrom('src_0', 'src_1'),
  operation: fc.constant('select' as const),
  nowMs: fc.constant(0),
});

const tools = { sha256: (text: string) => createHash('sha256').update(text).digest('hex') };
const answer = ({ effect, columns, filter }: Answer): Answer => ({ effect, columns, filter });
const RUNS = { numRuns: 2_000 };

describe('decide', () => {
  it('agrees with its slow twin on random policies, sources and people', () => {
    let allowed = 0;
    fc.assert(
      fc.property(facts, request, (known, asked) => {
        const fast = decide(prepareFacts(known, tools), asked);
        if (fast.effect === 'allow') allowed++;
        assert.deepEqual(answer(fast), slowDecide(known, asked));
      }),
      RUNS,
    );
    // A generator that only ever leads to denials would prove nothing.
    assert.ok(allowed > RUNS.numRuns / 10, `only ${allowed} of ${RUNS.numRuns} were allowed`);
  });

  it('denies everything without policies', () => {
    fc.assert(
      fc.property(facts, request, (known, asked) => {
        assert.equal(decide(prepareFacts({ ...known, policies: [] }, tools), asked).effect, 'deny');
      }),
      { numRuns: 200 },
    );
  });

  it('never allows more after a required subscription policy is added', () => {
    fc.assert(
      fc.property(facts, request, subscription, (known, asked, extra) => {
        const added = { ...extra, name: 'extra', combine: 'required' as const };
        const before = decide(prepareFacts(known, tools), asked);
        // Where nothing covered the source, a first policy is what opens it.
        fc.pre(
          before.reasons.some(({ about, policy }) => about === 'subscription' && policy !== null),
        );
        const after = decide(
          prepareFacts({ ...known, policies: [...known.policies, added] }, tools),
          asked,
        );
        assert.ok(before.effect === 'allow' || after.effect === 'deny');
      }),
      { numRuns: 500 },
    );
  });

  it('never shows more rows after a row policy is added', () => {
    fc.assert(
      fc.property(facts, request, rowPolicy, (known, asked, extra) => {
        const before = decide(prepareFacts(known, tools), asked);
        const more = [...known.policies, { ...extra, name: 'extra' }];
        const after = decide(prepareFacts({ ...known, policies: more }, tools), asked);
        if (after.effect === 'deny') return;
        assert.equal(before.effect, 'allow');
        assert.deepEqual(after.columns, before.columns);
        const kept = new Set(termsOf(after.filter).map((term) => JSON.stringify(term)));
        assert.ok(
          after.filter?.kind === 'never' ||
            termsOf(before.filter).every((term) => kept.has(JSON.stringify(term))),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order of subscription and row policies', () => {
    fc.assert(
      fc.property(facts, request, (known, asked) => {
        const isMask = (one: Policy) => one.kind === 'DataPolicy' && one.does === 'mask';
        const masks = known.policies.filter(isMask);
        const rest = known.policies.filter((one) => !isMask(one));
        const turned = { ...known, policies: [...rest.toReversed(), ...masks] };
        const [a, b] = [known, turned].map((one) => decide(prepareFacts(one, tools), asked));
        const sorted = (one?: Decision) =>
          termsOf(one?.filter ?? null)
            .map((term) => JSON.stringify(term))
            .sort();
        assert.equal(a?.effect, b?.effect);
        assert.deepEqual(a?.columns, b?.columns);
        assert.deepEqual(sorted(a), sorted(b));
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with plan on whose answer changes', () => {
    let changed = 0;
    fc.assert(
      fc.property(facts, policies, project, (known, otherPolicies, otherProject) => {
        // Some policies stay, so that changed and unchanged ones meet on a source.
        const kept = known.policies.filter((_policy, i) => i % 2 === 0);
        const renamed = otherPolicies.map((one) => ({ ...one, name: `other-${one.name}` }));
        const other = { ...known, policies: [...kept, ...renamed], projects: [otherProject] };
        const [before, after] = [prepareFacts(known, tools), prepareFacts(other, tools)];
        const { changes } = plan(before, after, { nowMs: 0 });
        for (const { request: asked, name, full } of everyQuestion(known, [
          ...known.projects,
          otherProject,
        ])) {
          const [old, now] = [decide(before, asked), decide(after, asked)];
          const differs =
            old.audience !== now.audience && (old.effect === 'allow' || now.effect === 'allow');
          if (differs) changed++;
          const named = changes.some(
            (one) =>
              one.source === full &&
              one.project === asked.project &&
              one.purpose === asked.purpose &&
              one.people.includes(name),
          );
          assert.equal(named, differs, `${name} on ${full} as ${asked.project}/${asked.purpose}`);
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(changed > 200, `only ${changed} answers changed`);
  });

  it('gives equal audiences only to equal answers', () => {
    fc.assert(
      fc.property(facts, request, request, (known, one, other) => {
        const view = prepareFacts(known, tools);
        const [a, b] = [decide(view, one), decide(view, { ...other, source: one.source })];
        const same = JSON.stringify(answer(a)) === JSON.stringify(answer(b));
        assert.equal(a.audience === b.audience, same);
      }),
      { numRuns: 500 },
    );
  });
});

/** Every way someone may ask for a source that a plan looks at. */
function everyQuestion(known: Facts, projects: readonly Project[]) {
  return known.subjects
    .filter((one) => one.state === 'active')
    .flatMap((one) => {
      const acting = projects.flatMap(({ name, purposes, members }) =>
        members
          .filter((member) => member.subject === one.id)
          .flatMap(({ acknowledged }) => {
            const counting = purposes.filter((purpose) => acknowledged.includes(purpose));
            const only = purposes.length === 1 && counting.length === 1;
            const ways: (string | null)[] = only ? counting : [null, ...counting];
            return ways.map((purpose) => ({ project: name as string | null, purpose }));
          }),
      );
      return [{ project: null, purpose: null }, ...acting].flatMap((way) =>
        known.sources.map((src) => ({
          request: {
            subject: one.id,
            ...way,
            source: src.id,
            operation: 'select',
            nowMs: 0,
          } as const,
          name: one.name,
          full: nameOf(src),
        })),
      );
    });
}

function termsOf(filter: Predicate | null): readonly Predicate[] {
  if (filter === null) return [];
  return filter.kind === 'and' ? filter.terms.flatMap((term) => termsOf(term)) : [filter];
}
