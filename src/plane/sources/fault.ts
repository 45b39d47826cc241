import { Problem } from '#base/problem';
import type { ProblemCode } from '#base/problem';

/** Why a source system cannot be used, as health facts name it, with the code of its problem. */
const CODES = {
  unreachable: 'unavailable',
  'bad-password': 'unavailable',
  'tls-failure': 'unavailable',
  'missing-database': 'unavailable',
  'missing-privilege': 'denied',
  'no-tables': 'invalid',
  'server-too-old': 'unsupported',
  'server-too-new': 'unsupported',
  failed: 'unavailable',
} as const satisfies Readonly<Record<string, ProblemCode>>;
export type Fault = keyof typeof CODES;

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
