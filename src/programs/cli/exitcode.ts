import type { ProblemCode } from '#base/problem';

/** What the shell is told; docs/cli.md lists them. */
export const EXIT = {
  ok: 0,
  /** Something went wrong; trying again may help. */
  failed: 1,
  /** The command or its input is wrong; trying again never helps. */
  misused: 2,
  /** The control plane, the plane or a database cannot be reached, or asks to wait. */
  unavailable: 3,
  /** Not signed in, or not allowed. */
  denied: 4,
  /** The command worked and its answer is no: a test failed, a check found something. */
  no: 5,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const CODES: Readonly<Record<ProblemCode, ExitCode>> = {
  invalid: EXIT.misused,
  unsupported: EXIT.misused,
  'not-found': EXIT.failed,
  gone: EXIT.failed,
  conflict: EXIT.failed,
  corrupt: EXIT.failed,
  internal: EXIT.failed,
  denied: EXIT.denied,
  unauthenticated: EXIT.denied,
  expired: EXIT.denied,
  limit: EXIT.unavailable,
  unavailable: EXIT.unavailable,
};

/** The exit code of the problem a command ended with. */
export function exitCodeOf(code: ProblemCode): ExitCode {
  return CODES[code];
}
