import { Problem } from '#base/problem';

/** A problem with a SQLSTATE that its code alone does not say, and where in the text it lies. */
export class StatedProblem extends Problem {
  readonly sqlState: string;
  /** 1-based character of the text, or null. */
  readonly position: number | null;

  constructor(
    problem: Problem,
    at: { readonly sqlState: string; readonly position: number | null },
  ) {
    const hint = problem.hint === undefined ? {} : { hint: problem.hint };
    super(problem.code, problem.message, { ...hint, cause: problem });
    this.sqlState = at.sqlState;
    this.position = at.position;
  }
}
