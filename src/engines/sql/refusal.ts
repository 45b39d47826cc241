import { Problem } from '#base/problem';
import type { ProblemCode } from '#base/problem';

/** The SQLSTATEs the planner answers with (PostgreSQL manual, appendix A). */
export type RefusalState =
  | '0A000' // feature not supported
  | '22023' // invalid parameter value
  | '25006' // read-only transaction
  | '3F000' // invalid schema name
  | '42501' // insufficient privilege
  | '42601' // syntax error
  | '42702' // ambiguous column
  | '42703' // undefined column
  | '42704' // undefined object
  | '42883' // undefined function
  | '42P01' // undefined table
  | '42P02' // undefined parameter
  | '42803' // grouping error
  | '42809' // wrong object type
  | '54000' // program limit exceeded
  | '54001' // statement too complex
  | 'XX000';

const CODE_OF: Readonly<Record<RefusalState, ProblemCode>> = {
  '0A000': 'unsupported',
  '22023': 'invalid',
  '25006': 'denied',
  '3F000': 'not-found',
  '42501': 'denied',
  '42601': 'invalid',
  '42702': 'invalid',
  '42703': 'not-found',
  '42704': 'not-found',
  '42883': 'not-found',
  '42P01': 'not-found',
  '42P02': 'not-found',
  '42803': 'invalid',
  '42809': 'invalid',
  '54000': 'limit',
  '54001': 'limit',
  XX000: 'internal',
};

/** What a refusal knows beyond its problem: the SQLSTATE and the byte of the text it is about. */
export type RefusalDetails = {
  readonly kind: 'refusal';
  readonly sqlState: RefusalState;
  readonly offset: number | null;
};

export type RefusalOptions = { readonly hint?: string; readonly offset?: number | undefined };

/** A Problem that refuses a statement, to be thrown. `offset` is in bytes; negative and missing mean unknown. */
export function refusal(
  sqlState: RefusalState,
  message: string,
  options: RefusalOptions = {},
): Problem {
  const offset = options.offset !== undefined && options.offset >= 0 ? options.offset : null;
  const cause: RefusalDetails = { kind: 'refusal', sqlState, offset };
  const hint = options.hint === undefined ? {} : { hint: options.hint };
  return new Problem(CODE_OF[sqlState], message, { ...hint, cause });
}

/** The details of a thrown refusal, or null when something else was thrown. */
export function refusalDetails(thrown: unknown): RefusalDetails | null {
  if (!(thrown instanceof Problem)) return null;
  const cause = thrown.cause;
  if (typeof cause !== 'object' || cause === null || !('kind' in cause)) return null;
  return cause.kind === 'refusal' ? (cause as RefusalDetails) : null;
}

/** A Problem that stops planning until these relations' rules are known, to be thrown. */
export function need(relations: readonly number[]): Problem {
  const cause: NeedDetails = { kind: 'need', relations };
  return new Problem('internal', 'rules expected to be fetched first', { cause });
}

export type NeedDetails = { readonly kind: 'need'; readonly relations: readonly number[] };

/** The relations a thrown need names, or null when something else was thrown. */
export function neededRelations(thrown: unknown): readonly number[] | null {
  if (!(thrown instanceof Problem)) return null;
  const cause = thrown.cause;
  if (typeof cause !== 'object' || cause === null || !('kind' in cause)) return null;
  return cause.kind === 'need' ? (cause as NeedDetails).relations : null;
}
