import { problemFrom } from '#base/problem';
import type { Problem } from '#base/problem';
import { reply, type Report } from '#engines/pgwire';
import type { Log } from '#platform/telemetry';
import { StatedProblem } from './statedproblem.ts';
import { redactedText, sqlStateOf } from './sqlstate.ts';

/** A statement or message the gateway answers with an error of its own. */
export type Refusal = {
  readonly kind: 'refusal';
  readonly problem: Problem;
  readonly sqlState: string;
  /** 1-based character of the client's text, or null. */
  readonly position: number | null;
};

/** A refusal with the SQLSTATE its code has at this door, unless one is given. */
export function refusalOf(problem: Problem, sqlState: string = sqlStateOf(problem.code)): Refusal {
  return { kind: 'refusal', problem, sqlState, position: null };
}

/** A refusal on its way up to the loop that answers it. */
export class RefusedStatement extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.problem.message);
    this.refusal = refusal;
  }
}

/**
 * The refusal of whatever was thrown while a message was handled. What is no fault of the client's goes to the log
 * with its cause; the client reads `internal error`.
 */
export function refusalOfThrown(thrown: unknown, log: Pick<Log, 'error'>): Refusal {
  if (thrown instanceof RefusedStatement) return thrown.refusal;
  if (thrown instanceof StatedProblem) {
    return { ...refusalOf(thrown, thrown.sqlState), position: thrown.position };
  }
  const problem = problemFrom(thrown);
  if (problem.code === 'internal' || problem.code === 'unavailable') {
    log.error('gateway could not run a statement', { error: problem });
  }
  return refusalOf(problem);
}

/** A problem with a SQLSTATE that its code alone does not say, to be thrown. */
export function refusing(sqlState: string, problem: Problem): RefusedStatement {
  return new RefusedStatement(refusalOf(problem, sqlState));
}

/** The ErrorResponse of a refusal; `FATAL` means that the connection ends. */
export function encodeRefusal(refusal: Refusal, severity: 'ERROR' | 'FATAL' = 'ERROR'): Uint8Array {
  const report = new Map([
    ['S', severity],
    ['V', severity],
    ['C', refusal.sqlState],
    ['M', refusal.problem.message],
  ]);
  if (refusal.problem.hint !== undefined) report.set('H', refusal.problem.hint);
  if (refusal.position !== null) report.set('P', String(refusal.position));
  return reply.encodeReport('error', report);
}

/** How an upstream error or notice may be passed on. */
export type Passing = {
  readonly governed: boolean;
  /** Whether the position still means the same place in the client's text. */
  readonly positions: boolean;
};

/**
 * An upstream report as the client may see it: for governed statements our own text and nothing that could hold a value
 * (detail, hint, where, internal query, names of files, schemas and constraints); otherwise as it came.
 */
export function passReport(report: Report, passing: Passing): Report {
  const state = report.get('C') ?? 'XX000';
  const message = report.get('M') ?? '';
  const kept = new Map<string, string>();
  for (const letter of ['S', 'V', 'C']) {
    const value = report.get(letter);
    if (value !== undefined) kept.set(letter, value);
  }
  kept.set('M', passing.governed ? redactedText(state, message) : message);
  const position = report.get('P');
  if (position !== undefined && passing.positions) kept.set('P', position);
  if (passing.governed) return kept;
  for (const letter of ['D', 'H', 's', 't', 'c', 'd', 'n']) {
    const value = report.get(letter);
    if (value !== undefined) kept.set(letter, value);
  }
  return kept;
}
