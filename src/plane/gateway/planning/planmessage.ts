import { Problem, type ProblemCode } from '#base/problem';
import type { Catalog, PlanResult, PlanSession, RelationRule } from '#engines/sql';

/** What the main thread sends to the planning worker. */
export type PlanOrder =
  | { readonly kind: 'catalog'; readonly catalog: Catalog; readonly forget: string | null }
  | {
      readonly kind: 'plan';
      readonly id: number;
      readonly catalog: string;
      readonly text: string;
      readonly session: PlanSession;
      readonly rules: readonly (readonly [number, RelationRule])[];
    };

type Refused = Extract<PlanResult, { kind: 'refused' }>;

/** A result as it crosses threads: errors lose their class on the way, so they travel as plain values. */
export type PlanAnswer = {
  readonly id: number;
  readonly consulted: readonly number[];
  readonly result:
    | Exclude<PlanResult, { kind: 'refused' | 'broken' }>
    | (Omit<Refused, 'problem'> & { readonly problem: PlainProblem })
    | { readonly kind: 'broken'; readonly problem: PlainProblem };
};

export type PlainProblem = {
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint: string | null;
};

/** A problem without its class and cause. */
export function plainProblem(problem: Problem): PlainProblem {
  return { code: problem.code, message: problem.message, hint: problem.hint ?? null };
}

/** The problem a plain one stands for. */
export function problemOf(plain: PlainProblem): Problem {
  return new Problem(plain.code, plain.message, plain.hint === null ? {} : { hint: plain.hint });
}
