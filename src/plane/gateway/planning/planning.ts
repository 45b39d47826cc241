import { Problem } from '#base/problem';
import type { PlanSession, RelationRule, StatementPlan } from '#engines/sql';
import { PLAN_ROUNDS_MAX } from '../limits.ts';
import { type PlainProblem, problemOf } from './planmessage.ts';
import type { PlanCache } from './plancache.ts';
import type { PlanThread } from './planthread.ts';
import { type Refusal, refusalOf } from '../refusal.ts';
import type { RuleSet } from './ruleset.ts';

/** A text planned under one set of rules. */
export type Planned = {
  readonly kind: 'planned';
  readonly statements: readonly StatementPlan[];
  readonly consulted: readonly number[];
  /** Name of the rules of `consulted`: while it is the same, the plan holds. */
  readonly rulesKey: string;
  readonly rules: RuleSet;
};

/** A refused text, with what the ledger may know of it. */
export type PlanRefusal = Refusal & {
  readonly fingerprint: string | null;
  readonly normalized: string | null;
};

export type PlanRequest = {
  readonly text: string;
  readonly session: PlanSession;
  readonly rules: RuleSet;
};

/** Plans a text, from memory when it has been planned before under the same rules; never throws. */
export type Planning = (request: PlanRequest) => Promise<Planned | PlanRefusal>;

/** Planning with a memory before a thread. */
export function createPlanning(thread: PlanThread, cache: PlanCache): Planning {
  return async (request) => {
    const { rules } = request;
    const name = nameOf(request);
    const known = cache.find(name, (relations) => rules.keyOf(relations));
    if (known !== null) {
      return { kind: 'planned', ...known, rulesKey: rules.keyOf(known.consulted), rules };
    }
    try {
      const made = await planAnew(thread, request);
      if (made.kind === 'planned') cache.keep(name, made.rulesKey, made);
      return made;
    } catch (thrown) {
      return refuse(thrown);
    }
  };
}

async function planAnew(thread: PlanThread, request: PlanRequest): Promise<Planned | PlanRefusal> {
  const { text, session, rules } = request;
  const known = new Map<number, RelationRule>();
  for (let round = 0; round < PLAN_ROUNDS_MAX; round++) {
    const answer = await thread.plan({
      catalog: rules.acting.system.catalog,
      text,
      session,
      rules: [...known],
    });
    const { result } = answer;
    if (result.kind === 'plan') {
      const consulted = [...answer.consulted].sort((a, b) => a - b);
      const rulesKey = rules.keyOf(consulted);
      return { kind: 'planned', statements: result.statements, consulted, rulesKey, rules };
    }
    if (result.kind === 'refused') return refused(result);
    if (result.kind === 'broken') throw brokenProblem(result.problem);
    for (const oid of result.relations) known.set(oid, rules.detail(oid).rule);
  }
  throw new Problem(
    'limit',
    `statement reads relations through more than ${PLAN_ROUNDS_MAX} layers`,
  );
}

function refused(result: {
  problem: PlainProblem;
  sqlState: string;
  position: number | null;
  normalized: string;
  fingerprint: string;
}): PlanRefusal {
  const { sqlState, position, normalized, fingerprint } = result;
  return {
    ...refusalOf(problemOf(result.problem), sqlState),
    position,
    normalized,
    fingerprint,
  };
}

function brokenProblem(plain: PlainProblem): Problem {
  return new Problem('limit', 'statement is too complex to be planned', {
    cause: problemOf(plain),
    hint: 'split it into smaller statements',
  });
}

function refuse(thrown: unknown): PlanRefusal {
  const problem =
    thrown instanceof Problem
      ? thrown
      : new Problem('internal', 'internal error', { cause: thrown });
  return { ...refusalOf(problem), fingerprint: null, normalized: null };
}

/** Everything but the rules that a plan depends on, in one text. */
function nameOf(request: PlanRequest): string {
  const { session, rules, text } = request;
  return `${rules.acting.system.catalog.digest}\0${sessionName(session)}\0${text}`;
}

const sessionNames = new WeakMap<PlanSession, string>();

function sessionName(session: PlanSession): string {
  const known = sessionNames.get(session);
  if (known !== undefined) return known;
  const name = JSON.stringify(session);
  sessionNames.set(session, name);
  return name;
}
