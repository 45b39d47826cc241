import { Problem } from '#base/problem';
import type { ProblemCode } from '#base/problem';

/** Why a source system cannot be used, as health facts name it. */
const FAULTS = [
  'unreachable',
  'bad-password',
  'tls-failure',
  'missing-database',
  'missing-privilege',
  'no-tables',
  'server-too-old',
  'server-too-new',
  'failed',
] as const;
export type Fault = (typeof FAULTS)[number];

const CODES: Readonly<Record<Fault, ProblemCode>> = {
  unreachable: 'unavailable',
  'bad-password': 'unavailable',
  'tls-failure': 'unavailable',
  'missing-database': 'unavailable',
  'missing-privilege': 'denied',
  'no-tables': 'invalid',
  'server-too-old': 'unsupported',
  'server-too-new': 'unsupported',
  failed: 'unavailable',
};

const faults = new WeakMap<Problem, Fault>();

/** A problem about a source system that remembers which of the faults it is. */
export function sourceProblem(
  fault: Fault,
  message: string,
  details: { readonly hint?: string; readonly cause?: unknown } = {},
): Problem {
  const problem = new Problem(CODES[fault], message, details);
  faults.set(problem, fault);
  return problem;
}

/** Which fault a thrown thing is; `failed` for one nobody foresaw. */
export function faultOf(thrown: unknown): Fault {
  return (thrown instanceof Problem ? faults.get(thrown) : undefined) ?? 'failed';
}
