import { unreachable } from '#base/assert';
import type { CelContext, CelProgram } from './cel.ts';
import type { Clause, Who } from './document.ts';
import type { SubjectFacts } from './facts.ts';
import { underAny } from './hierarchy.ts';

/** Who asks, as what, for which source, when: all a condition can depend on. */
export type Acting = {
  readonly subject: SubjectFacts;
  readonly groups: ReadonlySet<string>;
  readonly project: {
    readonly id: string;
    readonly name: string;
    readonly sharesKey: boolean;
  } | null;
  readonly purpose: string | null;
  readonly cel: CelContext;
};

/** `error`: it cannot be worked out; the caller takes it in the way that shows less. */
export type Verdict = 'yes' | 'no' | 'error';

export type Condition = {
  /** Whether the answer may change with time alone. */
  readonly timed: boolean;
  judge(acting: Acting): Verdict;
};

/** Compiles CEL text, each text once. */
export type CompileCel = (text: string) => CelProgram;

/** A condition ready to be judged many times. */
export function condition(who: Who, compile: CompileCel): Condition {
  if (who.kind === 'anyone') return { timed: false, judge: () => 'yes' };
  const parts = who.clauses.map((clause) => clauseCondition(clause, compile));
  // A mapping without clauses cannot be written; should one arrive, it is nobody.
  if (parts.length === 0) return { timed: false, judge: () => 'error' };
  return {
    timed: parts.some((part) => part.timed),
    judge: (acting) => every(parts, acting),
  };
}

/** A clear no beats an error: with one clause missed, the rest cannot matter. */
function every(parts: readonly Condition[], acting: Acting): Verdict {
  let verdict: Verdict = 'yes';
  for (const part of parts) {
    const one = part.judge(acting);
    if (one === 'no') return 'no';
    if (one === 'error') verdict = 'error';
  }
  return verdict;
}

function some(parts: readonly Condition[], acting: Acting): Verdict {
  let verdict: Verdict = 'no';
  for (const part of parts) {
    const one = part.judge(acting);
    if (one === 'yes') return 'yes';
    if (one === 'error') verdict = 'error';
  }
  return verdict;
}

function clauseCondition(clause: Clause, compile: CompileCel): Condition {
  switch (clause.kind) {
    case 'when':
      return celCondition(compile(clause.cel));
    case 'any-of': {
      const parts = clause.whos.map((who) => condition(who, compile));
      return { timed: parts.some((part) => part.timed), judge: (acting) => some(parts, acting) };
    }
    case 'groups':
    case 'users':
    case 'attribute':
    case 'kinds':
    case 'purposes':
    case 'projects':
      return { timed: false, judge: (acting) => (holds(clause, acting) ? 'yes' : 'no') };
    default:
      return unreachable(clause);
  }
}

function celCondition(program: CelProgram): Condition {
  return {
    timed: program.use.time,
    judge: (acting) => {
      const answer = program.run(acting.cel);
      if (answer === 'error') return 'error';
      return answer ? 'yes' : 'no';
    },
  };
}

type PlainClause = Exclude<Clause, { kind: 'when' | 'any-of' }>;

function holds(clause: PlainClause, acting: Acting): boolean {
  const { subject, project, purpose } = acting;
  switch (clause.kind) {
    case 'groups':
      return clause.groups.some((group) => acting.groups.has(group));
    case 'users':
      return clause.users.includes(subject.name);
    case 'attribute':
      return attributeValues(subject, clause.name).some((value) => clause.values.includes(value));
    case 'kinds':
      return clause.kinds.includes(subject.kind);
    case 'purposes':
      return purpose !== null && underAny(purpose, clause.purposes);
    case 'projects':
      return project !== null && clause.projects.includes(project.name);
    default:
      return unreachable(clause);
  }
}

/** The values of an attribute; none when the subject does not have it. */
export function attributeValues(subject: SubjectFacts, name: string): readonly string[] {
  return Object.hasOwn(subject.attributes, name) ? (subject.attributes[name] ?? []) : [];
}
