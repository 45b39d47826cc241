import { Problem } from '#base/problem';

/** What is wrong with some rows of a write, found while it ran; the transaction does not commit. */
export class RowFailures extends Error {
  readonly problems: ReadonlyMap<number, Problem>;

  constructor(problems: ReadonlyMap<number, Problem>) {
    super('rows failed');
    this.problems = problems;
  }
}
