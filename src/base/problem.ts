/** Every way an operation can fail; doors translate it to an HTTP status or SQLSTATE in one table each. */
export type ProblemCode =
  | 'invalid'
  | 'not-found'
  | 'gone'
  | 'conflict'
  | 'denied'
  | 'unauthenticated'
  | 'expired'
  | 'limit'
  | 'unsupported'
  | 'unavailable'
  | 'corrupt'
  | 'internal';

/** Where in a user's text the problem lies; lines and columns count from 1. */
export type Span = { readonly file?: string; readonly line: number; readonly column: number };

export type ProblemDetails = {
  readonly hint?: string;
  readonly cause?: unknown;
  readonly where?: Span;
};

/**
 * The one error class. `message` is for the user (lowercase, expected then got, user text in backticks),
 * `hint` says what to do next, `cause` is for the operator's log only. None may hold a protected value or a key.
 */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly hint: string | undefined;
  readonly where: Span | undefined;

  constructor(code: ProblemCode, message: string, details: ProblemDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'Problem';
    this.code = code;
    this.hint = details.hint;
    this.where = details.where;
  }
}

/** The problem itself, or an `internal` one that hides what was thrown from the user and keeps it as the cause. */
export function problemFrom(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  return new Problem('internal', 'internal error', { cause: thrown });
}
